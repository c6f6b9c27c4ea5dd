"""A reviewer scores an application."""

from collections.abc import Mapping
from uuid import UUID

from services.incubator.usecases.answers import Standing, standing
from services.incubator.usecases.call_in_force import call_of
from services.incubator.usecases.ports import UnitOfWork
from shared.kernel.clock import Clock


def submit_review(
    unit_of_work: UnitOfWork,
    *,
    application_id: UUID,
    scores: Mapping[str, int],
    organisation_id: UUID | None,
    by: UUID,
    clock: Clock,
) -> Standing:
    """Keep a reviewer's scores. Raises NotFound, InvalidState, ReviewerHasConflict, ReviewAlreadySubmitted, InvalidInput."""
    with unit_of_work as work:
        application = work.applications.get(application_id)
        call = call_of(work, application)
        application.submit_review(call, scores, by=by, organisation_id=organisation_id, at=clock.now())
        work.applications.save(application)
    return standing(application)
