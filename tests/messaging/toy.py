"""A publisher, `alpha`, and a consumer, `beta`, that exist only to try messaging."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from shared.contracts import catalogue
from shared.contracts.contract import contract_of, event, hears
from shared.kernel.clock import SystemClock
from shared.messaging.envelope import Envelope
from shared.messaging.store import Store
from shared.messaging.subscription import Arrival, Handler, Subscription, subscriptions_of
from shared.messaging.tables import inbox, metadata, outbox

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@event("alpha.thing_started", aggregate="thing")
class ThingStarted:
    """Heard by beta, in order."""

    label: str
    amount_fen: int


@event("alpha.thing_changed", aggregate="thing")
class ThingChanged:
    """Heard by beta, in order."""

    label: str


@event("alpha.thing_polished", aggregate="thing")
class ThingPolished:
    """Heard by nobody, but it counts in its aggregate."""

    label: str


@event("alpha.note_written", aggregate="note")
class NoteWritten:
    """Heard by beta, in whatever order."""

    label: str


@event("alpha.secret_kept", aggregate="secret")
class SecretKept:
    """Heard by nobody at all."""

    label: str


CONTRACTS = catalogue.build(
    {
        "alpha": (
            [contract_of(each) for each in (ThingStarted, ThingChanged, ThingPolished, NoteWritten, SecretKept)],
            [],
        ),
        "beta": ([], [hears(ThingStarted), hears(ThingChanged), hears(NoteWritten, ordered=False)]),
    }
)

effects = sa.Table(
    "effects",
    sa.MetaData(),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("label", sa.Text, nullable=False),
)


def store(url: str, service: str) -> Store:
    """A migrated store, with a table for effects."""
    made = Store(url, service=service, clock=SystemClock())
    metadata.create_all(made.engine)
    effects.create(made.engine)
    return made


class Service:
    """Stands for beta's service class: its handlers have an effect, or fail as the test wants."""

    def __init__(self) -> None:
        self.before: Callable[[str], None] = lambda label: None

    def on_event(self, heard: Any) -> None:
        """One effect for each event."""
        self.before(heard.data.label)
        heard.transaction.connection.execute(sa.insert(effects).values(label=heard.data.label))


def subscription() -> Subscription:
    """What beta hears from alpha."""
    handler = Handler(Service.on_event)
    (found,) = subscriptions_of("beta", {each.event.key: handler for each in CONTRACTS.hearing["beta"]}, CONTRACTS)
    return found


def say(where: Store, aggregate: UUID, *labels: str, kind: type[Any] = ThingChanged) -> None:
    """Say events about one aggregate, each in a transaction of its own."""
    for label in labels:
        with where.transaction() as transaction:
            transaction.say(make(kind, label), aggregate, NOW)


def make(kind: type[Any], label: str) -> Any:
    """An event's data."""
    return ThingStarted(label=label, amount_fen=1) if kind is ThingStarted else kind(label=label)


def body(
    label: str,
    sequence: int,
    *,
    aggregate: UUID | str = "00000000-0000-7000-8000-000000000001",
    event_id: str | None = None,
    kind: type[Any] = ThingChanged,
    **changes: Any,
) -> bytes:
    """A message as the relay would send it; `changes` replace attributes of the envelope."""
    contract = contract_of(kind)
    attributes: dict[str, Any] = {
        "id": event_id or str(uuid4()),
        "source": "/services/alpha",
        "type": contract.key,
        "subject": f"{contract.aggregate}/{aggregate}",
        "time": NOW.isoformat(),
        "sequence": sequence,
        "data": contract.dump(make(kind, label)),
        "correlation_id": "story",
        **changes,
    }
    return Envelope(**attributes).encode()


def arrival(label: str, sequence: int, **options: Any) -> Arrival:
    """A message that beta has read."""
    return subscription().read(body(label, sequence, **options))


def labels(where: Store) -> list[str]:
    """The effects, in the order in which they were had."""
    with where.reading() as connection:
        return list(connection.execute(sa.select(effects.c.label).order_by(effects.c.position)).scalars())


def unsent(where: Store) -> int:
    """How many events are not marked as sent."""
    with where.reading() as connection:
        return connection.execute(sa.select(sa.func.count()).where(outbox.c.sent_at.is_(None))).scalar_one()


def outcomes(where: Store) -> dict[int, str]:
    """What the inbox says became of each sequence."""
    with where.reading() as connection:
        return {row.sequence: row.outcome for row in connection.execute(sa.select(inbox))}


def eventually(condition: Callable[[], Any], within: float = 20.0) -> None:
    """Wait for a condition. The time is only a guard against hanging."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


