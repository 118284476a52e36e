"""What single rules do where no worked case of a policy comes by."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from canbao.policy import Answer, Policy, policies, quote
from canbao.policy.loading import with_values

TENGZHOU = policies.get("370481-2025")
FACTS: dict[str, Any] = {"birth_date": "1985-05-05", "hukou_area": "370481", "paid_at": "2024-11-05T08:00:00"}


def changed(values: dict[str, Any]) -> Policy:
    return Policy(with_values(TENGZHOU.file, values), "changed")


def steps(answer: Answer, rule: str) -> list[tuple[object, list[str]]]:
    return [(step.outcome, step.sources) for step in answer.steps if step.rule == rule]


def test_a_policy_without_a_class_for_everyone_must_say_why_it_refuses() -> None:
    policy = changed({"classes.resident.when": {"age": {"from": 60}}})

    with pytest.raises(LookupError, match="370481-2025: no class takes this person and no_class is not stated"):
        quote(policy, FACTS)


def test_a_ground_without_a_condition_takes_everyone() -> None:
    words = {"zh": "任何人", "en": "anyone"}
    policy = changed({"scope.grounds": {"anyone": {"name": words, "when": {}, "source": "TZ-06"}}})

    assert steps(quote(policy, {**FACTS, "hukou_area": "110101"}), "scope") == [("anyone", ["TZ-06"])]


def test_age_is_counted_on_the_settlement_day_where_the_policy_says_so() -> None:
    told = {
        counted: next(step for step in quote(changed({"age.counted_on": counted}), FACTS).steps if step.rule == "age")
        for counted in ("day", "settlement")
    }

    assert told["day"].text_en == "Born 1985-05-05: 39 completed years on 2024-12-31."
    assert told["settlement"].text_en == "Born 1985-05-05: 39 completed years on 2024-11-05."


@pytest.mark.parametrize(
    ("categories", "sources", "paid"), [(["orphan"], ["TZ-06", "TZ-07"], 0), ([], ["TZ-06"], 2400)]
)
def test_a_product_cites_its_aid_only_where_it_is_aided(categories: list[str], sources: list[str], paid: int) -> None:
    aid = {"when": {"category": ["orphan"]}, "pays": {"school": {"percent": 100}}, "source": ["TZ-07", "TZ-06"]}
    product = {"name": {"zh": "护理", "en": "care"}, "fen": 2400, "source": "TZ-06", "aid": aid}

    answer = quote(changed({"products.care": product}), {**FACTS, "categories": categories})

    assert steps(answer, "line") == [(2400, sources)]
    assert [(line.code, line.price_fen, line.fen) for line in answer.lines][1:] == [("care", 2400, paid)]


@pytest.mark.parametrize(("repaired", "useless"), [(1, None), (2, None), (3, 1), (0, None)])
def test_repaired_years_that_shorten_nothing_are_told(repaired: int, useless: int | None) -> None:
    # Of three broken years the first adds no month, so that two repaired years take all added months away.
    facts = {**FACTS, "paid_at": "2028-03-05T08:00:00", "repair_years": repaired}

    answer = quote(TENGZHOU, facts, as_year=2028)

    assert answer.waiting_months == 5 - min(repaired, 2)
    assert [outcome for outcome, _ in steps(answer, "repair.useless")] == ([useless] if useless else [])
    assert [outcome for outcome, _ in steps(answer, "repair")] == ([repaired * 40_000] if repaired else [])


def test_no_reason_but_the_first_is_given_and_nothing_else() -> None:
    answer = quote(TENGZHOU, {**FACTS, "hukou_area": None, "employee_insured": True, "insured_elsewhere": True})

    assert (answer.reason, answer.eligible) == ("employee_insured", False)
    assert steps(answer, "scope") == [("employee_insured", TENGZHOU.file.scope.employee_insured.source)]
    assert quote(TENGZHOU, {**FACTS, "insured_elsewhere": True}).reason == "insured_elsewhere"
    assert quote(TENGZHOU, {**FACTS, "hukou_area": None}).reason == "area_missing"
    assert quote(TENGZHOU, {**FACTS, "hukou_area": None, "residence_area": "370481"}).reason == "no_permit"
    assert quote(TENGZHOU, {**FACTS, "hukou_area": None, "residence_area": "110101"}).reason == "outside_scope"


def test_the_same_aid_is_worked_out_once_for_each_standard() -> None:
    award = next(award for award in TENGZHOU.awards if award.code == "age_60_69")

    assert award.grant(40_000, 40_000) is award.grant(40_000, 40_000)
    assert award.grant(40_000, 40_000).total_fen == 20_000
    assert award.grant(30_000, 40_000).total_fen == 15_000


def test_a_moment_is_inside_the_window_up_to_its_last_second() -> None:
    closes = TENGZHOU.closes
    assert closes == datetime(2024, 12, 31, 23, 59, 59)

    assert quote(TENGZHOU, {**FACTS, "paid_at": closes.isoformat()}).in_window is True
    assert quote(TENGZHOU, {**FACTS, "paid_at": "2025-01-01T00:00:00"}).in_window is False
