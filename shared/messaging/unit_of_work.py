"""The unit of work of a service: its repositories, and the events that its aggregates recorded, in one transaction."""

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import sqlalchemy as sa

from shared.messaging.store import Store, Transaction


class SqlUnitOfWork:
    """Joins the transaction in which an event is heard, or opens its own; commits when its block ends well.

    A service's adapters subclass it: `bind` builds the repositories, `collect` gives what the aggregates recorded.
    """

    def __init__(self, store: Store, joined: Transaction | None = None) -> None:
        self._store = store
        self._joined = joined
        self._scope: AbstractContextManager[Transaction] = nullcontext()  # type: ignore[assignment]

    def bind(self, connection: sa.Connection) -> None:
        """Build the repositories on a connection."""
        raise NotImplementedError

    def collect(self) -> Iterable[tuple[object, UUID, datetime]]:
        """Take what is to be said: the contract's event, the aggregate's id, and when it happened, in order."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._scope = self._store.transaction() if self._joined is None else nullcontext(self._joined)
        self.transaction = self._scope.__enter__()
        self.bind(self.transaction.connection)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> Any:
        if kind is not None:
            return self._scope.__exit__(kind, error, traceback)
        try:
            for data, aggregate_id, at in self.collect():
                self.transaction.say(data, aggregate_id, at)
        except BaseException as failure:
            self._scope.__exit__(type(failure), failure, failure.__traceback__)
            raise
        return self._scope.__exit__(None, None, None)
