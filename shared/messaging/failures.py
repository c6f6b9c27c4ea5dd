"""Why a message could not be handled. Each reason has a stable code, which stands on the dead letter."""

from typing import ClassVar


class Unacceptable(Exception):
    """This message can never be handled as it is: it goes to the dead letters at once."""

    code: ClassVar[str] = "unacceptable"


class TooLarge(Unacceptable):
    """The body is larger than any event may be."""

    code = "too_large"


class NotJson(Unacceptable):
    """The body is not JSON in UTF-8."""

    code = "not_json"


class NoEnvelope(Unacceptable):
    """The body is JSON, but attributes of the envelope are missing or of a wrong type."""

    code = "no_envelope"


class UnknownType(Unacceptable):
    """No contract names this event."""

    code = "unknown_type"


class UnknownVersion(Unacceptable):
    """A contract names this event, but not in this version."""

    code = "unknown_version"


class WrongData(Unacceptable):
    """The data does not have the fields and types that the contract names."""

    code = "invalid_data"


class IdReused(Unacceptable):
    """An event with this id was heard before, with other content."""

    code = "id_reused"


class SequenceReused(Unacceptable):
    """Another event of this aggregate had this number before."""

    code = "sequence_reused"


HANDLER_FAILED = "handler_failed"
CRASHED_REPEATEDLY = "crashed_repeatedly"
BROKER_GAVE_UP = "delivery_limit"

REASONS = frozenset(
    {
        *(cls.code for cls in Unacceptable.__subclasses__()),
        Unacceptable.code,
        HANDLER_FAILED,
        CRASHED_REPEATEDLY,
        BROKER_GAVE_UP,
    }
)


class StoreAway(Exception):
    """The database can't be reached: nothing is wrong with the message, so consuming pauses until it is back."""


class Contended(Exception):
    """Two transactions wanted the same rows (deadlock, serialisation, row version): doing it again will help."""
