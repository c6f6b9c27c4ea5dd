"""RabbitMQ and PostgreSQL on this machine: found, or installed from the distribution's packages, or asked for."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

POLICY = Path("/usr/sbin/policy-rc.d")


class ServiceMissing(RuntimeError):
    """A server that is needed is not installed and could not be; the text says which command installs it."""

    code = "service_missing"


def rabbitmq_server(root: Path = Path("/")) -> Path | None:
    """RabbitMQ's plain start script, which needs no service manager."""
    found = root / "usr/lib/rabbitmq/bin/rabbitmq-server"
    return found if found.exists() else None


def postgresql_binaries(root: Path = Path("/")) -> Path | None:
    """The folder with initdb and postgres, of the newest version that is installed."""
    found = [path.parent for path in root.glob("usr/lib/postgresql/*/bin/initdb")]
    return max(found, key=lambda path: int(re.sub(r"\D", "", path.parent.name) or 0), default=None)


def may_install() -> bool:
    """Whether packages can be installed without asking anybody."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def ensure(
    packages: Sequence[str],
    find: Callable[[], Path | None],
    *,
    allowed: Callable[[], bool] = may_install,
    install: Callable[[Sequence[str]], None] | None = None,
) -> Path:
    """What `find` finds, after installing the packages if need be. Raises ServiceMissing."""
    found = find()
    if found is None and allowed():
        (install or apt_install)(packages)
        found = find()
    if found is None:
        raise ServiceMissing(
            f"{' and '.join(packages)} is needed here and not installed. Run as root: "
            f"apt-get update && apt-get install -y --no-install-recommends {' '.join(packages)}"
        )
    return found


def ensure_rabbitmq() -> Path:
    """RabbitMQ's start script. Raises ServiceMissing."""
    return ensure(["rabbitmq-server"], rabbitmq_server)


def ensure_postgresql() -> Path:
    """PostgreSQL's binaries. Raises ServiceMissing."""
    return ensure(["postgresql"], postgresql_binaries)


def apt_install(packages: Sequence[str]) -> None:
    """Install packages without letting them start a server of their own."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    made_policy = not POLICY.exists()
    if made_policy:
        POLICY.write_text("#!/bin/sh\nexit 101\n")
        POLICY.chmod(0o755)
    try:
        for command in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", *packages]):
            done = subprocess.run(["apt-get", *command], env=environment, capture_output=True, text=True, check=False)
            if done.returncode:
                raise ServiceMissing(f"apt-get {' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    finally:
        if made_policy:
            POLICY.unlink()
