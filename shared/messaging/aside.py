"""Messages set aside in the broker: to come again after a delay, or as dead letters with the reason on them."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, Self

import amqp

from shared.messaging import wire
from shared.messaging.envelope import CONTENT_TYPE
from shared.messaging.subscription import Subscription
from shared.messaging.topology import aside_of, dead_letter_queue_of, retry_queue_of

log = logging.getLogger(__name__)

ATTEMPT = "x-qihang-attempt"
REASON = "x-qihang-reason"
DETAIL = "x-qihang-detail"
FAILED_AT = "x-qihang-failed-at"
DISCARD = "x-qihang-discard"

CONFIRM_WITHIN = 20.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as the broker delivered it, read or not."""

    tag: int
    body: bytes
    redelivered: bool = False
    message_id: str = ""
    content_type: str = CONTENT_TYPE
    headers: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, message: amqp.Message) -> Self:
        """From py-amqp's message."""
        body = message.body
        return cls(
            tag=message.delivery_info["delivery_tag"],
            body=body if isinstance(body, bytes) else str(body).encode(),
            redelivered=bool(message.delivery_info["redelivered"]),
            message_id=message.properties.get("message_id") or "",
            content_type=message.properties.get("content_type") or "application/octet-stream",
            headers=dict(message.properties.get("application_headers") or {}),
        )

    @classmethod
    def of_waiting(cls, body: bytes) -> Self:
        """From an event that waited in the inbox."""
        return cls(tag=0, body=body)

    @property
    def attempt(self) -> int:
        """How often its handler failed before."""
        attempt = self.headers.get(ATTEMPT)
        return attempt if isinstance(attempt, int) and attempt > 0 else 0

    @property
    def discarded_because(self) -> str | None:
        """The operator's reason, if this message only says that the event is given up."""
        reason = self.headers.get(DISCARD)
        return reason if isinstance(reason, str) else None


class Aside:
    """Sets messages of one subscription aside. When it returns, the broker has confirmed that it has the message."""

    def __init__(self, connection: wire.Connection, subscription: Subscription, retry_delays: Sequence[int]) -> None:
        self._channel = wire.ConfirmingChannel(connection)
        self._queue = subscription.queue
        self._exchange = aside_of(subscription.consumer)
        self._retry_delays = retry_delays

    def retry_or_bury(self, delivery: Delivery, reason: str, detail: str) -> None:
        """Let a message whose handler failed come again after a delay, or bury it if it failed too often."""
        attempt = delivery.attempt + 1
        if attempt > len(self._retry_delays):
            self.bury(delivery, reason, detail)
            return
        delay = self._retry_delays[attempt - 1]
        log.warning("%s: %s (%s), again in %d ms", self._queue, reason, detail, delay)
        self._put(delivery, retry_queue_of(self._queue, delay), {ATTEMPT: attempt, REASON: reason, DETAIL: detail})

    def bury(self, delivery: Delivery, reason: str, detail: str) -> None:
        """Make a message a dead letter."""
        log.error("%s: dead letter %s, %s (%s)", self._queue, delivery.message_id, reason, detail)
        headers = {ATTEMPT: delivery.attempt + 1, REASON: reason, DETAIL: detail[:500], FAILED_AT: _now()}
        self._put(delivery, dead_letter_queue_of(self._queue), headers)

    def _put(self, delivery: Delivery, queue: str, headers: dict[str, Any]) -> None:
        publish_confirmed(self._channel, self._exchange, queue, delivery, {**delivery.headers, **headers})


def publish_confirmed(
    channel: wire.ConfirmingChannel, exchange: str, queue: str, delivery: Delivery, headers: dict[str, Any]
) -> None:
    """Put a copy of a message into a queue. Raises ConnectionError unless the broker has it safely."""
    message = amqp.Message(
        delivery.body,
        content_type=delivery.content_type,
        delivery_mode=2,
        application_headers={key: value for key, value in headers.items() if key != "x-death"},
    )
    channel.publish(delivery.message_id, message, exchange, queue)
    channel.settle(CONFIRM_WITHIN)
    confirmed, returned, refused = channel.take_outcome()
    if returned or refused or not confirmed:
        raise ConnectionError(f"the broker did not take a message for {queue}: run `qihang topology check`")


def _now() -> str:
    """The broker's side of things keeps real time, whatever the services' clock says."""
    return formatdate(usegmt=True)
