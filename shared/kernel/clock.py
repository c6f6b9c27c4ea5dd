"""The clock that everything asks; nothing else may look at the time of day."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """The present instant in UTC."""
        return datetime.now(UTC)


class MovableClock:
    """Another clock, moved by an offset that is asked for each time: for demonstrations and tests."""

    def __init__(self, clock: Clock, offset: Callable[[], timedelta]) -> None:
        self._clock = clock
        self._offset = offset

    def now(self) -> datetime:
        """The other clock's time plus the offset."""
        return self._clock.now() + self._offset()
