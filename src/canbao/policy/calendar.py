"""Civil dates only: whole years and months as Chinese notices count them."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import Final

DAYS_A_MONTH: Final = 30
"""In which a wait of days is told where only months have a column."""


def move_years(day: date, years: int) -> date:
    """The same day `years` later; the end of February stays the end of February."""
    if day.month == 2 and day.day == monthrange(day.year, 2)[1]:
        return date(day.year + years, 2, monthrange(day.year + years, 2)[1])
    return day.replace(year=day.year + years)


def add_months(day: date, months: int) -> date:
    """The same day number `months` later, clipped at the month's end."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month0 + 1, min(day.day, monthrange(year, month0 + 1)[1]))


def first_of_month(day: date, months: int = 0) -> date:
    """The first day of the month `months` after the month of `day`."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month0 + 1, 1)


def completed_years(born: date, on: date) -> int:
    """周岁: a person born on 29 February completes a year on 1 March of a common year."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def whole_months_between(earlier: date, later: date) -> int:
    """Whole calendar months that lie between the months of two days; negative when the second is not later."""
    return (later.year - earlier.year) * 12 + later.month - earlier.month - 1
