"""Dead letters: listing them, looking at one, replaying it with the same event id, or discarding it with a reason.

Nothing here is taken from a queue before its successor is confirmed elsewhere. If the process dies in between, a letter
may be replayed twice, which the inbox makes harmless.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import amqp

from shared.messaging import envelope as envelopes
from shared.messaging import wire
from shared.messaging.aside import ATTEMPT, DETAIL, DISCARD, FAILED_AT, REASON, Delivery, publish_confirmed
from shared.messaging.failures import BROKER_GAVE_UP, Unacceptable
from shared.messaging.topology import aside_of, dead_letter_queue_of


class NoSuchDeadLetter(LookupError):
    """No dead letter in this queue has that id."""

    code = "no_such_dead_letter"


@dataclass(frozen=True)
class DeadLetter:
    """A message that could not be handled. `id` is the event's id, or a hash of the body where that can't be read."""

    id: str
    queue: str
    type: str
    subject: str
    reason: str
    detail: str
    attempts: int
    failed_at: str
    body: bytes

    def as_text(self) -> str:
        """The body, laid out for reading where it is JSON."""
        try:
            return json.dumps(json.loads(self.body), ensure_ascii=False, indent=2)
        except ValueError:
            return self.body[:2000].decode(errors="replace")


def list_letters(broker_uri: str, queue: str, limit: int = 1000) -> list[DeadLetter]:
    """The dead letters of a queue of events, oldest first; they stay where they are."""
    with _open(broker_uri) as (_, channel):
        return [letter for letter, _ in _letters(channel, queue, limit)]


def replay(broker_uri: str, queue: str, letter_id: str) -> DeadLetter:
    """Put a dead letter back into its queue as it was. Raises NoSuchDeadLetter."""
    return _move(broker_uri, queue, letter_id, lambda headers: headers)


def discard(broker_uri: str, queue: str, letter_id: str, reason: str) -> DeadLetter:
    """Give an event up: it has no effect, its inbox keeps the reason, and its successors go on.

    A letter whose envelope can't be read is just taken away. Raises NoSuchDeadLetter, ValueError without a reason.
    """
    if not reason.strip():
        raise ValueError("a reason is needed")
    return _move(broker_uri, queue, letter_id, lambda headers: {**headers, DISCARD: reason.strip()[:500]})


def _move(broker_uri: str, queue: str, letter_id: str, headers_of: Callable[[dict[str, Any]], dict[str, Any]]) -> DeadLetter:
    with _open(broker_uri) as (connection, channel):
        for letter, message in _letters(channel, queue, None):
            if letter.id != letter_id:
                continue
            delivery = Delivery.of(message)
            kept = {key: value for key, value in delivery.headers.items() if key not in _OURS}
            headers = headers_of(kept)
            if DISCARD not in headers or _is_readable(delivery.body):
                consumer = queue.partition(".")[0]
                publish_confirmed(wire.ConfirmingChannel(connection), aside_of(consumer), queue, delivery, headers)
            channel.basic_ack(message.delivery_info["delivery_tag"])
            return letter
    raise NoSuchDeadLetter(f"no dead letter {letter_id} in {queue}")


_OURS = {ATTEMPT, REASON, DETAIL, FAILED_AT, DISCARD}


@contextmanager
def _open(broker_uri: str) -> Iterator[tuple[wire.Connection, amqp.Channel]]:
    connection = wire.connect(broker_uri, name="dead letters")
    channel = connection.channel()
    channel.auto_decode = False
    try:
        yield connection, channel
    finally:
        connection.close()  # what was not acknowledged goes back to its place


def _letters(channel: amqp.Channel, queue: str, limit: int | None) -> Iterator[tuple[DeadLetter, amqp.Message]]:
    count = 0
    while limit is None or count < limit:
        message = channel.basic_get(dead_letter_queue_of(queue))
        if message is None:
            return
        count += 1
        yield _letter(queue, Delivery.of(message)), message


def _letter(queue: str, delivery: Delivery) -> DeadLetter:
    headers = delivery.headers
    try:
        envelope = envelopes.decode(delivery.body)
        letter_id, kind, subject = envelope.id, envelope.type, envelope.subject
    except Unacceptable:
        letter_id, kind, subject = hashlib.blake2b(delivery.body, digest_size=8).hexdigest(), "", ""
    return DeadLetter(
        id=letter_id,
        queue=queue,
        type=kind,
        subject=subject,
        reason=str(headers.get(REASON) or BROKER_GAVE_UP),
        detail=str(headers.get(DETAIL) or ""),
        attempts=delivery.attempt,
        failed_at=str(headers.get(FAILED_AT) or ""),
        body=delivery.body,
    )


def _is_readable(body: bytes) -> bool:
    try:
        envelopes.decode(body)
    except Unacceptable:
        return False
    return True
