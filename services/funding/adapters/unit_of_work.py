"""Funding's unit of work."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.funding.adapters.publishes import contract_for
from services.funding.adapters.repository import SqlBudgetLines, SqlReservations
from shared.messaging.unit_of_work import SqlUnitOfWork


class FundingUnitOfWork(SqlUnitOfWork):
    """Budget lines and reservations in one transaction."""

    lines: SqlBudgetLines
    reservations: SqlReservations

    def bind(self, connection: sa.Connection) -> None:
        """Build the repositories."""
        self._saved: list[Any] = []
        self.lines = SqlBudgetLines(connection)
        self.reservations = SqlReservations(connection, self._saved)

    def collect(self) -> Iterator[tuple[object, UUID, datetime]]:
        """What the saved reservations recorded, each event once."""
        for reservation in self._saved:
            for event in reservation.recorded:
                yield contract_for(reservation, event), reservation.id, event.at
            reservation.recorded.clear()
