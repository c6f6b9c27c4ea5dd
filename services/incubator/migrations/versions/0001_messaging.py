"""Outbox, inbox and jobs."""

from alembic import op

from shared.messaging.migrations import create_messaging_tables, drop_messaging_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Bring the schema here."""
    create_messaging_tables(op)


def downgrade() -> None:
    """Take the schema back."""
    drop_messaging_tables(op)
