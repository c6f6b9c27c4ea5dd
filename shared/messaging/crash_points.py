"""Named places at which a test may kill the process, as a power cut would.

Production code only says that a place was reached. Nothing happens unless a test armed that place in this very process:
there is no setting and no environment variable that could.
"""

import os
import signal

POINTS = (
    "transaction.before_commit",
    "transaction.after_commit",
    "relay.before_publish",
    "relay.after_publish",
    "relay.after_confirm",
    "relay.after_mark",
    "listener.before_handler",
    "listener.before_commit",
    "listener.after_commit",
    "listener.after_acknowledge",
    "listener.before_attempt",
    "listener.after_attempt",
    "listener.before_set_aside",
    "listener.after_set_aside",
)

_armed: dict[str, int] = {}


def arm(point: str, hit: int = 1) -> None:
    """Kill this process with SIGKILL the `hit`-th time that `point` is reached. Raises ValueError for an unknown point."""
    if point not in POINTS:
        raise ValueError(f"no such crash point: {point}")
    _armed[point] = hit


def reached(point: str) -> None:
    """Say that the process got to `point`."""
    if _armed:
        _count_down(point)


def _count_down(point: str) -> None:
    left = _armed.get(point)
    if left is None:
        return
    if left <= 1:
        os.kill(os.getpid(), signal.SIGKILL)
    _armed[point] = left - 1
