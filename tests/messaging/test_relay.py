"""The relay against a real broker: what is marked is safe, and what is not safe is not marked."""

import dataclasses
import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import amqp
import pytest
import sqlalchemy as sa

from shared.messaging import topology, wire
from shared.messaging.envelope import decode
from shared.messaging.leadership import leadership_of
from shared.messaging.store import Store
from tests.messaging.conftest import QUEUE, TOPOLOGY, Hand, relay_of
from tests.messaging.toy import NOW, NoteWritten, SecretKept, ThingChanged, eventually, say, unsent

THING = UUID(int=1)
Running = Callable[[Any], Any]


def sent(hand: Hand) -> list[str]:
    """The labels of the events that reached the queue, in order."""
    return [decode(message.body).data["label"] for message in hand.take(QUEUE)]


def test_events_reach_the_queue_in_order_and_are_marked(alpha: Store, uri: str, hand: Hand, running: Running) -> None:
    """Point 2, where nothing goes wrong: persistent, typed, with the event's id."""
    wanted = [str(n) for n in range(1200)]
    with alpha.transaction() as transaction:
        for label in wanted:
            transaction.say(ThingChanged(label=label), THING, NOW)
    running(relay_of(alpha, uri))
    eventually(lambda: unsent(alpha) == 0)
    messages = hand.take(QUEUE)
    assert [decode(message.body).data["label"] for message in messages] == wanted
    assert {message.properties["delivery_mode"] for message in messages} == {2}
    assert messages[0].properties["message_id"] == decode(messages[0].body).id
    assert messages[0].properties["content_type"] == "application/cloudevents+json"


def test_a_commit_wakes_the_relay(alpha: Store, uri: str, hand: Hand, running: Running) -> None:
    """Point 2: its polling is set so slow that only waking can be the reason."""
    relay = running(relay_of(alpha, uri, poll=3600.0))
    eventually(lambda: relay.state.leads)
    say(alpha, THING, "one")
    eventually(lambda: unsent(alpha) == 0)
    assert sent(hand) == ["one"]


def test_what_another_process_committed_is_found_by_polling(
    alpha: Store, uri: str, running: Running
) -> None:
    """Point 2: nobody wakes the relay here."""
    running(relay_of(alpha, uri))
    other = Store(alpha.url, service="alpha", clock=alpha.clock)
    say(other, THING, "one")
    eventually(lambda: unsent(alpha) == 0)
    other.close()


