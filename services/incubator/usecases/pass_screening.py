"""A coordinator finds an application eligible."""

from uuid import UUID

from services.incubator.usecases.answers import Standing, standing
from services.incubator.usecases.ports import UnitOfWork
from shared.kernel.clock import Clock


def pass_screening(
    unit_of_work: UnitOfWork, *, application_id: UUID, by: UUID, clock: Clock
) -> Standing:
    """Let it go to review. Raises NotFound or InvalidState."""
    with unit_of_work as work:
        application = work.applications.get(application_id)
        application.pass_screening(by=by, at=clock.now())
        work.applications.save(application)
    return standing(application)
