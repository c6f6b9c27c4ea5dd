"""A leader approves an application (批复)."""

from uuid import UUID

from services.incubator.usecases.answers import Standing, standing
from services.incubator.usecases.ports import UnitOfWork
from shared.kernel.clock import Clock


def approve_application(
    unit_of_work: UnitOfWork, *, application_id: UUID, by: UUID, clock: Clock
) -> Standing:
    """Approve it after its public notice. Raises NotFound, InvalidState or NoticeNotEnded."""
    with unit_of_work as work:
        application = work.applications.get(application_id)
        application.approve(by=by, at=clock.now())
        work.applications.save(application)
    return standing(application)
