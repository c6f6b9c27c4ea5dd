"""Fixtures for tests that need a real broker or a real database: `pytest_plugins = ["shared.testing.fixtures"]`."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from shared.testing.postgresql import DatabaseServer
from shared.testing.rabbitmq import BrokerApi
from shared.testing.surroundings import a_broker, a_postgresql


@pytest.fixture(scope="session")
def broker() -> Iterator[BrokerApi]:
    """A broker for the whole session."""
    with a_broker() as running:
        yield running


@pytest.fixture(scope="session")
def postgresql() -> Iterator[DatabaseServer]:
    """A PostgreSQL server for the whole session."""
    with a_postgresql(durable=False) as running:
        yield running


@pytest.fixture
def vhost(broker: BrokerApi) -> Iterator[str]:
    """The AMQP URI of a virtual host that is this test's own."""
    name = broker.create_vhost()
    yield broker.amqp_uri(name)
    broker.delete_vhost(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Makes databases of one kind, each empty and this test's own; returns their URLs. Runs a test once for each kind."""
    if request.param == "sqlite":
        yield lambda: f"sqlite:///{tmp_path / uuid4().hex}.sqlite3"
        return
    server: DatabaseServer = request.getfixturevalue("postgresql")
    made: list[str] = []

    def make() -> str:
        made.append(server.create_database())
        return server.url(made[-1])

    yield make
    for name in made:
        server.drop_database(name)


@pytest.fixture
def database_url(new_database: Callable[[], str]) -> str:
    """The URL of an empty database, once in SQLite and once in PostgreSQL."""
    return new_database()
