"""From what happened in the domain to what is said to other services."""

from collections.abc import Callable
from typing import Any

from services.funding.domain import events
from services.funding.domain.reservation import Reservation
from shared.contracts.funding import events as contracts


def _reserved(reservation: Reservation, event: events.Reserved) -> object:
    return contracts.BudgetReserved(reserved_at=event.at, **_what(reservation))


def _declined(reservation: Reservation, event: events.Declined) -> object:
    return contracts.ReservationDeclined(declined_at=event.at, reason=event.reason, **_what(reservation))


def _released(reservation: Reservation, event: events.Released) -> object:
    return contracts.ReservationReleased(released_at=event.at, **_what(reservation))


_CONTRACTS: dict[type[Any], Callable[[Reservation, Any], object]] = {
    events.Reserved: _reserved,
    events.Declined: _declined,
    events.Released: _released,
}


def contract_for(reservation: Reservation, event: Any) -> object:
    """The contract's event for a domain event. Raises KeyError for one that has none."""
    return _CONTRACTS[type(event)](reservation, event)


def _what(reservation: Reservation) -> dict[str, Any]:
    recommended = reservation.recommended
    return {
        "reservation_id": reservation.id,
        "application_id": recommended.application_id,
        "account_id": recommended.account_id,
        "budget_line_id": recommended.budget_line_id,
        "amount_fen": recommended.amount,
    }
