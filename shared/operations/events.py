"""`qihang events tail|outbox|waiting|backfill`."""

import json
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import typer
from rich.table import Table

from shared.contracts import catalogue
from shared.messaging import backfill as backfilling
from shared.messaging import envelope as envelopes
from shared.messaging import wire
from shared.messaging.failures import Unacceptable
from shared.messaging.store import Store
from shared.messaging.tables import WAITING, inbox, outbox
from shared.messaging.topology import exchange_of
from shared.operations.installation import broker_uri, chosen, console, explained, store_of
from shared.operations.words import say

app = typer.Typer(help=say("事件。", "Events."), no_args_is_help=True)

Services = Annotated[list[str] | None, typer.Argument(help=say("服务名；缺省为全部", "services; all if none is named"))]
Limit = Annotated[int, typer.Option("--limit", min=1, help=say("最多列出多少", "how many at the most"))]
_LOCAL = ZoneInfo("Asia/Shanghai")


@app.command(help=say("跟随正在发布的事件，Ctrl-C 结束。", "Follow the events as they are published; Ctrl-C ends it."))
def tail(
    services: Services = None,
    count: Annotated[int | None, typer.Option("--count", min=1, help=say("看到多少条后结束", "end after so many"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=say("每行一个完整事件", "the whole event, one a line"))] = False,
) -> None:
    """Print events of the chosen services as they pass, without taking them from anybody."""
    publishers = services or sorted(catalogue.load().hearing)
    with explained():
        connection = wire.connect(broker_uri(), name="qihang events tail")
        try:
            _follow(connection, publishers, count, as_json)
        except KeyboardInterrupt:
            pass
        finally:
            connection.close()


def _follow(connection: wire.Connection, publishers: list[str], count: int | None, as_json: bool) -> None:
    channel = connection.channel()
    channel.auto_decode = False
    queue = channel.queue_declare("", exclusive=True, auto_delete=True).queue
    for publisher in publishers:
        channel.queue_bind(queue, exchange_of(publisher), "#")
    seen = 0

    def show(message: Any) -> None:
        nonlocal seen
        seen += 1
        print(message.body.decode(errors="replace") if as_json else _line(message.body), flush=True)

    channel.basic_consume(queue, no_ack=True, callback=show)
    if not as_json:
        console.print(say(f"正在跟随：{'、'.join(publishers)}", f"following: {', '.join(publishers)}"), style="dim")
    while count is None or seen < count:
        connection.read_what_came(timeout=1.0)
        connection.heartbeat_tick()


def _line(body: bytes) -> str:
    try:
        event = envelopes.decode(body)
    except Unacceptable as error:
        return f"? {error.code}: {error}"
    at = datetime.fromisoformat(event.time).astimezone(_LOCAL).strftime("%Y-%m-%d %H:%M:%S")
    return f"{at}  {event.type}  {event.subject}  #{event.sequence}  {json.dumps(event.data, ensure_ascii=False)}"


@app.command("outbox", help=say("各服务发件箱：还有多少没有发出。", "The outboxes: what has not been sent yet."))
def outbox_(
    services: Services = None,
    everything: Annotated[bool, typer.Option("--all", help=say("也列出已发出的", "list what was sent, too"))] = False,
    limit: Limit = 20,
) -> None:
    """Summarise each outbox and list its rows, the newest last."""
    for service in chosen(services):
        with explained(), store_of(service) as store:
            _show_outbox(store, everything, limit)


def _show_outbox(store: Store, everything: bool, limit: int) -> None:
    unsent = outbox.c.sent_at.is_(None)
    with store.reading() as connection:
        total, left, oldest = connection.execute(
            sa.select(
                sa.func.count(),
                sa.func.count().filter(unsent),
                sa.select(sa.func.min(outbox.c.recorded_at)).where(unsent).scalar_subquery(),
            ).select_from(outbox)
        ).one()
        query = sa.select(outbox).order_by(outbox.c.id.desc()).limit(limit)
        rows = list(connection.execute(query if everything else query.where(unsent)))
    since = "" if oldest is None else say(f"，最早 {_local(oldest)}", f", the oldest from {_local(oldest)}")
    console.print(say(f"{store.service}：共 {total} 条，未发出 {left} 条{since}", f"{store.service}: {total} events, {left} unsent{since}"))
    if not rows:
        return
    table = Table("id", say("类型", "type"), say("对象", "subject"), "#", say("记录", "recorded"), say("发出", "sent"))
    for row in reversed(rows):
        sent = _local(row.sent_at) if row.sent_at else "—"
        table.add_row(str(row.id), row.type, row.subject, str(row.sequence), _local(row.recorded_at), sent)
    console.print(table)


@app.command(help=say("收件箱中等待前序事件的事件。", "Events that wait in an inbox for one before them."))
def waiting(services: Services = None, limit: Limit = 50) -> None:
    """List what is held back, by whom, and behind which number."""
    for service in chosen(services):
        with explained(), store_of(service) as store:
            with store.reading() as connection:
                rows = list(
                    connection.execute(
                        sa.select(inbox).where(inbox.c.outcome == WAITING).order_by(inbox.c.subject, inbox.c.sequence).limit(limit)
                    )
                )
        console.print(say(f"{service}：{len(rows)} 条在等待", f"{service}: {len(rows)} waiting"))
        for row in rows:
            console.print(f"  {row.type}  {row.subject}  #{row.sequence}  {_local(row.heard_at)}", highlight=False)


@app.command(help=say("新订阅者：把发布者的历史事件补发到它的队列。", "For a new hearer: put a publisher's past events into its queue."))
def backfill(
    publisher: Annotated[str, typer.Option("--from", help=say("发布者", "who said them"))],
    consumer: Annotated[str, typer.Option("--to", help=say("订阅者", "who is to hear them"))],
) -> None:
    """Send a publisher's outbox to one consumer again; what it heard before is passed over."""
    chosen([publisher])
    with explained(), store_of(publisher) as store:
        sent = backfilling.backfill(store, broker_uri(), catalogue.load(), consumer)
    console.print(say(f"已补发 {sent} 条", f"{sent} events sent again"))


def _local(at: datetime) -> str:
    return at.astimezone(_LOCAL).strftime("%m-%d %H:%M:%S")
