"""A coordinator notes an objection (异议) to a public notice."""

from uuid import UUID

from services.incubator.usecases.answers import Standing, standing
from services.incubator.usecases.ports import UnitOfWork
from shared.kernel.clock import Clock


def file_objection(
    unit_of_work: UnitOfWork, *, application_id: UUID, why: str, by: UUID, clock: Clock
) -> Standing:
    """Stop the notice's clock. Raises NotFound or InvalidState."""
    with unit_of_work as work:
        application = work.applications.get(application_id)
        application.file_objection(by=by, at=clock.now(), why=why)
        work.applications.save(application)
    return standing(application)
