"""An applicant withdraws an application."""

from uuid import UUID

from services.incubator.usecases.answers import Standing, standing
from services.incubator.usecases.ports import UnitOfWork
from shared.kernel.clock import Clock


def withdraw_application(
    unit_of_work: UnitOfWork, *, application_id: UUID, why: str, by: UUID, clock: Clock
) -> Standing:
    """Take it back. Raises NotFound or InvalidState."""
    with unit_of_work as work:
        application = work.applications.get(application_id)
        application.withdraw(by=by, at=clock.now(), why=why)
        work.applications.save(application)
    return standing(application)
