"""The outbox, on both databases: nothing is said outside a transaction, and the numbers have no gaps."""

import threading
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from shared.contracts.contract import InvalidEventData
from shared.messaging import envelope as envelopes
from shared.messaging import tracing
from shared.messaging.failures import Contended
from shared.messaging.store import Store
from shared.messaging.tables import outbox
from tests.messaging.toy import NOW, ThingChanged, ThingStarted, effects, labels, say

THING = UUID(int=1)


def rows(where: Store) -> list[Any]:
    """The outbox."""
    with where.reading() as connection:
        return list(connection.execute(sa.select(outbox).order_by(outbox.c.id)))


def test_what_is_said_stands_in_the_outbox_with_the_state(alpha: Store) -> None:
    """Point 1: both commit together."""
    with alpha.transaction() as transaction:
        transaction.connection.execute(sa.insert(effects).values(label="state"))
        transaction.say(ThingStarted(label="x", amount_fen=5), THING, NOW)
    assert labels(alpha) == ["state"]
    (row,) = rows(alpha)
    envelope = envelopes.decode(bytes(row.body))
    assert (envelope.type, envelope.subject, envelope.sequence) == ("alpha.thing_started.v1", f"thing/{THING}", 1)
    assert row.routing_key == "thing.alpha.thing_started.v1"
    assert row.sent_at is None


def test_what_is_rolled_back_was_never_said(alpha: Store) -> None:
    """Point 1: neither stays."""
    with pytest.raises(RuntimeError), alpha.transaction() as transaction:
        transaction.connection.execute(sa.insert(effects).values(label="state"))
        transaction.say(ThingStarted(label="x", amount_fen=5), THING, NOW)
        transaction.flush()
        raise RuntimeError
    assert rows(alpha) == []
    assert labels(alpha) == []


def test_a_rollback_leaves_no_gap_in_the_numbers(alpha: Store) -> None:
    """Point 6: a consumer would wait for the missing number for ever."""
    say(alpha, THING, "one")
    with pytest.raises(RuntimeError), alpha.transaction() as transaction:
        transaction.say(ThingChanged(label="lost"), THING, NOW)
        transaction.flush()
        raise RuntimeError
    say(alpha, THING, "two")
    assert [row.sequence for row in rows(alpha)] == [1, 2]


def test_numbers_run_within_a_transaction_and_by_aggregate(alpha: Store) -> None:
    """Each aggregate counts for itself."""
    other = uuid4()
    with alpha.transaction() as transaction:
        for label, aggregate in (("a", THING), ("b", other), ("c", THING)):
            transaction.say(ThingChanged(label=label), aggregate, NOW)
    assert [(row.subject.endswith(str(THING)), row.sequence) for row in rows(alpha)] == [(True, 1), (False, 1), (True, 2)]


def test_numbers_follow_the_order_of_commits_also_from_many_threads(alpha: Store) -> None:
    """No gap, no double, and the rows' ids in the same order as the numbers."""

    def speak() -> None:
        for _ in range(10):
            while True:
                try:
                    say(alpha, THING, "x")
                    break
                except Contended:
                    continue

    threads = [threading.Thread(target=speak) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row.sequence for row in rows(alpha)] == list(range(1, 61))


def test_a_savepoint_that_fails_takes_back_what_it_said(alpha: Store) -> None:
    """And nothing else."""
    with alpha.transaction() as transaction:
        transaction.say(ThingChanged(label="kept"), THING, NOW)
        with pytest.raises(RuntimeError), transaction.savepoint():
            transaction.say(ThingChanged(label="lost"), THING, NOW)
            raise RuntimeError
    assert [envelopes.decode(bytes(row.body)).data["label"] for row in rows(alpha)] == ["kept"]


def test_wrong_data_is_refused_before_anything_is_written(alpha: Store) -> None:
    """The error names event and field; the transaction is lost as a whole."""
    with pytest.raises(InvalidEventData, match="amount_fen"), alpha.transaction() as transaction:
        transaction.say(ThingStarted(label="x", amount_fen="much"), THING, NOW)  # type: ignore[arg-type]
    assert rows(alpha) == []


def test_what_follows_from_an_event_carries_its_story(alpha: Store) -> None:
    """Point 8: correlation is handed on, causation is the event's id, the trace goes on with a span of its own."""
    say(alpha, THING, "cause")
    cause = envelopes.decode(bytes(rows(alpha)[0].body))
    with tracing.following(tracing.caused_by(cause)):
        say(alpha, THING, "effect")
    effect = envelopes.decode(bytes(rows(alpha)[1].body))
    assert effect.correlation_id == cause.correlation_id
    assert effect.causation_id == cause.id
    assert cause.traceparent is not None
    assert effect.traceparent is not None
    assert effect.traceparent.split("-")[1] == cause.traceparent.split("-")[1]
    assert effect.traceparent != cause.traceparent
