"""The listener against a real broker and both databases: failures cost time, never an event."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from shared.messaging.aside import ATTEMPT, DETAIL, REASON
from shared.messaging.failures import Contended, StoreAway, Unacceptable
from shared.messaging.store import Store
from shared.messaging.tables import inbox_attempts
from tests.messaging.conftest import QUEUE, Hand, listener_of, relay_of
from tests.messaging.toy import Service, body, eventually, labels, outcomes, say

THING = UUID(int=1)
DEAD = f"{QUEUE}.dlq"
Running = Callable[[Any], Any]


class Failing(Service):
    """Fails at the labels it was told to, so often."""

    def __init__(self, error: type[Exception] = RuntimeError, **times: int) -> None:
        super().__init__()
        self.left = times
        self.error = error
        self.calls: list[str] = []
        self.before = self.fail

    def fail(self, label: str) -> None:
        """Count down."""
        self.calls.append(label)
        if self.left.get(label, 0) > 0:
            self.left[label] -= 1
            raise self.error(f"not {label} today")


def test_from_one_store_to_the_other(alpha: Store, beta: Store, uri: str, running: Running) -> None:
    """Points 1 to 5 together: 300 events of 30 aggregates arrive once each, in order."""
    for thing in range(30):
        say(alpha, UUID(int=thing + 1), *[f"{thing}:{n}" for n in range(10)])
    running(relay_of(alpha, uri))
    running(listener_of(beta, uri))
    eventually(lambda: len(labels(beta)) == 300)
    found = labels(beta)
    for thing in range(30):
        assert [label for label in found if label.startswith(f"{thing}:")] == [f"{thing}:{n}" for n in range(10)]


def test_nothing_is_acknowledged_before_it_is_committed(beta: Store, uri: str, running: Running, hand: Hand) -> None:
    """Point 5: while the handler runs, the message is still the broker's."""
    seen: list[int] = []
    service = Service()
    listener = listener_of(beta, uri, service)

    def look(label: str) -> None:
        listener.stop()  # closes the connection after this batch, which gives back what was not acknowledged
        seen.append(len(labels(beta)))

    service.before = look
    hand.put(body("one", 1))
    running(listener)
    eventually(lambda: labels(beta) == ["one"])
    assert seen == [0]
    eventually(lambda: not listener.state.listening)
    assert hand.take(QUEUE) == []


