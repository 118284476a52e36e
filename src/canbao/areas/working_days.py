"""Working days 工作日: weekdays without the State Council's holidays, with the weekend days that make up for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

ONE_DAY = timedelta(days=1)
SATURDAY = 5
# Every published calendar has it; days at a year's end may come from the calendar of the next.
NATIONAL_DAY = (10, 1)


@dataclass(frozen=True, slots=True)
class YearDays:
    """The published calendar of one year: holidays of whatever weekday, and weekend days on which people work."""

    year: int
    holidays: frozenset[date]
    make_up_days: frozenset[date]
    source: str

    def works(self, day: date) -> bool:
        if day in self.make_up_days:
            return True
        return day.weekday() < SATURDAY and day not in self.holidays


def weekend(day: date) -> bool:
    return day.weekday() >= SATURDAY


@lru_cache(maxsize=64)
def published(year: int) -> YearDays | None:
    """The State Council's calendar as the library `chinesecalendar` carries it; None for a year it does not have."""
    from chinese_calendar.constants import holidays, workdays  # type: ignore[import-untyped]

    if date(year, *NATIONAL_DAY) not in holidays:
        return None
    return YearDays(
        year,
        frozenset(day for day in holidays if day.year == year),
        frozenset(day for day in workdays if day.year == year),
        "chinesecalendar",
    )


@lru_cache(maxsize=1)
def published_years() -> tuple[int, ...]:
    """The years that the library carries, earliest first."""
    from chinese_calendar.constants import holidays

    return tuple(sorted({day.year for day in holidays if (day.month, day.day) == NATIONAL_DAY}))


def days_after(day: date, count: int, calendar_of: Callable[[int], YearDays]) -> date:
    """The `count`-th working day after `day`; `day` itself is not counted, and 0 gives it back."""
    reached, left = day, count
    while left:
        reached += ONE_DAY
        left -= calendar_of(reached.year).works(reached)
    return reached
