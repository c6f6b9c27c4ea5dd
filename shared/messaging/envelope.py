"""The envelope of an event: CloudEvents 1.0 in structured JSON mode, with the extensions that our guarantees need.

Source of the format: the CloudEvents specification 1.0.2 and its JSON event format; `traceparent` is W3C Trace Context.
An envelope is encoded once, when its outbox row is written; every later copy has the very same bytes, so that the
bytes' hash tells whether two messages with one id say the same.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.messaging.failures import NoEnvelope, NotJson, TooLarge

CONTENT_TYPE = "application/cloudevents+json"
DATA_CONTENT_TYPE = "application/json"
SPEC_VERSION = "1.0"
SOURCE_PREFIX = "/services/"
MAX_BYTES = 256 * 1024

_TYPE = re.compile(r"^([a-z_]+)\.([a-z_]+)\.v([0-9]+)$")
_TEXTS = ("id", "source", "type", "subject", "time", "correlationid")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is said about an event beside its data. Times are UTC; `sequence` counts its aggregate's events from 1."""

    id: str
    source: str
    type: str
    subject: str
    time: str
    sequence: int
    data: dict[str, Any]
    correlation_id: str
    causation_id: str | None = None
    traceparent: str | None = None

    @property
    def publisher(self) -> str:
        """The service that said it."""
        return self.source.removeprefix(SOURCE_PREFIX)

    @property
    def name(self) -> str:
        """The type without its version."""
        return self.type.rpartition(".")[0]

    @property
    def aggregate_id(self) -> str:
        """The id of the aggregate that the event tells of."""
        return self.subject.rpartition("/")[2]

    @property
    def stream(self) -> tuple[str, str]:
        """What the sequence counts in."""
        return self.source, self.subject

    def encode(self) -> bytes:
        """The message's body."""
        attributes: dict[str, Any] = {
            "specversion": SPEC_VERSION,
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "subject": self.subject,
            "time": self.time,
            "datacontenttype": DATA_CONTENT_TYPE,
            "sequence": self.sequence,
            "correlationid": self.correlation_id,
        }
        if self.causation_id is not None:
            attributes["causationid"] = self.causation_id
        if self.traceparent is not None:
            attributes["traceparent"] = self.traceparent
        attributes["data"] = self.data
        return json.dumps(attributes, ensure_ascii=False, separators=(",", ":")).encode()


def decode(body: bytes) -> Envelope:
    """The envelope in a message's body.

    Raises TooLarge, NotJson or NoEnvelope; whether the type is known and the data right is the contracts' to say.
    """
    if len(body) > MAX_BYTES:
        raise TooLarge(f"{len(body)} bytes, more than {MAX_BYTES}")
    try:
        attributes = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotJson(str(error)[:200]) from None
    if not isinstance(attributes, dict):
        raise NoEnvelope("the body is no object")
    _check(attributes)
    return Envelope(
        id=attributes["id"].lower(),
        source=attributes["source"],
        type=attributes["type"],
        subject=attributes["subject"],
        time=attributes["time"],
        sequence=attributes["sequence"],
        data=attributes["data"],
        correlation_id=attributes["correlationid"],
        causation_id=attributes.get("causationid"),
        traceparent=attributes.get("traceparent"),
    )


def _check(attributes: dict[str, Any]) -> None:
    if attributes.get("specversion") != SPEC_VERSION:
        raise NoEnvelope(f"specversion is not {SPEC_VERSION}")
    for name in _TEXTS:
        value = attributes.get(name)
        if not isinstance(value, str) or not value or len(value) > 200 or "\x00" in value:
            raise NoEnvelope(f"{name} is missing or no text of 1 to 200 characters")
    for name in ("causationid", "traceparent"):
        if not isinstance(attributes.get(name, ""), str):
            raise NoEnvelope(f"{name} is no text")
    sequence = attributes.get("sequence")
    if not isinstance(sequence, int) or isinstance(sequence, bool) or not 1 <= sequence < 2**31:
        raise NoEnvelope("sequence is no whole number from 1")
    if not isinstance(attributes.get("data"), dict):
        raise NoEnvelope("data is no object")
    if not attributes["source"].startswith(SOURCE_PREFIX):
        raise NoEnvelope(f"source does not start with {SOURCE_PREFIX}")
    if not _TYPE.match(attributes["type"]):
        raise NoEnvelope("type is not <service>.<fact>.v<version>")
    _check_id(attributes["id"])
    _check_time(attributes["time"])


def _check_id(text: str) -> None:
    try:
        if str(UUID(text)) != text.lower():
            raise ValueError
    except ValueError:
        raise NoEnvelope("id is no UUID") from None


def _check_time(text: str) -> None:
    try:
        if datetime.fromisoformat(text).tzinfo is None:
            raise ValueError
    except ValueError:
        raise NoEnvelope("time is no RFC 3339 time with a zone") from None


def content_hash(body: bytes) -> bytes:
    """What two messages with one id must share: BLAKE2b, 16 bytes (RFC 7693)."""
    return hashlib.blake2b(body, digest_size=16).digest()
