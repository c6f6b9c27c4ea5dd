"""A coordinator accepts an application's file (受理)."""

from uuid import UUID

from services.incubator.usecases.answers import Standing, standing
from services.incubator.usecases.ports import UnitOfWork
from shared.kernel.clock import Clock


def receipt_number(application_id: UUID) -> str:
    """The number on the receipt: short enough to read out over the telephone."""
    return f"SL-{application_id.hex[-10:].upper()}"


def accept_application(
    unit_of_work: UnitOfWork, *, application_id: UUID, by: UUID, clock: Clock
) -> Standing:
    """Accept the file and give it its receipt number. Raises NotFound or InvalidState."""
    with unit_of_work as work:
        application = work.applications.get(application_id)
        application.accept(receipt_number(application_id), by=by, at=clock.now())
        work.applications.save(application)
    return standing(application)
