"""Alembic's environment: `shared.messaging.schema` hands the connection over."""

from shared.messaging.schema import run_environment

run_environment()
