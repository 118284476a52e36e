"""Each other answer to an open question is one switch, and switches what it says for the people whom it concerns."""

from __future__ import annotations

import random
from typing import Any

import pytest

from canbao.policy import Person, Policy, policies, quote
from canbao.policy.assess import assess, work_out
from canbao.policy.readings import readings_used

from .people import person
from .test_cases import cases_of, policy_path

IDS = policies.ids()
PLACES = {wanted: policy_path(wanted) for wanted in IDS}

# (policy, reading, which alternative, person, column, as read, the other way[, as_year])
WEIFANG = {"hukou_area": "370702", "birth_date": "1980-05-05", "tier": "low"}
PINGYIN = {"hukou_area": "370124", "birth_date": "1980-01-01"}
TENGZHOU = {"hukou_area": "370481", "birth_date": "1994-06-01"}
SHUOZHOU = {"hukou_area": "140602", "birth_date": "1979-06-01"}
SHANGHAI = {"hukou_area": "310101", "birth_date": "1990-06-01"}
LATE, IN_TIME = {"paid_at": "2025-05-10T09:00:00"}, {"paid_at": "2024-12-01T09:00:00"}
BROKEN = {"covered_years": [2024], "paid_at": "2026-12-01T09:00:00"}
ENDED = {"last_cover_end": "2025-03-31", "covered_years": [2024, 2025], **LATE}
STUDENT = {"student": "university", "school_area": "370102"}
REGISTERED = {"registered_on": "2024-12-20", "paid_at": "2024-12-27T09:00:00"}
PUPIL = {"birth_date": "2005-03-01", "student": "pupil", "school_area": "310104"}
VOCATIONAL = {"birth_date": "2004-03-01", "student": "vocational", "school_area": "310104"}
Row = tuple[str, str, int, dict[str, Any], str, object, object, int | None]

