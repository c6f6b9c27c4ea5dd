"""A PostgreSQL of one's own, run by an unprivileged user; its data last until it is stopped."""

import os
import pwd
import signal
import subprocess
from pathlib import Path
from uuid import uuid4

import psycopg2
from psycopg2 import sql

from shared.testing.installing import ensure_postgresql
from shared.testing.processes import Watched, answers, free_port, kill_family, wait_until


class DatabaseServer:
    """A server at which one may make and drop databases; `admin_url` names its maintenance database."""

    def __init__(self, admin_url: str) -> None:
        self.admin_url = admin_url

    def url(self, database: str) -> str:
        """The URL of a database."""
        return f"{self.admin_url.rpartition('/')[0]}/{database}"

    def create_database(self, name: str | None = None) -> str:
        """Make a database, with a name of its own if none is given; returns the name."""
        name = name or f"test_{uuid4().hex[:12]}"
        self.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return name

    def drop_database(self, name: str) -> None:
        """Remove a database, whoever is connected to it."""
        self.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def terminate_connections(self, name: str) -> None:
        """Cut every connection to a database."""
        self.execute(
            sql.SQL(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {} AND pid <> pg_backend_pid()"
            ).format(sql.Literal(name))
        )

    def execute(self, statement: sql.Composable) -> None:
        """Run a statement outside a transaction. Raises psycopg2.Error."""
        connection = psycopg2.connect(self.admin_url, connect_timeout=10)
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
        finally:
            connection.close()

    def is_up(self) -> bool:
        """Whether it takes connections."""
        try:
            psycopg2.connect(self.admin_url, connect_timeout=2).close()
        except psycopg2.OperationalError:
            return False
        return True


class PrivatePostgres(DatabaseServer):
    """A server that is started, killed and started again at will.

    With `durable` false it does not wait for the disk, which is right for all tests but those that kill it.
    """

    def __init__(self, *, durable: bool = True) -> None:
        self._binaries = ensure_postgresql()
        self._watched = Watched("postgresql")
        self._port = free_port()
        self._durable = durable
        self._server: subprocess.Popen[bytes] | None = None
        self._user = _unprivileged()
        super().__init__(f"postgresql://postgres@127.0.0.1:{self._port}/postgres")
        self._initialise()

    @property
    def folder(self) -> Path:
        """Where its data are."""
        return self._watched.folder

    @property
    def port(self) -> int:
        """Its TCP port."""
        return self._port

    def start(self) -> None:
        """Start the server and wait until it serves."""
        folder = self._watched.folder
        command = [str(self._binaries / "postgres"), "-D", str(folder / "data")]
        with (folder / "output").open("ab") as output:
            self._server = subprocess.Popen(
                command, stdout=output, stderr=output, start_new_session=True, cwd=folder, **self._as_user()
            )
        self._watched.watch(self._server)
        wait_until(lambda: answers(self._port) and self.is_up(), self._server, "PostgreSQL", folder / "output")

    def kill(self) -> None:
        """End it as a power cut would: what it had not synced is lost."""
        if self._server is not None:
            kill_family(self._server.pid)
            self._server.wait()
            self._server = None

    def restart(self) -> None:
        """Kill it and start it again on its data."""
        self.kill()
        self.start()

    def stop(self) -> None:
        """End it and remove its data."""
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)
            try:
                self._server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.kill()
        self._watched.close()

    def _initialise(self) -> None:
        folder = self._watched.folder
        if self._user:
            account = pwd.getpwnam(self._user)
            os.chown(folder, account.pw_uid, account.pw_gid)
        command = [str(self._binaries / "initdb"), "-D", str(folder / "data"), "-U", "postgres", "-A", "trust"]
        command += ["-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False, **self._as_user())
        if done.returncode:
            raise RuntimeError(f"initdb failed:\n{done.stderr[-2000:]}")
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self._port),
            "unix_socket_directories": str(folder),
            "max_connections": "300",
            "fsync": "on" if self._durable else "off",
            "synchronous_commit": "on",
            "full_page_writes": "on" if self._durable else "off",
            "max_wal_size": "1GB",
        }
        with (folder / "data" / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())

    def _as_user(self) -> dict[str, object]:
        """PostgreSQL refuses to run as root."""
        if not self._user:
            return {}
        account = pwd.getpwnam(self._user)
        return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


class GivenPostgres(DatabaseServer):
    """A server that was given by DATABASE_URL_POSTGRESQL. It is neither started nor stopped here."""

    def __init__(self, admin_url: str) -> None:
        super().__init__(admin_url)
        if not self.is_up():
            raise RuntimeError(
                "DATABASE_URL_POSTGRESQL is set, but nothing answers there: "
                "start that server, or unset the variable to get a private one"
            )

    def stop(self) -> None:
        """Leave it as it is."""


def _unprivileged() -> str | None:
    """The account to run as: none needed unless we are root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise RuntimeError("PostgreSQL must not run as root, and there is no account postgres or nobody")
