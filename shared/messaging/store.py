"""A service's own store: transactions in which state, outbox and inbox commit together, or not at all."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from shared.contracts.contract import contract_of
from shared.kernel.clock import Clock
from shared.messaging import crash_points, outbox, tracing
from shared.messaging.engines import create_engine, meaning_of
from shared.messaging.failures import StoreAway

log = logging.getLogger(__name__)


class Store:
    """The database of one service.

    Errors of the database come out as StoreAway (it can't be reached) or Contended (do it again) where they mean that;
    anything else comes out as it is.
    """

    def __init__(self, url: str, *, service: str, clock: Clock) -> None:
        self.url = url
        self.engine = create_engine(url)
        self.service = service
        self.clock = clock
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._listeners: list[Callable[[], None]] = []
        # SQLite has one writer. Waiting for it here, and not in the driver, lets other green threads run meanwhile.
        self._turn: AbstractContextManager[Any] = threading.Lock() if self.is_sqlite else nullcontext()

    def on_said(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each commit that put events into the outbox."""
        self._listeners.append(listener)

    @contextmanager
    def transaction(self) -> Iterator["Transaction"]:
        """A transaction that commits when the block ends well, with everything said in it, and else rolls back."""
        with self._turn, _translated():
            with self.engine.connect() as connection:
                connection.begin()
                transaction = Transaction(self, connection)
                yield transaction
                transaction.flush()
                crash_points.reached("transaction.before_commit")
                connection.commit()
            crash_points.reached("transaction.after_commit")
        if transaction.has_said:
            for listener in self._listeners:
                listener()

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection for reading only; nothing done with it is kept."""
        with _translated(), self.engine.connect().execution_options(reading=True) as connection:
            yield connection

    def is_reachable(self) -> bool:
        """Whether a question to the database is answered."""
        try:
            with self.reading() as connection:
                connection.execute(sa.text("SELECT 1"))
        except (StoreAway, DBAPIError):
            return False
        return True

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


class Transaction:
    """What one unit of work does to the store: statements on `connection`, and events to be said if it commits."""

    def __init__(self, store: Store, connection: sa.Connection) -> None:
        self.connection = connection
        self.store = store
        self.has_said = False
        self._saying: list[outbox.Said] = []

    def say(self, data: object, aggregate_id: UUID, at: datetime) -> None:
        """Publish an event about an aggregate, if this transaction commits.

        `data` is an instance of a class declared with @event; `at` is when it happened.
        Raises InvalidEventData if the data does not fit its contract, TypeError if it is no event.
        """
        self._saying.append(outbox.said(contract_of(type(data)), data, aggregate_id, at, tracing.current()))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part that can fail without the rest: rolled back, and what it said unsaid, when the block raises."""
        before = len(self._saying)
        try:
            with self.connection.begin_nested():
                yield
        except BaseException:
            del self._saying[before:]
            raise

    def flush(self) -> None:
        """Write what was said so far to the outbox, still inside the transaction."""
        if self._saying:
            outbox.write(self.connection, self._saying, self.store.clock.now())
            self._saying.clear()
            self.has_said = True


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except PoolExhausted as error:
        raise StoreAway(str(error)) from error
    except DBAPIError as error:
        meaning = meaning_of(error)
        if meaning is None:
            raise
        raise meaning(str(error.orig)) from error
