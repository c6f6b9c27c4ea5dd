"""Identifiers: UUIDs of version 7 (RFC 9562), which sort by the time they were made."""

import secrets
import threading
import time
from uuid import UUID

_lock = threading.Lock()
_last = 0


def uuid7(milliseconds: int, random_bits: int) -> UUID:
    """A version 7 UUID from a Unix time in milliseconds and 74 random bits."""
    value = (milliseconds & (2**48 - 1)) << 80 | 0x7 << 76 | (random_bits >> 62 & 0xFFF) << 64 | 0b10 << 62 | random_bits & (2**62 - 1)
    return UUID(int=value)


def new_id() -> UUID:
    """A new identifier; within a process each is greater than the one before."""
    global _last
    with _lock:
        _last = max(_last + 1, time.time_ns() // 1_000_000 << 12)
        return uuid7(_last >> 12, (_last & 0xFFF) << 62 | secrets.randbits(62))
