"""Laws that hold for everyone under every policy, tried on invented people near the edges."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canbao.policy import Answer, BadPerson, policies, quote
from canbao.policy.codes import CATEGORIES, PAYERS, PERSON_COLUMNS
from canbao.policy.distinctions import parts_of, readings_of

from .people import person

IDS = policies.ids()
YEARS = (None, 2026, 2028, 2031)
SETTINGS = settings(max_examples=250, deadline=None, derandomize=True)


@st.composite
def situations(draw: st.DrawFn) -> tuple[str, int | None, dict[str, Any]]:
    """A policy, a year and a person of whom nothing is bad."""
    wanted, year = draw(st.sampled_from(IDS)), draw(st.sampled_from(YEARS))
    seed = draw(st.integers(0, 2**32))
    return wanted, year, person(random.Random(seed), policies.get(wanted).carried_to(year), seed)


def asked(wanted: str, year: int | None, facts: dict[str, Any]) -> Answer:
    return quote(policies.get(wanted), facts, as_year=year)


def without_id(facts: dict[str, Any]) -> dict[str, Any]:
    return {column: value for column, value in facts.items() if column != "person_id"}


@given(situations())
@SETTINGS
def test_payers_and_person_add_up_and_nothing_is_negative(case: tuple[str, int | None, dict[str, Any]]) -> None:
    row = asked(*case).row()
    if not row["eligible"]:
        assert row["reason"]
        assert all(row[column] is None for column in row if column.endswith("_fen") or column.startswith("benefit_s"))
        return
    paid = [row[f"{payer}_fen"] for payer in PAYERS]

    assert row["personal_fen"] + sum(paid) == row["standard_fen"]
    assert min(row["personal_fen"], row["repair_fen"], *paid) >= 0
    assert (row["award"] is None) is (sum(paid) == 0)


@given(situations())
@SETTINGS
def test_cover_lies_in_its_year_and_its_days_come_together(case: tuple[str, int | None, dict[str, Any]]) -> None:
    answer = asked(*case)
    policy = policies.get(case[0]).carried_to(case[1])
    if answer.benefit_start is None:
        assert answer.benefit_end is None
        return

    assert answer.benefit_end == policy.year_end
    assert answer.benefit_start <= policy.year_end
    assert answer.benefit_start >= (policy.opens.date() if case[0].startswith("3707") else policy.year_start)


@given(situations(), st.sampled_from(CATEGORIES))
@SETTINGS
def test_one_more_category_never_means_more_to_pay(case: tuple[str, int | None, dict[str, Any]], code: str) -> None:
    wanted, year, facts = case
    facts = {**facts, "categories": [c for c in facts.get("categories") or [] if c != code], "disability_grade": None}
    facts.setdefault("paid_at", policies.get(wanted).carried_to(year).opens.isoformat())
    less, more = asked(wanted, year, facts), asked(wanted, year, {**facts, "categories": [*facts["categories"], code]})
    if less.eligible:
        assert more.personal_fen is not None and less.personal_fen is not None
        assert more.personal_fen <= less.personal_fen


@given(situations(), st.integers(1, 300 * 86_400))
@SETTINGS
def test_paying_later_never_means_earlier_cover(case: tuple[str, int | None, dict[str, Any]], seconds: int) -> None:
    wanted, year, facts = case
    policy = policies.get(wanted).carried_to(year)
    paid = datetime.fromisoformat(facts.get("paid_at") or policy.opens.isoformat())
    later = paid + timedelta(seconds=seconds)
    if facts.get("last_cover_end"):
        return  # a transfer may fall out of its three months, and the years of another insurance into another year
    first = asked(wanted, year, {**facts, "paid_at": paid.isoformat()})
    second = asked(wanted, year, {**facts, "paid_at": later.isoformat()})
    if second.benefit_start is not None and first.waiting_months is not None:
        assert first.benefit_start is not None
        assert first.benefit_start <= second.benefit_start


@given(situations(), st.integers(0, 4))
@SETTINGS
def test_repairing_more_never_waits_longer(case: tuple[str, int | None, dict[str, Any]], years: int) -> None:
    wanted, year, facts = case
    fewer = asked(wanted, year, {**facts, "repair_years": years})
    more = asked(wanted, year, {**facts, "repair_years": years + 1})
    if more.waiting_months is not None and more.standard_fen is not None:
        assert fewer.waiting_months is not None
        assert more.waiting_months <= fewer.waiting_months
        assert more.repair_fen == (years + 1) * more.standard_fen
        assert more.personal_fen == fewer.personal_fen


@given(situations())
@SETTINGS
def test_the_own_year_is_no_projection(case: tuple[str, int | None, dict[str, Any]]) -> None:
    wanted, _, facts = case
    try:
        own = quote(policies.get(wanted), facts)
    except BadPerson:
        with pytest.raises(BadPerson):
            quote(policies.get(wanted), facts, as_year=policies.get(wanted).benefit_year)
        return

    assert quote(policies.get(wanted), facts, as_year=policies.get(wanted).benefit_year).as_dict() == own.as_dict()
    assert own.projected is False


@given(situations(), st.randoms(use_true_random=False))
@SETTINGS
def test_the_order_of_keys_and_categories_does_not_matter(
    case: tuple[str, int | None, dict[str, Any]], rng: random.Random
) -> None:
    wanted, year, facts = case
    keys = rng.sample(sorted(facts), len(facts))
    shuffled = {key: facts[key] for key in keys}
    if shuffled.get("categories"):
        shuffled["categories"] = rng.sample(shuffled["categories"], len(shuffled["categories"]))
    if shuffled.get("covered_years"):
        shuffled["covered_years"] = rng.sample(shuffled["covered_years"], len(shuffled["covered_years"]))

    assert asked(wanted, year, shuffled).as_dict() == asked(wanted, year, facts).as_dict()


@given(situations())
@SETTINGS
def test_columns_that_the_policy_does_not_ask_for_do_not_matter(case: tuple[str, int | None, dict[str, Any]]) -> None:
    wanted, year, facts = case
    used = parts_of(readings_of(policies.get(wanted)))
    other: dict[str, Any] = {"sex": "female", "id_number": "护照 E12345678", "attributes": {"house": "red"}}
    for column in ("tier", "hukou_kind"):
        if not any(getattr(part, column) for part in used):
            other[column] = None
    if not any(part.registered_within_days for part in used) and facts.get("paid_at"):
        other["registered_on"] = facts["paid_at"][:10]
    if wanted == "310000-2025":
        other.pop("registered_on", None)
    facts = {**facts, "id_number": None, "birth_date": facts["birth_date"] or "1980-01-01"}

    assert asked(wanted, year, {**facts, **other}).as_dict() == asked(wanted, year, facts).as_dict()


@given(situations())
@SETTINGS
def test_nulls_are_the_same_as_nothing(case: tuple[str, int | None, dict[str, Any]]) -> None:
    wanted, year, facts = case
    full = {column: facts.get(column) for column in PERSON_COLUMNS}
    given_only = {column: value for column, value in facts.items() if value not in (None, [], False)}

    assert asked(wanted, year, full).as_dict() == asked(wanted, year, given_only).as_dict()


@given(situations())
@SETTINGS
def test_the_day_asked_about_is_ignored_where_the_person_says_it(case: tuple[str, int | None, dict[str, Any]]) -> None:
    wanted, year, facts = case
    policy = policies.get(wanted).carried_to(year)
    if not facts.get("paid_at"):
        return

    assert quote(policy, facts, on=policy.year_end).as_dict() == quote(policy, facts).as_dict()