def test_nothing_is_marked_before_the_broker_has_confirmed_it(
    alpha: Store, uri: str, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Point 2: the confirms of the first connection never come; the second one's do."""
    real = wire.ConfirmingChannel.settle
    calls: list[int] = []

    def deaf_at_first(channel: wire.ConfirmingChannel, timeout: float) -> None:
        calls.append(unsent(alpha))
        if len(calls) == 1:
            raise TimeoutError("no confirm")
        real(channel, timeout)

    monkeypatch.setattr(wire.ConfirmingChannel, "settle", deaf_at_first)
    say(alpha, THING, "one", "two")
    running(relay_of(alpha, uri))
    eventually(lambda: unsent(alpha) == 0)
    assert calls[:2] == [2, 2]


def test_an_event_that_is_contracted_but_unroutable_stays_and_alarms(
    alpha: Store, vhost: str, running: Running
) -> None:
    """Point 3: the exchange is there, the queue is not; when it comes, the event goes out."""
    assert topology.apply(vhost, dataclasses.replace(TOPOLOGY, queues=(), bindings=())) == []
    say(alpha, THING, "one")
    relay = running(relay_of(alpha, vhost))
    eventually(lambda: relay.state.unroutable)
    assert unsent(alpha) == 1
    assert topology.apply(vhost, TOPOLOGY) == []
    eventually(lambda: unsent(alpha) == 0)
    assert relay.state.unroutable == {}


def test_one_that_is_held_does_not_hold_up_the_rest(alpha: Store, uri: str, running: Running, hand: Hand) -> None:
    """Point 3: only the event that nothing is bound for stays behind."""
    hand._channel.queue_unbind(QUEUE, "alpha.events", "note.alpha.note_written.v1")
    say(alpha, uuid4(), "held", kind=NoteWritten)
    say(alpha, THING, "one")
    running(relay_of(alpha, uri))
    eventually(lambda: unsent(alpha) == 1)
    assert sent(hand) == ["one"]


def test_an_event_that_nobody_is_contracted_to_hear_is_done_with(alpha: Store, uri: str, running: Running) -> None:
    """Point 3: it is said all the same, and no alarm."""
    say(alpha, uuid4(), "secret", kind=SecretKept)
    relay = running(relay_of(alpha, uri))
    eventually(lambda: unsent(alpha) == 0)
    assert relay.state.unroutable == {}


def test_what_the_broker_refuses_stays(alpha: Store, uri: str, vhost: str, running: Running, hand: Hand) -> None:
    """A full queue refuses; the events go out when there is room."""
    hand._channel.queue_delete(QUEUE)
    arguments = {"x-queue-type": "quorum", "x-max-length": 1, "x-overflow": "reject-publish"}
    hand._channel.queue_declare(QUEUE, durable=True, auto_delete=False, arguments=arguments)
    hand._channel.queue_bind(QUEUE, "alpha.events", "#")
    for n in range(5):  # a quorum queue is full a little later than its length says
        hand._channel.basic_publish(amqp.Message(b"x"), routing_key=QUEUE)
    say(alpha, THING, "one")
    relay = running(relay_of(alpha, uri))
    eventually(lambda: relay.state.unroutable)
    assert unsent(alpha) == 1
    hand._channel.queue_purge(QUEUE)
    eventually(lambda: unsent(alpha) == 0)


def test_a_transaction_that_commits_late_is_not_overlooked(
    alpha: Store, uri: str, running: Running, hand: Hand
) -> None:
    """Ids are given before the commit: here the lower one appears after the higher one went out."""
    if alpha.is_sqlite:  # it has one writer, so an id is never given out before an earlier one is committed
        say(alpha, THING, "one", "two")
        return
    with alpha.transaction() as early:
        early.say(ThingChanged(label="early"), uuid4(), NOW)
        early.flush()
        say(alpha, THING, "late")
        running(relay_of(alpha, uri))
        eventually(lambda: unsent(alpha) == 0)
    eventually(lambda: hand.depth(QUEUE) == 2)
    assert sent(hand) == ["late", "early"]


def test_one_leads_and_another_takes_over_when_it_ends(alpha: Store, uri: str, running: Running) -> None:
    """Point 2: never two at once."""
    first, second = relay_of(alpha, uri), relay_of(alpha, uri)
    running(first)
    eventually(lambda: first.state.leads)
    running(second)
    threading.Event().wait(0.3)
    assert not second.state.leads
    first.stop()
    eventually(lambda: second.state.leads)
    assert not first.state.leads


def test_leadership_ends_with_the_session(alpha: Store) -> None:
    """Point 2: a leader whose connection is gone has no lock left, and nobody waits for it."""
    with leadership_of(alpha) as first, leadership_of(alpha) as second:
        assert first.acquire()
        assert not second.acquire()
    with leadership_of(alpha) as third:
        assert third.acquire()


def test_only_marking_is_relaxed(alpha: Store) -> None:
    """Point 2: an effect's commit waits for the disk, the relay's own session need not."""
    if alpha.is_sqlite:
        with alpha.reading() as connection:
            assert connection.execute(sa.text("PRAGMA synchronous")).scalar() == 2
        return
    with alpha.transaction() as transaction:
        assert transaction.connection.execute(sa.text("SHOW synchronous_commit")).scalar() == "on"
    with leadership_of(alpha) as leadership:
        assert leadership.connection.execute(sa.text("SHOW synchronous_commit")).scalar() == "off"
    with alpha.transaction() as transaction:
        assert transaction.connection.execute(sa.text("SHOW synchronous_commit")).scalar() == "on"


def test_the_relay_waits_for_a_broker_that_is_away(alpha: Store, running: Running) -> None:
    """Point 10: it neither ends nor loses anything."""
    say(alpha, THING, "one")
    relay = running(relay_of(alpha, "amqp://guest:guest@127.0.0.1:1//"))
    threading.Event().wait(0.3)
    assert unsent(alpha) == 1
    assert not relay.state.connected
