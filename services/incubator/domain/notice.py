"""Public notice (公示): so many statutory working days, day one not counted; an objection stops its clock."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.incubator.domain.rules import NoticeNotEnded
from shared.kernel.working_days import end_of_notice


@dataclass(frozen=True)
class Notice:
    """A public notice, running or stopped by an objection since `stopped_at`. Instants are UTC."""

    published_at: datetime
    ends_at: datetime
    provisional: bool
    stopped_at: datetime | None = None

    def stopped(self, at: datetime) -> "Notice":
        """With its clock standing still."""
        return replace(self, stopped_at=at)

    def resumed(self, at: datetime) -> "Notice":
        """Running again, and longer by the time for which it stood still."""
        if self.stopped_at is None:
            return self
        return replace(self, ends_at=self.ends_at + (at - self.stopped_at), stopped_at=None)

    def check_ended(self, at: datetime) -> None:
        """Raises NoticeNotEnded while it runs or stands still."""
        if self.stopped_at is not None or at < self.ends_at:
            raise NoticeNotEnded(ends_at=self.ends_at.isoformat())


def notice_from(at: datetime, working_days: int) -> Notice:
    """A notice published at an instant."""
    end = end_of_notice(at, working_days)
    return Notice(at, end.at, end.provisional)
