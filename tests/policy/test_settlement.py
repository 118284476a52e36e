"""When a person settles, who is refused, and what an answer says then, at the edges of window and year."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from canbao.policy import Answer, BadPerson, Person, Policy, policies, quote
from canbao.policy.answer import Line
from canbao.policy.assess import assess, personal_fen, settle
from canbao.policy.loading import with_values
from canbao.policy.policy import Extension

TENGZHOU, WEIFANG = policies.get("370481-2025"), policies.get("370700-2025")
SHUOZHOU, SHANGHAI = policies.get("140600-2025"), policies.get("310000-2025")
ADULT = {"birth_date": "1985-05-05", "hukou_area": "370481"}
FREE = {**ADULT, "categories": ["extreme_poverty"]}


def asked(facts: dict[str, Any], policy: Policy = TENGZHOU, on: date | None = None) -> Answer:
    return quote(policy, facts, on=on)


def basis(facts: dict[str, Any], on: date | None = None) -> tuple[str, datetime, bool]:
    found = settle(TENGZHOU, Person.parse(facts), on)
    return found.basis, found.moment, found.known


@pytest.mark.parametrize(
    ("facts", "on", "expected"),
    [
        ({**ADULT, "paid_at": "2024-10-01T00:00:00"}, None, ("paid", datetime(2024, 10, 1), True)),
        ({**FREE, "paid_at": "2025-03-01T08:00:00"}, None, ("paid", datetime(2025, 3, 1, 8), True)),
        ({**FREE, "registered_on": "2024-11-05"}, None, ("registered", datetime(2024, 11, 5, 12), True)),
        ({**FREE, "registered_on": "2024-10-01"}, None, ("registered", datetime(2024, 10, 1, 12), True)),
        # Registered before the window opens: it cannot be settled before, so the window's first moment counts.
        ({**FREE, "registered_on": "2024-09-30"}, None, ("window", datetime(2024, 10, 1), True)),
        (FREE, date(2025, 3, 1), ("window", datetime(2024, 10, 1), True)),
        # Whoever pays something does not settle by registering.
        ({**ADULT, "registered_on": "2024-11-05"}, None, ("unknown", datetime(2024, 10, 1), False)),
        (ADULT, None, ("unknown", datetime(2024, 10, 1), False)),
        (ADULT, date(2025, 3, 1), ("asked", datetime(2025, 3, 1, 12), True)),
        (ADULT, date(2024, 9, 30), ("asked", datetime(2024, 10, 1), True)),
        (ADULT, date(2024, 10, 1), ("asked", datetime(2024, 10, 1, 12), True)),
    ],
)
def test_when_a_person_settles(facts: dict[str, Any], on: date | None, expected: tuple[str, datetime, bool]) -> None:
    assert basis(facts, on) == expected


def test_a_payment_before_the_window_is_refused_to_the_second() -> None:
    assert asked({**ADULT, "paid_at": "2024-10-01T00:00:00"}).in_window is True
    with pytest.raises(BadPerson) as refused:
        asked({**ADULT, "paid_at": "2024-09-30T23:59:59"})

    (fault,) = refused.value.faults
    assert (fault.column, fault.value) == ("paid_at", "2024-09-30T23:59:59")
    assert "2024-10-01" in fault.zh and "2024-10-01" in fault.en


def test_dates_of_an_unknown_settlement_are_unknown() -> None:
    row = asked(ADULT).row()

    assert (row["standard_fen"], row["personal_fen"], row["eligible"]) == (40000, 40000, True)
    dated = ("in_window", "waiting_months", "benefit_start", "benefit_end")
    assert [row[column] for column in dated] == [None] * 4
    assert asked(ADULT, on=date(2024, 11, 1)).row().items() >= {
        "in_window": True, "waiting_months": 0, "benefit_start": date(2025, 1, 1), "benefit_end": date(2025, 12, 31),
    }.items()  # fmt: skip


@pytest.mark.parametrize(
    ("paid_at", "in_window", "wait"),
    [("2024-12-31T23:59:59", True, 0), ("2025-01-01T00:00:00", False, 3)],
)
def test_the_window_closes_with_its_last_second(paid_at: str, in_window: bool, wait: int) -> None:
    answer = asked({**ADULT, "paid_at": paid_at})

    assert (answer.in_window, answer.waiting_months) == (in_window, wait)


@pytest.mark.parametrize(("paid_at", "late"), [("2024-12-25T17:30:00", False), ("2024-12-25T17:30:01", True)])
def test_a_window_may_close_in_the_afternoon(paid_at: str, late: bool) -> None:
    answer = asked({"birth_date": "1985-05-05", "hukou_area": "310101", "paid_at": paid_at}, SHANGHAI)

    assert answer.in_window is not late


def test_the_year_is_over_on_the_day_after_its_last() -> None:
    last = asked({**ADULT, "paid_at": "2025-12-31T23:59:59"})
    over = asked({**ADULT, "paid_at": "2026-01-01T00:00:00"})

    assert (last.eligible, last.reason, last.waiting_months, last.benefit_start) == (True, None, 3, None)
    assert (over.eligible, over.reason, over.standard_fen) == (False, "year_over", None)
    assert over.steps[-1].outcome == "year_over" and over.lines == []


@pytest.mark.parametrize("birth", [{"birth_date": "2026-01-01"}, {"attributes": {"expected_birth": "2026-01-01"}}])
def test_a_birth_after_the_year_is_answered_and_covers_nothing(birth: dict[str, object]) -> None:
    found = asked({"hukou_area": "370481", "paid_at": "2025-02-01T09:00:00", **birth})

    assert (found.eligible, found.reason, found.personal_fen) == (True, None, 40000)
    assert (found.in_window, found.benefit_start, found.benefit_end) == (False, None, None)
    assert "Born 2026-01-01, after the benefit year (to 2025-12-31)" in found.steps[-1].text_en
    assert "2026年1月1日出生" in found.steps[-1].text_zh
    last = asked({"hukou_area": "370481", "birth_date": "2025-12-31", "paid_at": "2025-12-31T23:59:59"})
    assert (str(last.benefit_start), str(last.benefit_end)) == ("2025-12-31", "2025-12-31")


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"employee_insured": True, "insured_elsewhere": True}, "employee_insured"),
        ({"insured_elsewhere": True, "hukou_area": None}, "insured_elsewhere"),
        ({"hukou_area": None}, "area_missing"),
        ({"hukou_area": None, "residence_area": "370481"}, "no_permit"),
        ({"hukou_area": None, "residence_area": "370402"}, "no_permit"),
        ({"hukou_area": None, "residence_area": "370502"}, "outside_scope"),
        ({"hukou_area": None, "school_area": "410102", "student": "pupil"}, "outside_scope"),
        ({"hukou_area": "410102"}, "outside_scope"),
        ({"repair_years": 1}, "repair_exceeds_gap"),
    ],
)
def test_the_first_reason_that_holds_is_given(facts: dict[str, Any], reason: str) -> None:
    answer = asked({**ADULT, **facts})

    assert (answer.eligible, answer.reason) == (False, reason)
    assert answer.steps[-1].outcome == reason
    row = answer.row()
    later = list(row)[list(row).index("class") : -1]
    assert all(row[column] is None for column in later)


def test_years_that_are_repaired_are_charged_at_the_standard() -> None:
    policy = TENGZHOU.carried_to(2029)
    facts = {**ADULT, "categories": ["extreme_poverty"], "paid_at": "2028-11-01T08:00:00", "repair_years": 2}
    answer = quote(policy, facts)

    assert (answer.personal_fen, answer.repair_fen, answer.waiting_months) == (0, 80000, 6)
    assert answer.lines == [Line("contribution", 40000, 0), Line("repair", 80000, 80000)]
    # Four broken years wait six months however many are repaired.
    assert {step.rule: step.outcome for step in answer.steps}["repair.useless"] == 2
    assert quote(policy, {**facts, "repair_years": 5}).reason == "repair_exceeds_gap"
    assert quote(policy, {**facts, "repair_years": 4}).repair_fen == 160000


def test_a_line_of_its_own_is_aided_if_less_is_paid_than_it_costs() -> None:
    assert Line("x", 100, 99).as_dict() == {"code": "x", "price_fen": 100, "fen": 99, "aided": True}
    assert Line("x", 100, 100).as_dict()["aided"] is False


def test_what_the_person_pays_at_a_moment() -> None:
    person = Person.parse({**ADULT, "birth_date": "1960-05-05"})
    child = Person(born=date(2015, 1, 1), hukou_area="370702")

    assert personal_fen(TENGZHOU, person, TENGZHOU.opens) == 20000
    assert personal_fen(TENGZHOU, Person.parse(ADULT), TENGZHOU.opens) == 40000
    assert personal_fen(TENGZHOU, Person.parse(FREE), TENGZHOU.opens) == 0
    assert personal_fen(WEIFANG, child, WEIFANG.opens) == 38000
    # An adult of Weifang chooses a tier; until then no class takes the person.
    assert personal_fen(WEIFANG, Person(born=date(1985, 1, 1), hukou_area="370702"), WEIFANG.opens) is None


def test_a_late_registrant_is_warned_where_little_time_is_left_to_pay() -> None:
    facts = {"birth_date": "1985-05-05", "hukou_area": "310101"}
    safe = SHANGHAI.last_safe_registration
    assert safe == date(2024, 12, 17)

    def warned(**more: Any) -> bool:
        return any(step.rule == "settlement.risky" for step in asked({**facts, **more}, SHANGHAI).steps)

    assert warned(registered_on="2024-12-18") is True
    assert warned(registered_on="2024-12-17") is False
    assert warned(registered_on="2024-12-18", paid_at="2024-12-19T08:00:00") is False
    assert warned() is False


def test_a_newborn_counts_as_in_the_window_after_it() -> None:
    facts = {"birth_date": "2025-04-01", "hukou_area": "140602", "registered_on": "2025-05-01"}
    answer = asked({**facts, "paid_at": "2025-05-01T09:00:00"}, SHUOZHOU)

    assert (answer.in_window, answer.waiting_months, answer.benefit_start) == (True, 0, date(2025, 4, 1))


def test_who_is_insured_otherwise_may_be_let_in_by_a_switch() -> None:
    both = {"scope.employee_insured.blocks": False, "scope.insured_elsewhere.blocks": False}
    open_to_all = Policy(with_values(TENGZHOU.file, both), "open")
    facts = {**ADULT, "employee_insured": True, "insured_elsewhere": True}

    assert quote(open_to_all, facts).eligible is True


def test_an_assessment_keeps_what_bulk_needs() -> None:
    person = Person.parse({**ADULT, "paid_at": "2025-02-03T08:00:00"})
    found = assess(TENGZHOU, person)

    assert found.case is not None and found.case.part.waits
    assert (found.settlement.basis, found.facts.late, found.facts.class_code) == ("paid", True, "resident")
    assert found.facts.settled_on - date(2025, 2, 3) == timedelta(0)
    assert found.answer.award_rule is None and asked(FREE).award_rule == "extreme_poverty"


def test_a_window_that_closes_in_principle_may_be_extended() -> None:
    longer = Extension(date(2025, 1, 31), "延期通知")
    extended = WEIFANG.extended_by(longer)
    facts = {"birth_date": "2015-05-05", "hukou_area": "370702", "paid_at": "2025-01-31T23:59:59"}
    answer = asked(facts, extended)
    said = next(step for step in answer.steps if step.rule == "window.extended")

    assert (answer.in_window, asked(facts, WEIFANG).in_window) == (True, False)
    assert said.outcome == "2025-01-31"
    assert "“延期通知”" in said.text_zh and "2025年1月31日" in said.text_zh
    assert extended is WEIFANG.extended_by(Extension(date(2025, 1, 31), "延期通知"))
    assert extended.digest not in (WEIFANG.digest, WEIFANG.extended_by(Extension(date(2025, 2, 1), "延期通知")).digest)


def test_a_fixed_window_and_a_shorter_one_are_not_extended() -> None:
    for policy, closes in ((TENGZHOU, date(2025, 1, 31)), (WEIFANG, date(2024, 12, 31)), (WEIFANG, date(2024, 12, 1))):
        with pytest.raises(ValueError, match=r"is not extended to"):
            policy.extended_by(Extension(closes, "延期通知"))
