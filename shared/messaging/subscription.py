"""What one service hears from one other: which queue, which events, in which order, and who handles them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Generic, TypeVar

from shared.contracts.catalogue import Catalogue
from shared.contracts.contract import EventContract, InvalidEventData
from shared.messaging import envelope as envelopes
from shared.messaging.envelope import Envelope
from shared.messaging.failures import UnknownType, UnknownVersion, WrongData
from shared.messaging.store import Transaction
from shared.messaging.topology import queue_of
from shared.messaging.tracing import caused_by, following

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Heard(Generic[T]):
    """An event as its handler gets it. What the handler does belongs into `transaction`, and is done exactly once."""

    data: T
    envelope: Envelope
    transaction: Transaction


@dataclass(frozen=True)
class Handler:
    """A method of the service class. One that takes many gets a list of events of its type, else each by itself."""

    method: Callable[[Any, Any], Any]
    takes_many: bool = False


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that was read and found acceptable. `data` is None for an event that is only passed over."""

    envelope: Envelope
    data: Any
    body: bytes
    content_hash: bytes
    in_stream: bool
    ordered: bool
    discarded_because: str | None = None

    @property
    def is_handled(self) -> bool:
        """Whether some handler is to be called."""
        return self.data is not None and self.discarded_because is None


@dataclass(frozen=True)
class Subscription:
    """One consumer's hearing of one publisher."""

    consumer: str
    publisher: str
    handlers: Mapping[str, Handler]
    contracts: Mapping[str, EventContract]
    names: frozenset[str]
    ordered_keys: frozenset[str]
    ordered_aggregates: frozenset[str]
    queue: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "queue", queue_of(self.consumer, self.publisher))

    def read(self, body: bytes, *, discarded_because: str | None = None) -> Arrival:
        """Decode a message and hold it against its contract. Raises a subclass of Unacceptable."""
        envelope = envelopes.decode(body)
        if discarded_because is not None:
            return self._given_up(envelope, body, discarded_because)
        contract = self._contract_of(envelope)
        handled = envelope.type in self.handlers
        try:
            data = contract.load(envelope.data) if handled else None
        except InvalidEventData as error:
            raise WrongData(str(error)[:500]) from None
        return Arrival(
            envelope=envelope,
            data=data,
            body=body,
            content_hash=envelopes.content_hash(body),
            in_stream=contract.aggregate in self.ordered_aggregates,
            ordered=envelope.type in self.ordered_keys,
        )

    def _given_up(self, envelope: Envelope, body: bytes, reason: str) -> Arrival:
        """An event that an operator gives up, maybe just because no contract knows it."""
        kind = envelope.subject.partition("/")[0]
        in_stream = kind in self.ordered_aggregates
        return Arrival(envelope, None, body, envelopes.content_hash(body), in_stream, in_stream, reason)

    def _contract_of(self, envelope: Envelope) -> EventContract:
        contract = self.contracts.get(envelope.type)
        if contract is None:
            if envelope.name in self.names:
                raise UnknownVersion(f"{envelope.type} is not among the versions known here")
            raise UnknownType(f"{envelope.type} is in no contract")
        if contract.publisher != self.publisher or envelope.publisher != self.publisher:
            raise UnknownType(f"{envelope.type} from {envelope.source} does not belong into {self.queue}")
        if not envelope.subject.startswith(f"{contract.aggregate}/"):
            raise WrongData(f"subject {envelope.subject} is no {contract.aggregate}")
        return contract

    def handle(self, service: Any, arrivals: Sequence[Arrival], transaction: Transaction) -> None:
        """Call the handlers, in order; neighbours of one type that a handler takes together, together."""
        for key, neighbours in groupby(arrivals, key=lambda arrival: arrival.envelope.type):
            handler = self.handlers[key]
            heard = [Heard(arrival.data, arrival.envelope, transaction) for arrival in neighbours]
            if handler.takes_many:
                handler.method(service, heard)  # what it says has many causes; it may name one with tracing.following
                continue
            for each in heard:
                with following(caused_by(each.envelope)):
                    handler.method(service, each)


class ContractMismatch(Exception):
    """A service's handlers and its `hears.py` do not name the same events."""


def subscriptions_of(consumer: str, handlers: Mapping[str, Handler], catalogue: Catalogue) -> list[Subscription]:
    """A service's subscriptions, one a publisher. Raises ContractMismatch unless it handles just what it is said to hear."""
    hearing = {hearing.event.key: hearing for hearing in catalogue.hearing.get(consumer, ())}
    if hearing.keys() != handlers.keys():
        differing = sorted(hearing.keys() ^ handlers.keys())
        raise ContractMismatch(f"{consumer}'s handlers and its contract's hears.py differ in: {', '.join(differing)}")
    return [
        Subscription(
            consumer=consumer,
            publisher=publisher,
            handlers={key: handlers[key] for key in hearing if hearing[key].event.publisher == publisher},
            contracts=catalogue.by_key,
            names=catalogue.names,
            ordered_keys=frozenset(key for key in hearing if hearing[key].ordered),
            ordered_aggregates=catalogue.ordered_aggregates(consumer, publisher),
        )
        for publisher in catalogue.publishers_heard_by(consumer)
    ]
