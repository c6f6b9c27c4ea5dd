"""Funding's tables. A transfer names its two accounts, so the books balance by their shape."""

import sqlalchemy as sa

from services.funding.domain.reservation import STATES
from shared.messaging.tables import metadata as messaging_metadata
from shared.messaging.types import UTCDateTime

metadata = sa.MetaData()
for _table in messaging_metadata.sorted_tables:
    _table.to_metadata(metadata)

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")

budget_lines = sa.Table(
    "budget_lines",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("fund_id", sa.Uuid, nullable=False),
    sa.Column("year", sa.Integer, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("is_closed", sa.Boolean, nullable=False),
    sa.Column("row_version", sa.Integer, nullable=False),
)

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("budget_line_id", sa.Uuid, sa.ForeignKey("budget_lines.id", name="fk_accounts_line"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("balance_fen", sa.BigInteger, nullable=False),
    sa.PrimaryKeyConstraint("budget_line_id", "kind", name="pk_accounts"),
    sa.CheckConstraint("kind IN ('allocated', 'available', 'reserved')", name="ck_accounts_kind"),
    sa.CheckConstraint("kind = 'allocated' OR balance_fen >= 0", name="ck_accounts_not_negative"),
)

transfers = sa.Table(
    "transfers",
    metadata,
    sa.Column("id", _BIG, primary_key=True, autoincrement=True),
    sa.Column("budget_line_id", sa.Uuid, sa.ForeignKey("budget_lines.id", name="fk_transfers_line"), nullable=False),
    sa.Column("at", UTCDateTime, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("amount_fen", sa.BigInteger, nullable=False),
    sa.Column("about", sa.Uuid, nullable=False),
    sa.CheckConstraint("amount_fen > 0", name="ck_transfers_amount"),
    sa.CheckConstraint("source <> target", name="ck_transfers_two_accounts"),
)

reservations = sa.Table(
    "reservations",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("application_id", sa.Uuid, nullable=False),
    sa.Column("account_id", sa.Uuid, nullable=False),
    sa.Column("organisation_id", sa.Uuid, nullable=False),
    sa.Column("call_id", sa.Uuid, nullable=False),
    sa.Column("call_version", sa.Integer, nullable=False),
    sa.Column("award_kind", sa.Text, nullable=False),
    sa.Column("amount_fen", sa.BigInteger, nullable=False),
    sa.Column("budget_line_id", sa.Uuid, nullable=False),
    sa.Column("minutes_number", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("row_version", sa.Integer, nullable=False),
    sa.UniqueConstraint("application_id", name="uq_reservations_application"),
    sa.CheckConstraint(f"state IN ({', '.join(map(repr, STATES))})", name="ck_reservations_state"),
)

history = sa.Table(
    "history",
    metadata,
    sa.Column("id", _BIG, primary_key=True, autoincrement=True),
    sa.Column("aggregate_id", sa.Uuid, nullable=False),
    sa.Column("at", UTCDateTime, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("command", sa.Text, nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("after", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
)
sa.Index("ix_history_aggregate_id", history.c.aggregate_id, history.c.id)
