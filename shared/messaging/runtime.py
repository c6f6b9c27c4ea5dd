"""What a service's composition root gives to the extensions: everything that is decided outside the code."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from shared.contracts import catalogue
from shared.contracts.catalogue import Catalogue
from shared.kernel.clock import Clock, MovableClock, SystemClock
from shared.messaging.health import Health
from shared.messaging.listener import ListenerSettings
from shared.messaging.relay import RelaySettings
from shared.messaging.settings import Settings
from shared.messaging.store import Store, Transaction

#: Under this key nameko's configuration carries the Runtime to the extensions.
CONFIG_KEY = "QIHANG_RUNTIME"


@dataclass(frozen=True)
class Runtime:
    """A service's surroundings. `unit_of_work` makes one that joins a transaction, or opens its own where given None."""

    service: str
    store: Store
    broker_uri: str
    catalogue: Catalogue
    clock: Clock
    migrations: Path
    unit_of_work: Callable[[Store, Transaction | None], Any]
    max_workers: int = 10
    health_address: tuple[str, int] | None = None
    relay: RelaySettings = field(default_factory=RelaySettings)
    listener: ListenerSettings = field(default_factory=ListenerSettings)
    health: Health = field(default_factory=Health)

    def nameko_config(self) -> Mapping[str, Any]:
        """The configuration for nameko's container."""
        return {
            "AMQP_URI": self.broker_uri,
            "max_workers": self.max_workers,
            "HEARTBEAT": 30,
            CONFIG_KEY: self,
        }


def runtime_from(
    given: Settings, *, migrations: Path, unit_of_work: Callable[[Store, Transaction | None], Any]
) -> Runtime:
    """A runtime out of a service's settings."""
    clock = clock_from(given.clock_file)
    return Runtime(
        service=given.service,
        store=Store(given.database_url, service=given.service, clock=clock),
        broker_uri=given.broker_uri,
        catalogue=catalogue.load(),
        clock=clock,
        migrations=migrations,
        unit_of_work=unit_of_work,
        max_workers=given.max_workers,
        health_address=given.health_address,
        listener=ListenerSettings(retry_delays=given.retry_delays),
    )


def clock_from(file: Path | None) -> Clock:
    """The machine's clock, or one that is ahead of it by the seconds that stand in a file, read at each look."""
    if file is None:
        return SystemClock()

    def offset() -> timedelta:
        try:
            return timedelta(seconds=float(file.read_text() or 0))
        except FileNotFoundError:
            return timedelta()

    return MovableClock(SystemClock(), offset)
