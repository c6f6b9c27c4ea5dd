"""What the use cases need of the outside."""

from typing import Protocol, Self
from uuid import UUID

from services.funding.domain.budget_line import BudgetLine
from services.funding.domain.reservation import Reservation


class BudgetLines(Protocol):
    """The budget lines."""

    def find_locked(self, line_id: UUID) -> BudgetLine | None:
        """The line, which nobody else can change until this unit of work ends; None if there is none."""

    def save(self, line: BudgetLine) -> None:
        """Keep a line and its new transfers. Raises ConcurrentUpdate."""


class Reservations(Protocol):
    """The reservations."""

    def get(self, reservation_id: UUID) -> Reservation:
        """The reservation. Raises NotFound."""

    def find_for_application(self, application_id: UUID) -> Reservation | None:
        """The reservation for an application's award, or None."""

    def save(self, reservation: Reservation) -> None:
        """Keep a reservation. Raises ConcurrentUpdate."""


class UnitOfWork(Protocol):
    """One transaction: it commits when its block ends well, with all events that were recorded, and else leaves no trace."""

    lines: BudgetLines
    reservations: Reservations

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(self, *_: object) -> object:
        """Commit or roll back."""
