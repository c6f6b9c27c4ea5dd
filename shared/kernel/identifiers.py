"""Identifiers: UUIDs of version 7 (RFC 9562, section 5.7), which sort by the time they were made."""

import secrets
import threading
import time
from uuid import UUID


def uuid7(milliseconds: int, counter: int, random_bits: int) -> UUID:
    """A version 7 UUID from a Unix time in milliseconds, a counter of 12 bits and 62 random bits."""
    value = (milliseconds & (2**48 - 1)) << 80
    value |= 0x7 << 76 | (counter & 0xFFF) << 64
    value |= 0b10 << 62 | random_bits & (2**62 - 1)
    return UUID(int=value)


class _Sequence:
    """Makes each identifier greater than the one before, also within a millisecond and when the clock steps back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def next(self, nanoseconds: int, random_bits: int) -> UUID:
        with self._lock:
            self._last = max(self._last + 1, nanoseconds // 1_000_000 << 12)
            return uuid7(self._last >> 12, self._last, random_bits)


_sequence = _Sequence()


def new_id() -> UUID:
    """A new identifier."""
    return _sequence.next(time.time_ns(), secrets.randbits(62))
