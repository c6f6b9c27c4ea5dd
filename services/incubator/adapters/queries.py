"""Reading from incubator's store: what a caller may see of it, as plain values."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.incubator.adapters.repository import history_of
from services.incubator.adapters.tables import applications
from shared.kernel.errors import NotFound


def application(connection: sa.Connection, application_id: UUID) -> dict[str, Any]:
    """An application with its time line. Raises NotFound."""
    row = connection.execute(sa.select(applications).where(applications.c.id == application_id)).one_or_none()
    if row is None:
        raise NotFound(application_id=str(application_id))
    return {
        "id": str(row.id),
        "call_id": str(row.call_id),
        "call_version": row.call_version,
        "state": row.state,
        "row_version": row.row_version,
        "receipt_number": row.receipt_number,
        "content": row.content,
        "decision": row.decision,
        "notice": row.notice,
        "time_line": [
            {"at": change.at.isoformat(), "by": change.by, "command": change.command, "state": change.after, "why": change.why}
            for change in history_of(connection, application_id)
        ],
    }
