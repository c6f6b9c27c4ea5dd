"""Errors that mean something to a person: each has a stable code, and says in both languages what to do."""

from typing import Any, ClassVar


class DomainError(Exception):
    """A rule was not kept; nothing was changed."""

    code: ClassVar[str] = "domain_error"

    def __init__(self, chinese: str = "", english: str = "", **details: Any) -> None:
        super().__init__(f"{self.code}: {english}")
        self.texts = {"zh": chinese, "en": english}
        self.details = details


class ConcurrentUpdate(DomainError):
    """Somebody else changed it in the meantime."""

    code = "concurrent_update"
