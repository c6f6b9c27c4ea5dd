"""A call (申报批次): an opening with dates, rubric and amounts; a change makes a new version that decisions name."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.incubator.domain import events
from services.incubator.domain.review import Rubric
from services.incubator.domain.rules import CallNotOpen, CallSettingsInvalid
from shared.kernel.errors import InvalidState
from shared.kernel.history import Change
from shared.kernel.money import Fen

CallState = Literal["draft", "open", "closed", "archived"]
CallKind = Literal["admission", "funding", "both"]

_FROM: dict[str, tuple[CallState, ...]] = {
    "open": ("draft",),
    "change": ("open",),
    "close": ("open",),
    "archive": ("closed",),
}


@dataclass(frozen=True)
class CallSettings:
    """The numbers of a call. Instants are UTC, amounts fen, weights whole numbers."""

    kind: CallKind
    opens_at: datetime
    closes_at: datetime
    reviews_required: int = 3
    notice_working_days: int = 5
    rubric: Rubric = field(default_factory=lambda: {"innovation": 40, "team": 30, "market": 30})
    largest_award: Fen | None = None

    @property
    def funds(self) -> bool:
        """Whether it leads to awards."""
        return self.kind != "admission"

    def check(self) -> None:
        """Raises CallSettingsInvalid, naming all that is wrong."""
        fields: dict[str, str] = {}
        if self.closes_at <= self.opens_at:
            fields["closes_at"] = "must_be_after_opens_at"
        if self.reviews_required < 1:
            fields["reviews_required"] = "must_be_positive"
        if self.notice_working_days < 1:
            fields["notice_working_days"] = "must_be_positive"
        if not self.rubric or min(self.rubric.values()) <= 0:
            fields["rubric"] = "needs_positive_weights"
        if self.largest_award is not None and self.largest_award <= 0:
            fields["largest_award_fen"] = "must_be_positive"
        if fields:
            raise CallSettingsInvalid(fields=fields)


@dataclass
class Call:
    """A call. `version` counts its settings; `row_version` its saves."""

    id: UUID
    title: str
    settings: CallSettings
    state: CallState = "draft"
    version: int = 1
    row_version: int = 0
    history: list[Change] = field(default_factory=list)
    recorded: list[object] = field(default_factory=list)

    def open(self, *, by: str, at: datetime) -> None:
        """Take applications from its opening date on."""
        self._require("open")
        self.settings.check()
        self._move("open", "open", by, at)
        self.recorded.append(events.CallOpened(at))

    def change(self, settings: CallSettings, *, by: str, at: datetime, why: str) -> None:
        """Change an open call: from now on a new version is in force."""
        self._require("change")
        settings.check()
        self.settings = settings
        self.version += 1
        self._move("change", "open", by, at, why)

    def close(self, *, by: str, at: datetime) -> None:
        """Take no more applications, and move the closing date up to now if it was later."""
        self._require("close")
        self.settings = replace(self.settings, closes_at=min(self.settings.closes_at, at))
        self._move("close", "closed", by, at)
        self.recorded.append(events.CallClosed(at))

    def archive(self, *, by: str, at: datetime) -> None:
        """Put it away."""
        self._require("archive")
        self._move("archive", "archived", by, at)

    def check_takes_applications(self, at: datetime) -> None:
        """Raises CallNotOpen unless it is open and `at` lies within its dates."""
        if self.state != "open" or not self.settings.opens_at <= at < self.settings.closes_at:
            raise CallNotOpen(state=self.state, closes_at=self.settings.closes_at.isoformat())

    def _require(self, command: str) -> None:
        if self.state not in _FROM[command]:
            raise InvalidState(state=self.state, command=command, allowed=list(_FROM[command]))

    def _move(self, command: str, after: CallState, by: str, at: datetime, why: str = "") -> None:
        self.history.append(Change(at, by, command, self.state, after, why))
        self.state = after
