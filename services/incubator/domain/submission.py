"""What a draft must hold before it can be submitted."""

from collections.abc import Callable, Mapping
from typing import Any

from services.incubator.domain.call import CallSettings
from services.incubator.domain.rules import SubmissionIncomplete

STAGES = ("idea", "prototype", "operating", "growing")


def check_complete(content: Mapping[str, Any], settings: CallSettings) -> None:
    """Raises SubmissionIncomplete, naming everything that is missing or wrong at once."""
    fields = {name: problem for name, check in _CHECKS.items() if (problem := check(content.get(name)))}
    if settings.funds:
        problem = _amount(content.get("amount_requested_fen"))
        if problem:
            fields["amount_requested_fen"] = problem
    if fields:
        raise SubmissionIncomplete(fields=fields)


def _text(longest: int) -> Callable[[object], str]:
    def check(value: object) -> str:
        if value in (None, ""):
            return "required"
        if not isinstance(value, str):
            return "must_be_text"
        if not value.strip():
            return "required"
        return "too_long" if len(value) > longest else ""

    return check


def _stage(value: object) -> str:
    if value in (None, ""):
        return "required"
    return "" if value in STAGES else "unknown"


def _amount(value: object) -> str:
    if value is None:
        return "required"
    if isinstance(value, bool) or not isinstance(value, int):
        return "must_be_whole_fen"
    return "" if value > 0 else "must_be_positive"


_CHECKS: Mapping[str, Callable[[object], str]] = {
    "title": _text(100),
    "summary": _text(2000),
    "sector": _text(50),
    "stage": _stage,
}
