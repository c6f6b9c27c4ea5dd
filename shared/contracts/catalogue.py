"""All contracts together: who says what, and who hears it. The topology and the documents are made from this."""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import Any

import shared.contracts
from shared.contracts.contract import EventContract, Hearing, contract_of


@dataclass(frozen=True)
class Catalogue:
    """Every event that is said, and per service the events it hears."""

    events: tuple[EventContract, ...]
    hearing: Mapping[str, tuple[Hearing, ...]]

    @cached_property
    def by_key(self) -> dict[str, EventContract]:
        """The contracts by the type that stands in the envelope."""
        return {event.key: event for event in self.events}

    @cached_property
    def names(self) -> frozenset[str]:
        """`<publisher>.<fact>` of every event, whatever its version."""
        return frozenset(f"{event.publisher}.{event.name}" for event in self.events)

    @cached_property
    def heard_keys(self) -> frozenset[str]:
        """The types of the events that some service hears."""
        return frozenset(heard.event.key for hearing in self.hearing.values() for heard in hearing)

    def publishers_heard_by(self, consumer: str) -> tuple[str, ...]:
        """The services that `consumer` hears, in alphabetical order."""
        return tuple(sorted({heard.event.publisher for heard in self.hearing.get(consumer, ())}))

    def heard_from(self, consumer: str, publisher: str) -> tuple[Hearing, ...]:
        """What `consumer` hears from `publisher`."""
        return tuple(heard for heard in self.hearing.get(consumer, ()) if heard.event.publisher == publisher)

    def ordered_aggregates(self, consumer: str, publisher: str) -> frozenset[str]:
        """The kinds of `publisher`'s aggregates of which `consumer` follows the order, and so gets every event."""
        return frozenset(heard.event.aggregate for heard in self.heard_from(consumer, publisher) if heard.ordered)

    def bound(self, consumer: str, publisher: str) -> Iterator[EventContract]:
        """The events that reach the consumer's queue: those it hears, and all of an aggregate it follows in order."""
        ordered = self.ordered_aggregates(consumer, publisher)
        heard = {heard.event for heard in self.heard_from(consumer, publisher)}
        for event in self.events:
            if event in heard or (event.publisher == publisher and event.aggregate in ordered):
                yield event


def events_in(module: ModuleType) -> tuple[EventContract, ...]:
    """The events that a module defines, in the order of their definition."""
    found: list[EventContract] = []
    for value in vars(module).values():
        if isinstance(value, type) and value.__module__ == module.__name__ and hasattr(value, "__event_contract__"):
            found.append(contract_of(value))
    return tuple(found)


def build(services: Mapping[str, tuple[Iterable[EventContract], Iterable[Hearing]]]) -> Catalogue:
    """A catalogue from what each service says and hears. Raises ValueError if an event is declared twice."""
    events: list[EventContract] = [event for said, _ in services.values() for event in said]
    if len({event.key for event in events}) != len(events):
        raise ValueError("an event is declared twice")
    return Catalogue(tuple(events), {name: tuple(heard) for name, (_, heard) in services.items()})


def load() -> Catalogue:
    """The catalogue of this installation, from the packages `shared.contracts.<service>`."""
    services: dict[str, Any] = {}
    for package in pkgutil.iter_modules(shared.contracts.__path__):
        if package.ispkg:
            said = events_in(importlib.import_module(f"shared.contracts.{package.name}.events"))
            heard = importlib.import_module(f"shared.contracts.{package.name}.hears").HEARS
            services[package.name] = (said, heard)
    return build(services)
