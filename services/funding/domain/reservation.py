"""A reservation (额度占用): an internal hold on budget for a recommended award; not yet a promise."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.funding.domain import events
from services.funding.domain.budget_line import BudgetLine
from services.funding.domain.rules import BudgetLineClosed, InsufficientBudget
from shared.kernel.errors import InvalidState
from shared.kernel.history import Change
from shared.kernel.money import Fen

State = Literal["requested", "reserved", "declined", "released", "converted"]
STATES: tuple[State, ...] = State.__args__  # type: ignore[attr-defined]

_FROM: dict[str, tuple[State, ...]] = {
    "try_to_reserve": ("requested",),
    "request_again": ("declined",),
    "release": ("reserved",),
}


@dataclass(frozen=True)
class Recommended:
    """What incubator recommended: whose, from which decision, how much."""

    application_id: UUID
    account_id: UUID
    organisation_id: UUID
    call_id: UUID
    call_version: int
    award_kind: str
    amount: Fen
    budget_line_id: UUID
    minutes_number: str


@dataclass
class Reservation:
    """A reservation for one recommended award."""

    id: UUID
    recommended: Recommended
    state: State = "requested"
    row_version: int = 0
    history: list[Change] = field(default_factory=list)
    recorded: list[object] = field(default_factory=list)

    def try_to_reserve(self, line: BudgetLine | None, *, by: str, at: datetime) -> None:
        """Hold the amount on its line, or decline with the reason; `line` is None if there is no such line."""
        self._require("try_to_reserve")
        reason = self._hold(line, at)
        if reason is None:
            self._move("try_to_reserve", "reserved", by, at)
            self.recorded.append(events.Reserved(at))
        else:
            self._move("try_to_reserve", "declined", by, at, reason)
            self.recorded.append(events.Declined(at, reason))

    def request_again(self, *, by: str, at: datetime) -> None:
        """Ask once more, after budget was added."""
        self._require("request_again")
        self._move("request_again", "requested", by, at)

    def release(self, line: BudgetLine, *, by: str, at: datetime, why: str) -> None:
        """Let go of the amount."""
        self._require("release")
        line.release(self.recommended.amount, reservation_id=self.id, at=at)
        self._move("release", "released", by, at, why)
        self.recorded.append(events.Released(at))

    def _hold(self, line: BudgetLine | None, at: datetime) -> events.DeclineReason | None:
        if line is None:
            return "unknown_budget_line"
        try:
            line.reserve(self.recommended.amount, reservation_id=self.id, at=at)
        except InsufficientBudget:
            return "insufficient_budget"
        except BudgetLineClosed:
            return "budget_line_closed"
        return None

    def _require(self, command: str) -> None:
        if self.state not in _FROM[command]:
            raise InvalidState(state=self.state, command=command, allowed=list(_FROM[command]))

    def _move(self, command: str, after: State, by: str, at: datetime, why: str = "") -> None:
        self.history.append(Change(at, by, command, self.state, after, why))
        self.state = after
