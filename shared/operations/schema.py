"""`qihang migrate`."""

from typing import Annotated

import typer

from shared.messaging import schema
from shared.operations.installation import chosen, console, explained, fail, migrations_of, store_of
from shared.operations.words import say

HELP = say("把各服务的数据库升级到代码要求的版本。", "Bring the services' databases to the version that the code wants.")


def migrate(
    services: Annotated[
        list[str] | None, typer.Argument(help=say("服务名；缺省为全部", "services; all if none is named"))
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help=say("只检查，不改动", "only look, change nothing"))
    ] = False,
) -> None:
    """Migrate, or with `check` only say where each schema stands; status 1 if one does not fit."""
    unfit = 0
    for service in chosen(services):
        with explained(), store_of(service) as store:
            if not store.is_reachable():
                fail(say(f"{service}：连不上数据库", f"{service}: the database can't be reached"))
            difference = schema.difference(store.engine, migrations_of(service))
            if difference and not check:
                schema.migrate(store.engine, migrations_of(service))
                difference = schema.difference(store.engine, migrations_of(service))
                console.print(f"{service}: {schema.standing(store.engine)} " + say("已升级", "migrated"))
            elif difference:
                console.print(f"{service}: {difference}", style="red")
            else:
                console.print(f"{service}: {schema.standing(store.engine)} " + say("已是最新", "up to date"))
            unfit += bool(difference)
    if unfit:
        raise typer.Exit(1)
