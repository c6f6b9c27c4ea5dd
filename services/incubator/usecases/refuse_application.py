"""A coordinator refuses an application's file (不予受理)."""

from uuid import UUID

from services.incubator.usecases.answers import Standing, standing
from services.incubator.usecases.ports import UnitOfWork
from shared.kernel.clock import Clock


def refuse_application(
    unit_of_work: UnitOfWork, *, application_id: UUID, why: str, by: UUID, clock: Clock
) -> Standing:
    """Refuse the file, with the reason. Raises NotFound or InvalidState."""
    with unit_of_work as work:
        application = work.applications.get(application_id)
        application.refuse(why, by=by, at=clock.now())
        work.applications.save(application)
    return standing(application)
