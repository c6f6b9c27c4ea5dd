"""The messaging tables as steps for the services' Alembic migrations.

Each function is one frozen step: never changed once released. A change to `tables.py` comes with a new function here
and a migration in each service that calls it; a test holds the sum of the steps against `tables.py`.
"""

from typing import Any

import sqlalchemy as sa

from shared.messaging.types import UTCDateTime

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_ID = sa.Uuid(as_uuid=False)


def create_messaging_tables(op: Any) -> None:
    """Create outbox, inbox and jobs. `op` is Alembic's operations proxy."""
    _create_outbox(op)
    _create_inbox(op)
    _create_jobs(op)


def drop_messaging_tables(op: Any) -> None:
    """Undo create_messaging_tables."""
    for name in ("jobs", "inbox_attempts", "inbox_streams", "inbox", "outbox_streams", "outbox"):
        op.drop_table(name)


def _create_outbox(op: Any) -> None:
    op.create_table(
        "outbox",
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
    unsent = sa.text("sent_at IS NULL")
    op.create_index("ix_outbox_unsent", "outbox", ["id"], postgresql_where=unsent, sqlite_where=unsent)
    op.create_table(
        "outbox_streams",
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("last_sequence", sa.Integer, nullable=False),
    )


def _create_inbox(op: Any) -> None:
    op.create_table(
        "inbox",
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
    op.create_table(
        "inbox_streams",
        sa.Column("consumer", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("last_sequence", sa.Integer, nullable=False),
        sa.Column("ahead", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("consumer", "source", "subject", name="pk_inbox_streams"),
    )
    ahead = sa.text("ahead > 0")
    op.create_index(
        "ix_inbox_streams_ahead", "inbox_streams", ["consumer", "source"], postgresql_where=ahead, sqlite_where=ahead
    )
    op.create_table(
        "inbox_attempts",
        sa.Column("consumer", sa.Text, nullable=False),
        sa.Column("event_id", _ID, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("last_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("consumer", "event_id", name="pk_inbox_attempts"),
    )


def _create_jobs(op: Any) -> None:
    op.create_table(
        "jobs",
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
    still_open = sa.text("finished_at IS NULL")
    op.create_index("ix_jobs_open", "jobs", ["created_at"], postgresql_where=still_open, sqlite_where=still_open)
