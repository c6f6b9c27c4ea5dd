"""Calls with their versions; applications with reviews and history."""

import sqlalchemy as sa
from alembic import op

from shared.messaging.types import UTCDateTime

revision = "0002"
down_revision = "0001"

_STATES = (
    "'draft', 'submitted', 'not_accepted', 'accepted', 'screening', 'ineligible', 'in_review', 'decided', 'rejected', "
    "'public_notice', 'objection', 'approved', 'withdrawn'"
)
_LIVE = "NOT (state IN ('ineligible', 'not_accepted', 'rejected', 'withdrawn'))"


def upgrade() -> None:
    """Bring the schema here."""
    _create_calls()
    _create_applications()
    op.create_table(
        "history",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("aggregate_id", sa.Uuid, nullable=False),
        sa.Column("at", UTCDateTime, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )
    op.create_index("ix_history_aggregate_id", "history", ["aggregate_id", "id"])


def downgrade() -> None:
    """Take the schema back."""
    for name in ("history", "reviews", "applications", "call_versions", "calls"):
        op.drop_table(name)


def _create_calls() -> None:
    op.create_table(
        "calls",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("row_version", sa.Integer, nullable=False),
        sa.CheckConstraint("state IN ('draft', 'open', 'closed', 'archived')", name="ck_calls_state"),
    )
    op.create_table(
        "call_versions",
        sa.Column("call_id", sa.Uuid, sa.ForeignKey("calls.id", name="fk_call_versions_call"), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("call_id", "version", name="pk_call_versions"),
    )


def _create_applications() -> None:
    op.create_table(
        "applications",
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
        sa.CheckConstraint(f"state IN ({_STATES})", name="ck_applications_state"),
    )
    op.create_index(
        "uq_applications_live",
        "applications",
        ["call_id", "organisation_id"],
        unique=True,
        postgresql_where=sa.text(_LIVE),
        sqlite_where=sa.text(_LIVE),
    )
    op.create_table(
        "reviews",
        sa.Column(
            "application_id", sa.Uuid, sa.ForeignKey("applications.id", name="fk_reviews_application"), nullable=False
        ),
        sa.Column("reviewer_id", sa.Uuid, nullable=False),
        sa.Column("at", UTCDateTime, nullable=False),
        sa.Column("scores", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("application_id", "reviewer_id", name="pk_reviews"),
    )
