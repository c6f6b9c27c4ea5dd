"""Database engines set up the way messaging needs them, and what their errors mean."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from shared.messaging.failures import Contended, StoreAway

_CONTENDED_STATES = {"40001", "40P01", "55P03"}  # serialisation, deadlock, lock not available
_AWAY_CLASSES = ("08", "53", "57P", "58")  # connection, resources (disk, memory), shutting down, system error


def create_engine(url: str) -> sa.Engine:
    """An engine for PostgreSQL (psycopg2) or for a SQLite file. Raises ValueError for anything else."""
    backend = sa.make_url(url).get_backend_name()
    if backend == "postgresql":
        return _postgresql(url)
    if backend == "sqlite":
        return _sqlite(url)
    raise ValueError(f"neither PostgreSQL nor SQLite: {backend}")


def _postgresql(url: str) -> sa.Engine:
    return sa.create_engine(
        sa.make_url(url).set(drivername="postgresql+psycopg2"),  # psycopg 3 would hold up eventlet's hub
        pool_size=20,
        max_overflow=20,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": 5,
            # A peer that vanished without a word is noticed within half a minute.
            "keepalives_idle": 15,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 30_000,
            "options": "-c timezone=UTC",
        },
    )


def _sqlite(url: str) -> sa.Engine:
    engine = sa.create_engine(url, connect_args={"timeout": 10, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late and is never IMMEDIATE
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def meaning_of(error: DBAPIError) -> type[StoreAway] | type[Contended] | None:
    """Whether the store is away, or transactions got in each other's way; None: the statement itself is at fault."""
    state = getattr(error.orig, "pgcode", None)
    if state is not None:
        if state in _CONTENDED_STATES:
            return Contended
        return StoreAway if state.startswith(_AWAY_CLASSES) else None
    text = str(error.orig)
    if "database is locked" in text or "database table is locked" in text:
        return Contended
    if error.connection_invalidated or isinstance(error, InterfaceError | OperationalError):
        return None if "no such" in text or "syntax error" in text else StoreAway
    return None
