"""Each key of a condition, just on its side of the edge and just beyond it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from canbao.policy import Person, policies
from canbao.policy.conditions import Condition, area_prefix, categories_of, compile_condition, walk
from canbao.policy.facts import Facts

POLICY = policies.get("370481-2025")
NOON = datetime(2025, 5, 15, 12)


def holds(condition: dict[str, Any], on: datetime = NOON, **known: Any) -> bool:
    facts = Facts(POLICY, Person(**{"born": date(1980, 5, 5), **known}), on)
    test = compile_condition(Condition.model_validate(condition), POLICY.frame)
    answer = test(facts)
    assert isinstance(answer, bool)
    return answer


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text} 12:00:00")


ADULT = {"age": {"from": 18}}
WOMAN = {"sex": "female"}


@pytest.mark.parametrize(
    ("condition", "known", "expected"),
    [
        ({"all": [ADULT, WOMAN]}, {"sex": "female"}, True),
        ({"all": [ADULT, WOMAN]}, {"sex": "male"}, False),
        ({"any": [ADULT, WOMAN]}, {"sex": "male"}, True),
        ({"any": [{"age": {"under": 18}}, WOMAN]}, {"sex": "male"}, False),
        ({"not": WOMAN}, {"sex": "male"}, True),
        ({"not": WOMAN}, {"sex": "female"}, False),
        ({"not": {}}, {}, False),
        ({"any": [{}, WOMAN]}, {"sex": "male"}, True),
        ({}, {}, True),
        # Two keys, and three, must hold together.
        ({**ADULT, **WOMAN}, {"sex": "female"}, True),
        ({**ADULT, **WOMAN}, {"sex": "male"}, False),
        ({**ADULT, **WOMAN, "hukou_kind": "rural"}, {"sex": "female", "hukou_kind": "rural"}, True),
        ({**ADULT, **WOMAN, "hukou_kind": "rural"}, {"sex": "female", "hukou_kind": "urban"}, False),
        # 44 years on the last day of 2024.
        ({"age": {"from": 44}}, {}, True),
        ({"age": {"from": 45}}, {}, False),
        ({"age": {"to": 44}}, {}, True),
        ({"age": {"to": 43}}, {}, False),
        ({"age": {"under": 45}}, {}, True),
        ({"age": {"under": 44}}, {}, False),
        ({"age": {"from": 0, "to": 0}}, {"born": date(2024, 6, 1)}, True),
        ({"age": {"to": 0}}, {"born": date(2025, 6, 1)}, True),
        ({"age": {"from": 3}}, {"born": date(1880, 1, 1)}, True),
        ({"born": {"on_or_after": {"date": "1980-05-05"}}}, {}, True),
        ({"born": {"on_or_after": {"date": "1980-05-06"}}}, {}, False),
        ({"born": {"after": {"date": "1980-05-04"}}}, {}, True),
        ({"born": {"after": {"date": "1980-05-05"}}}, {}, False),
        ({"born": {"before": {"date": "1980-05-06"}}}, {}, True),
        ({"born": {"before": {"date": "1980-05-05"}}}, {}, False),
        ({"born": {"before": {"years": -45, "month": 5, "day": 6}}}, {}, True),
        ({"born": {"before": {"years": -45}}}, {}, False),
        ({"born": {"in_year": -45}}, {}, True),
        ({"born": {"in_year": -44}}, {}, False),
        ({"born": {"months": [4, 5]}}, {}, True),
        ({"born": {"months": [4, 6]}}, {}, False),
        ({"born": {"in_window": True}}, {"born": date(2024, 10, 1)}, True),
        ({"born": {"in_window": True}}, {"born": date(2024, 9, 30)}, False),
        ({"born": {"in_window": True}}, {"born": date(2024, 12, 31)}, True),
        ({"born": {"in_window": False}}, {"born": date(2025, 1, 1)}, True),
        ({"born": {"in_window": False}}, {"born": date(2024, 12, 31)}, False),
        ({"registered_within_days": 44}, {"born": date(2025, 4, 1)}, True),
        ({"registered_within_days": 43}, {"born": date(2025, 4, 1)}, False),
        ({"registration": "in_window"}, {"registered_on": date(2024, 12, 31)}, True),
        ({"registration": "in_window"}, {"registered_on": date(2025, 1, 1)}, False),
        ({"registration": "late"}, {"registered_on": date(2025, 1, 1)}, True),
        ({"registration": "late"}, {"registered_on": date(2024, 12, 31)}, False),
        ({"student": ["pupil", "preschool"]}, {"student": "pupil"}, True),
        ({"student": ["pupil", "preschool"]}, {"student": "university"}, False),
        ({"hukou_in": ["370400"]}, {"hukou_area": "370481001001"}, True),
        ({"hukou_in": ["370400"]}, {"hukou_area": "370581"}, False),
        ({"hukou_in": ["370400"]}, {}, False),
        ({"residence_in": ["370481", "370402"]}, {"residence_area": "370402"}, True),
        ({"residence_in": ["370481"]}, {"hukou_area": "370481"}, False),
        ({"school_in": ["370481"]}, {"school_area": "370481"}, True),
        ({"school_in": ["370481"]}, {"residence_area": "370481"}, False),
        ({"hukou_kind": "rural"}, {"hukou_kind": "rural"}, True),
        ({"hukou_kind": "rural"}, {}, False),
        ({"permit": ["hmt", "class_b"]}, {"residence_permit": "class_b"}, True),
        ({"permit": ["hmt", "class_b"]}, {}, False),
        ({"permit_relation": ["spouse"]}, {"permit_relation": "spouse"}, True),
        ({"permit_relation": ["spouse"]}, {}, False),
        ({"category": ["orphan", "advanced_age"]}, {"categories": ("advanced_age",)}, True),
        ({"category": ["orphan"]}, {"categories": ("advanced_age",)}, False),
        ({"tier": ["none"]}, {}, True),
        ({"tier": ["high"]}, {"tier": "high"}, True),
        ({"tier": ["none", "low"]}, {"tier": "high"}, False),
        ({"attribute": {"farmer": [True]}}, {"attributes": {"farmer": True}}, True),
        ({"attribute": {"farmer": [True]}}, {"attributes": {"farmer": False}}, False),
        ({"attribute": {"farmer": [True]}}, {}, False),
        ({"attribute": {"stage": [1, 2], "town": ["east"]}}, {"attributes": {"stage": 2, "town": "east"}}, True),
        ({"attribute": {"stage": [1, 2], "town": ["east"]}}, {"attributes": {"stage": 2, "town": "west"}}, False),
        ({"timing": "late"}, {}, True),
        ({"timing": "in_window"}, {}, False),
        ({"transfer": False}, {}, True),
        ({"transfer": True}, {}, False),
        ({"gap_years": {"to": 0}}, {}, True),
        ({"gap_years": {"from": 1}}, {}, False),
        ({"aided": False}, {}, True),
        ({"aided": True}, {}, False),
        ({"class": ["resident"]}, {}, False),
        ({"hukou_since": {"on_or_after": {"date": "2025-01-02"}}}, {"hukou_since": date(2025, 1, 2)}, True),
        ({"hukou_since": {"on_or_after": {"date": "2025-01-02"}}}, {"hukou_since": date(2025, 1, 1)}, False),
        ({"hukou_since": {"on_or_after": {"date": "2025-01-02"}}}, {}, False),
        ({"hukou_since": {"before": {"date": "2025-01-02"}}}, {"hukou_since": date(2025, 1, 1)}, True),
        ({"hukou_since": {"before": {"date": "2025-01-02"}}}, {"hukou_since": date(2025, 1, 2)}, False),
    ],
)  # fmt: skip
def test_a_condition_about_a_person(condition: dict[str, Any], known: dict[str, Any], expected: bool) -> None:
    assert holds(condition, **known) is expected


MAY = {"from": {"years": 0, "month": 5, "day": 10}, "until": {"years": 0, "month": 5, "day": 20}}
SOON = {"of": "hukou_since", "months": 1}


@pytest.mark.parametrize(
    ("condition", "on", "known", "expected"),
    [
        ({"settled": MAY}, "2025-05-10", {}, True),
        ({"settled": MAY}, "2025-05-09", {}, False),
        ({"settled": MAY}, "2025-05-20", {}, True),
        ({"settled": MAY}, "2025-05-21", {}, False),
        ({"settled": {"from": MAY["from"]}}, "2025-12-31", {}, True),
        ({"settled": {"until": MAY["until"]}}, "2024-10-01", {}, True),
        ({"settled": {"month_days": {"from": 5, "to": 25}}}, "2025-06-05", {}, True),
        ({"settled": {"month_days": {"from": 5, "to": 25}}}, "2025-06-04", {}, False),
        ({"settled": {"month_days": {"from": 5, "to": 25}}}, "2025-06-25", {}, True),
        ({"settled": {"month_days": {"from": 5, "to": 25}}}, "2025-06-26", {}, False),
        ({"settled": {"month_days": {"to": 25}}}, "2025-06-01", {}, True),
        ({"settled": {"month_days": {"from": 5}}}, "2025-07-31", {}, True),
        ({"settled": {"before_birth": True}}, "2025-06-04", {"born": date(2025, 6, 5)}, True),
        ({"settled": {"before_birth": True}}, "2025-06-05", {"born": date(2025, 6, 5)}, False),
        ({"settled": {"before_birth": False}}, "2025-06-05", {"born": date(2025, 6, 5)}, True),
        ({"settled_within": {"of": "birth", "days": 30}}, "2025-05-01", {"born": date(2025, 4, 1)}, True),
        ({"settled_within": {"of": "birth", "days": 30}}, "2025-05-02", {"born": date(2025, 4, 1)}, False),
        ({"settled_within": {"of": "birth", "days": 0}}, "2025-04-01", {"born": date(2025, 4, 1)}, True),
        ({"settled_within": {"of": "birth", "days": 0}}, "2025-04-02", {"born": date(2025, 4, 1)}, False),
        ({"settled_within": SOON}, "2025-02-28", {"hukou_since": date(2025, 1, 31)}, True),
        ({"settled_within": SOON}, "2025-03-01", {"hukou_since": date(2025, 1, 31)}, False),
        ({"settled_within": SOON}, "2025-03-01", {}, False),
        ({"settled_within": {"of": "birth", "months": 0}}, "2025-04-01", {"born": date(2025, 4, 1)}, True),
        ({"settled_within": {"of": "birth", "months": 0}}, "2025-04-02", {"born": date(2025, 4, 1)}, False),
        (
            {"settled_within": {"of": "attribute", "attribute": "freed", "days": 3}},
            "2025-04-04", {"attributes": {"freed": "2025-04-01"}}, True,
        ),
        ({"settled_within": {"of": "attribute", "attribute": "freed", "days": 3}}, "2025-04-04", {}, False),
    ],
)  # fmt: skip
def test_a_condition_about_the_day_of_settling(
    condition: dict[str, Any], on: str, known: dict[str, Any], expected: bool
) -> None:
    assert holds(condition, at(on), **known) is expected


@pytest.mark.parametrize(
    "wrong",
    [
        {"age": {"from": -1}},
        {"age": {"to": -1}},
        {"age": {"under": -1}},
        {"born": {"after": {}}},
        {"born": {"after": {"date": "2025-01-01", "years": 0}}},
        {"born": {"after": {"years": 0, "month": 13}}},
        {"born": {"after": {"years": 0, "month": 0}}},
        {"born": {"after": {"years": 0, "day": 0}}},
        {"born": {"after": {"years": 0, "month": 1, "day": 32}}},
        {"born": {"after": {"years": 0, "month": 2, "day": 29}}},
        {"settled": {"month_days": {"from": 0}}},
        {"settled": {"month_days": {"from": 32}}},
        {"settled": {"month_days": {"to": 0}}},
        {"settled": {"month_days": {"to": 32}}},
        {"settled_within": {"of": "birth", "days": -1}},
        {"settled_within": {"of": "birth", "months": -1}},
        {"settled_within": {"of": "birth", "days": 1, "months": 1}},
        {"settled_within": {"of": "birth", "days": 1, "attribute": "freed"}},
        {"sex": "woman"},
        {"no_such_key": True},
    ],
)
def test_a_condition_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Condition.model_validate(wrong)


@pytest.mark.parametrize(
    "right",
    [
        {"born": {"after": {"years": 0, "month": 12, "day": 31}}},
        {"settled": {"month_days": {"from": 1, "to": 1}}},
        {"settled": {"month_days": {"from": 31, "to": 31}}},
    ],
)
def test_the_ends_of_a_month_and_a_year_are_allowed(right: dict[str, Any]) -> None:
    assert Condition.model_validate(right).model_dump(exclude_none=True, by_alias=True).keys() == right.keys()


def test_a_day_of_the_year_is_its_first_unless_it_says_more() -> None:
    year_start = Condition.model_validate({"born": {"after": {"years": -1}}}).born
    assert year_start is not None and year_start.after is not None

    assert year_start.after.resolve(2025) == date(2024, 1, 1)


def test_a_condition_cannot_be_altered() -> None:
    with pytest.raises(ValidationError):
        Condition(sex="female").sex = "male"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("code", "prefix"),
    [("370000", "37"), ("370400", "3704"), ("370481", "370481"), ("370481001000", "3704810010"), ("000000", "00")],
)
def test_an_area_reaches_as_far_as_its_digits(code: str, prefix: str) -> None:
    assert area_prefix(code) == prefix


def test_a_walk_meets_every_part() -> None:
    whole = Condition.model_validate(
        {"all": [{"category": ["orphan"]}], "any": [{"not": {"category": ["advanced_age"]}}], "category": ["hmt"]}
    )

    assert len(list(walk(whole))) == 4
    assert list(walk(None)) == []
    assert categories_of(whole) == {"orphan", "advanced_age", "hmt"}
    assert categories_of(None) == frozenset()
