"""The settings that all services share, read from an environment that the caller passes in.

| variable | meaning | default |
|---|---|---|
| AMQP_URI | the broker, with user, password and virtual host | amqp://guest:guest@localhost:5672// |
| AMQP_MANAGEMENT_URL | its management interface | none |
| DATABASE_URL_<SERVICE> | a service's own database | a SQLite file in QIHANG_DATA |
| QIHANG_DATA | folder for SQLite files | var |
| QIHANG_ENVIRONMENT | production, or anything else | development |
| QIHANG_CLOCK_FILE | file with the seconds by which a demonstration's clock is ahead; refused in production | none |
| HEALTH_ADDRESS | host:port for /health/live and /health/ready | none |
| RETRY_DELAYS_MS | milliseconds between attempts, by commas; part of queues' names, so alike for all services and the topology | 1000,10000,60000,600000 |
| MAX_WORKERS | requests that one process works on at a time | 10 |
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.messaging.topology import RETRY_DELAYS

DEFAULT_BROKER = "amqp://guest:guest@localhost:5672//"


class SettingsError(ValueError):
    """A setting can't be used; the text says which and why."""

    code = "bad_setting"


@dataclass(frozen=True)
class Settings:
    """A service's settings."""

    service: str
    broker_uri: str
    database_url: str
    clock_file: Path | None
    health_address: tuple[str, int] | None
    max_workers: int
    retry_delays: tuple[int, ...]


def read(environ: Mapping[str, str], service: str) -> Settings:
    """The settings of one service. Raises SettingsError."""
    return Settings(
        service=service,
        broker_uri=broker_uri(environ),
        database_url=database_url(environ, service),
        clock_file=_clock_file(environ),
        health_address=_address(environ.get("HEALTH_ADDRESS")),
        max_workers=_count(environ, "MAX_WORKERS", 10),
        retry_delays=retry_delays(environ),
    )


def broker_uri(environ: Mapping[str, str]) -> str:
    """Where the broker is."""
    return environ.get("AMQP_URI") or DEFAULT_BROKER


def database_url(environ: Mapping[str, str], service: str) -> str:
    """Where a service's database is."""
    given = environ.get(f"DATABASE_URL_{service.upper()}")
    if given:
        return given
    folder = Path(environ.get("QIHANG_DATA") or "var").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{folder / service}.sqlite3"


def retry_delays(environ: Mapping[str, str]) -> tuple[int, ...]:
    """How long a message that failed waits before it comes again: the first time, the second … in milliseconds."""
    text = environ.get("RETRY_DELAYS_MS")
    if not text:
        return RETRY_DELAYS
    parts = text.split(",")
    if not all(part.strip().isdigit() and int(part) > 0 for part in parts):
        raise SettingsError(f"RETRY_DELAYS_MS is {text!r}: write whole milliseconds by commas, for instance 1000,10000")
    return tuple(int(part) for part in parts)


def _clock_file(environ: Mapping[str, str]) -> Path | None:
    path = environ.get("QIHANG_CLOCK_FILE")
    if not path:
        return None
    if environ.get("QIHANG_ENVIRONMENT") == "production":
        raise SettingsError("QIHANG_CLOCK_FILE moves the clock; production has no use for that: unset it")
    return Path(path)


def _address(text: str | None) -> tuple[str, int] | None:
    if not text:
        return None
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise SettingsError(f"HEALTH_ADDRESS is {text!r}: write host:port, for instance 0.0.0.0:8000")
    return host, int(port)


def _count(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isdigit() or int(text) < 1:
        raise SettingsError(f"{name} is {text!r}: write a whole number from 1")
    return int(text)
