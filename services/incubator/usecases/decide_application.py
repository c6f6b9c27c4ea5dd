"""A coordinator enters what the panel decided (集体研究)."""

from uuid import UUID

from services.incubator.domain.decision import Recommendation
from services.incubator.usecases.answers import Standing, standing
from services.incubator.usecases.call_in_force import call_of
from services.incubator.usecases.ports import UnitOfWork
from shared.kernel.clock import Clock


def decide_application(
    unit_of_work: UnitOfWork,
    *,
    application_id: UUID,
    recommended: bool,
    minutes_number: str,
    recommendation: Recommendation | None,
    by: UUID,
    clock: Clock,
) -> Standing:
    """Keep the decision. Raises NotFound, InvalidState, ReviewQuorumNotMet or DecisionIncomplete."""
    with unit_of_work as work:
        application = work.applications.get(application_id)
        application.decide(
            call_of(work, application),
            recommended=recommended,
            minutes_number=minutes_number,
            recommendation=recommendation,
            by=by,
            at=clock.now(),
        )
        work.applications.save(application)
    return standing(application)
