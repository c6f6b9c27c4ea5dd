"""What this installation consists of, as far as an operator's command needs to know."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import typer
from rich.console import Console

from shared.kernel.clock import SystemClock
from shared.messaging import settings
from shared.messaging.failures import StoreAway
from shared.messaging.management import Management, ManagementError
from shared.messaging.store import Store
from shared.messaging.wire import BROKEN
from shared.operations.words import say

SERVICES_FOLDER = Path(__file__).parents[2] / "services"

console = Console()
errors = Console(stderr=True)


def services_with_store() -> list[str]:
    """The services that are installed here and keep a store."""
    return sorted(folder.parent.name for folder in SERVICES_FOLDER.glob("*/migrations"))


def migrations_of(service: str) -> Path:
    """The folder of a service's migrations."""
    return SERVICES_FOLDER / service / "migrations"


def chosen(services: list[str] | None) -> list[str]:
    """The services named, or all. Exits with a word on the one that is unknown."""
    known = services_with_store()
    for name in services or ():
        if name not in known:
            fail(
                say(
                    f"没有名为 {name} 的服务；可用：{'、'.join(known)}",
                    f"there is no service {name}; choose from: {', '.join(known)}",
                )
            )
    return services or known


def broker_uri() -> str:
    """Where the broker is."""
    return settings.broker_uri(os.environ)


def management() -> Management | None:
    """The broker's management interface, if its address is given."""
    url = os.environ.get("AMQP_MANAGEMENT_URL")
    path = urlsplit(broker_uri()).path
    return Management(url, path[1:] or "/") if url else None


@contextmanager
def store_of(service: str) -> Iterator[Store]:
    """A service's store."""
    store = Store(settings.database_url(os.environ, service), service=service, clock=SystemClock())
    try:
        yield store
    finally:
        store.close()


@contextmanager
def explained() -> Iterator[None]:
    """Turn what may go wrong outside into a sentence and exit status 1."""
    try:
        yield
    except BROKEN as error:
        fail(
            say(
                f"连不上消息队列（AMQP_URI）：{error}",
                f"the broker can't be reached, check AMQP_URI: {error}",
            )
        )
    except StoreAway as error:
        fail(say(f"连不上数据库：{error}", f"the database can't be reached: {error}"))
    except ManagementError as error:
        fail(
            say(
                f"管理接口（AMQP_MANAGEMENT_URL）出错：{error}",
                f"the management interface, AMQP_MANAGEMENT_URL, failed: {error}",
            )
        )


def fail(text: str) -> None:
    """Say what is wrong and exit with status 1."""
    errors.print(text, style="red", markup=False, highlight=False)
    raise typer.Exit(1)
