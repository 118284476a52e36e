"""Whole years and months as notices count them, at the ends of months and years."""

from __future__ import annotations

from datetime import date

import pytest

from canbao.policy.calendar import add_months, completed_years, first_of_month, move_years, whole_months_between


@pytest.mark.parametrize(
    ("day", "years", "moved"),
    [
        (date(2024, 2, 29), 1, date(2025, 2, 28)),
        (date(2025, 2, 28), -1, date(2024, 2, 29)),
        (date(2024, 2, 28), 4, date(2028, 2, 28)),
        (date(2024, 2, 28), 1, date(2025, 2, 28)),
        (date(2025, 3, 28), 3, date(2028, 3, 28)),
        (date(2024, 12, 31), 2, date(2026, 12, 31)),
        (date(2024, 10, 8), 0, date(2024, 10, 8)),
    ],
)
def test_a_day_moved_by_years(day: date, years: int, moved: date) -> None:
    assert move_years(day, years) == moved


@pytest.mark.parametrize(
    ("day", "months", "reached"),
    [
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2025, 1, 31), 3, date(2025, 4, 30)),
        (date(2024, 11, 15), 2, date(2025, 1, 15)),
        (date(2025, 9, 30), 3, date(2025, 12, 30)),
        (date(2025, 10, 1), 3, date(2026, 1, 1)),
        (date(2025, 3, 31), -1, date(2025, 2, 28)),
        (date(2025, 1, 1), -12, date(2024, 1, 1)),
        (date(2025, 12, 2), 0, date(2025, 12, 2)),
    ],
)
def test_months_later_the_same_day_or_the_last_of_the_month(day: date, months: int, reached: date) -> None:
    assert add_months(day, months) == reached


@pytest.mark.parametrize(
    ("day", "months", "first"),
    [
        (date(2025, 5, 17), 0, date(2025, 5, 1)),
        (date(2025, 11, 30), 1, date(2025, 12, 1)),
        (date(2025, 12, 1), 1, date(2026, 1, 1)),
        (date(2025, 1, 31), 14, date(2026, 3, 1)),
    ],
)
def test_the_first_of_a_later_month(day: date, months: int, first: date) -> None:
    assert first_of_month(day, months) == first
    assert first_of_month(day) == day.replace(day=1)


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        (date(2007, 1, 1), date(2024, 12, 31), 17),
        (date(2006, 12, 31), date(2024, 12, 31), 18),
        (date(2004, 2, 29), date(2025, 2, 28), 20),
        (date(2004, 2, 29), date(2025, 3, 1), 21),
        (date(2004, 3, 15), date(2025, 2, 20), 20),
        (date(2024, 12, 31), date(2024, 12, 31), 0),
        (date(2025, 1, 1), date(2024, 12, 31), -1),
    ],
)
def test_years_are_completed_on_the_birthday(born: date, on: date, years: int) -> None:
    assert completed_years(born, on) == years


@pytest.mark.parametrize(
    ("earlier", "later", "months"),
    [
        (date(2025, 1, 31), date(2025, 5, 1), 3),
        (date(2025, 1, 1), date(2025, 2, 28), 0),
        (date(2024, 11, 30), date(2025, 2, 1), 2),
        (date(2025, 3, 1), date(2025, 3, 31), -1),
    ],
)
def test_whole_months_lie_between_the_months_of_two_days(earlier: date, later: date, months: int) -> None:
    assert whole_months_between(earlier, later) == months
