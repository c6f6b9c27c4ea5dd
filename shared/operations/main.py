"""`qihang`: what an operator does to a running installation."""

import typer

from shared.operations import dead_letters, events, schema, topology
from shared.operations.words import say

app = typer.Typer(
    help=say("启航平台运维命令。QIHANG_LANG=en 切换为英文。", "Operate a Qihang installation. QIHANG_LANG=zh for Chinese."),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(events.app, name="events")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(topology.app, name="topology")
app.command("migrate", help=schema.HELP)(schema.migrate)


def main() -> None:
    """The console script."""
    app()


if __name__ == "__main__":
    main()
