"""A RabbitMQ node of one's own: ports, epmd, folder, cookie and log, all private, and all on loopback."""

import base64
import json
import os
import shutil
import signal
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

from shared.testing.installing import ensure_rabbitmq
from shared.testing.processes import Watched, answers, free_port, kill_group, wait_until

_CONFIGURATION = """\
listeners.tcp.default = 127.0.0.1:{amqp}
management.tcp.ip = 127.0.0.1
management.tcp.port = {management}
disk_free_limit.absolute = 50MB
vm_memory_high_watermark.absolute = 1GB
log.file.level = warning
"""


class BrokerApi:
    """The management interface of a broker, for what tests need of it: virtual hosts."""

    def __init__(self, amqp_uri: str, management_url: str) -> None:
        self.uri = amqp_uri
        self.management_url = management_url

    def amqp_uri(self, vhost: str = "/") -> str:
        """The URI of one virtual host."""
        parts = urlsplit(self.uri)
        return f"amqp://{parts.netloc}/{quote(vhost, safe='')}"

    def create_vhost(self, name: str | None = None) -> str:
        """Make a virtual host, with a name of its own if none is given; returns the name."""
        name = name or f"test-{uuid4().hex[:12]}"
        self.call("PUT", f"vhosts/{quote(name, safe='')}", {})
        return name

    def delete_vhost(self, name: str) -> None:
        """Remove a virtual host with all that is in it."""
        self.call("DELETE", f"vhosts/{quote(name, safe='')}")

    def call(self, method: str, path: str, content: object = None) -> Any:
        """A call of the management interface. Raises OSError."""
        parts = urlsplit(self.management_url)
        user = f"{parts.username or 'guest'}:{parts.password or 'guest'}"
        request = urllib.request.Request(  # noqa: S310 - http on loopback, or what the user gave
            f"{parts.scheme}://{parts.hostname}:{parts.port or 15672}/api/{path}",
            method=method,
            data=None if content is None else json.dumps(content).encode(),
            headers={
                "Content-Type": "application/json",
                "Authorization": "Basic " + base64.b64encode(user.encode()).decode(),
            },
        )
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            body = answer.read()
        return json.loads(body) if body else None

    def is_up(self) -> bool:
        """Whether the management interface answers."""
        try:
            self.call("GET", "overview")
        except (OSError, ValueError):
            return False
        return True


class PrivateBroker(BrokerApi):
    """A node that is started, killed, paused and started again at will; its data last until `stop`."""

    def __init__(self) -> None:
        self._script = ensure_rabbitmq()
        self._watched = Watched("rabbitmq")
        self._amqp, self._distribution, self._epmd, self._management = (free_port() for _ in range(4))
        self._server: subprocess.Popen[bytes] | None = None
        super().__init__(
            f"amqp://guest:guest@127.0.0.1:{self._amqp}", f"http://guest:guest@127.0.0.1:{self._management}"
        )
        folder = self._watched.folder
        (folder / "enabled_plugins").write_text("[rabbitmq_management].")
        (folder / "rabbitmq.conf").write_text(_CONFIGURATION.format(amqp=self._amqp, management=self._management))
        self._start_epmd()

    @property
    def folder(self) -> Path:
        """Where its data are."""
        return self._watched.folder

    @property
    def port(self) -> int:
        """Its AMQP port."""
        return self._amqp

    def start(self) -> None:
        """Start the node and wait until it serves."""
        folder = self._watched.folder
        with (folder / "output").open("ab") as output:
            self._server = subprocess.Popen(
                [str(self._script)], env=self._environment(), stdout=output, stderr=output, start_new_session=True, cwd=folder
            )
        self._watched.watch(self._server)
        wait_until(lambda: answers(self._amqp) and self.is_up(), self._server, "RabbitMQ", folder / "output", within=120)

    def kill(self) -> None:
        """End the node as a power cut would."""
        if self._server is not None:
            kill_group(self._server.pid)
            self._server.wait()
            self._server = None

    def restart(self) -> None:
        """Kill it and start it again on its data."""
        self.kill()
        self.start()

    def pause(self) -> None:
        """Let it stand still: connections stay, nothing answers."""
        assert self._server is not None
        kill_group(self._server.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        assert self._server is not None
        kill_group(self._server.pid, signal.SIGCONT)

    def stop(self) -> None:
        """End the node, its epmd, and remove its data."""
        self.kill()
        self._watched.close()

    def _start_epmd(self) -> None:
        """Start epmd ourselves: the one that Erlang would start is a daemon and would stay behind."""
        epmd = shutil.which("epmd") or next(iter(map(str, Path("/usr/lib/erlang").glob("erts-*/bin/epmd"))), "epmd")
        process = subprocess.Popen(
            [epmd, "-port", str(self._epmd), "-address", "127.0.0.1"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._watched.watch(process)
        wait_until(lambda: answers(self._epmd), process, "epmd", self._watched.folder / "output")

    def _environment(self) -> dict[str, str]:
        folder = self._watched.folder
        return os.environ | {
            "HOME": str(folder),
            "ERL_EPMD_PORT": str(self._epmd),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"qihang{self._amqp}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self._amqp),
            "RABBITMQ_DIST_PORT": str(self._distribution),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            # Idle schedulers must not spin on a machine that has few cores.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+sbwt none +sbwtdcpu none +sbwtdio none",
        }


class GivenBroker(BrokerApi):
    """A broker that was given by AMQP_URI. It is neither started nor stopped here."""

    def __init__(self, amqp_uri: str, management_url: str | None) -> None:
        parts = urlsplit(amqp_uri)
        user = f"{parts.username or 'guest'}:{parts.password or 'guest'}"
        super().__init__(amqp_uri, management_url or f"http://{user}@{parts.hostname}:15672")
        if not self.is_up():
            raise RuntimeError(
                f"AMQP_URI is set, but its management interface does not answer at {self.management_url.rpartition('@')[2]}: "
                "set AMQP_MANAGEMENT_URL to http://user:password@host:port, or unset AMQP_URI to get a private broker"
            )

    def stop(self) -> None:
        """Leave it as it is."""
