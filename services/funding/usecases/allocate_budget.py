"""The finance office puts money into a budget line."""

from uuid import UUID

from services.funding.domain.budget_line import BudgetLine
from services.funding.usecases.ports import UnitOfWork
from shared.kernel.clock import Clock
from shared.kernel.money import Fen


def allocate_budget(
    unit_of_work: UnitOfWork, *, line_id: UUID, fund_id: UUID, year: int, name: str, amount: Fen, clock: Clock
) -> Fen:
    """Make the line if there is none under this id, and add to it; returns what is available, in fen.

    Raises AmountNotPositive or BudgetLineClosed.
    """
    with unit_of_work as work:
        line = work.lines.find_locked(line_id) or BudgetLine(line_id, fund_id, year, name)
        line.allocate(amount, at=clock.now())
        work.lines.save(line)
    return line.available
