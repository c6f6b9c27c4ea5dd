"""An aggregate's history: who changed what, when, from which state to which, and why."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `by` is an account's id or `system`; `at` is UTC."""

    at: datetime
    by: str
    command: str
    before: str
    after: str
    why: str = ""
