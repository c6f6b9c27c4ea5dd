"""What funding says. Amounts are fen."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from shared.contracts.contract import event

DeclineReason = Literal["insufficient_budget", "unknown_budget_line", "budget_line_closed"]


@event("funding.budget_reserved", aggregate="reservation")
class BudgetReserved:
    """The amount of a recommended award is held on its budget line (额度占用)."""

    reservation_id: UUID
    application_id: UUID
    account_id: UUID
    budget_line_id: UUID
    amount_fen: int
    reserved_at: datetime


@event("funding.reservation_declined", aggregate="reservation")
class ReservationDeclined:
    """A recommended award can't be held on its budget line, and why."""

    reservation_id: UUID
    application_id: UUID
    account_id: UUID
    budget_line_id: UUID
    amount_fen: int
    reason: DeclineReason
    declined_at: datetime


@event("funding.reservation_released", aggregate="reservation")
class ReservationReleased:
    """What was held is free again."""

    reservation_id: UUID
    application_id: UUID
    account_id: UUID
    budget_line_id: UUID
    amount_fen: int
    released_at: datetime
