"""An answer that breaks an invariant, and rules that fail, are told at the rule of the file that is concerned."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from canbao.policy import Policy, policies
from canbao.policy.assess import Assessment, work_out
from canbao.policy.checks import check_file
from canbao.policy.invariants import violations
from canbao.policy.loading import with_values
from canbao.policy.person import Person
from canbao.policy.proofs import Findings

from .test_checks import folder as folder
from .test_checks import line_of, spoil

POLICY = policies.get("370481-2025")
HERE: dict[str, Any] = {"born": date(1990, 5, 1), "hukou_area": "370481"}
LATE = datetime(2025, 3, 3, 12)
RESIDENT, COVER = ("classes", "resident"), ("cover", "late")


def answer_for(**facts: Any) -> Assessment:
    return work_out(POLICY, Person(**{**HERE, "paid_at": LATE, **facts}), None)


def told(found: Assessment, **changed: Any) -> list[tuple[str, tuple[str | int, ...]]]:
    broken = replace(found, answer=replace(found.answer, **changed))
    return [(kind, loc) for kind, loc, _ in violations(broken)]


@pytest.mark.parametrize(
    ("changed", "kind", "loc"),
    [
        ({"personal_fen": -1}, "negative", RESIDENT),
        ({"personal_fen": None}, "negative", RESIDENT),
        ({"standard_fen": None}, "negative", RESIDENT),
        ({"repair_fen": None}, "negative", RESIDENT),
        ({"repair_fen": -1}, "negative", RESIDENT),
        ({"payers": {"school": -1}}, "negative", RESIDENT),
        ({"personal_fen": 39_999}, "sum", RESIDENT),
        ({"personal_fen": 0}, "sum", RESIDENT),
        ({"payers": {"school": 1}}, "sum", RESIDENT),
        ({"benefit_end": None}, "days", COVER),
        ({"benefit_start": None}, "days", COVER),
        ({"benefit_start": date(2024, 12, 31)}, "period", COVER),
        ({"benefit_end": date(2026, 1, 1)}, "period", COVER),
        ({"benefit_start": date(2025, 9, 2), "benefit_end": date(2025, 9, 1)}, "period", COVER),
        ({"waiting_months": None}, "waiting", COVER),
    ],
)
def test_a_broken_invariant_is_told_at_its_rule(changed: dict[str, Any], kind: str, loc: tuple[str, ...]) -> None:
    assert told(answer_for(), **changed) == [(kind, loc)]


def test_what_only_just_holds_is_not_told() -> None:
    found = answer_for()

    assert told(found) == []
    assert told(found, personal_fen=0, payers={"school": 40_000}) == []
    assert told(found, benefit_start=date(2025, 1, 1), benefit_end=date(2025, 12, 31)) == []
    assert told(found, benefit_start=date(2025, 12, 31), benefit_end=date(2025, 12, 31)) == []
    assert told(found, benefit_start=None, benefit_end=None) == []


def test_a_fault_of_an_amount_that_a_rule_aids_is_told_at_the_rule() -> None:
    assert told(answer_for(categories=("orphan",)), personal_fen=1) == [("sum", ("aid", "rules", "orphan"))]


def test_a_wait_is_known_if_and_only_if_the_moment_is() -> None:
    unknown = answer_for(paid_at=None)
    (case,) = {unknown.case.code} if unknown.case else set()

    assert told(unknown) == []
    assert told(unknown, waiting_months=0) == [("waiting", ("cover", case))]


def test_cover_may_begin_before_the_year_only_where_the_case_says_so() -> None:
    found = answer_for()
    assert found.case is not None
    early = replace(found.case, part=found.case.part.model_copy(update={"before_year": True}))

    assert told(replace(found, case=early), benefit_start=date(2024, 12, 1)) == []


@pytest.mark.parametrize(
    ("changed", "loc"),
    [
        ({"reason": None}, ("scope",)),
        ({"standard_fen": 0}, ("scope", "refusals", "employee_insured")),
        ({"payers": {"school": 0}}, ("scope", "refusals", "employee_insured")),
        ({"benefit_end": date(2025, 12, 31)}, ("scope", "refusals", "employee_insured")),
        ({"klass": "resident"}, ("scope", "refusals", "employee_insured")),
    ],
)
def test_a_refused_person_has_a_reason_and_no_figure(changed: dict[str, Any], loc: tuple[str, ...]) -> None:
    refused = answer_for(employee_insured=True)

    assert told(refused) == []
    assert told(refused, **changed) == [("refused", loc)]


def test_a_step_that_cites_nothing_is_told_at_the_section_of_its_rule() -> None:
    found = answer_for(repair_years=0, covered_years=frozenset({2025}))
    bare = [replace(step, sources=[], readings=[]) for step in found.answer.steps]

    assert told(found, steps=[replace(step, readings=[]) for step in found.answer.steps if step.sources]) == []
    assert [loc for _, (loc,) in told(found, steps=bare)] == [
        *("window", "scope", "age", "classes", "classes", "government", "classes"),
        *("waiting", "waiting", "cover", "cover"),
    ]


def failing(path: str, value: Any) -> Findings:
    """What is found of a policy whose rules fail for whoever comes late."""
    policy = Policy(with_values(POLICY.file, {path: value}), "")
    findings = Findings(policy)
    for day in (3, 4):
        findings.look(policy, {**HERE, "paid_at": LATE.replace(day=day)})
    assert findings.situations == 2
    return findings


@pytest.mark.parametrize(
    ("path", "value", "loc"),
    [
        ("cover.late.wait", {"amount": 10**6}, ("cover", "late")),
        ("aid.base", {"source": "TZ-06", "classes": {"resident": "child"}}, ("classes", "resident")),
    ],
)
def test_rules_that_fail_are_told_once_at_the_part_they_apply(path: str, value: Any, loc: tuple[str, ...]) -> None:
    (found,) = failing(path, value).faults

    assert found[0] == loc
    assert "出错：born=1990-05-01, hukou_area=370481, paid_at=2025-03-03" in found[1]
    assert "Error for born=1990-05-01, hukou_area=370481, paid_at=2025-03-03" in found[1]


def test_check_points_at_the_rule_that_fails_and_at_each_worked_case(folder: Path) -> None:
    path = folder / "140600" / "2025.yaml"
    spoil(path, "counted: same_day\n    source: SZ-19", "wait: {amount: 1000000}\n    source: SZ-19")

    first, *others = check_file(path).faults

    assert (first.file, first.line, first.column) == (str(path), line_of(path, "  late:"), 3)
    assert "out of range" in first.what
    beside = path.with_name("2025.cases.yaml")
    assert {fault.file for fault in others} == {str(beside)}
    assert others[0].line == line_of(beside, "Pays in the second after the window")
    assert "the policy fails for this person: ValueError" in others[0].what
