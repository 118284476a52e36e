"""Money is whole fen (分, 1/100 yuan), always an int."""

from __future__ import annotations

import re
from collections.abc import Sequence

FEN_PER_YUAN = 100
_YUAN = re.compile(r"(-?)(\d{1,15})(?:\.(\d{1,2}))?")


def fen_from_yuan(text: str) -> int:
    """Fen of a yuan amount such as "200", "200.5" or "1,000.00"; ValueError for anything else."""
    match = _YUAN.fullmatch(text.strip().replace(",", ""))
    if match is None:
        raise ValueError(f"not an amount in yuan: {text!r}; write for example 200 or 200.50")
    sign, yuan, cents = match.groups()
    fen = int(yuan) * FEN_PER_YUAN + int((cents or "").ljust(2, "0"))
    return -fen if sign else fen


def yuan_from_fen(fen: int, *, grouped: bool = False) -> str:
    """Yuan text with two decimals; `grouped` puts a comma between thousands, for people."""
    yuan, cents = divmod(abs(fen), FEN_PER_YUAN)
    whole = f"{yuan:,}" if grouped else str(yuan)
    return f"{'-' if fen < 0 else ''}{whole}.{cents:02d}"


def split_exactly(total_fen: int, *, by: Sequence[int]) -> tuple[int, ...]:
    """Split `total_fen` in proportion to the weights `by`, losing no fen.

    Shares come back in the order of the weights and add up to the total. A leftover fen goes to the largest
    remainder, the earlier share on a tie. ValueError for a negative total or weight, or weights that are all zero.
    """
    weight_total = sum(by)
    if total_fen < 0 or any(weight < 0 for weight in by) or weight_total == 0:
        raise ValueError("split_exactly needs a total >= 0 and weights >= 0 that are not all zero")
    shares = [total_fen * weight // weight_total for weight in by]
    leftover = total_fen - sum(shares)
    by_remainder = sorted(range(len(by)), key=lambda i: (-(total_fen * by[i] % weight_total), i))
    for i in by_remainder[:leftover]:
        shares[i] += 1
    return tuple(shares)
