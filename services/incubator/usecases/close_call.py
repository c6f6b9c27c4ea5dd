"""A coordinator closes a call."""

from uuid import UUID

from services.incubator.usecases.answers import Standing, standing
from services.incubator.usecases.ports import UnitOfWork
from shared.kernel.clock import Clock


def close_call(unit_of_work: UnitOfWork, *, call_id: UUID, by: UUID, clock: Clock) -> Standing:
    """Take no more applications. Raises NotFound or InvalidState."""
    with unit_of_work as work:
        call = work.calls.get(call_id)
        call.close(by=str(by), at=clock.now())
        work.calls.save(call)
    return standing(call)
