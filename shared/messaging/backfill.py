"""For a service that begins to hear another: gives it what was said before its queue existed.

The outbox keeps what was sent, so an aggregate's numbers begin at 1 for the newcomer too. What a consumer heard before,
it passes over.
"""

import amqp
import sqlalchemy as sa

from shared.contracts.catalogue import Catalogue
from shared.messaging import wire
from shared.messaging.envelope import CONTENT_TYPE
from shared.messaging.store import Store
from shared.messaging.tables import outbox
from shared.messaging.topology import aside_of, queue_of

PAGE = 500


class HearsNothing(ValueError):
    """The consumer hears nothing from this publisher."""

    code = "hears_nothing"


def backfill(store: Store, broker_uri: str, catalogue: Catalogue, consumer: str) -> int:
    """Put all that the store's service has said, and `consumer` is bound to, into the consumer's queue; how many.

    Raises HearsNothing, or what a broken connection raises; it can be repeated.
    """
    keys = [event.key for event in catalogue.bound(consumer, store.service)]
    if not keys:
        raise HearsNothing(f"{consumer} hears nothing from {store.service}")
    connection = wire.connect(broker_uri, name=f"backfill {store.service} to {consumer}")
    try:
        channel = wire.ConfirmingChannel(connection)
        return _send_all(store, channel, keys, aside_of(consumer), queue_of(consumer, store.service))
    finally:
        connection.close()


def _send_all(store: Store, channel: wire.ConfirmingChannel, keys: list[str], exchange: str, queue: str) -> int:
    last, sent = 0, 0
    query = sa.select(outbox.c.id, outbox.c.event_id, outbox.c.body).order_by(outbox.c.id).limit(PAGE)
    while True:
        with store.reading() as reading:
            rows = reading.execute(query.where(outbox.c.id > last, outbox.c.type.in_(keys))).all()
        if not rows:
            return sent
        for row in rows:
            message = amqp.Message(bytes(row.body), content_type=CONTENT_TYPE, delivery_mode=2)
            channel.publish(row.event_id, message, exchange, queue)
        channel.settle(timeout=60)
        confirmed, returned, refused = channel.take_outcome()
        if returned or refused:
            raise ConnectionError(f"{queue} took only {len(confirmed)} of {len(rows)} events; repeat it")
        last, sent = rows[-1].id, sent + len(rows)
