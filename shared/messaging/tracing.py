"""What led to what: correlation and causation ids, and W3C Trace Context, carried along with the work at hand."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import uuid4

from shared.messaging.envelope import Envelope

_TRACEPARENT = re.compile(r"^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$")


@dataclass(frozen=True, slots=True)
class Trace:
    """The story that an act belongs to (correlation), the event that caused it (causation), and its span."""

    correlation_id: str
    causation_id: str | None
    traceparent: str


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def current() -> Trace:
    """The trace of the work at hand, or a new one where none was given."""
    return _current.get() or begun()


def begun(correlation_id: str | None = None, traceparent: str | None = None) -> Trace:
    """A trace for work that a person or program asked for."""
    return Trace(correlation_id or str(uuid4()), None, _child(traceparent))


def begin(correlation_id: str | None = None, traceparent: str | None = None) -> None:
    """Let all that this thread does from now on belong to a trace, as a worker does for its request."""
    _current.set(begun(correlation_id, traceparent))


def caused_by(envelope: Envelope) -> Trace:
    """The trace for what follows from an event."""
    return Trace(envelope.correlation_id, envelope.id, _child(envelope.traceparent))


@contextmanager
def following(trace: Trace) -> Iterator[None]:
    """Let everything said inside belong to `trace`."""
    token = _current.set(trace)
    try:
        yield
    finally:
        _current.reset(token)


def _child(traceparent: str | None) -> str:
    known = _TRACEPARENT.match(traceparent or "")
    trace_id, flags = known.groups() if known else (secrets.token_hex(16), "01")
    return f"00-{trace_id}-{secrets.token_hex(8)}-{flags}"
