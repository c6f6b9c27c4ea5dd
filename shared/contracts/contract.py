"""How an event is described: a frozen dataclass, its type, its version, and the aggregate it tells of."""

import dataclasses
import typing
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from marshmallow import EXCLUDE, Schema, ValidationError

from shared.contracts.fields import field_for

T = TypeVar("T")
_ATTRIBUTE = "__event_contract__"


class InvalidEventData(ValueError):
    """An event's data does not have the fields and types that its contract names."""

    code = "invalid_data"

    def __init__(self, event: "EventContract", errors: Any) -> None:
        super().__init__(f"{event.key}: {errors}")
        self.errors = errors


@dataclass(frozen=True)
class EventContract:
    """One version of one event that `publisher` says about its aggregates of the kind `aggregate`."""

    publisher: str
    name: str
    version: int
    aggregate: str
    data_class: type[Any]

    @property
    def key(self) -> str:
        """The event's type as it stands in the envelope, for instance `incubator.application_submitted.v1`."""
        return f"{self.publisher}.{self.name}.v{self.version}"

    @property
    def routing_key(self) -> str:
        """What queues are bound by: the aggregate's kind first, so that a whole aggregate can be heard in order."""
        return f"{self.aggregate}.{self.key}"

    @cached_property
    def schema(self) -> Schema:
        """Reads and writes the data; fields it does not know are passed over, so that contracts can grow."""
        hints = typing.get_type_hints(self.data_class)
        members = {
            field.name: field_for(
                hints[field.name],
                required=field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING,
            )
            for field in dataclasses.fields(self.data_class)
        }
        return Schema.from_dict(members, name=f"{self.data_class.__name__}Data")(unknown=EXCLUDE)

    def dump(self, data: Any) -> dict[str, Any]:
        """The event's data as plain JSON values. Raises InvalidEventData if what came out could not be read back."""
        try:
            plain = typing.cast("dict[str, Any]", self.schema.dump(data))
        except (ValidationError, ValueError, TypeError, AttributeError) as error:
            raise InvalidEventData(self, f"{error} in {data!r}") from error
        errors = self.schema.validate(plain)
        if errors:
            raise InvalidEventData(self, errors)
        return plain

    def load(self, plain: object) -> Any:
        """An instance of the data class. Raises InvalidEventData when a field is missing or of a wrong type."""
        if not isinstance(plain, dict):
            raise InvalidEventData(self, "data is no object")
        try:
            return self.data_class(**typing.cast("dict[str, Any]", self.schema.load(plain)))
        except ValidationError as error:
            raise InvalidEventData(self, error.messages) from None


def event(name: str, *, version: int = 1, aggregate: str) -> Callable[[type[T]], type[T]]:
    """Declare a dataclass to be an event.

    `name` is `<publisher>.<fact in the past tense>`; `aggregate` is the kind of aggregate whose id is the event's subject.
    """

    def declare(data_class: type[T]) -> type[T]:
        frozen = dataclass(frozen=True, kw_only=True, slots=True)(data_class)
        publisher, _, fact = name.partition(".")
        setattr(frozen, _ATTRIBUTE, EventContract(publisher, fact, version, aggregate, frozen))
        return frozen

    return declare


def contract_of(data_class: type[Any]) -> EventContract:
    """The contract of an event's dataclass. Raises TypeError for a class that is no event."""
    try:
        return typing.cast(EventContract, getattr(data_class, _ATTRIBUTE))
    except AttributeError:
        raise TypeError(f"{data_class.__name__} is not declared with @event") from None


@dataclass(frozen=True)
class Hearing:
    """One event type that a service hears; `ordered` means: strictly in the order its aggregate said it."""

    event: EventContract
    ordered: bool = True


def hears(data_class: type[Any], *, ordered: bool = True) -> Hearing:
    """State in a service's `hears.py` that it hears an event."""
    return Hearing(contract_of(data_class), ordered)
