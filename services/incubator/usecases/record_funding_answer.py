"""Funding answered: an award's amount is reserved, or it can't be."""

from datetime import datetime
from uuid import UUID

from services.incubator.usecases.ports import UnitOfWork


def record_funding_answer(
    unit_of_work: UnitOfWork, *, application_id: UUID, outcome: str, at: datetime, why: str = ""
) -> None:
    """Put funding's answer on the application's time line. Raises NotFound or NoAwardRecommended."""
    with unit_of_work as work:
        application = work.applications.get(application_id)
        application.record_funding_answer(outcome, at=at, why=why)
        work.applications.save(application)
