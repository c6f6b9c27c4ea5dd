"""Reading from funding's store, as plain values."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.funding.adapters.tables import accounts, budget_lines, reservations
from shared.kernel.errors import NotFound


def budget_line(connection: sa.Connection, line_id: UUID) -> dict[str, Any]:
    """A line with the balances of its accounts, in fen. Raises NotFound."""
    row = connection.execute(sa.select(budget_lines).where(budget_lines.c.id == line_id)).one_or_none()
    if row is None:
        raise NotFound(budget_line_id=str(line_id))
    balances = connection.execute(
        sa.select(accounts.c.kind, accounts.c.balance_fen).where(accounts.c.budget_line_id == line_id)
    )
    return {
        "id": str(row.id),
        "year": row.year,
        "name": row.name,
        "is_closed": row.is_closed,
        **{f"{kind}_fen": balance for kind, balance in balances},
    }


def reservation_for(connection: sa.Connection, application_id: UUID) -> dict[str, Any]:
    """The reservation for an application's award. Raises NotFound."""
    row = connection.execute(
        sa.select(reservations).where(reservations.c.application_id == application_id)
    ).one_or_none()
    if row is None:
        raise NotFound(application_id=str(application_id))
    return {"id": str(row.id), "state": row.state, "amount_fen": row.amount_fen, "row_version": row.row_version}
