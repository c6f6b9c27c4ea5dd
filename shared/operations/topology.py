"""`qihang topology apply|check`."""

import os
from collections.abc import Sequence

import typer
from rich.table import Table

from shared.contracts import catalogue
from shared.messaging import settings, topology
from shared.messaging.topology import Difference, Topology
from shared.operations.installation import broker_uri, console, explained, management
from shared.operations.words import say

app = typer.Typer(
    help=say("消息队列的交换机、队列与绑定。", "The broker's exchanges, queues and bindings."), no_args_is_help=True
)


@app.command(help=say("按契约声明交换机、队列、绑定与策略。可重复执行。", "Declare what the contracts ask for. Safe to repeat."))
def apply() -> None:
    """Declare everything; status 1 if something exists with other arguments."""
    wanted = _wanted()
    with explained():
        differences = topology.apply(broker_uri(), wanted)
        interface = management()
        if interface is not None:
            interface.apply_policies()
        else:
            _say_no_management()
    if not differences:
        console.print(
            say(
                f"已就绪：{len(wanted.exchanges)} 个交换机，{len(wanted.queues)} 个队列，{len(wanted.bindings)} 条绑定",
                f"in place: {len(wanted.exchanges)} exchanges, {len(wanted.queues)} queues, {len(wanted.bindings)} bindings",
            )
        )
    _report(differences)


@app.command(help=say("检查消息队列与契约是否一致，不改动。", "Compare the broker with the contracts; changes nothing."))
def check() -> None:
    """Report differences; status 1 if there are any."""
    wanted = _wanted()
    with explained():
        differences = topology.check(broker_uri(), wanted)
        interface = management()
        if interface is not None:
            differences += interface.check(wanted)
        else:
            _say_no_management()
    if not differences:
        console.print(say("与契约一致", "as the contracts ask"))
    _report(differences)


def _wanted() -> Topology:
    return topology.topology_of(catalogue.load(), settings.retry_delays(os.environ))


def _say_no_management() -> None:
    console.print(
        say(
            "未设置 AMQP_MANAGEMENT_URL：策略未处理，绑定未检查",
            "AMQP_MANAGEMENT_URL is not set: policies are left alone and bindings not checked",
        ),
        style="yellow",
    )


def _report(differences: Sequence[Difference]) -> None:
    if not differences:
        return
    words = {
        "missing": say("缺少", "missing"),
        "differs": say("参数不同", "differs"),
        "stale": say("多余", "stale"),
    }
    table = Table(say("问题", "what"), say("名称", "name"), say("详情", "detail"))
    for difference in differences:
        table.add_row(words[difference.code], difference.name, difference.detail)
    console.print(table)
    raise typer.Exit(1)
