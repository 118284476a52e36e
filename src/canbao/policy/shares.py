"""Who pays how much of an amount, split to the fen without loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from pydantic import Field, model_validator

from .codes import Payer
from .parts import Fen, Part

HUNDREDTHS = 100
WHOLE_PERCENT = 100 * HUNDREDTHS


class Share(Part):
    """One payer's part: a percentage of the standard, a flat sum, or all but a sum that the person keeps."""

    percent: Decimal | None = Field(default=None, ge=0, le=100, decimal_places=2)
    fen: Fen | None = None
    all_but_fen: Fen | None = None

    @model_validator(mode="after")
    def says_one_thing(self) -> Self:
        if sum(v is not None for v in (self.percent, self.fen, self.all_but_fen)) != 1:
            raise ValueError("percent、fen、all_but_fen 写且只写一项。 say exactly one of percent, fen, all_but_fen")
        return self


@dataclass(frozen=True, slots=True)
class Grant:
    """What an aid rule pays of one standard, in fen by payer; zero parts are left out."""

    payers: tuple[tuple[str, int], ...]
    total_fen: int


def grant_of(shares: Mapping[Payer, Share], base_fen: int, standard_fen: int) -> Grant:
    """Split exactly: percentages are rounded on their running sum, so that no fen is made or lost."""
    payers: list[tuple[str, int]] = []
    left = min(base_fen, standard_fen)
    percent_so_far, percent_paid = 0, 0
    for payer, share in shares.items():
        if share.fen is not None:
            amount = share.fen
        elif share.all_but_fen is not None:
            amount = max(0, base_fen - share.all_but_fen)
        else:
            percent_so_far += int((share.percent or 0) * HUNDREDTHS)
            paid_to_here = (percent_so_far * base_fen * 2 + WHOLE_PERCENT) // (2 * WHOLE_PERCENT)
            amount, percent_paid = paid_to_here - percent_paid, paid_to_here
        amount = min(amount, left)
        left -= amount
        if amount:
            payers.append((payer, amount))
    return Grant(tuple(payers), sum(amount for _, amount in payers))
