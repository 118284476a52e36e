"""What a changed condition makes a policy tell apart, exactly: no cut is missing, and none is made for nothing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from canbao.policy import Policy, policies
from canbao.policy.distinctions import Distinctions, days_asked, edges_of, month_days_asked
from canbao.policy.loading import with_values
from canbao.policy.proofs import births, further_moments

TENGZHOU = policies.get("370481-2025")
RULE = "aid.rules.orphan.when"
DAY = timedelta(days=1)


def name_of(value: dict[str, Any] | set[date]) -> str:
    """Of the condition alone: sets have no order, and each process of a test run must find the same names."""
    sets = isinstance(value, set) or any(isinstance(inner, set) for inner in value.values())
    return "expected" if sets else str(value)


def changed(values: dict[str, Any], policy: Policy = TENGZHOU) -> Policy:
    return Policy(with_values(policy.file, values), "changed")


def added(values: dict[str, Any]) -> dict[str, set[Any]]:
    """By part: what the changed policy tells apart and the policy as it is does not."""
    lacking = Distinctions.as_it_stands(TENGZHOU).missing(Distinctions.as_it_stands(changed(values)))
    return {name: set(found) for name, found in lacking.items()}


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"born": {"in_year": -5}}, {"births": {date(2020, 1, 1), date(2021, 1, 1)}}),
        (
            {"born": {"in_year": -5, "months": [3]}},
            {"births": {date(2020, month, 1) for month in range(1, 13)} | {date(2021, 1, 1)}},
        ),
        ({"born": {"on_or_after": {"date": "2001-02-28"}}}, {"births": {date(2001, 2, 28), date(2001, 3, 1)}}),
        ({"born": {"after": {"date": "2001-05-05"}}}, {"births": {date(2001, 5, 5), date(2001, 5, 6)}}),
        ({"born": {"before": {"years": -30, "month": 6}}}, {"births": {date(1995, 6, 1), date(1995, 6, 2)}}),
        ({"age": {"from": 30, "to": 39}}, {"births": {date(1985, 1, 1), date(1995, 1, 1)}}),
        ({"age": {"to": 6}}, {"births": {date(2018, 1, 1)}}),
        ({"age": {"under": 6}}, {"births": {date(2019, 1, 1)}}),
        ({"sex": "female"}, {"sex": {frozenset({"female", "male"}), frozenset({"", "female"})}}),
        ({"tier": ["low"]}, {"tier": {frozenset({"low", "high"}), frozenset({"none", "low"})}}),
        ({"hukou_in": ["370402"]}, {"hukou_area": {"370402"}}),
        ({"school_in": ["370402001000"]}, {"school_area": {"3704020010"}}),
        ({"attribute": {"house": ["red"]}}, {"attributes": {"house"}}),
        ({"registered_within_days": 30}, {"registered_within_days": {30}}),
        ({"settled": {"before_birth": True}}, {"settled_before_birth": {True}}),
        (
            {"settled": {"from": {"years": 0, "month": 3}, "until": {"years": 0, "month": 4}}},
            {"moments": {datetime(2025, 3, 1), datetime(2025, 4, 2)}},
        ),
        (
            {"hukou_since": {"on_or_after": {"date": "2020-01-01"}, "before": {"date": "2022-01-01"}}},
            {"hukou_since": {date(2020, 1, 1), date(2022, 1, 1)}},
        ),
    ],
    ids=name_of,
)
def test_a_condition_is_told_apart_at_its_edges_and_nowhere_else(
    when: dict[str, Any], expected: dict[str, set[Any]]
) -> None:
    assert added({RULE: when}) == expected


def test_months_of_any_year_are_told_apart_for_everyone_alive() -> None:
    (found,) = added({RULE: {"born": {"months": [3]}}}).values()
    cuts = {date(year, month, 1) for year in range(1875, 2027) for month in range(1, 13)}

    assert found == cuts - Distinctions.as_it_stands(TENGZHOU).births


def test_what_people_of_different_areas_permits_and_years_are_told_apart_by() -> None:
    earlier = added({"waiting.gap_years_from.value": 2022})
    assert earlier == {"gap_years": {2022, 2023, 2024}, "births": {date(year, 1, 1) for year in (2021, 2022, 2023)}}
    assert added({"waiting.transfer.gap_months_max": 6}) == {"transfers": {(6, 2)}}
    assert added({"scope.area": ["370402"]})["residence_area"] == {"370402"}
    assert added({"window.opens": "2024-09-05"})["opens"] == {date(2024, 9, 5)}
    assert added({"window.closes": "2025-01-05"})["registered_until"] == {date(2025, 1, 5)}
    assert added({"age.counted_on": "settlement"})["ages_at_settlement"] == {18, 60, 70}


def test_a_reading_with_an_earlier_first_year_tells_all_its_years_apart() -> None:
    reading = {"zh": "一", "en": "one", "set": {"waiting.gap_years_from.value": 2023}}
    code = next(iter(TENGZHOU.readings))
    policy = changed({f"readings.{code}.alternatives": [reading]})

    assert Distinctions.as_it_stands(policy).gap_years == frozenset()
    assert Distinctions.of(policy).gap_years == {2023, 2024}


def test_days_of_every_month_are_edges_until_the_last_day_that_counts() -> None:
    policy = changed({RULE: {"settled": {"month_days": {"from": 26, "to": 31}}}})
    edges = {edge.date() for edge in edges_of(policy) if edge.time() == datetime.min.time()}

    assert month_days_asked(policy) == {1, 26, 32}
    assert {date(2024, 1, 1), date(2024, 1, 26), date(2024, 2, 1), date(2024, 10, 26), date(2025, 12, 26)} <= edges
    # 32 stands for the day after a 31st; after a shorter month it is a day or two late, which tells nothing apart.
    assert {date(2025, 3, 4), date(2025, 5, 2)} <= edges
    assert max(edges) == date(2027, 1, 1) and min(edges) == date(2024, 1, 1)
    assert days_asked(policy) == set()
    assert month_days_asked(TENGZHOU) == set()
    assert [f"{moment:%m-%d %H}" for moment in further_moments(policy)] == ["06-01 00", "06-26 00", "07-02 00"]


def test_a_period_of_cover_of_its_own_is_told_apart() -> None:
    last = list(TENGZHOU.file.cover)[-1]
    policy = changed({f"cover.{last}.period": {"first": {"years": 0, "month": 9}, "last": {"years": 1, "month": 8}}})

    assert days_asked(policy) == {date(2025, 9, 1), date(2026, 8, 2)}
    assert further_moments(policy) == [datetime(2025, 9, 1), datetime(2026, 8, 2)]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({}, set()),
        ({"age": {"from": 60, "to": 69}}, {date(1955, 1, 1), date(1965, 1, 1)}),
        ({"age": {"to": 17}}, {date(2007, 1, 1)}),
        ({"born": {"on_or_after": {"date": "2001-02-28"}}}, {date(2001, 2, 28)}),
        ({"born": {"after": {"date": "2001-02-28"}}}, {date(2001, 3, 1)}),
        ({"born": {"before": {"date": "2001-02-28"}}}, {date(2001, 2, 28)}),
        ({"born": {"in_year": -2}}, {date(2023, 1, 1), date(2024, 1, 1)}),
        ({"born": {"in_year": -2, "months": [6, 11]}}, {date(2023, m, 1) for m in (1, 6, 11)} | {date(2024, 1, 1)}),
        ({"born": {"in_window": True}}, {TENGZHOU.opens.date(), TENGZHOU.closes.date() + DAY}),
        (
            {"settled_within": {"of": "birth", "days": 90}},
            {date(2024, 7, 3), date(2024, 7, 2), date(2024, 10, 3), date(2024, 10, 2)},
        ),
        (
            {"settled_within": {"of": "birth", "months": 3}},
            {date(2024, 7, 1), date(2024, 6, 30), date(2024, 10, 1), date(2024, 9, 30)},
        ),
    ],
    ids=name_of,
)
def test_proofs_try_one_birth_on_each_side_of_each_edge(when: dict[str, Any], expected: set[date]) -> None:
    parts = [] if not when else [changed({RULE: when}).file.aid.rules["orphan"].when]
    opens = TENGZHOU.opens.date()
    always = {TENGZHOU.year_start, opens, opens + DAY}

    found = births(TENGZHOU, [part for part in parts if part is not None])

    assert found == [min(always | expected) - 400 * DAY, *sorted(always | expected)]
