"""The inbox, on both databases: once, in order, and waiting for what is missing."""

import random
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from shared.messaging.failures import Contended, IdReused, SequenceReused
from shared.messaging.inbox import Inbox
from shared.messaging.store import Store
from shared.messaging.subscription import Arrival
from shared.messaging.tables import inbox_streams
from tests.messaging.toy import (
    NoteWritten,
    Service,
    ThingPolished,
    arrival,
    labels,
    outcomes,
    body,
    subscription,
)




def hear(where: Store, *arrivals: Arrival, suspicious: bool = False) -> None:
    """Have the arrivals' effects in one transaction, then those of what waited for them, as the listener does."""
    box, heard = Inbox(subscription()), subscription()
    with where.transaction() as transaction:
        hearing = box.record(transaction, arrivals, suspicious=suspicious)
        heard.handle(Service(), hearing.run, transaction)
    for stream in hearing.to_follow:
        while True:
            with where.transaction() as transaction:
                waiting = box.next_waiting(transaction, stream)
                if waiting is None:
                    break
                if box.take_waiting(transaction, waiting):
                    heard.handle(Service(), [waiting], transaction)


def test_the_same_event_twice_has_one_effect(beta: Store) -> None:
    """Point 5: in one batch and in two."""
    one = arrival("one", 1)
    hear(beta, one, one)
    hear(beta, one)
    assert labels(beta) == ["one"]


def test_an_event_without_order_has_one_effect_too(beta: Store) -> None:
    """Where no sequence is followed, the id alone tells."""
    note = arrival("note", 3, kind=NoteWritten)
    hear(beta, note, note)
    hear(beta, note)
    assert labels(beta) == ["note"]


def test_inbox_and_effect_are_kept_or_lost_together(beta: Store) -> None:
    """A handler that fails leaves no trace, so that the event can come again."""
    one = arrival("one", 1)
    with pytest.raises(RuntimeError), beta.transaction() as transaction:
        hearing = Inbox(subscription()).record(transaction, [one])
        subscription().handle(Service(), hearing.run, transaction)
        raise RuntimeError
    assert labels(beta) == []
    hear(beta, one)
    assert labels(beta) == ["one"]


def test_an_early_event_waits_and_runs_in_its_turn(beta: Store) -> None:
    """Point 6."""
    hear(beta, arrival("three", 3))
    hear(beta, arrival("two", 2))
    assert labels(beta) == []
    assert outcomes(beta) == {2: "waiting", 3: "waiting"}
    hear(beta, arrival("one", 1))
    assert labels(beta) == ["one", "two", "three"]
    assert set(outcomes(beta).values()) == {"applied"}


def test_a_batch_that_was_shuffled_runs_in_order(beta: Store) -> None:
    """Delivery may be out of order within a batch, too."""
    hear(beta, arrival("three", 3), arrival("one", 1), arrival("two", 2))
    assert labels(beta) == ["one", "two", "three"]


def test_aggregates_do_not_wait_for_each_other(beta: Store) -> None:
    """Only its own successors are held back by an event that is missing."""
    hear(beta, arrival("two of A", 2, aggregate=uuid4()), arrival("one of B", 1, aggregate=uuid4()))
    assert labels(beta) == ["one of B"]


def test_events_that_are_not_heard_count_in_their_aggregate(beta: Store) -> None:
    """Here the second is of a type that beta does not hear, and comes last."""
    hear(beta, arrival("one", 1))
    hear(beta, arrival("three", 3))
    hear(beta, arrival("two", 2, kind=ThingPolished))
    assert labels(beta) == ["one", "three"]
    assert outcomes(beta)[2] == "passed_over"


def test_one_that_is_passed_over_early_is_stepped_over_later(beta: Store) -> None:
    """The order of arrival makes no difference."""
    hear(beta, arrival("two", 2, kind=ThingPolished))
    hear(beta, arrival("three", 3))
    hear(beta, arrival("one", 1))
    assert labels(beta) == ["one", "three"]


