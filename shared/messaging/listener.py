"""Listens to one queue: takes what has come as one batch, has its effects in one transaction, commits, acknowledges.

What goes wrong is narrowed down: a batch that fails is rolled back and its messages are run one by one; one that fails
by itself is set aside in the broker to come again later, at last as a dead letter. A redelivered message may be what
killed the process before, so it runs by itself after the attempt at it was committed, and the fifth attempt is not made.
When database or broker is away, listening pauses; what was not acknowledged comes again.
"""

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import amqp
from sqlalchemy.exc import DBAPIError

from shared.kernel.errors import ConcurrentUpdate, DomainError
from shared.messaging import crash_points, wire
from shared.messaging.aside import Aside, Delivery
from shared.messaging.failures import (
    CRASHED_REPEATEDLY,
    HANDLER_FAILED,
    Contended,
    StoreAway,
    Unacceptable,
)
from shared.messaging.inbox import Inbox
from shared.messaging.store import Store, Transaction
from shared.messaging.subscription import Arrival, Subscription
from shared.messaging.topology import RETRY_DELAYS

log = logging.getLogger(__name__)

R = TypeVar("R")
#: Runs a piece of work with an instance of the service class, and returns what it returns or raises what it raises.
Perform = Callable[[Callable[[Any], R]], R]


@dataclass(frozen=True)
class ListenerSettings:
    """Times are in seconds, retry delays in milliseconds (they name queues, so they must be the topology's)."""

    prefetch: int = 500
    batch: int = 250
    retry_delays: Sequence[int] = RETRY_DELAYS
    attempts_at_redelivered: int = 5
    tries_when_contended: int = 10
    look_for_left_behind: float = 5.0
    pause_after_error: float = 0.5
    longest_pause: float = 5.0


@dataclass
class ListenerState:
    """What the listener can say of itself to operators."""

    listening: bool = False
    why_not: str = "not started"
    settled: int = 0


