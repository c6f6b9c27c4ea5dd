"""Incubator's tables."""

import sqlalchemy as sa

from services.incubator.domain.application import ENDED, STATES
from shared.messaging.tables import metadata as messaging_metadata
from shared.messaging.types import UTCDateTime

metadata = sa.MetaData()
for _table in messaging_metadata.sorted_tables:
    _table.to_metadata(metadata)


def _one_of(column: str, values: object) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"  # type: ignore[attr-defined]


calls = sa.Table(
    "calls",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("row_version", sa.Integer, nullable=False),
    sa.CheckConstraint("state IN ('draft', 'open', 'closed', 'archived')", name="ck_calls_state"),
)

call_versions = sa.Table(
    "call_versions",
    metadata,
    sa.Column("call_id", sa.Uuid, sa.ForeignKey("calls.id", name="fk_call_versions_call"), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("settings", sa.JSON, nullable=False),
    sa.PrimaryKeyConstraint("call_id", "version", name="pk_call_versions"),
)

applications = sa.Table(
    "applications",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("call_id", sa.Uuid, sa.ForeignKey("calls.id", name="fk_applications_call"), nullable=False),
    sa.Column("call_version", sa.Integer),
    sa.Column("account_id", sa.Uuid, nullable=False),
    sa.Column("organisation_id", sa.Uuid, nullable=False),
    sa.Column("entered_by", sa.Uuid, nullable=False),
    sa.Column("screened_by", sa.Uuid),
    sa.Column("receipt_number", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("decision", sa.JSON(none_as_null=True)),
    sa.Column("notice", sa.JSON(none_as_null=True)),
    sa.Column("row_version", sa.Integer, nullable=False),
    sa.CheckConstraint(_one_of("state", STATES), name="ck_applications_state"),
)
_LIVE = sa.text(f"NOT ({_one_of('state', sorted(ENDED))})")
sa.Index(
    "uq_applications_live",
    applications.c.call_id,
    applications.c.organisation_id,
    unique=True,
    postgresql_where=_LIVE,
    sqlite_where=_LIVE,
)

reviews = sa.Table(
    "reviews",
    metadata,
    sa.Column("application_id", sa.Uuid, sa.ForeignKey("applications.id", name="fk_reviews_application"), nullable=False),
    sa.Column("reviewer_id", sa.Uuid, nullable=False),
    sa.Column("at", UTCDateTime, nullable=False),
    sa.Column("scores", sa.JSON, nullable=False),
    sa.PrimaryKeyConstraint("application_id", "reviewer_id", name="pk_reviews"),
)

history = sa.Table(
    "history",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("aggregate_id", sa.Uuid, nullable=False),
    sa.Column("at", UTCDateTime, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("command", sa.Text, nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("after", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
)
sa.Index("ix_history_aggregate_id", history.c.aggregate_id, history.c.id)