def test_an_id_with_other_content_is_refused(beta: Store) -> None:
    """In one batch and in two; nothing of it has an effect."""
    event_id = str(uuid4())
    hear(beta, arrival("one", 1, event_id=event_id))
    with pytest.raises(IdReused):
        hear(beta, arrival("other", 1, event_id=event_id))
    with pytest.raises((IdReused, Contended)):  # a batch may collide first; run by itself it is found out
        hear(beta, arrival("other", 2, event_id=event_id))
    with pytest.raises(IdReused):
        hear(beta, arrival("other", 2, event_id=event_id), suspicious=True)
    assert labels(beta) == ["one"]


def test_a_number_with_another_event_is_refused(beta: Store) -> None:
    """Two events can't both be the first of an aggregate."""
    hear(beta, arrival("one", 1))
    with pytest.raises(SequenceReused):
        hear(beta, arrival("other", 1))
    assert labels(beta) == ["one"]


def test_a_discarded_event_lets_its_successors_go_on(beta: Store) -> None:
    """And the reason is kept."""
    hear(beta, arrival("two", 2))
    hear(beta, subscription().read(body("one", 1), discarded_because="entered twice"))
    assert labels(beta) == ["two"]
    assert outcomes(beta) == {1: "discarded", 2: "applied"}


def test_an_event_can_be_discarded_though_no_contract_knows_it(beta: Store) -> None:
    """Else it would hold back its aggregate for ever."""
    hear(beta, arrival("two", 2))
    unknown = body("one", 1, type="alpha.thing_vanished.v1", data={"what": "ever"})
    hear(beta, subscription().read(unknown, discarded_because="of an older release"))
    assert labels(beta) == ["two"]


def test_a_copy_of_a_waiting_event_that_brings_its_turn_runs_it_once(beta: Store) -> None:
    """As when an event that waited was set aside in the broker, and the process died before it was forgotten."""
    two = arrival("two", 2)
    hear(beta, two)
    box = Inbox(subscription())
    with beta.transaction() as transaction:
        hearing = box.record(transaction, [arrival("one", 1)])
        subscription().handle(Service(), hearing.run, transaction)
    hear(beta, two)
    hear(beta, two)
    assert labels(beta) == ["one", "two"]


def test_what_a_crash_left_behind_is_found(beta: Store) -> None:
    """The process died between an event and its successor that waited."""
    hear(beta, arrival("two", 2))
    box = Inbox(subscription())
    with beta.transaction() as transaction:
        box.record(transaction, [arrival("one", 1)])
    with beta.reading() as connection:
        assert len(box.streams_to_follow(connection)) == 1


def test_attempts_are_counted_until_they_are_cleared(beta: Store) -> None:
    """Across transactions, that is across processes."""
    box, event_id = Inbox(subscription()), str(uuid4())
    for expected in (1, 2, 3):
        with beta.transaction() as transaction:
            assert box.count_attempt(transaction, event_id) == expected
    with beta.transaction() as transaction:
        box.clear_attempts(transaction, event_id)
        assert box.count_attempt(transaction, event_id) == 1


@pytest.mark.parametrize("seed", range(5))
def test_whatever_the_order_and_the_copies_each_has_its_effect_once_in_order(beta: Store, seed: int) -> None:
    """Three aggregates of eight events, each delivered one to three times, shuffled, in batches of any size."""
    chance = random.Random(seed)
    aggregates = [UUID(int=number + 1) for number in range(3)]
    events = [arrival(f"{number}:{n}", n, aggregate=each) for number, each in enumerate(aggregates) for n in range(1, 9)]
    deliveries = [each for each in events for _ in range(chance.randint(1, 3))]
    chance.shuffle(deliveries)
    while deliveries:
        size = chance.randint(1, 6)
        hear(beta, *deliveries[:size], suspicious=chance.random() < 0.3)
        del deliveries[:size]
    found = labels(beta)
    for number in range(3):
        assert [label for label in found if label.startswith(f"{number}:")] == [f"{number}:{n}" for n in range(1, 9)]
    with beta.reading() as connection:
        assert connection.execute(sa.select(sa.func.sum(inbox_streams.c.ahead))).scalar() == 0
