"""From what happened in the domain to what is said to other services."""

from collections.abc import Callable
from typing import Any

from services.incubator.domain import events
from services.incubator.domain.application import Application
from services.incubator.domain.call import Call
from shared.contracts.incubator import events as contracts


def _call_opened(call: Call, _: events.CallOpened) -> object:
    settings = call.settings
    return contracts.CallOpened(
        call_id=call.id,
        call_version=call.version,
        kind=settings.kind,
        opens_at=settings.opens_at,
        closes_at=settings.closes_at,
    )


def _call_closed(call: Call, _: events.CallClosed) -> object:
    return contracts.CallClosed(call_id=call.id, call_version=call.version)


def _submitted(application: Application, event: events.Submitted) -> object:
    return contracts.ApplicationSubmitted(
        application_id=application.id,
        call_id=application.call_id,
        call_version=_call_version(application),
        account_id=application.account_id,
        organisation_id=application.organisation_id,
        submitted_at=event.at,
    )


def _accepted(application: Application, event: events.Accepted) -> object:
    return contracts.ApplicationAccepted(receipt_number=event.receipt_number, **_whose(application))


def _screened(application: Application, event: events.Screened) -> object:
    return contracts.ApplicationScreened(eligible=event.eligible, **_whose(application))


def _put_on_notice(application: Application, event: events.PutOnNotice) -> object:
    return contracts.DecisionPublished(
        minutes_number=event.minutes_number, notice_ends_at=event.ends_at, **_whose(application)
    )


def _objection_filed(application: Application, _: events.ObjectionFiled) -> object:
    return contracts.ObjectionFiled(**_whose(application))


def _objection_resolved(application: Application, event: events.ObjectionResolved) -> object:
    return contracts.ObjectionResolved(upheld=event.upheld, notice_ends_at=event.ends_at, **_whose(application))


def _rejected(application: Application, event: events.Rejected) -> object:
    return contracts.ApplicationRejected(stage=event.stage, **_whose(application))


def _withdrawn(application: Application, event: events.Withdrawn) -> object:
    return contracts.ApplicationWithdrawn(award_was_recommended=event.award_was_recommended, **_whose(application))


def _award_recommended(application: Application, event: events.AwardRecommended) -> object:
    return contracts.AwardRecommended(
        organisation_id=application.organisation_id,
        call_id=application.call_id,
        call_version=_call_version(application),
        award_kind=event.recommendation.award_kind,
        amount_fen=event.recommendation.amount,
        budget_line_id=event.recommendation.budget_line_id,
        minutes_number=event.minutes_number,
        recommended_at=event.at,
        **_whose(application),
    )


_CONTRACTS: dict[type[Any], Callable[[Any, Any], object]] = {
    events.CallOpened: _call_opened,
    events.CallClosed: _call_closed,
    events.Submitted: _submitted,
    events.Accepted: _accepted,
    events.Screened: _screened,
    events.PutOnNotice: _put_on_notice,
    events.ObjectionFiled: _objection_filed,
    events.ObjectionResolved: _objection_resolved,
    events.Rejected: _rejected,
    events.Withdrawn: _withdrawn,
    events.AwardRecommended: _award_recommended,
}


def contract_for(aggregate: Call | Application, event: Any) -> object:
    """The contract's event for a domain event. Raises KeyError for one that has none."""
    return _CONTRACTS[type(event)](aggregate, event)


def _whose(application: Application) -> dict[str, Any]:
    return {"application_id": application.id, "account_id": application.account_id}


def _call_version(application: Application) -> int:
    assert application.call_version is not None, "it was submitted to a version of its call"
    return application.call_version
