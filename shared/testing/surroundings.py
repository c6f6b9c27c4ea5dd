"""A broker and a database server for a run: those that were given, or private ones that end with it."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from shared.testing.postgresql import DatabaseServer, GivenPostgres, PrivatePostgres
from shared.testing.rabbitmq import BrokerApi, GivenBroker, PrivateBroker

AMQP_URI = "AMQP_URI"
MANAGEMENT_URL = "AMQP_MANAGEMENT_URL"
POSTGRESQL_URL = "DATABASE_URL_POSTGRESQL"


@contextmanager
def a_broker(environ: Mapping[str, str] = os.environ) -> Iterator[BrokerApi]:
    """The broker at AMQP_URI, or a private one."""
    if environ.get(AMQP_URI):
        yield GivenBroker(environ[AMQP_URI], environ.get(MANAGEMENT_URL))
        return
    broker = PrivateBroker()
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()


@contextmanager
def a_postgresql(environ: Mapping[str, str] = os.environ, *, durable: bool = True) -> Iterator[DatabaseServer]:
    """The server at DATABASE_URL_POSTGRESQL, or a private one."""
    if environ.get(POSTGRESQL_URL):
        yield GivenPostgres(environ[POSTGRESQL_URL])
        return
    server = PrivatePostgres(durable=durable)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@contextmanager
def surroundings(*, broker: bool = True, postgresql: bool = True, durable: bool = True) -> Iterator[dict[str, str]]:
    """The variables that name broker and database server to a command, while they run."""
    with ExitStack() as stack:
        variables = {}
        if broker:
            running = stack.enter_context(a_broker())
            variables[AMQP_URI] = running.uri
            variables[MANAGEMENT_URL] = running.management_url
        if postgresql:
            variables[POSTGRESQL_URL] = stack.enter_context(a_postgresql(durable=durable)).admin_url
        yield variables