SWITCHES: list[Row] = [
    ("370481-2025", "A-01", 0, {**TENGZHOU, "birth_date": "1965-01-01", **IN_TIME}, "personal_fen", 40000, 20000, None),
    ("370481-2025", "A-01", 1, {**TENGZHOU, "birth_date": "1964-12-31", **IN_TIME}, "personal_fen", 20000, 40000, None),
    ("370700-2025", "A-04", 0, {**WEIFANG, **BROKEN}, "waiting_months", 4, 5, 2027),
    ("370124-2025", "A-04", 0, {**PINGYIN, **BROKEN}, "waiting_months", 4, 5, 2027),
    ("370481-2025", "A-04", 0, {**TENGZHOU, **BROKEN}, "waiting_months", 4, 5, 2027),
    ("310000-2025", "A-04", 0, {**SHANGHAI, **BROKEN}, "waiting_months", 5, 4, 2027),
    ("140600-2025", "A-04", 0, {**SHUOZHOU, **BROKEN}, "waiting_months", 5, 4, 2027),
    ("370481-2025", "A-06", 0, {**TENGZHOU, **LATE}, "benefit_start", "2025-08-10", "2025-08-01", None),
    ("370481-2025", "A-06", 1, {**TENGZHOU, **LATE}, "benefit_start", "2025-08-10", "2025-08-11", None),
    ("370481-2025", "A-07", 0, {**TENGZHOU, **BROKEN}, "benefit_start", "2027-05-01", "2027-04-01", 2027),
    ("370481-2025", "A-10", 0, {**TENGZHOU, **BROKEN, "repair_years": 1}, "repair_fen", 40000, None, 2027),
    ("370481-2025", "A-13", 0, {**TENGZHOU, **LATE, "categories": ["orphan"]}, "waiting_months", 3, 0, None),
    ("370481-2025", "A-13", 1, {**TENGZHOU, **ENDED}, "waiting_months", 0, 3, None),
    ("370700-2025", "A-20", 0, {**WEIFANG, **IN_TIME, "insured_elsewhere": True}, "eligible", False, True, None),
    (
        "370481-2025", "A-21", 0, {**TENGZHOU, "birth_date": "2025-04-01", **LATE},
        "benefit_start", "2025-05-10", "2025-04-01", None,
    ),
    ("370700-2025", "A-22", 0, {**WEIFANG, "birth_date": "2006-12-31", **IN_TIME}, "standard_fen", 40000, 38000, None),
    ("370700-2025", "A-23", 0, {**WEIFANG, "tier": None, **IN_TIME}, "standard_fen", None, 40000, None),
    ("370700-2025", "A-23", 1, {**WEIFANG, "tier": None, **IN_TIME}, "standard_fen", None, 51000, None),
    (
        "370700-2025", "A-25", 0, {**WEIFANG, "tier": "high", "categories": ["orphan"]},
        "personal_fen", 11000, 0, None,
    ),
    (
        "370700-2025", "A-29", 0, {**WEIFANG, "birth_date": "2024-11-05", "paid_at": "2024-11-20T09:00:00"},
        "benefit_start", "2025-01-01", "2024-11-20", None,
    ),
    ("370124-2025", "A-31", 0, {**PINGYIN, "birth_date": "2007-01-01", **IN_TIME}, "class", "child", "adult", None),
    (
        "370124-2025", "A-33", 0, {**PINGYIN, "birth_date": "2005-05-05", "student": "pupil", **IN_TIME},
        "standard_fen", 39000, 44000, None,
    ),
    ("370124-2025", "A-38", 0, {**PINGYIN, **STUDENT, **LATE}, "personal_fen", 24000, 44000, None),
    ("370124-2025", "A-39", 0, {**PINGYIN, **BROKEN}, "waiting_months", 4, 3, 2027),
    (
        "370481-2025", "A-42", 0, {**TENGZHOU, "categories": ["orphan", "severe_disability"]},
        "city_finance_fen", 0, 40000, None,
    ),
    (
        "370481-2025", "A-43", 0, {**TENGZHOU, "birth_date": "1950-06-01", "categories": ["family_planning_one_girl"]},
        "township_finance_fen", 0, 20000, None,
    ),
    (
        "140600-2025", "A-57", 0, {**SHUOZHOU, "categories": ["poverty_returned", "subsistence_allowance"], **IN_TIME},
        "personal_fen", 4000, 8000, None,
    ),
    (
        "140600-2025", "A-58", 0, {**SHUOZHOU, "categories": ["poverty_monitored_sudden"], **IN_TIME},
        "personal_fen", 40000, 12000, None,
    ),
    (
        "140600-2025", "A-61", 0, {**SHUOZHOU, "paid_at": "2025-01-15T09:00:00"},
        "benefit_start", "2025-01-15", "2025-01-01", None,
    ),
    (
        "140600-2025", "A-61", 1, {**SHUOZHOU, "paid_at": "2025-01-15T09:00:00"},
        "benefit_start", "2025-01-15", "2025-02-01", None,
    ),
    (
        "140600-2025", "A-62", 0, {**SHUOZHOU, "birth_date": "2025-03-01", "registered_on": "2025-05-30"},
        "personal_fen", 0, 40000, None,
    ),
    (
        "140600-2025", "A-63", 1,
        {**SHUOZHOU, "birth_date": "2024-12-10", "registered_on": "2025-01-20", "paid_at": "2025-01-20T09:00:00"},
        "benefit_start", "2025-01-20", "2025-01-01", None,
    ),
    (
        "140600-2025", "A-63", 0,
        {**SHUOZHOU, "birth_date": "2024-12-10", "registered_on": "2025-03-05", "paid_at": "2025-03-05T09:00:00"},
        "waiting_months", 0, 3, None,
    ),
    ("310000-2025", "A-66", 0, {**SHANGHAI, "birth_date": "1965-06-01", **IN_TIME}, "personal_fen", 99500, 82500, None),
    ("310000-2025", "A-66", 1, {**SHANGHAI, "birth_date": "1964-12-31", **IN_TIME}, "personal_fen", 82500, 99500, None),
    ("310000-2025", "A-67", 0, {**SHANGHAI, "birth_date": "2006-06-01", **IN_TIME}, "personal_fen", 35500, 99500, None),
    ("310000-2025", "A-73", 0, {**SHANGHAI, **REGISTERED}, "waiting_months", 3, 0, None),
    ("310000-2025", "A-68", 0, {**SHANGHAI, **VOCATIONAL, **IN_TIME}, "class", "age_19_59", "child_pupil", None),
    ("310000-2025", "A-68", 1, {**SHANGHAI, **PUPIL, **IN_TIME}, "class", "child_pupil", "age_19_59", None),
    (
        "310000-2025", "A-70", 0,
        {**SHANGHAI, "birth_date": "1959-06-01", "categories": ["subsistence_margin", "severe_disability"]},
        "personal_fen", 0, 12000, None,
    ),
    ("310000-2025", "A-79", 0, {**SHANGHAI, **ENDED}, "waiting_months", 0, 3, None),
]  # fmt: skip


