"""A coordinator enters how an objection was decided."""

from uuid import UUID

from services.incubator.usecases.answers import Standing, standing
from services.incubator.usecases.ports import UnitOfWork
from shared.kernel.clock import Clock


def resolve_objection(
    unit_of_work: UnitOfWork, *, application_id: UUID, upheld: bool, why: str, by: UUID, clock: Clock
) -> Standing:
    """End the application or let its notice go on. Raises NotFound or InvalidState."""
    with unit_of_work as work:
        application = work.applications.get(application_id)
        application.resolve_objection(upheld=upheld, by=by, at=clock.now(), why=why)
        work.applications.save(application)
    return standing(application)
