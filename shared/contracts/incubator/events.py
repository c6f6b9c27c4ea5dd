"""What incubator says. Ids, codes and amounts only: no names, no texts that people wrote."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from shared.contracts.contract import event

CallKind = Literal["admission", "funding", "both"]
AwardKind = Literal["grant", "interest_subsidy", "interest_free_loan"]


@event("incubator.call_opened", aggregate="call")
class CallOpened:
    """A call takes applications from `opens_at` until `closes_at`."""

    call_id: UUID
    call_version: int
    kind: CallKind
    opens_at: datetime
    closes_at: datetime


@event("incubator.call_closed", aggregate="call")
class CallClosed:
    """A call takes no more applications."""

    call_id: UUID
    call_version: int


@event("incubator.application_submitted", aggregate="application")
class ApplicationSubmitted:
    """An application is complete and in the office's hands."""

    application_id: UUID
    call_id: UUID
    call_version: int
    account_id: UUID
    organisation_id: UUID
    submitted_at: datetime


@event("incubator.application_accepted", aggregate="application")
class ApplicationAccepted:
    """The file is formally complete and in scope (受理)."""

    application_id: UUID
    account_id: UUID
    receipt_number: str


@event("incubator.application_screened", aggregate="application")
class ApplicationScreened:
    """The eligibility screening (资格审查) ended."""

    application_id: UUID
    account_id: UUID
    eligible: bool


@event("incubator.decision_published", aggregate="application")
class DecisionPublished:
    """The panel's decision is on public notice (公示) until `notice_ends_at`."""

    application_id: UUID
    account_id: UUID
    minutes_number: str
    notice_ends_at: datetime


@event("incubator.objection_filed", aggregate="application")
class ObjectionFiled:
    """Somebody objected to a public notice; its clock stands still."""

    application_id: UUID
    account_id: UUID


@event("incubator.objection_resolved", aggregate="application")
class ObjectionResolved:
    """An objection was decided; unless upheld, the notice goes on until `notice_ends_at`."""

    application_id: UUID
    account_id: UUID
    upheld: bool
    notice_ends_at: datetime | None = None


@event("incubator.application_rejected", aggregate="application")
class ApplicationRejected:
    """It ended without approval. `stage` says where."""

    application_id: UUID
    account_id: UUID
    stage: Literal["acceptance", "screening", "panel", "objection"]


@event("incubator.application_withdrawn", aggregate="application")
class ApplicationWithdrawn:
    """The applicant took it back."""

    application_id: UUID
    account_id: UUID
    award_was_recommended: bool


@event("incubator.award_recommended", aggregate="application")
class AwardRecommended:
    """A funding call's application is approved (批复): the fund may promise this money."""

    application_id: UUID
    account_id: UUID
    organisation_id: UUID
    call_id: UUID
    call_version: int
    award_kind: AwardKind
    amount_fen: int
    budget_line_id: UUID
    minutes_number: str
    recommended_at: datetime
