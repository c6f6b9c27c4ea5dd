"""Runs one service as a process: waits for what it needs, says so, serves, and on SIGTERM finishes what is in hand.

The process that calls `run` must have been monkey-patched by eventlet before anything else was imported.
"""

import errno
import logging
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import eventlet
from nameko.runners import ServiceRunner

from shared.messaging import schema, wire
from shared.messaging.runtime import Runtime
from shared.messaging.settings import SettingsError

log = logging.getLogger(__name__)

PAUSE = 0.5
LONGEST_PAUSE = 5.0


def main(service_class: type[Any], build_runtime: Callable[[], Runtime]) -> None:
    """What a service's `__main__` does: serve, or say in one line which setting is wrong and exit with status 78."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for talkative in ("amqp", "alembic", "nameko"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    try:
        runtime = build_runtime()
    except SettingsError as error:
        log.error("%s: %s", error.code, error)
        sys.exit(78)  # EX_CONFIG
    run(service_class, runtime)


def run(service_class: type[Any], runtime: Runtime) -> None:
    """Serve until SIGTERM or SIGINT. Returns when everything in hand is done and everything is closed."""
    stopping = eventlet.event.Event()
    runner = ServiceRunner(runtime.nameko_config())
    started: list[bool] = []

    def stop() -> None:
        if not stopping.ready():
            log.info("%s stops: it finishes what is in hand", runtime.service)
            stopping.send(None)
            if started:
                runner.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        # A handler runs in the hub, which may not wait for anything: the stopping needs a thread of its own.
        signal.signal(number, lambda *_: eventlet.spawn_n(stop))
    listening = runtime.health.serve(runtime.health_address) if runtime.health_address else None
    try:
        if _wait_until_possible(runtime, stopping.ready):
            runtime.health.add("store", lambda: "" if runtime.store.is_reachable() else "the database does not answer")
            runner.add_service(service_class)
            started.append(True)
            runner.start()
            log.info("%s serves", runtime.service)
            _wait(runner)
    finally:
        if listening is not None:
            listening.close()
        runtime.store.close()
    log.info("%s has stopped", runtime.service)


def _wait(runner: ServiceRunner) -> None:
    """Wait for the runner, in a green thread, since a signal interrupts the main one's system call."""
    serving = eventlet.spawn(runner.wait)
    while True:
        try:
            serving.wait()
        except OSError as error:
            if error.errno != errno.EINTR:
                raise
        else:
            return


def _wait_until_possible(runtime: Runtime, is_stopping: Callable[[], bool]) -> bool:
    """Wait for the database, its schema and the broker, saying what is missing; False if told to stop meanwhile."""
    pause, said = PAUSE, ""
    while not is_stopping():
        reason = _what_is_missing(runtime)
        runtime.health.waiting_for = reason
        if not reason:
            return True
        if reason != said:
            log.warning("%s waits: %s", runtime.service, reason)
            said = reason
        _sleep(pause, is_stopping)
        pause = min(pause * 2, LONGEST_PAUSE)
    return False


def _sleep(seconds: float, is_stopping: Callable[[], bool]) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and not is_stopping():
        eventlet.sleep(0.1)


def _what_is_missing(runtime: Runtime) -> str:
    if not runtime.store.is_reachable():
        return "the database can't be reached"
    difference = schema.difference(runtime.store.engine, runtime.migrations)
    if difference:
        return difference
    try:
        wire.connect(runtime.broker_uri, name=f"{runtime.service} start").close()
    except wire.BROKEN as error:
        return f"the broker can't be reached ({type(error).__name__})"
    return ""
