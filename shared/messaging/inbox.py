"""The inbox: what was heard, once and in order, recorded in the very transaction that has the event's effect.

For each aggregate followed in order the consumer keeps the number of the last event it is done with. The next number
runs; a lower one was heard before; a higher one is early and waits in the inbox, with its body, until those before it
are done. So an event that is being retried, or lies among the dead letters, holds back its own aggregate's later events
and nobody else's.

Rows of aggregates that were never heard of are not locked beforehand: two consumers that hear the same new aggregate at
once collide at the primary key, and the one that loses does its part again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from shared.messaging.failures import Contended, IdReused, SequenceReused
from shared.messaging.store import Transaction
from shared.messaging.subscription import Arrival, Subscription
from shared.messaging.tables import APPLIED, DISCARDED, PASSED_OVER, WAITING, inbox, inbox_attempts, inbox_streams

Stream = tuple[str, str]


@dataclass
class _Position:
    """How far an aggregate's events have been heard."""

    last: int
    ahead: int
    is_new: bool
    moved: bool = False


@dataclass
class Hearing:
    """What came of a number of arrivals: those to handle now, in order, and the streams in which others wait."""

    run: list[Arrival] = field(default_factory=list)
    to_follow: list[Stream] = field(default_factory=list)


class Inbox:
    """The inbox of one subscription, used inside a transaction."""

    def __init__(self, subscription: Subscription) -> None:
        self._consumer = subscription.consumer
        self._subscription = subscription

    def record(self, transaction: Transaction, arrivals: Sequence[Arrival], *, suspicious: bool = False) -> Hearing:
        """Record arrivals and say which of them are to be handled in this transaction.

        `suspicious` looks every id up beforehand, which a first delivery in a batch does not need. Raises IdReused or
        SequenceReused for a message that contradicts an earlier one, Contended if another consumer hears the same.
        """
        arrivals = _in_order(arrivals)
        positions = self._positions(transaction, arrivals)
        known = self._known(transaction, [each for each in arrivals if suspicious or _is_irregular(each, positions)])
        hearing = Hearing()
        rows: list[dict[str, Any]] = []
        for arrival in arrivals:
            earlier = known.get(arrival.envelope.id)
            if earlier is not None:
                self._heard_before(transaction, arrival, earlier, positions, hearing)
                continue
            row = self._row(transaction, arrival, positions)
            known[arrival.envelope.id] = (arrival.content_hash, row["outcome"])
            rows.append(row)
            if row["outcome"] == APPLIED:
                hearing.run.append(arrival)
        self._insert(transaction, inbox, rows)
        self._save(transaction, positions)
        hearing.to_follow = [stream for stream, position in positions.items() if position.moved and position.ahead]
        return hearing

    def _row(self, transaction: Transaction, arrival: Arrival, positions: dict[Stream, _Position]) -> dict[str, Any]:
        envelope = arrival.envelope
        early = arrival.in_stream and not _advance(positions[envelope.stream], arrival)
        if arrival.discarded_because is not None:
            outcome = DISCARDED
        elif arrival.data is None:
            outcome = PASSED_OVER
        else:
            outcome = WAITING if early and arrival.ordered else APPLIED
        return {
            "consumer": self._consumer,
            "event_id": envelope.id,
            "source": envelope.source,
            "subject": envelope.subject,
            "sequence": envelope.sequence,
            "type": envelope.type,
            "content_hash": arrival.content_hash,
            "outcome": outcome,
            "note": arrival.discarded_because,
            "body": arrival.body if outcome == WAITING else None,
            "heard_at": transaction.store.clock.now(),
        }

    def _heard_before(
        self,
        transaction: Transaction,
        arrival: Arrival,
        earlier: tuple[bytes, str],
        positions: dict[Stream, _Position],
        hearing: Hearing,
    ) -> None:
        """A second copy. It counts only if the first one still waits and this one brings its turn or its discarding."""
        content_hash, outcome = earlier
        if content_hash != arrival.content_hash:
            raise IdReused(f"event {arrival.envelope.id} was heard before with other content")
        if outcome != WAITING:
            return
        position = positions[arrival.envelope.stream]
        is_next = arrival.envelope.sequence == position.last + 1
        if arrival.discarded_because is None and not is_next:
            return
        if is_next:
            _step_onto(position)
        self._close_waiting(transaction, arrival)
        if arrival.is_handled:
            hearing.run.append(arrival)

    def _close_waiting(self, transaction: Transaction, arrival: Arrival) -> None:
        outcome = DISCARDED if arrival.discarded_because is not None else APPLIED
        transaction.connection.execute(
            sa.update(inbox)
            .where(inbox.c.consumer == self._consumer, inbox.c.event_id == arrival.envelope.id)
            .values(outcome=outcome, note=arrival.discarded_because, body=None)
        )

    # What waits

    def streams_to_follow(self, connection: sa.Connection) -> list[Stream]:
        """Streams whose next event is in the inbox already, as after a crash between an event and its successor."""
        query = (
            sa.select(inbox_streams.c.source, inbox_streams.c.subject)
            .join(
                inbox,
                sa.and_(
                    inbox.c.consumer == inbox_streams.c.consumer,
                    inbox.c.source == inbox_streams.c.source,
                    inbox.c.subject == inbox_streams.c.subject,
                    inbox.c.sequence == inbox_streams.c.last_sequence + 1,
                ),
            )
            .where(
                inbox_streams.c.ahead > 0,
                inbox_streams.c.consumer == self._consumer,
                inbox_streams.c.source == f"/services/{self._subscription.publisher}",
            )
        )
        return [(source, subject) for source, subject in connection.execute(query)]

    def next_waiting(self, transaction: Transaction, stream: Stream) -> Arrival | None:
        """Step over what was done early, up to the event that waits for its turn; None if that has not come."""
        position = self._lock(transaction, [stream]).get(stream)
        while position is not None and position.ahead:
            found = transaction.connection.execute(
                sa.select(inbox.c.outcome, inbox.c.body).where(
                    *self._in(stream), inbox.c.sequence == position.last + 1
                )
            ).one_or_none()
            if found is None:
                break
            if found.outcome == WAITING:
                return self._subscription.read(bytes(found.body))
            _step_onto(position)
            self._save(transaction, {stream: position})
        return None

    def take_waiting(self, transaction: Transaction, arrival: Arrival) -> bool:
        """Make a waiting event the one that is handled in this transaction; False if somebody else did."""
        return bool(self.record(transaction, [arrival], suspicious=True).run)

    def forget_waiting(self, transaction: Transaction, arrival: Arrival) -> None:
        """Take a waiting event out of the inbox, since it was set aside in the broker and will come from there."""
        stream = arrival.envelope.stream
        position = self._lock(transaction, [stream])[stream]
        deleted = transaction.connection.execute(
            sa.delete(inbox).where(
                inbox.c.consumer == self._consumer,
                inbox.c.event_id == arrival.envelope.id,
                inbox.c.outcome == WAITING,
            )
        )
        if deleted.rowcount:
            position.ahead -= 1
            self._save(transaction, {stream: position})
        self.clear_attempts(transaction, arrival.envelope.id)

    # Attempts

    def count_attempt(self, transaction: Transaction, event_id: str) -> int:
        """Note that a message is about to be tried which a crash may have interrupted; how often that was, this included."""
        where = (inbox_attempts.c.consumer == self._consumer, inbox_attempts.c.event_id == event_id)
        now = transaction.store.clock.now()
        counted = transaction.connection.execute(
            sa.update(inbox_attempts)
            .where(*where)
            .values(attempts=inbox_attempts.c.attempts + 1, last_at=now)
            .returning(inbox_attempts.c.attempts)
        ).scalar_one_or_none()
        if counted is not None:
            return counted
        row = {"consumer": self._consumer, "event_id": event_id, "attempts": 1, "last_at": now}
        self._insert(transaction, inbox_attempts, [row])
        return 1

    def clear_attempts(self, transaction: Transaction, event_id: str) -> None:
        """Forget the attempts at a message that is settled."""
        transaction.connection.execute(
            sa.delete(inbox_attempts).where(
                inbox_attempts.c.consumer == self._consumer, inbox_attempts.c.event_id == event_id
            )
        )

    # Rows

    def _positions(self, transaction: Transaction, arrivals: Sequence[Arrival]) -> dict[Stream, _Position]:
        streams = {each.envelope.stream for each in arrivals if each.in_stream}
        positions = self._lock(transaction, streams)
        for stream in streams - positions.keys():
            positions[stream] = _Position(last=0, ahead=0, is_new=True)
        return positions

    def _lock(self, transaction: Transaction, streams: Iterable[Stream]) -> dict[Stream, _Position]:
        """The positions known so far, their rows locked in one order so that consumers can't deadlock on them."""
        subjects = sorted({subject for _, subject in streams})
        if not subjects:
            return {}
        query = (
            sa.select(
                inbox_streams.c.source, inbox_streams.c.subject, inbox_streams.c.last_sequence, inbox_streams.c.ahead
            )
            .where(
                inbox_streams.c.consumer == self._consumer,
                inbox_streams.c.source == f"/services/{self._subscription.publisher}",
                inbox_streams.c.subject.in_(subjects),
            )
            .order_by(inbox_streams.c.subject)
            .with_for_update()
        )
        return {
            (source, subject): _Position(last, ahead, is_new=False)
            for source, subject, last, ahead in transaction.connection.execute(query)
        }

    def _known(self, transaction: Transaction, arrivals: Sequence[Arrival]) -> dict[str, tuple[bytes, str]]:
        if not arrivals:
            return {}
        ids = [each.envelope.id for each in arrivals]
        query = sa.select(inbox.c.event_id, inbox.c.content_hash, inbox.c.outcome)
        query = query.where(inbox.c.consumer == self._consumer, inbox.c.event_id.in_(ids))
        return {
            event_id: (bytes(content_hash), outcome)
            for event_id, content_hash, outcome in transaction.connection.execute(query)
        }

    def _save(self, transaction: Transaction, positions: dict[Stream, _Position]) -> None:
        new = [
            {
                "consumer": self._consumer,
                "source": source,
                "subject": subject,
                "last_sequence": position.last,
                "ahead": position.ahead,
            }
            for (source, subject), position in positions.items()
            if position.is_new
        ]
        self._insert(transaction, inbox_streams, new)
        changed = [
            {"b_source": source, "b_subject": subject, "b_last": position.last, "b_ahead": position.ahead}
            for (source, subject), position in positions.items()
            if not position.is_new
        ]
        if changed:
            transaction.connection.execute(
                sa.update(inbox_streams)
                .where(
                    inbox_streams.c.consumer == self._consumer,
                    inbox_streams.c.source == sa.bindparam("b_source"),
                    inbox_streams.c.subject == sa.bindparam("b_subject"),
                )
                .values(last_sequence=sa.bindparam("b_last"), ahead=sa.bindparam("b_ahead")),
                changed,
            )
        for position in positions.values():
            position.is_new = False

    def _in(self, stream: Stream) -> tuple[sa.ColumnElement[bool], ...]:
        source, subject = stream
        return (inbox.c.consumer == self._consumer, inbox.c.source == source, inbox.c.subject == subject)

    @staticmethod
    def _insert(transaction: Transaction, table: sa.Table, rows: list[dict[str, Any]]) -> None:
        if not rows:
            return
        try:
            transaction.connection.execute(sa.insert(table), rows)
        except IntegrityError as error:
            raise Contended(f"{table.name}: {error.orig}") from error


