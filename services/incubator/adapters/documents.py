"""The parts of an aggregate that are kept as JSON, and read back into the domain's types."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.incubator.domain.call import CallSettings
from services.incubator.domain.decision import PanelDecision, Recommendation
from services.incubator.domain.notice import Notice

Plain = dict[str, Any]


def dump_settings(settings: CallSettings) -> Plain:
    """A call's settings as JSON."""
    return {
        "kind": settings.kind,
        "opens_at": settings.opens_at.isoformat(),
        "closes_at": settings.closes_at.isoformat(),
        "reviews_required": settings.reviews_required,
        "notice_working_days": settings.notice_working_days,
        "rubric": dict(settings.rubric),
        "largest_award_fen": settings.largest_award,
    }


def load_settings(plain: Plain) -> CallSettings:
    """A call's settings from JSON."""
    return CallSettings(
        kind=plain["kind"],
        opens_at=datetime.fromisoformat(plain["opens_at"]),
        closes_at=datetime.fromisoformat(plain["closes_at"]),
        reviews_required=plain["reviews_required"],
        notice_working_days=plain["notice_working_days"],
        rubric=plain["rubric"],
        largest_award=plain["largest_award_fen"],
    )


def dump_decision(decision: PanelDecision | None) -> Plain | None:
    """A panel's decision as JSON."""
    if decision is None:
        return None
    return {
        "at": decision.at.isoformat(),
        "recommended": decision.recommended,
        "minutes_number": decision.minutes_number,
        "average_score": decision.average_score,
        "recommendation": dump_recommendation(decision.recommendation),
    }


def load_decision(plain: Plain | None) -> PanelDecision | None:
    """A panel's decision from JSON."""
    if plain is None:
        return None
    return PanelDecision(
        at=datetime.fromisoformat(plain["at"]),
        recommended=plain["recommended"],
        minutes_number=plain["minutes_number"],
        recommendation=load_recommendation(plain["recommendation"]),
        average_score=plain["average_score"],
    )


def dump_recommendation(recommendation: Recommendation | None) -> Plain | None:
    """What the panel recommends to pay, as JSON."""
    if recommendation is None:
        return None
    return {
        "award_kind": recommendation.award_kind,
        "amount_fen": recommendation.amount,
        "budget_line_id": str(recommendation.budget_line_id),
    }


def load_recommendation(plain: Plain | None) -> Recommendation | None:
    """What the panel recommends to pay, from JSON."""
    if plain is None:
        return None
    return Recommendation(plain["award_kind"], plain["amount_fen"], UUID(plain["budget_line_id"]))


def dump_notice(notice: Notice | None) -> Plain | None:
    """A public notice as JSON."""
    if notice is None:
        return None
    return {
        "published_at": notice.published_at.isoformat(),
        "ends_at": notice.ends_at.isoformat(),
        "provisional": notice.provisional,
        "stopped_at": notice.stopped_at.isoformat() if notice.stopped_at else None,
    }


def load_notice(plain: Plain | None) -> Notice | None:
    """A public notice from JSON."""
    if plain is None:
        return None
    stopped = plain["stopped_at"]
    return Notice(
        published_at=datetime.fromisoformat(plain["published_at"]),
        ends_at=datetime.fromisoformat(plain["ends_at"]),
        provisional=plain["provisional"],
        stopped_at=datetime.fromisoformat(stopped) if stopped else None,
    )
