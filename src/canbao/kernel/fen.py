"""Money is whole fen (分, 1/100 yuan), always an int."""

from __future__ import annotations

FEN_PER_YUAN = 100


def yuan_from_fen(fen: int, *, grouped: bool = False) -> str:
    """Yuan text with two decimals; `grouped` puts a comma between thousands, for people."""
    yuan, cents = divmod(abs(fen), FEN_PER_YUAN)
    whole = f"{yuan:,}" if grouped else str(yuan)
    return f"{'-' if fen < 0 else ''}{whole}.{cents:02d}"