class Listener:
    """Hears one subscription until stopped. `perform` lends the service instance whose methods are the handlers."""

    def __init__(
        self,
        store: Store,
        broker_uri: str,
        subscription: Subscription,
        perform: Perform[Any],
        settings: ListenerSettings | None = None,
    ) -> None:
        self.state = ListenerState()
        self._store = store
        self._broker_uri = broker_uri
        self._subscription = subscription
        self._perform = perform
        self._settings = settings or ListenerSettings()
        self._inbox = Inbox(subscription)
        self._stopping = threading.Event()
        self._received: deque[amqp.Message] = deque()
        self._blameless: set[str] = set()

    def stop(self) -> None:
        """Ask `run` to end when the batch in hand is committed and acknowledged."""
        self._stopping.set()

    def run(self) -> None:
        """Listen until stopped. Broker, queue or database may be away: then it waits, says so, and goes on after."""
        pause = self._settings.pause_after_error
        while not self._stopping.is_set():
            started = time.monotonic()
            try:
                self._wait_for_store()
                self._listen()
            except (*wire.BROKEN, StoreAway, DBAPIError) as error:
                if time.monotonic() - started > self._settings.longest_pause:
                    pause = self._settings.pause_after_error
                self.state.why_not = f"{type(error).__name__}: {str(error)[:200]}"
                log.warning("%s pauses for %.1f s: %s", self._subscription.queue, pause, self.state.why_not)
                self._stopping.wait(pause)
                pause = min(pause * 2, self._settings.longest_pause)
            finally:
                self.state.listening = False

    def _wait_for_store(self) -> None:
        if not self._store.is_reachable():
            raise StoreAway(f"the database of {self._store.service} does not answer")

    def _listen(self) -> None:
        connection = wire.connect(self._broker_uri, name=f"{self._subscription.queue} listener")
        self._received.clear()
        try:
            channel = connection.channel()
            channel.auto_decode = False  # a body is bytes, whatever it says of itself
            channel.basic_qos(0, self._settings.prefetch, False)
            channel.basic_consume(self._subscription.queue, callback=self._received.append)
            self._aside = Aside(connection, self._subscription, self._settings.retry_delays)
            self.state.listening, self.state.why_not = True, ""
            self._hear(connection, channel)
            connection.close()
        finally:
            connection.throw_away()

    def _hear(self, connection: wire.Connection, channel: amqp.Channel) -> None:
        look_again = 0.0
        while not self._stopping.is_set():
            if time.monotonic() >= look_again:
                self._follow_left_behind()
                look_again = time.monotonic() + self._settings.look_for_left_behind
            if not self._received:
                connection.read_what_came(timeout=1.0)
            connection.heartbeat_tick()
            batch = self._next_batch()
            if batch:
                self._settle(channel, batch)

    def _next_batch(self) -> list[Delivery]:
        """Neighbours that can run together: many delivered for the first time, or one that was delivered before."""
        batch: list[Delivery] = []
        while self._received and len(batch) < self._settings.batch:
            if self._received[0].delivery_info["redelivered"] and batch:
                break
            batch.append(Delivery.of(self._received.popleft()))
            if batch[0].redelivered:
                break
        return batch

    def _settle(self, channel: amqp.Channel, batch: list[Delivery]) -> None:
        if batch[0].redelivered or not self._settle_together(batch):
            for delivery in batch:
                self._settle_singly(delivery)
        channel.basic_ack(batch[-1].tag, multiple=True)
        self.state.settled += len(batch)
        crash_points.reached("listener.after_acknowledge")

    # Many at once

    def _settle_together(self, batch: Sequence[Delivery]) -> bool:
        """Have the effects of a whole batch in one transaction; False, and no effect, if anything is wrong with it."""
        try:
            arrivals = [self._read(delivery) for delivery in batch]
            to_follow = self._perform(lambda service: self._apply(service, arrivals, suspicious=False))
        except StoreAway:
            raise
        except Exception as error:  # whatever it was, it is found again, and dealt with, one by one
            log.info("%s runs %d messages one by one: %r", self._subscription.queue, len(batch), error)
            return False
        for stream in to_follow:
            self._follow(stream)
        return True

    def _read(self, delivery: Delivery) -> Arrival:
        return self._subscription.read(delivery.body, discarded_because=delivery.discarded_because)

    def _apply(self, service: Any, arrivals: Sequence[Arrival], *, suspicious: bool) -> list[tuple[str, str]]:
        with self._store.transaction() as transaction:
            hearing = self._inbox.record(transaction, arrivals, suspicious=suspicious)
            crash_points.reached("listener.before_handler")
            self._subscription.handle(service, hearing.run, transaction)
            if suspicious:
                self._inbox.clear_attempts(transaction, arrivals[0].envelope.id)
            crash_points.reached("listener.before_commit")
        crash_points.reached("listener.after_commit")
        return hearing.to_follow

    # One by one

    def _settle_singly(self, delivery: Delivery) -> None:
        try:
            arrival = self._read(delivery)
        except Unacceptable as error:
            self._aside.bury(delivery, error.code, str(error))
            return
        if delivery.redelivered and self._gave_up(arrival):
            self._aside.bury(delivery, CRASHED_REPEATEDLY, f"{self._settings.attempts_at_redelivered} attempts")
            self._forget_attempts(arrival)
            return
        try:
            to_follow = self._run(arrival)
        except Unacceptable as error:
            self._aside.bury(delivery, error.code, str(error))
        except StoreAway:
            self._blameless.add(arrival.envelope.id)
            raise
        except Exception as error:  # a handler may raise anything; nothing of it may be lost
            self._set_aside(delivery, error)
        else:
            for stream in to_follow:
                self._follow(stream)

    def _run(self, arrival: Arrival) -> list[tuple[str, str]]:
        """Run one message by itself, again when it collided with others. Raises what its handler raises."""
        for left in reversed(range(self._settings.tries_when_contended)):
            try:
                return self._perform(lambda service: self._apply(service, [arrival], suspicious=True))
            except (Contended, ConcurrentUpdate):
                if not left:
                    raise
                time.sleep(random.uniform(0.005, 0.05))  # noqa: S311 - spreading, not secrecy
        raise AssertionError("unreachable")

    def _gave_up(self, arrival: Arrival) -> bool:
        """Commit that an attempt is about to be made; whether it would be one too many."""
        if arrival.envelope.id in self._blameless:
            self._blameless.discard(arrival.envelope.id)
            return False
        crash_points.reached("listener.before_attempt")
        with self._store.transaction() as transaction:
            attempts = self._inbox.count_attempt(transaction, arrival.envelope.id)
        crash_points.reached("listener.after_attempt")
        return attempts >= self._settings.attempts_at_redelivered

    def _forget_attempts(self, arrival: Arrival) -> None:
        with self._store.transaction() as transaction:
            self._inbox.clear_attempts(transaction, arrival.envelope.id)

    def _set_aside(self, delivery: Delivery, error: Exception) -> None:
        crash_points.reached("listener.before_set_aside")
        self._aside.retry_or_bury(delivery, HANDLER_FAILED, _in_words(error))
        crash_points.reached("listener.after_set_aside")

    # Events that waited for their turn

    def _follow_left_behind(self) -> None:
        with self._store.reading() as connection:
            streams = self._inbox.streams_to_follow(connection)
        for stream in streams:
            self._follow(stream)

    def _follow(self, stream: tuple[str, str]) -> None:
        """Run the events of a stream that waited, each in a transaction of its own, while their turn has come."""
        while not self._stopping.is_set():
            with self._store.transaction() as transaction:
                arrival = self._inbox.next_waiting(transaction, stream)
                attempts = self._inbox.count_attempt(transaction, arrival.envelope.id) if arrival else 0
            if arrival is None or not self._run_waiting(arrival, attempts):
                return

    def _run_waiting(self, arrival: Arrival, attempts: int) -> bool:
        """Run an event that waited; if it fails it goes to the broker, as if it had just been delivered."""
        delivery = Delivery.of_waiting(arrival.body)
        if attempts >= self._settings.attempts_at_redelivered:
            self._aside.bury(delivery, CRASHED_REPEATEDLY, f"{attempts} attempts")
        else:
            try:
                self._run(arrival)
                return True
            except StoreAway:
                raise
            except Unacceptable as error:
                self._aside.bury(delivery, error.code, str(error))
            except Exception as error:  # as for a message that was just delivered
                self._set_aside(delivery, error)
        with self._store.transaction() as transaction:
            self._inbox.forget_waiting(transaction, arrival)
        return False


def _in_words(error: Exception) -> str:
    """What stands on the dead letter: a domain error by its code, since its text may tell of a person."""
    if isinstance(error, DomainError):
        return f"{type(error).__name__} ({error.code})"
    return f"{type(error).__name__}: {error}"[:500]
