"""Working days by the State Council's calendar: the notices' own examples, make-up days, years without a calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from canbao.areas import actions, queries
from canbao.areas.refusals import BadCalendar, CalendarMissing
from canbao.areas.working_days import published_years
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import FixedClock
from canbao.kernel.scope import program
from tests import town

pytestmark = pytest.mark.django_db
CLOCK = FixedClock(town.IN_WINDOW)
ADMINISTRATOR = program("许管理", Capability.LOAD_CALENDAR)
SPRING = "day,kind\n2031-01-23,holiday\n2031-01-24,holiday\n2031-01-26,working\n"


@pytest.mark.parametrize(
    ("day", "count", "reached"),
    [
        # The notices' cases: Shanghai's five working days, Shuozhou's one to two over a weekend.
        (date(2024, 12, 17), 5, date(2024, 12, 24)),
        (date(2024, 12, 18), 5, date(2024, 12, 25)),
        (date(2024, 11, 1), 1, date(2024, 11, 4)),
        (date(2024, 11, 1), 2, date(2024, 11, 5)),
        # National Day 2024: 1 to 7 October off; Saturday 12 October worked.
        (date(2024, 9, 30), 1, date(2024, 10, 8)),
        (date(2024, 10, 11), 1, date(2024, 10, 12)),
        # Over the turn of the year, each year by its own calendar.
        (date(2024, 12, 31), 1, date(2025, 1, 2)),
        (date(2024, 11, 2), 0, date(2024, 11, 2)),
    ],
)
def test_working_days_are_counted_by_the_holidays(day: date, count: int, reached: date) -> None:
    assert queries.add_working_days(day, count) == reached


def test_a_year_without_a_calendar_is_refused_and_one_can_be_loaded() -> None:
    unknown = max(published_years()) + 4
    with pytest.raises(CalendarMissing) as refused:
        queries.add_working_days(date(unknown, 1, 22), 1)
    assert str(unknown) in refused.value.zh and str(unknown) in refused.value.en

    text = SPRING.replace("2031", str(unknown))
    actions.load_calendar(actor=ADMINISTRATOR, year=unknown, text=text, source="国办发明电〔示例〕", clock=CLOCK)
    loaded = queries.calendar_of(unknown)

    assert (len(loaded.holidays), len(loaded.make_up_days), loaded.source) == (2, 1, "国办发明电〔示例〕")
    assert not loaded.works(date(unknown, 1, 23))


def test_the_calendar_loaded_last_holds_also_over_a_published_one() -> None:
    monday = date(2025, 3, 10)
    assert queries.add_working_days(date(2025, 3, 7), 1) == monday

    for day in ("2025-03-10", "2025-03-11"):
        actions.load_calendar(
            actor=ADMINISTRATOR, year=2025, text=f"day,kind\n{day},holiday\n", source="示例", clock=CLOCK
        )

    assert queries.add_working_days(date(2025, 3, 7), 1) == monday
    assert queries.add_working_days(monday, 1) == date(2025, 3, 12)


@pytest.mark.parametrize(
    ("text", "year", "place"),
    [
        ("", 2031, "Line 1"),
        ("day,what\n2031-01-01,holiday\n", 2031, "Line 1"),
        ("day,kind\n2031-01-01,holiday\n2031-13-01,holiday\n", 2031, "Line 3, day"),
        ("day,kind\n2030-01-01,holiday\n", 2031, "Line 2, day"),
        ("day,kind\n2031-01-01,free\n", 2031, "Line 2, kind"),
        ("day,kind\n2031-01-01\n", 2031, "Line 2, kind"),
        ("day,kind\n2031-01-01,holiday\n2031-01-01,working\n", 2031, "Line 3, day"),
        ("day,kind\n2031-01-01,holiday\n2031-01-02,working\n", 2031, "Line 3, kind"),
        ("day,kind\n2031-01-04,working\n", 2031, "names no holiday"),
    ],
)
def test_a_bad_calendar_is_refused_with_its_line_and_changes_nothing(text: str, year: int, place: str) -> None:
    with pytest.raises(BadCalendar) as refused:
        actions.load_calendar(actor=ADMINISTRATOR, year=year, text=text, source="示例", clock=CLOCK)

    assert place in refused.value.en
    assert queries.loaded_calendars() == []


def test_a_calendar_names_the_document_it_comes_from() -> None:
    with pytest.raises(BadCalendar):
        actions.load_calendar(actor=ADMINISTRATOR, year=2031, text=SPRING, source=" ", clock=CLOCK)


def test_only_who_may_loads_a_calendar() -> None:
    actor = replace(ADMINISTRATOR, capabilities=frozenset())
    with pytest.raises(Exception, match="not_permitted"):
        actions.load_calendar(actor=actor, year=2031, text=SPRING, source="示例", clock=CLOCK)
