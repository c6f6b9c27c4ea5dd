"""Statutory working days of China (法定工作日), in Asia/Shanghai.

The State Council publishes each year's calendar in the autumn before; the library `chinesecalendar` carries it. For a
year that is not published yet Monday to Friday are taken, and the result is marked as provisional.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Deadline:
    """An instant (UTC) at which something ends; `provisional` if a calendar was not published when it was worked out."""

    at: datetime
    provisional: bool


def local_date(at: datetime) -> date:
    """The date in China at an instant."""
    return at.astimezone(SHANGHAI).date()


def is_working_day(day: date) -> tuple[bool, bool]:
    """Whether people work on a day, and whether that is provisional."""
    try:
        return bool(chinese_calendar.is_workday(day)), False
    except NotImplementedError:
        return day.weekday() < 5, True


def end_of_notice(start: datetime, working_days: int) -> Deadline:
    """The end of the last of so many working days after `start`, whose own day is not counted (期间开始之日不计算在内).

    Source: Civil Code of China, article 201. Raises ValueError for fewer than one day.
    """
    if working_days < 1:
        raise ValueError("a notice lasts one working day at least")
    day, left, provisional = local_date(start), working_days, False
    while left:
        day += timedelta(days=1)
        working, guessed = is_working_day(day)
        provisional |= guessed
        left -= working
    end = datetime.combine(day + timedelta(days=1), time(), SHANGHAI)
    return Deadline(end.astimezone(UTC), provisional)
