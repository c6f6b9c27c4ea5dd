"""Saving an aggregate's row under optimistic concurrency: nobody's change is overwritten unseen."""

from typing import Any, Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from shared.kernel.errors import ConcurrentUpdate


class Versioned(Protocol):
    """An aggregate whose row counts its saves; 0 while it has no row."""

    id: UUID
    row_version: int


def save_row(connection: sa.Connection, table: sa.Table, aggregate: Versioned, values: dict[str, Any]) -> None:
    """Insert a new aggregate's row, or update it as it was read, and count the save.

    Raises ConcurrentUpdate if somebody saved it since, or made it meanwhile; IntegrityError for any other constraint.
    """
    if aggregate.row_version == 0:
        _insert(connection, table, aggregate, values)
    else:
        updated = connection.execute(
            sa.update(table)
            .where(table.c.id == aggregate.id, table.c.row_version == aggregate.row_version)
            .values(row_version=aggregate.row_version + 1, **values)
        )
        if not updated.rowcount:
            raise ConcurrentUpdate(id=str(aggregate.id))
    aggregate.row_version += 1


def _insert(connection: sa.Connection, table: sa.Table, aggregate: Versioned, values: dict[str, Any]) -> None:
    try:
        connection.execute(sa.insert(table).values(id=aggregate.id, row_version=1, **values))
    except IntegrityError as error:
        if f"{table.name}_pkey" in str(error.orig) or str(error.orig).endswith(f"failed: {table.name}.id"):
            raise ConcurrentUpdate(id=str(aggregate.id)) from error
        raise
