"""Prices, waits and periods in words, for a leaflet."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from .charges import Percentage, Price, Priced, Product
from .conditions import YearDay
from .explain import yuan
from .model import CoverCase, Wait
from .shares import Share

Said = tuple[str, str]

ROUNDED: Final = {
    "half_up": ("四舍五入", "rounded to the nearest"),
    "up": ("向上取整", "rounded up"),
    "down": ("向下取整", "rounded down"),
}
UNTIL: Final = {
    "same_day": ("", ""),
    "day_after": ("，期满次日起享受", ", covered from the day after"),
    "month_start": ("，期满当月1日起享受", ", covered from the first day of the month reached"),
    "next_month_start": ("，期满次月1日起享受", ", covered from the first day of the month after"),
}


def price(part: Priced) -> Said:
    if part.by_area is not None:
        figures = part.by_area.fen.items()
        zh = "、".join(f"{code} {yuan(fen)}" for code, fen in figures)
        en = ", ".join(f"{code} {yuan(fen, 'en')}" for code, fen in figures)
    elif part.percent_of is not None:
        zh, en = percentage(part.percent_of)
    else:
        zh, en = yuan(part.fen or 0), yuan(part.fen or 0, "en")
    if part.months_left is not None:
        zh, en = f"{zh}，按本年度剩余月数折算", f"{en}, by the months left in the year"
    if isinstance(part, Price) and part.with_government:
        zh, en = f"{zh}，另由本人承担财政补助部分", f"{en}, and the government's part is paid by the person"
    if isinstance(part, Product) and part.aid is None:
        zh, en = f"{zh}，不享受资助", f"{en}, never aided"
    return zh, en


def percentage(part: Percentage) -> Said:
    way_zh, way_en = ROUNDED[part.rounded.way]
    of_zh = "本类标准" if part.of_fen is None else yuan(part.of_fen)
    of_en = "the standard" if part.of_fen is None else yuan(part.of_fen, "en")
    to = part.rounded.to_fen
    return (
        f"{of_zh}的{part.percent:f}%（{way_zh}到{yuan(to)}）",
        f"{part.percent:f} % of {of_en} ({way_en} {yuan(to, 'en')})",
    )


def share(part: Share) -> Said:
    if part.fen is not None:
        return yuan(part.fen), yuan(part.fen, "en")
    if part.all_but_fen is not None:
        return (
            f"承担个人{yuan(part.all_but_fen)}以外的部分",
            f"all but {yuan(part.all_but_fen, 'en')} of the person's own",
        )
    return f"{plain(part.percent)}%", f"{plain(part.percent)} %"


def plain(number: Decimal | None) -> str:
    return f"{number or Decimal(0):f}"


def wait(part: Wait) -> Said:
    unit_zh, unit_en = ("天", "days") if part.unit == "days" else ("个月", "months")
    until_zh, until_en = UNTIL[part.until]
    zh, en = f"等待{part.amount}{unit_zh}", f"a wait of {part.amount} {unit_en}"
    if part.per_gap_year:
        zh += f"，每断保1年增加{part.per_gap_year}{unit_zh}"
        en += f", {part.per_gap_year} {unit_en} more for each broken year"
    return zh + until_zh, en + until_en


def period(case: CoverCase, benefit_year: int) -> Said:
    """First and last day of a period of its own; empty where it is the benefit year."""
    if case.period is None:
        return "", ""
    first, last = (
        _day(case.period.first, date(benefit_year, 1, 1), benefit_year),
        _day(case.period.last, date(benefit_year, 12, 31), benefit_year),
    )
    return f"，待遇期{first}至{last}", f", period {first} to {last}"


def _day(day: YearDay | None, otherwise: date, benefit_year: int) -> date:
    return day.resolve(benefit_year) if day is not None else otherwise