def _in_order(arrivals: Sequence[Arrival]) -> Sequence[Arrival]:
    """The arrivals, those of one aggregate by their number, where delivery shuffled them."""
    last: dict[Stream, int] = {}
    for arrival in arrivals:
        stream = arrival.envelope.stream
        if arrival.envelope.sequence < last.get(stream, 0):
            return sorted(arrivals, key=lambda each: each.envelope.sequence)
        last[stream] = arrival.envelope.sequence
    return arrivals


def _is_irregular(arrival: Arrival, positions: dict[Stream, _Position]) -> bool:
    """Whether a message may be in the inbox. The next number of an aggregate of which nothing is ahead can't be."""
    if not arrival.in_stream:
        return True
    position = positions[arrival.envelope.stream]
    return arrival.envelope.sequence != position.last + 1 or position.ahead > 0


def _advance(position: _Position, arrival: Arrival) -> bool:
    """Move the position onto a new event if it is next, else count it as ahead; whether it is next."""
    sequence = arrival.envelope.sequence
    if sequence <= position.last:
        raise SequenceReused(f"{arrival.envelope.subject} had its event number {sequence} before")
    if sequence == position.last + 1:
        position.last = sequence
        position.moved = True
        return True
    position.ahead += 1
    return False


def _step_onto(position: _Position) -> None:
    """Move the position onto an event that is in the inbox already."""
    position.last += 1
    position.ahead -= 1
    position.moved = True
