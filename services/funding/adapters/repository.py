"""Budget lines and reservations in the store."""

from dataclasses import asdict
from uuid import UUID

import sqlalchemy as sa

from services.funding.adapters.tables import accounts, budget_lines, history, reservations, transfers
from services.funding.domain.budget_line import BudgetLine
from services.funding.domain.reservation import Recommended, Reservation
from shared.kernel.errors import NotFound
from shared.kernel.money import Fen
from shared.messaging.rows import save_row


class SqlBudgetLines:
    """The budget lines with their accounts."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def find_locked(self, line_id: UUID) -> BudgetLine | None:
        """The line, its row locked until the transaction ends, or None."""
        row = self._connection.execute(
            sa.select(budget_lines).where(budget_lines.c.id == line_id).with_for_update()
        ).one_or_none()
        if row is None:
            return None
        balances = self._connection.execute(
            sa.select(accounts.c.kind, accounts.c.balance_fen).where(accounts.c.budget_line_id == line_id)
        )
        return BudgetLine(
            row.id, row.fund_id, row.year, row.name, row.is_closed, row.row_version, {k: Fen(v) for k, v in balances}
        )

    def save(self, line: BudgetLine) -> None:
        """Keep a line, its balances and its new transfers. Raises ConcurrentUpdate."""
        is_new = line.row_version == 0
        values = {"fund_id": line.fund_id, "year": line.year, "name": line.name, "is_closed": line.is_closed}
        save_row(self._connection, budget_lines, line, values)
        if is_new:
            self._connection.execute(
                sa.insert(accounts),
                [{"budget_line_id": line.id, "kind": kind, "balance_fen": 0} for kind in line.balances],
            )
        for transfer in line.transfers:
            # The balance is moved by what the transfer says, so that balances and transfers can't drift apart.
            for kind, change in ((transfer.source, -transfer.amount), (transfer.target, transfer.amount)):
                self._connection.execute(
                    sa.update(accounts)
                    .where(accounts.c.budget_line_id == line.id, accounts.c.kind == kind)
                    .values(balance_fen=accounts.c.balance_fen + change)
                )
            fields = asdict(transfer)
            amount = fields.pop("amount")
            self._connection.execute(sa.insert(transfers).values(budget_line_id=line.id, amount_fen=amount, **fields))
        line.transfers.clear()


class SqlReservations:
    """The reservations. `saved` holds, in order, those whose events are still to be said."""

    def __init__(self, connection: sa.Connection, saved: list[Reservation]) -> None:
        self._connection = connection
        self._saved = saved

    def get(self, reservation_id: UUID) -> Reservation:
        """The reservation. Raises NotFound."""
        found = self._find(reservations.c.id == reservation_id)
        if found is None:
            raise NotFound(reservation_id=str(reservation_id))
        return found

    def find_for_application(self, application_id: UUID) -> Reservation | None:
        """The reservation for an application's award, or None."""
        return self._find(reservations.c.application_id == application_id)

    def save(self, reservation: Reservation) -> None:
        """Keep a reservation. Raises ConcurrentUpdate."""
        values = asdict(reservation.recommended)
        values["amount_fen"] = values.pop("amount")
        save_row(self._connection, reservations, reservation, {**values, "state": reservation.state})
        changes = [{"aggregate_id": reservation.id, **asdict(change)} for change in reservation.history]
        if changes:
            self._connection.execute(sa.insert(history), changes)
            reservation.history.clear()
        self._saved.append(reservation)

    def _find(self, condition: sa.ColumnElement[bool]) -> Reservation | None:
        row = self._connection.execute(sa.select(reservations).where(condition)).one_or_none()
        if row is None:
            return None
        recommended = Recommended(
            application_id=row.application_id,
            account_id=row.account_id,
            organisation_id=row.organisation_id,
            call_id=row.call_id,
            call_version=row.call_version,
            award_kind=row.award_kind,
            amount=Fen(row.amount_fen),
            budget_line_id=row.budget_line_id,
            minutes_number=row.minutes_number,
        )
        return Reservation(row.id, recommended, row.state, row.row_version)
