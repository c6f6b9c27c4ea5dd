"""The finance office closes a budget line."""

from uuid import UUID

from services.funding.usecases.ports import UnitOfWork
from shared.kernel.errors import NotFound


def close_budget_line(unit_of_work: UnitOfWork, *, line_id: UUID) -> None:
    """Let the line reserve nothing more. Raises NotFound."""
    with unit_of_work as work:
        line = work.lines.find_locked(line_id)
        if line is None:
            raise NotFound(budget_line_id=str(line_id))
        line.close()
        work.lines.save(line)
