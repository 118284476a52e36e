"""The day on which cover begins, and the wait before it, at every edge that a policy file can state."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pytest
from pydantic import ValidationError

from canbao.policy import Person, Policy, policies
from canbao.policy.facts import Facts, day_of, effective_categories
from canbao.policy.loading import with_values
from canbao.policy.model import CoverCase
from canbao.policy.policy import Case
from canbao.policy.rules.cover import cover_days
from canbao.policy.rules.waiting import NO_WAIT, Length, length, waiting_months

POLICY = policies.get("370481-2025")
BORN = date(1980, 5, 5)
FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)


def case(**part: Any) -> Case:
    stated = {"source": "TZ-11", "name": {"zh": "x", "en": "x"}, "starts": "settlement", "waits": True, **part}
    return Case("x", CoverCase.model_validate(stated), None, FIRST, LAST)


def facts(on: date, policy: Policy = POLICY, born: date = BORN, **known: Any) -> Facts:
    return Facts(policy, Person(born=born, **known), datetime.combine(on, time(12)))


@pytest.mark.parametrize(
    ("part", "wait", "settled_on", "born", "start"),
    [
        ({}, NO_WAIT, date(2025, 5, 31), BORN, date(2025, 5, 31)),
        ({}, Length(3), date(2025, 5, 31), BORN, date(2025, 8, 31)),
        ({}, Length(4), date(2025, 5, 31), BORN, date(2025, 9, 30)),
        ({"counted": "day_after"}, Length(3), date(2025, 5, 31), BORN, date(2025, 9, 1)),
        ({"counted": "day_after"}, NO_WAIT, date(2025, 5, 31), BORN, date(2025, 5, 31)),
        ({"counted": "payment_month"}, Length(3), date(2025, 5, 31), BORN, date(2025, 8, 1)),
        ({"counted": "next_month"}, Length(3), date(2025, 5, 31), BORN, date(2025, 9, 1)),
        ({"counted": "month_after_next"}, Length(3), date(2025, 5, 31), BORN, date(2025, 10, 1)),
        ({"counted": "days", "days_per_month": 30}, Length(3), date(2025, 5, 31), BORN, date(2025, 8, 29)),
        ({"counted": "days", "days_per_month": 30}, NO_WAIT, date(2025, 5, 31), BORN, date(2025, 5, 31)),
        # Cover that would begin on the last day begins; a day later there is none.
        ({}, Length(3), date(2025, 9, 30), BORN, date(2025, 12, 30)),
        ({"counted": "day_after"}, Length(3), date(2025, 9, 30), BORN, LAST),
        ({"counted": "next_month"}, Length(3), date(2025, 9, 30), BORN, None),
        # Not before the year, unless the case says so, and never before birth.
        ({}, NO_WAIT, date(2024, 11, 5), BORN, FIRST),
        ({"before_year": True}, NO_WAIT, date(2024, 11, 5), BORN, date(2024, 11, 5)),
        ({"before_year": True}, NO_WAIT, date(2024, 11, 5), date(2024, 11, 9), date(2024, 11, 9)),
        ({"starts": "year_start"}, NO_WAIT, date(2025, 2, 10), BORN, FIRST),
        ({"starts": "year_start"}, Length(3), date(2024, 11, 5), BORN, date(2025, 4, 1)),
        ({"starts": "birth"}, NO_WAIT, date(2025, 4, 10), date(2025, 3, 3), date(2025, 3, 3)),
        ({"starts": "birth"}, NO_WAIT, date(2025, 4, 10), date(2024, 12, 3), FIRST),
        ({"starts": "settlement_in_year"}, Length(3), date(2024, 11, 5), BORN, date(2025, 4, 1)),
        ({"starts": "settlement_in_year"}, Length(3), date(2025, 2, 5), BORN, date(2025, 5, 5)),
        ({"starts": "settlement"}, Length(3), date(2024, 11, 5), BORN, date(2025, 2, 5)),
        ({"starts": "day_after_settlement"}, NO_WAIT, date(2025, 2, 28), BORN, date(2025, 3, 1)),
        ({"starts": "day_after_settlement"}, NO_WAIT, date(2025, 12, 30), BORN, LAST),
        ({"starts": "day_after_settlement"}, NO_WAIT, LAST, BORN, None),
        ({"starts": "day_after_settlement"}, NO_WAIT, date(2024, 11, 5), BORN, FIRST),
        ({"starts": "day_after_settlement"}, Length(3), date(2025, 5, 30), BORN, date(2025, 8, 31)),
        ({"starts": "day_after_settlement", "before_year": True}, NO_WAIT, date(2024, 11, 5), BORN, date(2024, 11, 6)),
        ({"starts": "month_after_settlement"}, NO_WAIT, date(2025, 5, 31), BORN, date(2025, 6, 1)),
        ({"starts": "month_after_settlement"}, Length(3), date(2024, 11, 5), BORN, date(2025, 4, 1)),
    ],
)
def test_the_first_day_of_cover(
    part: dict[str, Any], wait: Length, settled_on: date, born: date, start: date | None
) -> None:
    assert cover_days(case(**part), wait, settled_on, born) == ((start, LAST) if start else (None, None))


@pytest.mark.parametrize(
    ("until", "wait", "start"),
    [
        ("same_day", Length(2), date(2025, 7, 15)),
        ("day_after", Length(2), date(2025, 7, 16)),
        ("month_start", Length(2), date(2025, 7, 1)),
        ("next_month_start", Length(2), date(2025, 8, 1)),
        ("same_day", Length(1, 45), date(2025, 6, 29)),
        ("day_after", Length(0, 0), date(2025, 5, 16)),
        ("next_month_start", Length(1, 45), date(2025, 7, 1)),
    ],
)
def test_a_case_with_a_wait_of_its_own(until: str, wait: Length, start: date) -> None:
    own = case(wait={"amount": 1, "until": until})

    assert cover_days(own, wait, date(2025, 5, 15), BORN) == (start, LAST)


@pytest.mark.parametrize(
    ("wait", "gap_years", "repaired", "expected"),
    [
        ({"amount": 2}, 0, 0, Length(2)),
        ({"amount": 2, "per_gap_year": 3}, 2, 0, Length(8)),
        ({"amount": 2, "per_gap_year": 3}, 2, 1, Length(5)),
        ({"amount": 2, "per_gap_year": 3}, 1, 2, Length(2)),
        ({"amount": 59, "unit": "days"}, 0, 0, Length(1, 59)),
        ({"amount": 60, "unit": "days"}, 0, 0, Length(2, 60)),
        ({"amount": 0, "unit": "days"}, 0, 0, Length(0, 0)),
    ],
)
def test_how_long_a_wait_of_its_own_is(wait: dict[str, Any], gap_years: int, repaired: int, expected: Length) -> None:
    assert length(facts(date(2025, 5, 5)), case(wait=wait), gap_years, repaired) == expected


IN_TIME, LATE = date(2024, 11, 1), date(2025, 5, 5)


@pytest.mark.parametrize(
    ("first_adds", "on", "gap_years", "repaired", "months"),
    [
        (False, IN_TIME, 0, 0, 0),
        (False, IN_TIME, 1, 0, 3),
        (False, LATE, 0, 0, 3),
        (False, LATE, 1, 0, 3),
        (False, LATE, 2, 0, 4),
        (False, LATE, 3, 0, 5),
        (False, LATE, 3, 1, 4),
        (False, LATE, 3, 3, 3),
        # Four years wait six months at least, however many are repaired.
        (False, LATE, 4, 0, 6),
        (False, LATE, 4, 4, 6),
        (False, LATE, 5, 0, 7),
        (False, LATE, 6, 2, 6),
        (True, LATE, 0, 0, 3),
        (True, LATE, 1, 0, 4),
        (True, LATE, 3, 0, 6),
        (True, IN_TIME, 4, 0, 7),
        (True, LATE, 4, 2, 6),
    ],
)
def test_the_wait_by_broken_and_repaired_years(
    first_adds: bool, on: date, gap_years: int, repaired: int, months: int
) -> None:
    policy = Policy(with_values(POLICY.file, {"waiting.first_gap_year_adds.value": first_adds}), "x")
    own = case()

    assert waiting_months(facts(on, policy), own, gap_years, repaired) == months
    assert length(facts(on, policy), own, gap_years, repaired) == (Length(months) if months else NO_WAIT)
    assert waiting_months(facts(on, policy), case(waits=False), gap_years, repaired) == 0


@pytest.mark.parametrize(
    ("known", "year", "gap_years"),
    [
        ({}, 2025, 0),
        ({}, 2027, 2),
        ({"covered_years": frozenset({2026})}, 2027, 0),
        ({"covered_years": frozenset({2025})}, 2027, 1),
        ({"covered_years": frozenset({2024})}, 2027, 2),
        ({"covered_years": frozenset({2025, 2027})}, 2029, 1),
        ({"born": date(2025, 3, 1)}, 2028, 2),
        ({"born": date(2024, 3, 1)}, 2028, 3),
        ({"born": date(2027, 3, 1)}, 2028, 0),
        ({"hukou_since": date(2026, 12, 31)}, 2029, 2),
        ({"hukou_since": date(2020, 1, 1)}, 2028, 3),
        ({"hukou_since": date(2028, 1, 1)}, 2028, 0),
    ],
)
def test_broken_years_are_counted_back_to_the_first_covered_one(
    known: dict[str, Any], year: int, gap_years: int
) -> None:
    assert facts(date(year, 2, 1), POLICY.carried_to(year), **known).gap_years == gap_years


@pytest.mark.parametrize(
    ("ended", "covered", "on", "transfer"),
    [
        (date(2025, 1, 31), {2024, 2025}, date(2025, 5, 1), True),
        (date(2025, 1, 31), {2024, 2025}, date(2025, 6, 1), False),
        (date(2025, 1, 31), {2023, 2024}, date(2025, 2, 1), True),
        (date(2025, 1, 31), {2022, 2023}, date(2025, 2, 1), False),
        (date(2025, 1, 31), {2025}, date(2025, 2, 1), False),
        (date(2025, 1, 31), {2023, 2025}, date(2025, 2, 1), False),
        (None, {2024, 2025}, date(2025, 2, 1), False),
    ],
)
def test_a_transfer_has_a_short_gap_after_two_years(
    ended: date | None, covered: set[int], on: date, transfer: bool
) -> None:
    assert facts(on, last_cover_end=ended, covered_years=frozenset(covered)).transfer is transfer


def test_late_begins_with_the_second_after_the_window() -> None:
    person = Person(born=BORN, registered_on=POLICY.closes.date())

    assert Facts(POLICY, person, POLICY.closes).late is False
    assert Facts(POLICY, person, datetime(2025, 1, 1)).late is True


@pytest.mark.parametrize(
    ("registered_on", "late"), [(date(2024, 12, 31), False), (date(2025, 1, 1), True), (None, True)]
)
def test_whoever_registered_in_time_may_be_given_grace(registered_on: date | None, late: bool) -> None:
    graced = Policy(with_values(POLICY.file, {"window.grace_after_close": True}), "x")

    assert facts(LATE, graced, registered_on=registered_on).late is late
    assert facts(LATE, registered_on=registered_on).late is True


def test_days_from_birth_to_registration() -> None:
    assert facts(LATE, born=date(2025, 3, 1), registered_on=date(2025, 3, 31)).days_to_registration == 30
    assert facts(date(2025, 3, 2), born=date(2025, 3, 1)).days_to_registration == 1


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2025-03-01", date(2025, 3, 1)),
        (date(2025, 3, 1), date(2025, 3, 1)),
        ("1880-01-01", date(1880, 1, 1)),
        ("1879-12-31", None),
        ("2200-12-31", date(2200, 12, 31)),
        ("2201-01-01", None),
        ("2025-02-30", None),
        ("2025-3-1", None),
        ("20250301", None),
        (20250301, None),
        (datetime(2025, 3, 1), None),
        (None, None),
    ],
)
def test_a_local_fact_is_a_day_or_nothing(value: object, day: date | None) -> None:
    assert day_of(value) == day


def test_the_day_of_an_event() -> None:
    known = facts(LATE, hukou_since=date(2025, 1, 2), attributes={"discharged": "2025-02-03"})

    assert known.event("birth", None) == BORN
    assert known.event("hukou_since", None) == date(2025, 1, 2)
    assert known.event("last_cover_end", None) is None
    assert known.event("attribute", "discharged") == date(2025, 2, 3)
    assert known.event("attribute", "released") is None


@pytest.mark.parametrize(("grade", "kept"), [(None, True), (1, True), (2, True), (3, False), (4, False)])
def test_a_moderate_grade_takes_severe_disability_away_and_nothing_else(grade: int | None, kept: bool) -> None:
    held = ("orphan", "severe_disability", "advanced_age")
    rest = ("orphan", "advanced_age")

    assert effective_categories(Person(born=BORN, categories=held, disability_grade=grade)) == (held if kept else rest)
    assert effective_categories(Person(born=BORN, categories=rest, disability_grade=grade)) == rest


@pytest.mark.parametrize("wait", [{"amount": -1}, {"amount": 1, "per_gap_year": -1}])
def test_a_wait_is_never_less_than_nothing(wait: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        case(wait=wait)
