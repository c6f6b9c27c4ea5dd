"""Which of a service's processes relays: one at a time, so that what the service says keeps its order.

On PostgreSQL the leader holds a session's advisory lock, and reads and marks over that same session: when the session
is gone, so is its power. On SQLite, where a service is one process, a lock on a file beside the database keeps a second
process that was started by mistake from relaying too; the kernel releases it when the process dies.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Protocol

import sqlalchemy as sa

from shared.messaging.store import Store

#: The advisory lock's key: the letters "relay" as a number. A database holds one service's outbox, so one key will do.
LOCK_KEY = int.from_bytes(b"relay")


class Leadership(Protocol):
    """A candidate for leading."""

    connection: sa.Connection

    def acquire(self) -> bool:
        """Lead, if nobody else does; whether it came to that."""


@contextmanager
def leadership_of(store: Store) -> Iterator[Leadership]:
    """A candidate whose leading, if it gets to that, ends with the block."""
    if store.is_sqlite:
        with store.reading() as connection, _lock_file(store) as file:
            yield _FileLock(connection, file)
        return
    connection = store.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        # This session does nothing but read and mark. A mark lost in a crash means publishing again what the inboxes
        # know already, so marks, and they alone, need not wait for the disk.
        connection.execute(sa.text("SET synchronous_commit TO off"))
        yield _AdvisoryLock(connection)
    finally:
        connection.invalidate()  # closing the session releases the lock, whatever state it is in
        connection.close()


@contextmanager
def _lock_file(store: Store) -> Iterator[IO[bytes]]:
    with open(f"{store.engine.url.database}.relay", "ab") as file:
        yield file


class _AdvisoryLock:
    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection

    def acquire(self) -> bool:
        held = bool(self.connection.execute(sa.select(sa.func.pg_try_advisory_lock(LOCK_KEY))).scalar())
        self.connection.rollback()
        return held


class _FileLock:
    def __init__(self, connection: sa.Connection, file: IO[bytes]) -> None:
        self.connection = connection
        self._file = file

    def acquire(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
