"""A finance officer asks again for a reservation that was declined, after adding to the budget."""

from uuid import UUID

from services.funding.domain.reservation import Reservation
from services.funding.usecases.ports import UnitOfWork
from shared.kernel.clock import Clock


def request_again(unit_of_work: UnitOfWork, *, reservation_id: UUID, by: UUID, clock: Clock) -> Reservation:
    """Try once more. Raises NotFound, or InvalidState unless it was declined."""
    with unit_of_work as work:
        reservation = work.reservations.get(reservation_id)
        reservation.request_again(by=str(by), at=clock.now())
        line = work.lines.find_locked(reservation.recommended.budget_line_id)
        reservation.try_to_reserve(line, by=str(by), at=clock.now())
        if line is not None:
            work.lines.save(line)
        work.reservations.save(reservation)
    return reservation
