"""What happens to calls and applications, in the domain's own words; `adapters/publishes.py` turns it into contracts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.incubator.domain.decision import Recommendation


@dataclass(frozen=True)
class CallOpened:
    """A call was opened."""

    at: datetime


@dataclass(frozen=True)
class CallClosed:
    """A call was closed."""

    at: datetime


@dataclass(frozen=True)
class Submitted:
    """An application was submitted."""

    at: datetime


@dataclass(frozen=True)
class Accepted:
    """The file was accepted."""

    at: datetime
    receipt_number: str


@dataclass(frozen=True)
class Screened:
    """The screening ended."""

    at: datetime
    eligible: bool


@dataclass(frozen=True)
class PutOnNotice:
    """The decision was put on public notice."""

    at: datetime
    minutes_number: str
    ends_at: datetime


@dataclass(frozen=True)
class ObjectionFiled:
    """An objection was filed."""

    at: datetime


@dataclass(frozen=True)
class ObjectionResolved:
    """An objection was decided."""

    at: datetime
    upheld: bool
    ends_at: datetime | None


@dataclass(frozen=True)
class Rejected:
    """The application ended without approval."""

    at: datetime
    stage: Literal["acceptance", "screening", "panel", "objection"]


@dataclass(frozen=True)
class Withdrawn:
    """The applicant took it back."""

    at: datetime
    award_was_recommended: bool


@dataclass(frozen=True)
class AwardRecommended:
    """A funding call's application was approved."""

    at: datetime
    minutes_number: str
    recommendation: Recommendation
