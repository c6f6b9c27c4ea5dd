"""Incubator recommended an award: its amount is held on its budget line, or declined with the reason."""

from uuid import UUID

from services.funding.domain.reservation import Recommended, Reservation
from services.funding.usecases.ports import UnitOfWork
from shared.kernel.clock import Clock


def reserve_budget(
    unit_of_work: UnitOfWork, *, reservation_id: UUID, recommended: Recommended, clock: Clock
) -> Reservation:
    """Make the reservation and try to hold its amount. Either way it exists afterwards, and its answer is said."""
    with unit_of_work as work:
        line = work.lines.find_locked(recommended.budget_line_id)
        reservation = Reservation(reservation_id, recommended)
        reservation.try_to_reserve(line, by="incubator", at=clock.now())
        if line is not None:
            work.lines.save(line)
        work.reservations.save(reservation)
    return reservation
