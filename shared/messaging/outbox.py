"""The outbox: events stand beside the state that caused them, numbered, until the relay has seen them confirmed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from shared.contracts.contract import EventContract
from shared.kernel.identifiers import new_id
from shared.messaging.envelope import SOURCE_PREFIX, Envelope
from shared.messaging.tables import outbox, outbox_streams
from shared.messaging.tracing import Trace


@dataclass(frozen=True, slots=True)
class Said:
    """An event that has no number yet."""

    event_id: str
    contract: EventContract
    subject: str
    at: datetime
    data: dict[str, Any]
    trace: Trace

    def numbered(self, sequence: int) -> Envelope:
        """The envelope of the aggregate's event number `sequence`."""
        return Envelope(
            id=self.event_id,
            source=SOURCE_PREFIX + self.contract.publisher,
            type=self.contract.key,
            subject=self.subject,
            time=self.at.isoformat(),
            sequence=sequence,
            data=self.data,
            correlation_id=self.trace.correlation_id,
            causation_id=self.trace.causation_id,
            traceparent=self.trace.traceparent,
        )


def said(contract: EventContract, data: object, aggregate_id: UUID, at: datetime, trace: Trace) -> Said:
    """An event ready to be written. Raises InvalidEventData."""
    return Said(str(new_id()), contract, f"{contract.aggregate}/{aggregate_id}", at, contract.dump(data), trace)


def write(connection: sa.Connection, saying: Sequence[Said], now: datetime) -> None:
    """Number the events and put them into the outbox.

    The counter's row stays locked until the transaction ends. So the events of one aggregate are numbered, and get
    their rows' ids, in the order in which their transactions commit, and a rollback leaves no gap.
    """
    last = _advance(connection, Counter(event.subject for event in saying))
    rows = []
    for event in reversed(saying):
        sequence = last[event.subject]
        last[event.subject] = sequence - 1
        rows.append(
            {
                "event_id": event.event_id,
                "type": event.contract.key,
                "routing_key": event.contract.routing_key,
                "subject": event.subject,
                "sequence": sequence,
                "body": event.numbered(sequence).encode(),
                "recorded_at": now,
            }
        )
    rows.reverse()
    connection.execute(sa.insert(outbox), rows)


def _advance(connection: sa.Connection, counts: Counter[str]) -> dict[str, int]:
    """The last number of each subject after `counts` more events. Rows are locked in one order: no deadlock."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(outbox_streams)
    statement = statement.on_conflict_do_update(
        index_elements=["subject"],
        set_={"last_sequence": outbox_streams.c.last_sequence + statement.excluded.last_sequence},
    ).returning(outbox_streams.c.subject, outbox_streams.c.last_sequence)
    rows = connection.execute(
        statement, [{"subject": subject, "last_sequence": count} for subject, count in sorted(counts.items())]
    )
    return {subject: sequence for subject, sequence in rows}
