"""Marshmallow fields for the annotations that a contract's dataclass may use: strict, so that a wrong type is refused."""

import types
import typing
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Literal, get_args, get_origin
from uuid import UUID

from marshmallow import ValidationError, fields, validate

MAX_TEXT = 500


class StrictBoolean(fields.Boolean):
    """A boolean that takes `true` and `false` and nothing that merely looks like them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class StrictInteger(fields.Integer):
    """A whole number, which is not cut or read out of a text on its way out either: 5.7 fen is an error, not 5."""

    def __init__(self, **options: Any) -> None:
        super().__init__(strict=True, **options)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise self.make_error("invalid", input=value)
        return value


class StrictText(fields.String):
    """A text, and nothing that could be turned into one."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        if value is not None and not isinstance(value, str):
            raise self.make_error("invalid", input=value)
        return value


class StrictUUID(fields.UUID):
    """A UUID written as text."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> UUID:
        if not isinstance(value, str):
            raise self.make_error("invalid_uuid")
        return super()._deserialize(value, attr, data, **kwargs)


class Items(fields.List):
    """A list in JSON, a tuple in Python."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return tuple(super()._deserialize(value, attr, data, **kwargs))


_MAKERS: dict[Any, Callable[..., fields.Field[Any]]] = {
    UUID: StrictUUID,
    bool: StrictBoolean,
    date: fields.Date,
    datetime: fields.AwareDateTime,
    int: StrictInteger,
    str: lambda **options: StrictText(validate=validate.Length(max=MAX_TEXT), **options),
}


def field_for(annotation: Any, *, required: bool = True) -> fields.Field[Any]:
    """The field that reads and writes `annotation`.

    Takes UUID, bool, int, str, date, datetime (with a zone), Literal of texts, tuple[X, ...], and X | None.
    Raises TypeError for any other annotation, when the contract is defined.
    """
    options: dict[str, Any] = {"required": required}
    origin = get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        (inner,) = [argument for argument in get_args(annotation) if argument is not type(None)]
        field = field_for(inner, required=required)
        field.allow_none = True
        return field
    if origin is Literal:
        return StrictText(validate=validate.OneOf(get_args(annotation)), **options)
    if origin is tuple:
        return Items(field_for(get_args(annotation)[0]), **options)
    annotation = getattr(annotation, "__supertype__", annotation)  # a NewType reads as what it names
    try:
        return _MAKERS[annotation](**options)
    except KeyError:
        raise TypeError(f"a contract can't carry {annotation!r}") from None


__all__ = ["MAX_TEXT", "ValidationError", "field_for"]
