"""Money is a whole number of fen (分), everywhere; yuan exist on paper and screens only."""

from collections.abc import Sequence
from typing import NewType

Fen = NewType("Fen", int)


def yuan_text(amount: Fen) -> str:
    """An amount as people read it: `¥1,234.50`."""
    sign = "-" if amount < 0 else ""
    yuan, fen = divmod(abs(amount), 100)
    return f"{sign}¥{yuan:,}.{fen:02d}"


def split(amount: Fen, shares: Sequence[int]) -> list[Fen]:
    """Parts in the ratio of whole-number shares, each rounded down; the last takes the remainder, so nothing is lost.

    Raises ValueError for a negative amount or share, or shares that add up to nothing.
    """
    whole = sum(shares)
    if amount < 0 or whole <= 0 or min(shares) < 0:
        raise ValueError("an amount and shares of it can't be negative, and some share must be there")
    parts = [amount * share // whole for share in shares[:-1]]
    return [Fen(part) for part in (*parts, amount - sum(parts))]
