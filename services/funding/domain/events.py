"""What happens to reservations, in the domain's own words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

DeclineReason = Literal["insufficient_budget", "unknown_budget_line", "budget_line_closed"]


@dataclass(frozen=True)
class Reserved:
    """The amount is held."""

    at: datetime


@dataclass(frozen=True)
class Declined:
    """It can't be held."""

    at: datetime
    reason: DeclineReason


@dataclass(frozen=True)
class Released:
    """It is free again."""

    at: datetime
