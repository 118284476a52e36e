"""Money is whole fen (分, 1/100 yuan), always an int."""

from __future__ import annotations

import re

FEN_PER_YUAN = 100


def yuan_from_fen(fen: int, *, grouped: bool = False) -> str:
    """Yuan text with two decimals; `grouped` puts a comma between thousands, for people."""
    yuan, cents = divmod(abs(fen), FEN_PER_YUAN)
    whole = f"{yuan:,}" if grouped else str(yuan)
    return f"{'-' if fen < 0 else ''}{whole}.{cents:02d}"


def yuan_said(fen: int) -> str:
    """Yuan as a sentence says it: 200 for 20000 fen, 200.50 for 20050."""
    return yuan_from_fen(fen, grouped=True).removesuffix(".00")


_CAPITALS, _PLACES, _GROUPS = "零壹贰叁肆伍陆柒捌玖", ("", "拾", "佰", "仟"), ("", "万", "亿")
_GROUP_DIGITS = 4


def capital_yuan(fen: int) -> str:
    """The amount in the Chinese capitals of receipts: 20000 fen is 贰佰元整, 1609 fen is 壹拾陆元零玖分.

    ValueError for a negative amount, or one of 10^12 yuan and more.
    """
    yuan, cents = divmod(fen, FEN_PER_YUAN)
    if not 0 <= yuan < 10 ** (_GROUP_DIGITS * len(_GROUPS)):
        raise ValueError(f"no capitals for {fen} fen")
    jiao, odd = divmod(cents, 10)
    words = f"{_capital_whole(yuan)}元" if yuan or not cents else ""
    if jiao:
        words += f"{_CAPITALS[jiao]}角"
    if odd:
        return f"{words}{_CAPITALS[0] if yuan and not jiao else ''}{_CAPITALS[odd]}分"
    return f"{words}整"


def _capital_whole(number: int) -> str:
    """Groups of four digits; one 零 stands for zeros between digits, none for zeros at the end."""
    digits = str(number)
    words, skipped = "", False
    for position, digit in enumerate(digits):
        group, place = divmod(len(digits) - 1 - position, _GROUP_DIGITS)
        if digit == "0":
            skipped = True
        else:
            words += (_CAPITALS[0] if skipped else "") + _CAPITALS[int(digit)] + _PLACES[place]
            skipped = False
        if place == 0 and digits[max(0, position - _GROUP_DIGITS + 1) : position + 1].strip("0"):
            words += _GROUPS[group]
    return words or _CAPITALS[0]


_YUAN_TYPED = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,2}))?")


def fen_typed(text: str) -> int | None:
    """Fen of yuan as somebody types them (400, 400.5, 1,200.00); None for what is no such sum."""
    found = _YUAN_TYPED.fullmatch(text.strip().replace(",", "").replace("，", ""))
    return int(found[1]) * FEN_PER_YUAN + int((found[2] or "").ljust(2, "0")) if found else None
