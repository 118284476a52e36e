"""Days that are written in Chinese numerals: 二〇〇三年一月二日."""

from __future__ import annotations

import re

_DAY = re.compile(
    "([〇零○O0一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十廿卅]{1,4})[日号]?"
)
_FIGURE = {**dict.fromkeys("〇零○O0", 0), **{numeral: at for at, numeral in enumerate("一二三四五六七八九", 1)}}


def in_figures(text: str) -> str:
    """二〇〇三年一月二日 → 2003年1月2日; any other text as it is."""
    found = _DAY.fullmatch(text)
    if found is None:
        return text
    year, month, day = found.groups()
    return f"{''.join(str(_FIGURE[numeral]) for numeral in year)}年{_number(month)}月{_number(day)}日"


def _number(numerals: str) -> int:
    """十 is 10, 十二 is 12, 二十 is 20, 廿三 is 23, 三十一 is 31; what is no number is 0, which no day is."""
    tens, ten, ones = numerals.replace("廿", "二十").replace("卅", "三十").rpartition("十")
    if len(tens) > 1 or len(ones) > 1 or "十" in tens:
        return 0
    return (_FIGURE[tens] if tens else 1 if ten else 0) * 10 + (_FIGURE[ones] if ones else 0)
