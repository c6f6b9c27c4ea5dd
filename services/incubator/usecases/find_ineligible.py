"""A coordinator finds an application ineligible."""

from uuid import UUID

from services.incubator.usecases.answers import Standing, standing
from services.incubator.usecases.ports import UnitOfWork
from shared.kernel.clock import Clock


def find_ineligible(
    unit_of_work: UnitOfWork, *, application_id: UUID, why: str, by: UUID, clock: Clock
) -> Standing:
    """End it, with the reason. Raises NotFound or InvalidState."""
    with unit_of_work as work:
        application = work.applications.get(application_id)
        application.find_ineligible(why, by=by, at=clock.now())
        work.applications.save(application)
    return standing(application)
