"""RabbitMQ's management interface, for what AMQP itself can't do: policies, and looking at what is bound."""

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from shared.messaging.topology import Difference, Topology

#: What an operator may tune. A consumer that is away for long fills its queue; then the broker refuses more, and what
#: is said stays in the publisher's outbox, before the broker runs out of memory or disk.
POLICIES: Mapping[str, dict[str, Any]] = {
    "qihang-events": {
        "pattern": r"^[a-z]+\.hears\.[a-z]+$",
        "apply-to": "queues",
        "priority": 0,
        "definition": {"max-length-bytes": 1024**3},
    },
}


class ManagementError(Exception):
    """The management interface refused, or can't be reached."""


@dataclass(frozen=True)
class Management:
    """The management interface at `url` (`http://user:password@host:port`), for one virtual host."""

    url: str
    virtual_host: str

    def apply_policies(self) -> None:
        """Set the policies. Raises ManagementError."""
        for name, policy in POLICIES.items():
            self._call("PUT", f"policies/{self._vhost}/{quote(name, safe='')}", policy)

    def check(self, topology: Topology) -> list[Difference]:
        """Bindings and policies that are missing, and bindings that no contract asks for. Raises ManagementError."""
        differences = [
            Difference("missing", name, "policy")
            for name in POLICIES.keys() - {policy["name"] for policy in self._call("GET", f"policies/{self._vhost}")}
        ]
        ours = {queue.name for queue in topology.queues}
        found = {
            (each["source"], each["destination"], each["routing_key"])
            for each in self._call("GET", f"bindings/{self._vhost}")
            if each["source"] and each["destination"] in ours
        }
        asked = {(each.exchange, each.queue, each.routing_key) for each in topology.bindings}
        differences += [Difference("missing", queue, f"binding to {source} by {key}") for source, queue, key in asked - found]
        differences += [Difference("stale", queue, f"binding to {source} by {key}") for source, queue, key in found - asked]
        return sorted(differences, key=lambda each: (each.name, each.detail))

    def depths(self) -> dict[str, int]:
        """How many messages each queue holds."""
        return {queue["name"]: queue.get("messages", 0) for queue in self._call("GET", f"queues/{self._vhost}")}

    @property
    def _vhost(self) -> str:
        return quote(self.virtual_host, safe="")

    def _call(self, method: str, path: str, content: object = None) -> Any:
        parts = urlsplit(self.url)
        request = urllib.request.Request(  # noqa: S310 - the operator's own address
            f"{parts.scheme}://{parts.hostname}:{parts.port or 15672}/api/{path}",
            method=method,
            data=None if content is None else json.dumps(content).encode(),
            headers={"Content-Type": "application/json", "Authorization": _basic(parts.username, parts.password)},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                body = answer.read()
        except (urllib.error.URLError, OSError) as error:
            raise ManagementError(f"{method} {path}: {error}") from error
        return json.loads(body) if body else None


def _basic(user: str | None, password: str | None) -> str:
    return "Basic " + base64.b64encode(f"{user or 'guest'}:{password or 'guest'}".encode()).decode()
