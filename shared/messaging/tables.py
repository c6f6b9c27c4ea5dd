"""The tables that messaging keeps in each service's own store, beside the service's state."""

import sqlalchemy as sa

from shared.messaging.types import UTCDateTime

metadata = sa.MetaData()

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_ID = sa.Uuid(as_uuid=False)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", _BIG, primary_key=True, autoincrement=True),
    sa.Column("event_id", _ID, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("routing_key", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("recorded_at", UTCDateTime, nullable=False),
    sa.Column("sent_at", UTCDateTime),
    sa.UniqueConstraint("event_id", name="uq_outbox_event_id"),
    sa.UniqueConstraint("subject", "sequence", name="uq_outbox_subject_sequence"),
    sa.CheckConstraint("sequence >= 1", name="ck_outbox_sequence"),
)
sa.Index(
    "ix_outbox_unsent",
    outbox.c.id,
    postgresql_where=outbox.c.sent_at.is_(None),
    sqlite_where=outbox.c.sent_at.is_(None),
)

outbox_streams = sa.Table(
    "outbox_streams",
    metadata,
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("last_sequence", sa.Integer, nullable=False),
)

#: What became of an event that was heard.
APPLIED, PASSED_OVER, WAITING, DISCARDED = "applied", "passed_over", "waiting", "discarded"

inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("consumer", sa.Text, nullable=False),
    sa.Column("event_id", _ID, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("content_hash", sa.LargeBinary(16), nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("note", sa.Text),
    sa.Column("body", sa.LargeBinary),
    sa.Column("heard_at", UTCDateTime, nullable=False),
    sa.PrimaryKeyConstraint("consumer", "event_id", name="pk_inbox"),
    sa.UniqueConstraint("consumer", "source", "subject", "sequence", name="uq_inbox_stream_sequence"),
    sa.CheckConstraint("outcome IN ('applied', 'passed_over', 'waiting', 'discarded')", name="ck_inbox_outcome"),
    sa.CheckConstraint("(outcome = 'waiting') = (body IS NOT NULL)", name="ck_inbox_body_while_waiting"),
)

inbox_streams = sa.Table(
    "inbox_streams",
    metadata,
    sa.Column("consumer", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("last_sequence", sa.Integer, nullable=False),
    # How many events beyond last_sequence are in the inbox already: waiting, or heard out of order.
    sa.Column("ahead", sa.Integer, nullable=False),
    sa.PrimaryKeyConstraint("consumer", "source", "subject", name="pk_inbox_streams"),
)
sa.Index(
    "ix_inbox_streams_ahead",
    inbox_streams.c.consumer,
    inbox_streams.c.source,
    postgresql_where=inbox_streams.c.ahead > 0,
    sqlite_where=inbox_streams.c.ahead > 0,
)

inbox_attempts = sa.Table(
    "inbox_attempts",
    metadata,
    sa.Column("consumer", sa.Text, nullable=False),
    sa.Column("event_id", _ID, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("last_at", UTCDateTime, nullable=False),
    sa.PrimaryKeyConstraint("consumer", "event_id", name="pk_inbox_attempts"),
)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("work", sa.Text, nullable=False),
    sa.Column("arguments", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("result", sa.JSON),
    sa.Column("error", sa.Text),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("leased_until", UTCDateTime),
    sa.Column("finished_at", UTCDateTime),
    sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name="ck_jobs_state"),
)
sa.Index(
    "ix_jobs_open",
    jobs.c.created_at,
    postgresql_where=jobs.c.finished_at.is_(None),
    sqlite_where=jobs.c.finished_at.is_(None),
)
