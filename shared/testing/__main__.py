"""`python -m shared.testing run|up|install`: private RabbitMQ and PostgreSQL around a command, or until Ctrl-C."""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from types import FrameType

from shared.testing.installing import ServiceMissing, ensure_postgresql, ensure_rabbitmq
from shared.testing.surroundings import surroundings


class Stopped(BaseException):
    """SIGTERM or SIGINT came."""

    def __init__(self, number: int) -> None:
        self.number = number


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m shared.testing", description=__doc__)
    parser.add_argument("--no-broker", action="store_true", help="no RabbitMQ")
    parser.add_argument("--no-postgresql", action="store_true", help="no PostgreSQL")
    parser.add_argument("--durable", action="store_true", help="let PostgreSQL wait for the disk, as it does in production")
    actions = parser.add_subparsers(dest="action", required=True)
    run = actions.add_parser("run", help="run a command beside them: run -- COMMAND ARGUMENT …")
    run.add_argument("command", nargs=argparse.REMAINDER)
    actions.add_parser("up", help="keep them until Ctrl-C, and print the variables that name them")
    actions.add_parser("install", help="install what is missing")
    options = parser.parse_args(arguments)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        return _act(options)
    except ServiceMissing as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 69  # EX_UNAVAILABLE
    except Stopped as stopped:
        return 128 + stopped.number


def _act(options: argparse.Namespace) -> int:
    if options.action == "install":
        ensure_rabbitmq()
        ensure_postgresql()
        return 0
    with surroundings(
        broker=not options.no_broker, postgresql=not options.no_postgresql, durable=options.durable
    ) as variables:
        if options.action == "up":
            return _stay_up(variables)
        command = options.command[1:] if options.command[:1] == ["--"] else options.command
        return _run(command, variables)


def _stay_up(variables: dict[str, str]) -> int:
    for name, value in variables.items():
        print(f"export {name}={value}", flush=True)
    signal.pause()
    return 0


def _run(command: Sequence[str], variables: dict[str, str]) -> int:
    """Run a command with the variables set; if this process is told to stop, so is the command."""
    process = subprocess.Popen(command, env=os.environ | variables)
    try:
        return process.wait()
    except Stopped as stopped:
        process.send_signal(stopped.number)
        try:
            process.wait(timeout=30)
        except (subprocess.TimeoutExpired, Stopped):
            process.kill()
        raise


def _stop(number: int, _frame: FrameType | None) -> None:
    raise Stopped(number)


if __name__ == "__main__":
    sys.exit(main())
