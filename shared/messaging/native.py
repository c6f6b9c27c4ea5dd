"""Work that would hold up the hub, in a native thread: for C code that releases the interpreter's lock, as hashing does."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from eventlet import patcher, tpool

P = ParamSpec("P")
R = TypeVar("R")


def in_native_thread(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """What `work` returns or raises. Other green threads run meanwhile. Not for pure Python: that belongs into a job."""
    if not patcher.is_monkey_patched("thread"):
        return work(*args, **kwargs)
    result: R = tpool.execute(work, *args, **kwargs)
    return result
