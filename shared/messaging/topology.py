"""Exchanges, queues and bindings, worked out from the contracts and declared before anybody publishes.

A queue's arguments can't be changed once it exists, so those without which an event could be lost are arguments, settled
for good: quorum, dead-lettering at least once, a high delivery limit. What an operator may tune is a policy.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import amqp

from shared.contracts.catalogue import Catalogue
from shared.messaging import wire

#: Milliseconds between a failure and the next attempt: the first, the second … After the last comes the dead letter.
RETRY_DELAYS = (1_000, 10_000, 60_000, 600_000)
#: Each crash of a consumer counts against all it had in hand, the innocent too; the real limit is our own count.
DELIVERY_LIMIT = 1_000

_SAFE: dict[str, Any] = {
    "x-queue-type": "quorum",
    "x-overflow": "reject-publish",
    "x-dead-letter-strategy": "at-least-once",
}


def exchange_of(publisher: str) -> str:
    """The topic exchange that a service says its events to, and nobody else."""
    return f"{publisher}.events"


def aside_of(consumer: str) -> str:
    """The exchange through which a service sets messages aside for itself: to its retry and dead-letter queues."""
    return f"{consumer}.aside"


def queue_of(consumer: str, publisher: str) -> str:
    """The queue of what one service hears from one other, so that it is heard in the order it was said."""
    return f"{consumer}.hears.{publisher}"


def retry_queue_of(queue: str, delay: int) -> str:
    """Where a message waits `delay` milliseconds before it comes again."""
    return f"{queue}.retry.{delay}"


def dead_letter_queue_of(queue: str) -> str:
    """Where a message stays until an operator replays or discards it."""
    return f"{queue}.dlq"


@dataclass(frozen=True)
class Exchange:
    """An exchange to declare, durable."""

    name: str
    kind: str


@dataclass(frozen=True)
class Queue:
    """A queue to declare, durable, with its arguments."""

    name: str
    arguments: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Binding:
    """A queue bound to an exchange."""

    exchange: str
    queue: str
    routing_key: str


@dataclass(frozen=True)
class Topology:
    """All that must exist in the broker before the services start."""

    exchanges: tuple[Exchange, ...]
    queues: tuple[Queue, ...]
    bindings: tuple[Binding, ...]


@dataclass(frozen=True)
class Difference:
    """Something in the broker is not as the contracts want it. `code` is missing, differs or stale."""

    code: str
    name: str
    detail: str


def topology_of(catalogue: Catalogue, retry_delays: Sequence[int] = RETRY_DELAYS) -> Topology:
    """The topology that the contracts ask for."""
    exchanges: list[Exchange] = []
    queues: list[Queue] = []
    bindings: list[Binding] = []
    for service in sorted(catalogue.hearing):
        exchanges += [Exchange(exchange_of(service), "topic"), Exchange(aside_of(service), "direct")]
        for publisher in catalogue.publishers_heard_by(service):
            queue = queue_of(service, publisher)
            own = list(_queues_for(queue, retry_delays))
            queues += own
            bindings += [
                Binding(exchange_of(publisher), queue, event.routing_key) for event in catalogue.bound(service, publisher)
            ]
            bindings += [Binding(aside_of(service), each.name, each.name) for each in own]
    return Topology(tuple(exchanges), tuple(queues), tuple(bindings))


def _queues_for(queue: str, retry_delays: Sequence[int]) -> Iterator[Queue]:
    dead = dead_letter_queue_of(queue)
    yield _queue(queue, {"x-delivery-limit": DELIVERY_LIMIT, **_to_default(dead)})
    for delay in retry_delays:
        yield _queue(retry_queue_of(queue, delay), {"x-message-ttl": delay, **_to_default(queue)})
    yield Queue(dead, (("x-queue-type", "quorum"),))


def _to_default(queue: str) -> dict[str, str]:
    return {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": queue}


def _queue(name: str, arguments: dict[str, Any]) -> Queue:
    return Queue(name, tuple(sorted({**_SAFE, **arguments}.items())))


def apply(broker_uri: str, topology: Topology) -> list[Difference]:
    """Declare everything. What exists with other arguments is left as it is and reported.

    Raises OSError or amqp.AMQPError if the broker can't be reached.
    """
    differences = []
    connection = wire.connect(broker_uri, name="topology")
    try:
        for exchange in topology.exchanges:
            differences += _try(connection, exchange.name, lambda channel, each=exchange: _declare_exchange(channel, each))
        for queue in topology.queues:
            differences += _try(connection, queue.name, lambda channel, each=queue: _declare_queue(channel, each))
        for binding in topology.bindings:
            differences += _try(connection, binding.queue, lambda channel, each=binding: _bind(channel, each))
    finally:
        connection.close()
    return differences


def check(broker_uri: str, topology: Topology) -> list[Difference]:
    """What is missing or different, without changing anything. Bindings are `management.check_bindings`' to check."""
    differences = []
    connection = wire.connect(broker_uri, name="topology check")
    try:
        for exchange in topology.exchanges:
            found = _try(connection, exchange.name, lambda channel, each=exchange: _find_exchange(channel, each))
            differences += found or _try(
                connection, exchange.name, lambda channel, each=exchange: _declare_exchange(channel, each)
            )
        for queue in topology.queues:
            found = _try(connection, queue.name, lambda channel, each=queue: _find_queue(channel, each))
            differences += found or _try(
                connection, queue.name, lambda channel, each=queue: _declare_queue(channel, each)
            )
    finally:
        connection.close()
    return differences


def _declare_exchange(channel: amqp.Channel, exchange: Exchange) -> None:
    channel.exchange_declare(exchange.name, exchange.kind, durable=True, auto_delete=False)


def _declare_queue(channel: amqp.Channel, queue: Queue) -> None:
    channel.queue_declare(queue.name, durable=True, auto_delete=False, arguments=dict(queue.arguments))


def _bind(channel: amqp.Channel, binding: Binding) -> None:
    channel.queue_bind(binding.queue, binding.exchange, binding.routing_key)


def _find_exchange(channel: amqp.Channel, exchange: Exchange) -> None:
    channel.exchange_declare(exchange.name, exchange.kind, passive=True)


def _find_queue(channel: amqp.Channel, queue: Queue) -> None:
    channel.queue_declare(queue.name, passive=True)


def _try(connection: wire.Connection, name: str, act: Any) -> list[Difference]:
    """Do one thing on a channel of its own, since the broker closes the channel on which something was refused."""
    channel = connection.channel()
    try:
        act(channel)
    except amqp.exceptions.NotFound as error:
        return [Difference("missing", name, str(error))]
    except amqp.exceptions.PreconditionFailed as error:
        return [Difference("differs", name, str(error))]
    else:
        channel.close()
        return []
