"""Child processes that do not outlive the run that started them, however that ends."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path


def free_port() -> int:
    """A TCP port on loopback that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    """Whether something accepts connections on a port of loopback."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_until(condition: Callable[[], bool], process: subprocess.Popen[bytes], what: str, log: Path, within: float = 60) -> None:
    """Wait for a server to be ready. Raises RuntimeError with the end of its log if it ends or takes too long."""
    deadline = time.monotonic() + within
    while not condition():
        if process.poll() is not None or time.monotonic() > deadline:
            tail = log.read_text(errors="replace")[-2000:] if log.exists() else ""
            raise RuntimeError(f"{what} did not start:\n{tail}")
        time.sleep(0.05)


class Watched:
    """A folder and the process groups that live on it, cleaned up by a watchdog if this process can't."""

    def __init__(self, name: str) -> None:
        # Under /var/tmp, since an unprivileged user must get there and /tmp may be small.
        self.folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir="/var/tmp"))  # noqa: S108 - unique and private
        self._watchdog = subprocess.Popen(
            [sys.executable, "-m", "shared.testing.watchdog", str(self.folder)],
            stdin=subprocess.PIPE,
            start_new_session=True,
            cwd=Path(__file__).parents[2],
        )

    def watch(self, process: subprocess.Popen[bytes]) -> None:
        """Let a process's group end with this run."""
        assert self._watchdog.stdin is not None
        self._watchdog.stdin.write(f"{process.pid}\n".encode())
        self._watchdog.stdin.flush()

    def close(self) -> None:
        """End everything and remove the folder."""
        assert self._watchdog.stdin is not None
        self._watchdog.stdin.close()
        self._watchdog.wait(timeout=30)


def kill_group(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    """Signal a process group, if it is still there."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        pass


def children_of(pid: int) -> list[int]:
    """The process ids whose parent is `pid`."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(stat.parent.name))
    return found


def kill_family(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    """Signal a process and its children, which may have made groups of their own."""
    for each in (pid, *children_of(pid)):
        try:
            os.kill(each, number)
        except ProcessLookupError:
            pass


def remove(folder: Path) -> None:
    """Remove a folder, also while its last writers are ending."""
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)
