"""A budget line (预算科目): what a fund has for a purpose in a year, and what of it is still free.

Every movement is a transfer from one account of the line to another, in fen, so that what is in all accounts together
is always nothing. Transfers are never changed; a mistake is reversed by a new one. `allocated` is where money comes
from and goes below nothing; `available` and `reserved` never do. Source: double-entry bookkeeping; the budget accounts
follow the encumbrance method of public accounting.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.funding.domain.rules import AmountNotPositive, BudgetLineClosed, InsufficientBudget
from shared.kernel.money import Fen

AccountKind = Literal["allocated", "available", "reserved"]
Purpose = Literal["allocation", "reservation", "release"]
ACCOUNTS: tuple[AccountKind, ...] = ("allocated", "available", "reserved")


@dataclass(frozen=True)
class Transfer:
    """Money that went from one account of a line to another. `about` is the reservation, or the line itself."""

    at: datetime
    purpose: Purpose
    source: AccountKind
    target: AccountKind
    amount: Fen
    about: UUID


@dataclass
class BudgetLine:
    """A line with the balances of its accounts, and the transfers that are still to be saved."""

    id: UUID
    fund_id: UUID
    year: int
    name: str
    is_closed: bool = False
    row_version: int = 0
    balances: dict[AccountKind, Fen] = field(default_factory=lambda: {kind: Fen(0) for kind in ACCOUNTS})
    transfers: list[Transfer] = field(default_factory=list)

    @property
    def available(self) -> Fen:
        """What can still be reserved."""
        return self.balances["available"]

    def allocate(self, amount: Fen, *, at: datetime) -> None:
        """Put money into the line. Raises AmountNotPositive or BudgetLineClosed."""
        self._check_open()
        self._move("allocation", "allocated", "available", amount, at, self.id)

    def reserve(self, amount: Fen, *, reservation_id: UUID, at: datetime) -> None:
        """Hold an amount (额度占用). Raises AmountNotPositive, BudgetLineClosed or InsufficientBudget."""
        self._check_open()
        if amount > self.available:
            raise InsufficientBudget(available_fen=self.available, wanted_fen=amount)
        self._move("reservation", "available", "reserved", amount, at, reservation_id)

    def release(self, amount: Fen, *, reservation_id: UUID, at: datetime) -> None:
        """Let go of a held amount; also on a closed line."""
        self._move("release", "reserved", "available", amount, at, reservation_id)

    def close(self) -> None:
        """Reserve nothing more."""
        self.is_closed = True

    def _check_open(self) -> None:
        if self.is_closed:
            raise BudgetLineClosed(budget_line_id=str(self.id))

    def _move(
        self, purpose: Purpose, source: AccountKind, target: AccountKind, amount: Fen, at: datetime, about: UUID
    ) -> None:
        if amount <= 0:
            raise AmountNotPositive(amount_fen=amount)
        self.balances[source] = Fen(self.balances[source] - amount)
        self.balances[target] = Fen(self.balances[target] + amount)
        self.transfers.append(Transfer(at, purpose, source, target, amount, about))
