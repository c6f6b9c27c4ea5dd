"""Incubator's unit of work."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.incubator.adapters.publishes import contract_for
from services.incubator.adapters.repository import SqlApplications, SqlCalls
from shared.messaging.unit_of_work import SqlUnitOfWork


class IncubatorUnitOfWork(SqlUnitOfWork):
    """Calls and applications in one transaction."""

    calls: SqlCalls
    applications: SqlApplications

    def bind(self, connection: sa.Connection) -> None:
        """Build the repositories."""
        self._saved: list[Any] = []
        self.calls = SqlCalls(connection, self._saved)
        self.applications = SqlApplications(connection, self._saved)

    def collect(self) -> Iterator[tuple[object, UUID, datetime]]:
        """What the saved aggregates recorded, each event once."""
        for aggregate in self._saved:
            for event in aggregate.recorded:
                yield contract_for(aggregate, event), aggregate.id, event.at
            aggregate.recorded.clear()
