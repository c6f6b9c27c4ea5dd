"""The panel's decision (集体研究): taken with minutes, and for a funding call with what it recommends to pay."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from services.incubator.domain.rules import DecisionIncomplete
from shared.kernel.money import Fen

AwardKind = Literal["grant", "interest_subsidy", "interest_free_loan"]


@dataclass(frozen=True)
class Recommendation:
    """The award that the panel recommends. `amount` is fen."""

    award_kind: AwardKind
    amount: Fen
    budget_line_id: UUID


@dataclass(frozen=True)
class PanelDecision:
    """What the panel decided, and the number of the minutes (纪要) in which it stands."""

    at: datetime
    recommended: bool
    minutes_number: str
    recommendation: Recommendation | None
    average_score: str


def check_decision(
    *, recommended: bool, minutes_number: str, recommendation: Recommendation | None, funds: bool, limit: Fen | None
) -> None:
    """Refuse a decision without minutes, or one on money without kind, amount and line. Raises DecisionIncomplete."""
    fields: dict[str, str] = {}
    if not minutes_number.strip():
        fields["minutes_number"] = "required"
    if recommended and funds:
        fields |= _problems_of(recommendation, limit)
    if recommendation is not None and not (recommended and funds):
        fields["recommendation"] = "not_allowed"
    if fields:
        raise DecisionIncomplete(fields=fields)


def _problems_of(recommendation: Recommendation | None, limit: Fen | None) -> dict[str, str]:
    if recommendation is None:
        return {"recommendation": "required"}
    fields: dict[str, str] = {}
    if recommendation.award_kind not in get_args(AwardKind):
        fields["award_kind"] = "unknown"
    if recommendation.amount <= 0:
        fields["amount_fen"] = "must_be_positive"
    elif limit is not None and recommendation.amount > limit:
        fields["amount_fen"] = "above_the_calls_limit"
    return fields
