"""Budget lines with their accounts and transfers, which nobody can change; reservations."""

import sqlalchemy as sa
from alembic import op

from shared.messaging.types import UTCDateTime

revision = "0002"
down_revision = "0001"

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Bring the schema here."""
    _create_budget()
    _create_reservations()
    op.create_table(
        "history",
        sa.Column("id", _BIG, primary_key=True, autoincrement=True),
        sa.Column("aggregate_id", sa.Uuid, nullable=False),
        sa.Column("at", UTCDateTime, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )
    op.create_index("ix_history_aggregate_id", "history", ["aggregate_id", "id"])
    _forbid_changing_transfers()


def downgrade() -> None:
    """Take the schema back."""
    for name in ("history", "reservations", "transfers", "accounts", "budget_lines"):
        op.drop_table(name)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION transfers_are_final()")


def _create_budget() -> None:
    op.create_table(
        "budget_lines",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("fund_id", sa.Uuid, nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("is_closed", sa.Boolean, nullable=False),
        sa.Column("row_version", sa.Integer, nullable=False),
    )
    op.create_table(
        "accounts",
        sa.Column("budget_line_id", sa.Uuid, sa.ForeignKey("budget_lines.id", name="fk_accounts_line"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("balance_fen", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("budget_line_id", "kind", name="pk_accounts"),
        sa.CheckConstraint("kind IN ('allocated', 'available', 'reserved')", name="ck_accounts_kind"),
        sa.CheckConstraint("kind = 'allocated' OR balance_fen >= 0", name="ck_accounts_not_negative"),
    )
    op.create_table(
        "transfers",
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


def _create_reservations() -> None:
    op.create_table(
        "reservations",
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
        sa.CheckConstraint(
            "state IN ('requested', 'reserved', 'declined', 'released', 'converted')", name="ck_reservations_state"
        ),
    )


def _forbid_changing_transfers() -> None:
    """The books are added to, never rewritten; a mistake is reversed by a new transfer."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION transfers_are_final() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'transfers_are_final'; END $$"
        )
        op.execute(
            "CREATE TRIGGER transfers_are_final BEFORE UPDATE OR DELETE ON transfers "
            "FOR EACH ROW EXECUTE FUNCTION transfers_are_final()"
        )
        return
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER transfers_are_final_{act.lower()} BEFORE {act} ON transfers "
            "BEGIN SELECT RAISE(ABORT, 'transfers_are_final'); END"
        )
