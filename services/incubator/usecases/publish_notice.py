"""A coordinator puts a decision on public notice (公示)."""

from uuid import UUID

from services.incubator.usecases.answers import Standing, standing
from services.incubator.usecases.call_in_force import call_of
from services.incubator.usecases.ports import UnitOfWork
from shared.kernel.clock import Clock


def publish_notice(
    unit_of_work: UnitOfWork, *, application_id: UUID, by: UUID, clock: Clock
) -> Standing:
    """Publish it. Raises NotFound or InvalidState."""
    with unit_of_work as work:
        application = work.applications.get(application_id)
        call = call_of(work, application)
        application.publish_notice(call, by=by, at=clock.now())
        work.applications.save(application)
    return standing(application)
