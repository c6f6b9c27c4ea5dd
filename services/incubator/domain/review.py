"""Reviews: each reviewer scores every criterion of the rubric from 0 to 100, blind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from shared.kernel.errors import InvalidInput

Rubric = Mapping[str, int]
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Review:
    """One reviewer's scores by criterion."""

    reviewer_id: UUID
    at: datetime
    scores: Mapping[str, int]

    def weighted(self, rubric: Rubric) -> Decimal:
        """The weighted score, two decimals, half up."""
        total = sum(Decimal(self.scores[name]) * weight for name, weight in rubric.items())
        return (total / sum(rubric.values())).quantize(_CENT, ROUND_HALF_UP)


def check_scores(scores: Mapping[str, int], rubric: Rubric) -> None:
    """Every criterion, no other, each a whole number from 0 to 100. Raises InvalidInput, naming all that is wrong."""
    fields = {name: "required" for name in rubric if name not in scores}
    fields |= {name: "not_in_the_rubric" for name in scores if name not in rubric}
    for name, score in scores.items():
        if name in rubric and (isinstance(score, bool) or not isinstance(score, int) or not 0 <= score <= 100):
            fields[name] = "must_be_0_to_100"
    if fields:
        raise InvalidInput(fields=fields)


def average(reviews: Sequence[Review], rubric: Rubric) -> Decimal:
    """The mean of the weighted scores; from five reviews on the highest and the lowest drop. Two decimals, half up."""
    scores = sorted(review.weighted(rubric) for review in reviews)
    if len(scores) >= 5:
        scores = scores[1:-1]
    return (sum(scores, Decimal()) / len(scores)).quantize(_CENT, ROUND_HALF_UP)
