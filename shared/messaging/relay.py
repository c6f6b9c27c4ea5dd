"""The relay: carries committed events from the outbox to the broker, in order, and marks them when confirmed.

One relay per service leads; the others stand by (see `leadership`). It wakes when a transaction of this process has
said something, and looks by itself every few milliseconds for what other processes have committed. It reads rows that
are not marked as sent, never "all after the last id I saw": ids are given before their transactions commit, so a later
id may be visible before an earlier one.
"""

import logging
import threading
import time
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from typing import Any

import amqp
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from shared.messaging import crash_points, wire
from shared.messaging.envelope import CONTENT_TYPE
from shared.messaging.failures import StoreAway
from shared.messaging.leadership import Leadership, leadership_of
from shared.messaging.store import Store
from shared.messaging.tables import outbox
from shared.messaging.topology import exchange_of

log = logging.getLogger(__name__)

BATCH = 500
PERSISTENT = 2


@dataclass(frozen=True)
class RelaySettings:
    """Seconds, all of them."""

    poll: float = 0.02
    stand_by: float = 0.5
    confirm_within: float = 20.0
    hold_refused: float = 5.0
    pause_after_error: float = 0.5
    longest_pause: float = 5.0


@dataclass
class RelayState:
    """What the relay can say of itself to operators."""

    leads: bool = False
    connected: bool = False
    published: int = 0
    unroutable: dict[str, str] = field(default_factory=dict)


class Relay:
    """Publishes the outbox of one store. `heard` holds the event types that some service is contracted to hear."""

    def __init__(
        self, store: Store, broker_uri: str, *, heard: Set[str], settings: RelaySettings | None = None
    ) -> None:
        self.state = RelayState()
        self._store = store
        self._broker_uri = broker_uri
        self._heard = heard
        self._settings = settings or RelaySettings()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._held: dict[int, float] = {}
        self._channel: wire.ConfirmingChannel | None = None
        store.on_said(self._wake.set)

    def stop(self) -> None:
        """Ask `run` to end when the batch in hand is settled and marked."""
        self._stopping.set()
        self._wake.set()

    def run(self) -> None:
        """Relay until stopped. Broker and database may be away: then it waits, says so once, and goes on after."""
        pause = self._settings.pause_after_error
        while not self._stopping.is_set():
            try:
                with leadership_of(self._store) as leadership:
                    self._lead(leadership)
                    pause = self._settings.pause_after_error
            except (*wire.BROKEN, DBAPIError, StoreAway) as error:
                log.warning("relay of %s pauses for %.1f s: %s", self._store.service, pause, _brief(error))
                self._stopping.wait(pause)
                pause = min(pause * 2, self._settings.longest_pause)
            finally:
                self._disconnect()
                self.state.leads = False

    def _lead(self, leadership: Leadership) -> None:
        while not self._stopping.is_set():
            if not self.state.leads:
                self.state.leads = leadership.acquire()
                if not self.state.leads:
                    self._stopping.wait(self._settings.stand_by)
                    continue
                log.info("relay of %s leads", self._store.service)
            if self.relay_batch(leadership) == 0:
                self._idle()

    def _idle(self) -> None:
        self._wake.wait(self._settings.poll)
        self._wake.clear()
        if self._channel is not None:
            self._channel.connection.heartbeat_tick()

    def relay_batch(self, leadership: Leadership) -> int:
        """Publish up to BATCH events and mark those that were confirmed; how many rows were read."""
        rows = self._unsent(leadership.connection)
        if not rows:
            return 0
        crash_points.reached("relay.before_publish")
        confirmed = self._publish(rows)
        crash_points.reached("relay.after_confirm")
        self._mark(leadership.connection, confirmed)
        crash_points.reached("relay.after_mark")
        self.state.published += len(confirmed)
        return len(rows)

    def _unsent(self, connection: sa.Connection) -> Sequence[sa.Row[Any]]:
        now = time.monotonic()
        self._held = {row_id: until for row_id, until in self._held.items() if until > now}
        query = sa.select(outbox.c.id, outbox.c.event_id, outbox.c.type, outbox.c.routing_key, outbox.c.body)
        query = query.where(outbox.c.sent_at.is_(None)).order_by(outbox.c.id).limit(BATCH)
        if self._held:
            query = query.where(outbox.c.id.not_in(list(self._held)))
        rows = connection.execute(query).all()
        connection.rollback()
        return rows

    def _publish(self, rows: Sequence[sa.Row[Any]]) -> list[int]:
        """Publish, wait until the broker has answered for every one, and return the ids of the rows that are safe."""
        channel = self._connected()
        exchange = exchange_of(self._store.service)
        with channel.connection.writing_in_bulk():
            for row in rows:
                message = amqp.Message(bytes(row.body), content_type=CONTENT_TYPE, delivery_mode=PERSISTENT)
                channel.publish(row.event_id, message, exchange, row.routing_key)
        crash_points.reached("relay.after_publish")
        channel.settle(self._settings.confirm_within)
        confirmed, returned, refused = channel.take_outcome()
        by_event = {row.event_id: row for row in rows}
        safe = [by_event[event_id].id for event_id in confirmed]
        safe += [by_event[event_id].id for event_id in returned if self._nobody_misses(by_event[event_id])]
        for event_id in refused:
            self._hold(by_event[event_id], "the broker refused it (a queue is full)")
        return safe

    def _nobody_misses(self, row: sa.Row[Any]) -> bool:
        """An event came back as unroutable: no harm if nobody is contracted to hear it, else it stays and alarms."""
        if row.type not in self._heard:
            return True
        self._hold(row, "no queue is bound for it: run `qihang topology apply`")
        return False

    def _hold(self, row: sa.Row[Any], why: str) -> None:
        self._held[row.id] = time.monotonic() + self._settings.hold_refused
        if row.event_id not in self.state.unroutable:
            log.error("event %s %s stays in the outbox of %s: %s", row.type, row.event_id, self._store.service, why)
        self.state.unroutable[row.event_id] = why

    def _mark(self, connection: sa.Connection, confirmed: Sequence[int]) -> None:
        if not confirmed:
            return
        if self._store.is_sqlite:
            with self._store.transaction() as transaction:
                self._mark_rows(transaction.connection, confirmed)
            return
        self._mark_rows(connection, confirmed)

    def _mark_rows(self, connection: sa.Connection, confirmed: Sequence[int]) -> None:
        connection.execute(
            sa.update(outbox).where(outbox.c.id.in_(confirmed)).values(sent_at=self._store.clock.now())
        )
        if self.state.unroutable:
            sent = connection.execute(sa.select(outbox.c.event_id).where(outbox.c.id.in_(confirmed))).scalars()
            for event_id in sent:
                self.state.unroutable.pop(event_id, None)

    def _connected(self) -> wire.ConfirmingChannel:
        if self._channel is None:
            connection = wire.connect(self._broker_uri, name=f"{self._store.service} relay")
            self._channel = wire.ConfirmingChannel(connection)
            self.state.connected = True
        return self._channel

    def _disconnect(self) -> None:
        if self._channel is not None:
            self._channel.connection.throw_away()
            self._channel = None
        self.state.connected = False


def _brief(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no details'}"
