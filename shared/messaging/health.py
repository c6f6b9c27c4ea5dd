"""Whether a service lives, and whether it is ready: two questions with two answers.

A service that waits for its database or for the broker lives, and must not be restarted for it; but it is not ready.
It does not live when its hub is blocked: then the question is not answered at all.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any

import eventlet
import eventlet.wsgi

Check = Callable[[], str]


class Health:
    """Collects checks by name. A check returns why its part is not ready, or an empty text."""

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}
        self.waiting_for = ""

    def add(self, name: str, check: Check) -> None:
        """Let `check` have a say in readiness."""
        self._checks[name] = check

    def reasons(self) -> dict[str, str]:
        """Why the service is not ready, by part; empty when it is."""
        if self.waiting_for:
            return {"start": self.waiting_for}
        found = {name: check() for name, check in self._checks.items()}
        return {name: reason for name, reason in found.items() if reason}

    def answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """A WSGI application with GET /health/live and GET /health/ready."""
        path = environ.get("PATH_INFO")
        if path == "/health/live":
            return _respond(start_response, "200 OK", {"status": "live"})
        if path != "/health/ready":
            return _respond(start_response, "404 Not Found", {"status": "not found"})
        reasons = self.reasons()
        if reasons:
            return _respond(start_response, "503 Service Unavailable", {"status": "not ready", "reasons": reasons})
        return _respond(start_response, "200 OK", {"status": "ready"})

    def serve(self, address: tuple[str, int]) -> Any:
        """Answer over HTTP in a green thread; returns the listening socket, which closes it when closed."""
        listening = eventlet.listen(address)
        eventlet.spawn(eventlet.wsgi.server, listening, self.answer, log_output=False)
        return listening


def _respond(start_response: Callable[..., Any], status: str, content: dict[str, Any]) -> Iterable[bytes]:
    body = json.dumps(content).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