def switched(policy: Policy, reading: str, which: int) -> Policy:
    return policy.alternatives[reading][which]


def value(policy: Policy, person: dict[str, Any], column: str, as_year: int | None) -> object:
    return quote(policy, person, as_year=as_year).as_dict()[column]


@pytest.mark.parametrize("row", SWITCHES, ids=lambda row: f"{row[0]} {row[1]} {row[2]}")
def test_a_switch_changes_what_it_says(row: Row) -> None:
    wanted, reading, which, person, column, read, otherwise, year = row
    policy = policies.get(wanted)

    assert value(policy, person, column, year) == read
    assert value(switched(policy, reading, which), person, column, year) == otherwise


@pytest.mark.parametrize("row", SWITCHES, ids=lambda row: f"{row[0]} {row[1]} {row[2]}")
def test_whoever_a_switch_would_change_is_told_that_the_answer_is_provisional(row: Row) -> None:
    wanted, reading, _, person, *_, year = row
    answer = quote(policies.get(wanted), person, as_year=year)

    assert answer.provisional or not answer.eligible
    assert not answer.eligible or reading in {code for step in answer.steps for code in step.readings}


@pytest.mark.parametrize("wanted", IDS)
def test_no_switch_touches_a_case_that_does_not_rest_on_it(wanted: str) -> None:
    """Whoever is told that nothing is provisional gets the same figures and dates under every listed reading."""
    policy = policies.get(wanted)
    others = [other for code in readings_used(policy) for other in policy.alternatives[code]]
    settled = 0
    for case in cases_of(wanted).cases:
        if "bad" in case.expect:
            continue
        answer = quote(policy, case.person, on=case.on, as_year=case.as_year)
        if answer.provisional or not answer.eligible:
            continue
        settled += 1
        person = Person.parse(case.person)
        for other in others:
            same = work_out(other.carried_to(case.as_year), person, case.on).answer
            assert same.figures == answer.figures, case.name
    assert settled > 10


@pytest.mark.parametrize("wanted", IDS)
def test_every_alternative_that_the_policy_uses_is_tried_somewhere(wanted: str) -> None:
    """A switch of the national layer is tried for one policy; a switch of an area for that area."""
    policy = policies.get(wanted)
    tried = {(reading, which) for _, reading, which, *_ in SWITCHES}
    used = {
        (code, which)
        for code in readings_used(policy)
        for which, other in enumerate(policy.readings[code].alternatives)
        if other.set
    }

    assert used - tried == set()


@pytest.mark.parametrize("wanted", policies.ids())
def test_provisional_is_what_working_out_every_other_reading_gives(wanted: str) -> None:
    policy = policies.get(wanted)
    rng = random.Random(f"readings {wanted}")
    for number in range(400):
        read = Person.parse(person(rng, policy, number), categories=policy.categories)
        answer = assess(policy, read).answer
        used = {code for step in answer.steps for code in step.readings}
        others = [work_out(other, read, None).answer for code in used for other in policy.alternatives[code]]
        differs = any(other.figures != answer.figures for other in others)

        assert answer.provisional == (differs or any(policy.readings[code].open for code in used)), read


def test_under_the_other_reading_who_pays_in_time_is_never_covered_later_than_who_pays_late() -> None:
    policy = policies.get("140600-2025")
    days = ["2024-12-15", "2025-01-20", "2025-02-28", "2025-03-05", "2025-03-10"]
    born = {**SHUOZHOU, "birth_date": "2024-12-10"}
    people = [{**born, "registered_on": day, "paid_at": f"{day}T09:00:00"} for day in days]

    as_read, other = ([str(quote(each, facts).benefit_start) for facts in people]
                      for each in (policy, policy.alternatives["A-63"][1]))  # fmt: skip

    assert as_read == ["2025-01-01", "2025-01-20", "2025-02-28", "2025-01-01", "2025-01-01"]
    assert other == ["2025-01-01"] * 5
