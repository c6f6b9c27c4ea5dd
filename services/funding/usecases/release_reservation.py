"""An application was withdrawn: what was held for it is free again."""

from uuid import UUID

from services.funding.usecases.ports import UnitOfWork
from shared.kernel.clock import Clock


def release_reservation(unit_of_work: UnitOfWork, *, application_id: UUID, why: str, clock: Clock) -> None:
    """Release what is reserved for an application; nothing happens if nothing is."""
    with unit_of_work as work:
        reservation = work.reservations.find_for_application(application_id)
        if reservation is None or reservation.state != "reserved":
            return
        line = work.lines.find_locked(reservation.recommended.budget_line_id)
        assert line is not None, "an amount is only ever held on a line that exists"
        reservation.release(line, by="incubator", at=clock.now(), why=why)
        work.lines.save(line)
        work.reservations.save(reservation)