def test_a_connection_lost_before_the_acknowledgement_brings_no_second_effect(
    beta: Store, uri: str, running: Running, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Point 5: the effect is committed, the acknowledgement is lost, the message comes again."""
    from shared.messaging import crash_points

    lost: list[str] = []

    def lose_once(point: str) -> None:
        if point == "listener.after_commit" and not lost:
            lost.append(point)
            raise ConnectionResetError("cut")

    monkeypatch.setattr(crash_points, "reached", lose_once)
    hand.put(body("one", 1))
    hand.put(body("two", 2))
    running(listener_of(beta, uri))
    eventually(lambda: hand.depth(QUEUE) == 0 and len(lost) == 1 and labels(beta) == ["one", "two"])


def test_a_handler_that_fails_is_called_again_after_a_delay(
    beta: Store, uri: str, running: Running, hand: Hand
) -> None:
    """Point 7: twice it fails, the third time it has its effect, once."""
    service = Failing(one=3)  # the first failure is the batch's, found again by itself
    hand.put(body("one", 1))
    running(listener_of(beta, uri, service))
    eventually(lambda: labels(beta) == ["one"])
    assert hand.take(DEAD) == []


def test_a_handler_that_fails_for_good_makes_a_dead_letter_with_the_reason(
    beta: Store, uri: str, running: Running, hand: Hand
) -> None:
    """Point 7: after the last delay."""
    message = body("one", 1)
    hand.put(message)
    running(listener_of(beta, uri, Failing(one=99)))
    eventually(lambda: hand.depth(DEAD) == 1)
    (letter,) = hand.take(DEAD)
    headers = letter.properties["application_headers"]
    assert letter.body == message
    assert (headers[REASON], headers[ATTEMPT]) == ("handler_failed", 3)
    assert "not one today" in headers[DETAIL]
    assert labels(beta) == []


def test_a_handler_can_say_that_waiting_will_not_help(beta: Store, uri: str, running: Running, hand: Hand) -> None:
    """Point 7: then the dead letter is there at once."""
    service = Failing(Unacceptable, one=99)
    hand.put(body("one", 1))
    running(listener_of(beta, uri, service))
    eventually(lambda: hand.depth(DEAD) == 1)
    assert len(service.calls) == 2


def test_a_failing_event_holds_back_its_successors_and_nobody_else(
    beta: Store, uri: str, running: Running, hand: Hand
) -> None:
    """Points 6 and 7: A's second waits for its first; B does not."""
    other = uuid4()
    for message in (body("A1", 1), body("A2", 2), body("B1", 1, aggregate=other), body("B2", 2, aggregate=other)):
        hand.put(message)
    running(listener_of(beta, uri, Failing(A1=3)))
    eventually(lambda: len(labels(beta)) == 4)
    found = labels(beta)
    assert found.index("B2") < found.index("A1") < found.index("A2")


def test_successors_of_a_dead_letter_wait_until_it_is_discarded(
    beta: Store, uri: str, running: Running, hand: Hand
) -> None:
    """Point 7: and then go on."""
    first = body("one", 1)
    hand.put(first)
    hand.put(body("two", 2))
    running(listener_of(beta, uri, Failing(one=99)))
    eventually(lambda: hand.depth(DEAD) == 1 and outcomes(beta) == {2: "waiting"})
    hand.discard(first, "entered twice")
    eventually(lambda: labels(beta) == ["two"])
    assert outcomes(beta) == {1: "discarded", 2: "applied"}


def test_an_event_that_waited_and_fails_is_retried_too(beta: Store, uri: str, running: Running, hand: Hand) -> None:
    """Points 6 and 7: it comes from the inbox, so it is set aside in the broker like any other."""
    hand.put(body("two", 2))
    running(listener_of(beta, uri, Failing(two=2)))
    eventually(lambda: outcomes(beta) == {2: "waiting"})
    hand.put(body("one", 1))
    hand.put(body("three", 3))
    eventually(lambda: labels(beta) == ["one", "two", "three"])


def test_two_that_collide_try_again_at_once(beta: Store, uri: str, running: Running, hand: Hand) -> None:
    """A deadlock is nobody's fault: no attempt is counted and nothing set aside."""
    service = Failing(Contended, one=4)
    hand.put(body("one", 1))
    running(listener_of(beta, uri, service, retry_delays=()))
    eventually(lambda: labels(beta) == ["one"])
    assert hand.take(DEAD) == []


def test_when_the_database_is_away_listening_pauses_and_nothing_is_blamed(
    beta: Store, uri: str, running: Running, hand: Hand
) -> None:
    """Point 7: far more failures than attempts, but none of them is the message's."""
    service = Failing(StoreAway, one=12)
    hand.put(body("one", 1))
    listener = running(listener_of(beta, uri, service, pause_after_error=0.01, longest_pause=0.02))
    eventually(lambda: labels(beta) == ["one"])
    assert hand.take(DEAD) == []
    assert listener.state.listening
    assert service.calls.count("one") == 13


def test_it_does_not_spin_while_the_database_is_away(beta: Store, uri: str, running: Running, hand: Hand) -> None:
    """Point 7: the pauses grow."""
    service = Failing(StoreAway, one=10**9)
    hand.put(body("one", 1))
    running(listener_of(beta, uri, service, pause_after_error=0.2, longest_pause=5.0))
    eventually(lambda: len(service.calls) >= 2)
    before = len(service.calls)
    import time

    time.sleep(1.0)
    assert len(service.calls) - before <= 4


def test_a_redelivered_message_is_tried_four_times_and_buried_at_the_fifth(
    beta: Store, uri: str, running: Running, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Point 7: a process that dies in the handler, played by a connection that is thrown away there.

    Neighbours that were only in hand when it died have their effect, once.
    """
    from shared.messaging import crash_points

    class Death(ConnectionResetError):
        pass

    service = Service()
    deaths: list[str] = []

    def die(label: str) -> None:
        if label == "poison":
            deaths.append(label)
            raise StoreAway("stands for the end of the process")

    service.before = die
    # A real crash forgets what the process knew to be blameless.
    monkeypatch.setattr("shared.messaging.listener.Listener._gave_up", _without_memory)
    hand.put(body("before", 1, aggregate=uuid4()))
    hand.put(body("poison", 1))
    hand.put(body("after", 1, aggregate=uuid4()))
    running(listener_of(beta, uri, service, pause_after_error=0.01, longest_pause=0.02))
    eventually(lambda: hand.depth(DEAD) == 1)
    (letter,) = hand.take(DEAD)
    assert letter.properties["application_headers"][REASON] == "crashed_repeatedly"
    assert len(deaths) == 1 + 4  # once in the batch, four times by itself
    eventually(lambda: sorted(labels(beta)) == ["after", "before"])
    with beta.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(inbox_attempts)).scalar() == 0
    assert crash_points.POINTS


def _without_memory(listener: Any, arrival: Any) -> bool:
    with listener._store.transaction() as transaction:
        attempts: int = listener._inbox.count_attempt(transaction, arrival.envelope.id)
    return attempts >= listener._settings.attempts_at_redelivered


def test_a_missing_queue_is_said_and_waited_for(beta: Store, vhost: str, running: Running) -> None:
    """Point 3: the service lives; it is not ready."""
    listener = running(listener_of(beta, vhost))
    eventually(lambda: "NOT_FOUND" in listener.state.why_not)
    from shared.messaging import topology
    from tests.messaging.conftest import TOPOLOGY

    topology.apply(vhost, TOPOLOGY)
    eventually(lambda: listener.state.listening)


GOOD = json.loads(body("good", 1))


@pytest.mark.parametrize(
    ("rubbish", "reason"),
    [
        (b'{"label": "no envelope"}', "no_envelope"),
        (b"[]", "no_envelope"),
        (b"\x00\xff", "not_json"),
        (b'{"id": ', "not_json"),
        (body("x", 1, type="alpha.thing_vanished.v1"), "unknown_type"),
        (body("x", 1, type="alpha.thing_changed.v7"), "unknown_version"),
        (body("x", 1, data={"label": 5}), "invalid_data"),
        (b"x" * 10 * 1024 * 1024, "too_large"),
    ],
    ids=["no envelope", "no object", "bytes", "cut off", "unknown type", "unknown version", "wrong types", "10 MB"],
)
def test_rubbish_is_buried_with_the_reason_and_holds_up_nobody(
    beta: Store, uri: str, running: Running, hand: Hand, rubbish: bytes, reason: str
) -> None:
    """Point 7: between two good messages of one batch."""
    hand.put(body("before", 1, aggregate=uuid4()))
    hand.put(rubbish)
    hand.put(body("after", 1, aggregate=uuid4()))
    listener = running(listener_of(beta, uri))
    eventually(lambda: hand.depth(DEAD) == 1)
    (letter,) = hand.take(DEAD)
    assert letter.properties["application_headers"][REASON] == reason
    assert letter.body == rubbish
    eventually(lambda: labels(beta) == ["before", "after"])
    assert listener.state.listening


def test_an_id_used_twice_with_other_content_is_buried(beta: Store, uri: str, running: Running, hand: Hand) -> None:
    """Point 5: the first one stays, the second one is looked at by a person."""
    event_id = str(uuid4())
    hand.put(body("one", 1, event_id=event_id))
    hand.put(body("other", 1, event_id=event_id))
    running(listener_of(beta, uri))
    eventually(lambda: hand.depth(DEAD) == 1)
    assert hand.take(DEAD)[0].properties["application_headers"][REASON] == "id_reused"
    eventually(lambda: labels(beta) == ["one"])


def test_two_consumers_of_one_queue_keep_order_and_once(
    alpha: Store, beta: Store, uri: str, running: Running
) -> None:
    """Points 5 and 6, as with a service that is scaled out; on SQLite a service is one process."""
    if not beta.is_sqlite:
        running(listener_of(Store(beta.url, service="beta", clock=beta.clock), uri, prefetch=5, batch=3))
    running(listener_of(beta, uri, prefetch=5, batch=3))
    running(relay_of(alpha, uri))
    for n in range(40):
        for thing in range(5):
            say(alpha, UUID(int=thing + 1), f"{thing}:{n}")
    eventually(lambda: len(labels(beta)) == 200)
    with beta.reading() as connection:
        assert connection.execute(sa.text("SELECT count(DISTINCT label) FROM effects")).scalar() == 200
    assert set(outcomes(beta).values()) == {"applied"}
