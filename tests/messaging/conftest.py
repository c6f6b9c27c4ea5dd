"""Alpha and beta with their stores, a virtual host with their topology, and threads that are stopped in the end."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import amqp
import pytest

from shared.messaging import topology, wire
from shared.messaging.aside import DISCARD
from shared.messaging.listener import Listener, ListenerSettings
from shared.messaging.relay import Relay, RelaySettings
from shared.messaging.store import Store
from tests.messaging.toy import CONTRACTS, Service, store, subscription

RETRY_DELAYS = (50, 100)
TOPOLOGY = topology.topology_of(CONTRACTS, RETRY_DELAYS)
QUEUE = "beta.hears.alpha"


@pytest.fixture
def alpha(new_database: Callable[[], str]) -> Iterator[Store]:
    """Alpha's store."""
    made = store(new_database(), "alpha")
    yield made
    made.close()


@pytest.fixture
def beta(new_database: Callable[[], str]) -> Iterator[Store]:
    """Beta's store."""
    made = store(new_database(), "beta")
    yield made
    made.close()


@pytest.fixture
def uri(vhost: str) -> str:
    """A broker in which the topology stands."""
    assert topology.apply(vhost, TOPOLOGY) == []
    return vhost


@pytest.fixture
def running() -> Iterator[Callable[[Any], Any]]:
    """Runs things that have `run` and `stop` in threads, and stops them after the test."""
    started: list[tuple[Any, threading.Thread]] = []

    def start(thing: Any) -> Any:
        thread = threading.Thread(target=thing.run, daemon=True)
        thread.start()
        started.append((thing, thread))
        return thing

    yield start
    for thing, _ in started:
        thing.stop()
    for _, thread in started:
        thread.join(30)
        assert not thread.is_alive()


def relay_of(where: Store, uri: str, **settings: Any) -> Relay:
    """A relay with short times."""
    quick = {"stand_by": 0.05, "pause_after_error": 0.05, "longest_pause": 0.2, "hold_refused": 0.1} | settings
    return Relay(where, uri, heard=CONTRACTS.heard_keys, settings=RelaySettings(**quick))


def listener_of(where: Store, uri: str, service: Service | None = None, **settings: Any) -> Listener:
    """A listener with short times, whose handlers are the service's."""
    beta = service or Service()
    quick: dict[str, Any] = {"retry_delays": RETRY_DELAYS, "pause_after_error": 0.05, "longest_pause": 0.2} | settings
    return Listener(where, uri, subscription(), lambda work: work(beta), ListenerSettings(**quick))


class Hand:
    """Puts messages into queues by hand, and looks at what lies in them."""

    def __init__(self, uri: str) -> None:
        self._connection = wire.connect(uri, name="test")
        self._channel = self._connection.channel()
        self._channel.auto_decode = False

    def put(self, body: bytes, *, queue: str = QUEUE, headers: dict[str, Any] | None = None) -> None:
        """Put a message into a queue."""
        message = amqp.Message(body, delivery_mode=2, application_headers=headers or {})
        self._channel.basic_publish(message, routing_key=queue)

    def discard(self, body: bytes, reason: str) -> None:
        """Say that an event is given up."""
        self.put(body, headers={DISCARD: reason})

    def depth(self, queue: str) -> int:
        """How many messages are ready in a queue."""
        return int(self._channel.queue_declare(queue, passive=True).message_count)

    def take(self, queue: str) -> list[Any]:
        """Take all messages out of a queue."""
        taken = []
        while (message := self._channel.basic_get(queue, no_ack=True)) is not None:
            taken.append(message)
        return taken

    def close(self) -> None:
        """Close the connection."""
        self._connection.throw_away()


@pytest.fixture
def hand(uri: str) -> Iterator[Hand]:
    """A hand in the broker."""
    made = Hand(uri)
    yield made
    made.close()
