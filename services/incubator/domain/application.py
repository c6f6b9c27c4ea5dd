"""An application (申请): one project's submission to a call, from draft to approval.

Each command is allowed in the states that `_FROM` names, and refused elsewhere with `invalid_state`, changing nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from services.incubator.domain import events
from services.incubator.domain.call import Call
from services.incubator.domain.decision import PanelDecision, Recommendation, check_decision
from services.incubator.domain.notice import Notice, notice_from
from services.incubator.domain.review import Review, average, check_scores
from services.incubator.domain.rules import (
    NoAwardRecommended,
    ReviewAlreadySubmitted,
    ReviewerHasConflict,
    ReviewQuorumNotMet,
    ScreenerEnteredApplication,
)
from services.incubator.domain.submission import check_complete
from shared.kernel.errors import InvalidState
from shared.kernel.history import Change

State = Literal[
    "draft",
    "submitted",
    "not_accepted",
    "accepted",
    "screening",
    "ineligible",
    "in_review",
    "decided",
    "rejected",
    "public_notice",
    "objection",
    "approved",
    "withdrawn",
]
STATES: tuple[State, ...] = State.__args__  # type: ignore[attr-defined]

#: In these an application is over; a team may then apply again.
ENDED: frozenset[State] = frozenset({"not_accepted", "ineligible", "rejected", "withdrawn"})

_FROM: dict[str, frozenset[State]] = {
    "save_draft": frozenset({"draft"}),
    "submit": frozenset({"draft"}),
    "accept": frozenset({"submitted"}),
    "refuse": frozenset({"submitted"}),
    "begin_screening": frozenset({"accepted"}),
    "pass_screening": frozenset({"screening"}),
    "find_ineligible": frozenset({"screening"}),
    "submit_review": frozenset({"in_review"}),
    "decide": frozenset({"in_review"}),
    "publish_notice": frozenset({"decided"}),
    "file_objection": frozenset({"public_notice"}),
    "resolve_objection": frozenset({"objection"}),
    "approve": frozenset({"public_notice"}),
    "withdraw": frozenset(STATES) - ENDED,
    "record_funding_answer": frozenset({"approved", "withdrawn"}),
}
COMMANDS = tuple(_FROM)


def allowed_in(command: str) -> frozenset[State]:
    """The states in which a command is allowed."""
    return _FROM[command]


@dataclass
class Application:
    """An application. Whoever acts is an account's id; `row_version` counts its saves."""

    id: UUID
    call_id: UUID
    account_id: UUID
    organisation_id: UUID
    entered_by: UUID
    content: Mapping[str, Any]
    state: State = "draft"
    call_version: int | None = None
    receipt_number: str | None = None
    screened_by: UUID | None = None
    reviews: list[Review] = field(default_factory=list)
    decision: PanelDecision | None = None
    notice: Notice | None = None
    row_version: int = 0
    history: list[Change] = field(default_factory=list)
    recorded: list[object] = field(default_factory=list)

    # The applicant

    def save_draft(self, content: Mapping[str, Any], *, by: UUID, at: datetime) -> None:
        """Keep what was entered so far; it may be incomplete."""
        self._require("save_draft")
        self.content = dict(content)

    def submit(self, call: Call, *, by: UUID, at: datetime) -> None:
        """Hand it in. Raises CallNotOpen, or SubmissionIncomplete with all that is missing."""
        self._require("submit")
        call.check_takes_applications(at)
        check_complete(self.content, call.settings)
        self.call_version = call.version
        self._move("submit", "submitted", by, at)
        self.recorded.append(events.Submitted(at))

    def withdraw(self, *, by: UUID, at: datetime, why: str = "") -> None:
        """Take it back."""
        self._require("withdraw")
        recommended = self.state == "approved" and self._recommendation is not None
        was_draft = self.state == "draft"
        self._move("withdraw", "withdrawn", by, at, why)
        if not was_draft:  # nobody has heard of a draft
            self.recorded.append(events.Withdrawn(at, recommended))

    # Acceptance and screening

    def accept(self, receipt_number: str, *, by: UUID, at: datetime) -> None:
        """Find the file formally complete and in scope (受理)."""
        self._require("accept")
        self.receipt_number = receipt_number
        self._move("accept", "accepted", by, at)
        self.recorded.append(events.Accepted(at, receipt_number))

    def refuse(self, why: str, *, by: UUID, at: datetime) -> None:
        """Refuse the file (不予受理), with the reason."""
        self._require("refuse")
        self._move("refuse", "not_accepted", by, at, why)
        self.recorded.append(events.Rejected(at, "acceptance"))

    def begin_screening(self, *, by: UUID, at: datetime) -> None:
        """Take it up for the eligibility screening. Raises ScreenerEnteredApplication."""
        self._require("begin_screening")
        if by == self.entered_by and by != self.account_id:
            raise ScreenerEnteredApplication
        self.screened_by = by
        self._move("begin_screening", "screening", by, at)

    def pass_screening(self, *, by: UUID, at: datetime) -> None:
        """Find it eligible: reviewers may score it."""
        self._require("pass_screening")
        self._move("pass_screening", "in_review", by, at)
        self.recorded.append(events.Screened(at, eligible=True))

    def find_ineligible(self, why: str, *, by: UUID, at: datetime) -> None:
        """Find it ineligible, with the reason."""
        self._require("find_ineligible")
        self._move("find_ineligible", "ineligible", by, at, why)
        self.recorded += [events.Screened(at, eligible=False), events.Rejected(at, "screening")]

    # Review and decision

    def submit_review(
        self, call: Call, scores: Mapping[str, int], *, by: UUID, organisation_id: UUID | None, at: datetime
    ) -> None:
        """Score it. Raises ReviewerHasConflict, ReviewAlreadySubmitted, or InvalidInput about the scores."""
        self._require("submit_review")
        if by in (self.account_id, self.entered_by) or organisation_id == self.organisation_id:
            raise ReviewerHasConflict
        if any(review.reviewer_id == by for review in self.reviews):
            raise ReviewAlreadySubmitted
        check_scores(scores, call.settings.rubric)
        self.reviews.append(Review(by, at, dict(scores)))

    def decide(
        self,
        call: Call,
        *,
        recommended: bool,
        minutes_number: str,
        recommendation: Recommendation | None,
        by: UUID,
        at: datetime,
    ) -> None:
        """Enter what the panel decided. Raises ReviewQuorumNotMet or DecisionIncomplete."""
        self._require("decide")
        required = call.settings.reviews_required
        if len(self.reviews) < required:
            raise ReviewQuorumNotMet(submitted=len(self.reviews), required=required)
        check_decision(
            recommended=recommended,
            minutes_number=minutes_number,
            recommendation=recommendation,
            funds=call.settings.funds,
            limit=call.settings.largest_award,
        )
        score = str(average(self.reviews, call.settings.rubric))
        self.decision = PanelDecision(at, recommended, minutes_number, recommendation, score)
        self._move("decide", "decided" if recommended else "rejected", by, at, minutes_number)
        if not recommended:
            self.recorded.append(events.Rejected(at, "panel"))

    # Public notice and approval

    def publish_notice(self, call: Call, *, by: UUID, at: datetime) -> None:
        """Put the decision on public notice for the call's number of working days."""
        self._require("publish_notice")
        self.notice = notice_from(at, call.settings.notice_working_days)
        self._move("publish_notice", "public_notice", by, at)
        self.recorded.append(events.PutOnNotice(at, self._minutes_number, self.notice.ends_at))

    def file_objection(self, *, by: UUID, at: datetime, why: str) -> None:
        """Note an objection (异议) under a real name; the notice's clock stands still."""
        self._require("file_objection")
        self.notice = self._running_notice.stopped(at)
        self._move("file_objection", "objection", by, at, why)
        self.recorded.append(events.ObjectionFiled(at))

    def resolve_objection(self, *, upheld: bool, by: UUID, at: datetime, why: str) -> None:
        """Decide an objection: upheld it ends the application, else the notice goes on."""
        self._require("resolve_objection")
        self.notice = self._running_notice.resumed(at)
        self._move("resolve_objection", "rejected" if upheld else "public_notice", by, at, why)
        self.recorded.append(events.ObjectionResolved(at, upheld, None if upheld else self.notice.ends_at))
        if upheld:
            self.recorded.append(events.Rejected(at, "objection"))

    def approve(self, *, by: UUID, at: datetime) -> None:
        """Approve it (批复) after its notice; a recommended award is said to the fund. Raises NoticeNotEnded."""
        self._require("approve")
        self._running_notice.check_ended(at)
        self._move("approve", "approved", by, at)
        recommendation = self._recommendation
        if recommendation is not None:
            self.recorded.append(events.AwardRecommended(at, self._minutes_number, recommendation))

    def record_funding_answer(self, outcome: str, *, at: datetime, why: str = "") -> None:
        """Show on the time line what funding answered: `budget_reserved` or `reservation_declined`."""
        self._require("record_funding_answer")
        if self._recommendation is None:
            raise NoAwardRecommended
        self.history.append(Change(at, "funding", outcome, self.state, self.state, why))

    # Inside

    @property
    def _running_notice(self) -> Notice:
        assert self.notice is not None, "states from public_notice on have a notice"
        return self.notice

    @property
    def _minutes_number(self) -> str:
        assert self.decision is not None, "states from decided on have a decision"
        return self.decision.minutes_number

    @property
    def _recommendation(self) -> Recommendation | None:
        return self.decision.recommendation if self.decision else None

    def _require(self, command: str) -> None:
        if self.state not in _FROM[command]:
            raise InvalidState(state=self.state, command=command, allowed=sorted(_FROM[command]))

    def _move(self, command: str, after: State, by: UUID, at: datetime, why: str = "") -> None:
        self.history.append(Change(at, str(by), command, self.state, after, why))
        self.state = after
