"""An applicant submits an application."""

from uuid import UUID

from services.incubator.usecases.answers import Standing, standing
from services.incubator.usecases.ports import UnitOfWork
from shared.kernel.clock import Clock


def submit_application(
    unit_of_work: UnitOfWork, *, application_id: UUID, by: UUID, clock: Clock
) -> Standing:
    """Submit a draft. Raises NotFound, InvalidState, CallNotOpen, or SubmissionIncomplete with all that is missing."""
    with unit_of_work as work:
        application = work.applications.get(application_id)
        call = work.calls.get(application.call_id)
        application.submit(call, by=by, at=clock.now())
        work.applications.save(application)
    return standing(application)
