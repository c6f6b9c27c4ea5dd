"""What a command answers: the state it led to. Never more than the caller asked to change."""

from dataclasses import dataclass
from uuid import UUID

from services.incubator.domain.application import Application
from services.incubator.domain.call import Call


@dataclass(frozen=True)
class Standing:
    """An aggregate's id, its state, and the row version that the next change must have seen."""

    id: UUID
    state: str
    row_version: int


def standing(aggregate: Application | Call) -> Standing:
    """Where an aggregate stands after it was saved."""
    return Standing(aggregate.id, aggregate.state, aggregate.row_version)
