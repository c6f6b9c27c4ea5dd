"""`qihang dead-letters list|show|replay|discard`."""

import json
from collections.abc import Iterator
from typing import Annotated

import typer
from amqp.exceptions import NotFound
from rich.table import Table

from shared.contracts import catalogue
from shared.messaging import dead_letters
from shared.messaging.dead_letters import DeadLetter, NoSuchDeadLetter
from shared.messaging.topology import queue_of
from shared.operations.installation import broker_uri, console, explained, fail
from shared.operations.words import say

app = typer.Typer(
    help=say("处理不了的消息：查看、重放、放弃。", "Messages that could not be handled: look, replay, discard."),
    no_args_is_help=True,
)

Queue = Annotated[
    str | None, typer.Option("--queue", help=say("只看这个队列，如 funding.hears.incubator", "only this queue, like funding.hears.incubator"))
]
LetterId = Annotated[str, typer.Argument(help=say("list 中的编号", "the id that list shows"))]


@app.command("list", help=say("列出死信。", "List the dead letters."))
def list_(
    queue: Queue = None,
    as_json: Annotated[bool, typer.Option("--json", help=say("输出 JSON", "print JSON"))] = False,
) -> None:
    """List dead letters, oldest first in each queue."""
    with explained():
        letters = list(_all(queue))
    if as_json:
        print(json.dumps([_plain(letter) for letter in letters], ensure_ascii=False, indent=2))
        return
    if not letters:
        console.print(say("没有死信", "no dead letters"))
        return
    table = Table(
        say("编号", "id"),
        say("队列", "queue"),
        say("类型", "type"),
        say("原因", "reason"),
        say("次数", "attempts"),
        say("时间", "failed at"),
    )
    for letter in letters:
        table.add_row(letter.id, letter.queue, letter.type, letter.reason, str(letter.attempts), letter.failed_at)
    console.print(table)


@app.command(help=say("查看一封死信。", "Look at one dead letter."))
def show(letter_id: LetterId) -> None:
    """Print a dead letter's facts and its body."""
    letter = _find(letter_id)
    for name, value in _plain(letter).items():
        if name != "body":
            console.print(f"{name}: {value}", markup=False, highlight=False)
    console.print(letter.as_text(), markup=False)


@app.command(help=say("重放：以原事件编号放回原队列。", "Put it back into its queue, with the same event id."))
def replay(
    letter_id: Annotated[str | None, typer.Argument(help=say("list 中的编号", "the id that list shows"))] = None,
    everything: Annotated[bool, typer.Option("--all", help=say("全部", "all of them"))] = False,
    queue: Queue = None,
) -> None:
    """Replay one dead letter, or all."""
    if everything == (letter_id is not None):
        fail(say("请给出编号，或用 --all", "name an id, or say --all"))
    with explained():
        letters = list(_all(queue)) if everything else [_find(str(letter_id))]
        for letter in letters:
            dead_letters.replay(broker_uri(), letter.queue, letter.id)
            console.print(f"{letter.id} → {letter.queue}", markup=False, highlight=False)
    console.print(say(f"已重放 {len(letters)} 封", f"{len(letters)} replayed"))


@app.command(help=say("放弃：该事件不再生效，原因留在收件箱。", "Give it up: it has no effect, the reason is kept."))
def discard(
    letter_id: LetterId,
    reason: Annotated[str, typer.Option("--reason", help=say("为什么放弃", "why it is given up"))],
) -> None:
    """Discard one dead letter; the events that waited behind it go on."""
    if not reason.strip():
        fail(say("请写明原因", "write down a reason"))
    letter = _find(letter_id)
    with explained():
        dead_letters.discard(broker_uri(), letter.queue, letter.id, reason)
    console.print(say(f"已放弃 {letter.id}", f"{letter.id} discarded"))


def _queues() -> list[str]:
    contracts = catalogue.load()
    return [
        queue_of(consumer, publisher)
        for consumer in sorted(contracts.hearing)
        for publisher in contracts.publishers_heard_by(consumer)
    ]


def _all(queue: str | None) -> Iterator[DeadLetter]:
    if queue is not None and queue not in _queues():
        fail(say(f"没有队列 {queue}；可用：{'、'.join(_queues())}", f"no queue {queue}; choose from: {', '.join(_queues())}"))
    for each in [queue] if queue else _queues():
        try:
            yield from dead_letters.list_letters(broker_uri(), each)
        except NotFound:
            fail(say("队列还没有声明：先运行 qihang topology apply", "the queues are not there yet: run `qihang topology apply`"))


def _find(letter_id: str) -> DeadLetter:
    with explained():
        for letter in _all(None):
            if letter.id == letter_id:
                return letter
    fail(say(f"没有编号为 {letter_id} 的死信", f"there is no dead letter {letter_id}"))
    raise NoSuchDeadLetter(letter_id)


def _plain(letter: DeadLetter) -> dict[str, object]:
    return {
        "id": letter.id,
        "queue": letter.queue,
        "type": letter.type,
        "subject": letter.subject,
        "reason": letter.reason,
        "detail": letter.detail,
        "attempts": letter.attempts,
        "failed_at": letter.failed_at,
        "body": letter.body.decode(errors="replace"),
    }
