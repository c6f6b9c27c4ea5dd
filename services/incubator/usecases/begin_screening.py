"""A coordinator takes an application up for its eligibility screening (资格审查)."""

from uuid import UUID

from services.incubator.usecases.answers import Standing, standing
from services.incubator.usecases.ports import UnitOfWork
from shared.kernel.clock import Clock


def begin_screening(
    unit_of_work: UnitOfWork, *, application_id: UUID, by: UUID, clock: Clock
) -> Standing:
    """Take it up. Raises NotFound, InvalidState or ScreenerEnteredApplication."""
    with unit_of_work as work:
        application = work.applications.get(application_id)
        application.begin_screening(by=by, at=clock.now())
        work.applications.save(application)
    return standing(application)
