"""The worked cases beside the five policies come out, and between them they touch every clause that has a figure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from canbao.policy import BadPerson, Policy, policies
from canbao.policy.answer import Answer
from canbao.policy.cases import BAD, Cases, answer_of, cases_beside, load_cases, run
from canbao.policy.codes import ANSWER_COLUMNS
from canbao.policy.loading import parts, read
from canbao.policy.model import Cited

IDS = policies.ids()
FEWEST = 250


def cases_of(wanted: str) -> Cases:
    return load_cases(cases_beside(policy_path(wanted)))


def policy_path(wanted: str) -> Path:
    return next(path for path in policies.files() if f"{path.parent.name}-{path.stem}" == wanted)


def answers(wanted: str) -> Iterator[Answer]:
    policy = policies.get(wanted)
    for case in cases_of(wanted).cases:
        if BAD not in case.expect:
            yield answer_of(policy, case)


@pytest.mark.parametrize("wanted", IDS)
def test_every_worked_case_comes_out(wanted: str) -> None:
    assert [str(fault) for fault in run(policies.get(wanted), cases_of(wanted))] == []


def test_there_are_many_and_every_column_is_asked_about() -> None:
    cases = [case for wanted in IDS for case in cases_of(wanted).cases]
    asked = {column for case in cases for column in case.expect}
    # No notice of the five names these payers, and a case has no person_id of its own.
    never = {"person_id", "state_finance_fen", "province_finance_fen", "school_fen"}

    assert len(cases) >= FEWEST
    assert set(ANSWER_COLUMNS) - asked == never


@pytest.mark.parametrize("wanted", IDS)
def test_every_clause_that_a_rule_cites_is_touched_by_a_case(wanted: str) -> None:
    policy = policies.get(wanted)
    touched = {key for answer in answers(wanted) for step in answer.steps for key in step.sources}

    assert cited(policy) - touched == set()


@pytest.mark.parametrize("wanted", IDS)
def test_every_clause_of_the_notice_itself_is_cited_by_some_part(wanted: str) -> None:
    own = read(policy_path(wanted)).data["clauses"]
    by_targets = {key for target in policies.get(wanted).targets.values() for key in target.source}

    assert set(own) - cited(policies.get(wanted)) - by_targets == set()


def cited(policy: Policy) -> set[str]:
    """Clauses of the parts that can speak in an answer: no targets, duties or channels, and no empty exemption list."""
    found: set[str] = set()
    for loc, part in parts(policy.file):
        exempt = policy.file.cover["exempt"].when
        switched_off = loc == ("cover", "exempt") and exempt is not None and exempt.any == []
        if isinstance(part, Cited) and loc[0] not in ("targets", "notice") and not switched_off:
            found |= set(part.source)
    return found


@pytest.mark.parametrize("wanted", IDS)
def test_every_class_and_every_award_has_a_case(wanted: str) -> None:
    policy = policies.get(wanted)
    found = list(answers(wanted))
    paying = {code for code, rule in policy.file.aid.rules.items() if any(_some(share) for share in rule.pays.values())}

    assert {answer.klass for answer in found} >= set(policy.file.classes)
    assert {answer.award for answer in found} >= paying
    assert {answer.reason for answer in found} >= {"employee_insured", "insured_elsewhere", "area_missing", "year_over"}


def _some(share: object) -> bool:
    return any(getattr(share, name) for name in ("percent", "fen", "all_but_fen"))


@pytest.mark.parametrize("wanted", IDS)
def test_every_figure_and_date_is_explained_by_a_step(wanted: str) -> None:
    for answer in answers(wanted):
        steps = {step.rule: step for step in answer.steps}
        assert all(step.sources or step.readings for step in answer.steps)
        assert all(step.text_zh and step.text_en for step in answer.steps)
        if not answer.eligible:
            assert answer.steps[-1].outcome == answer.reason
            continue
        assert steps["standard"].outcome == answer.standard_fen
        assert steps["personal"].outcome == answer.personal_fen
        assert ("aid.award" in steps) is (answer.award is not None)
        assert ("government" in steps) is (answer.universal_subsidy_fen is not None)
        assert ("repair" in steps) is (answer.repair_fen != 0)
        if answer.waiting_months is not None:
            assert steps["waiting"].outcome == answer.waiting_months
            assert steps["cover"].outcome == (answer.benefit_start and answer.benefit_start.isoformat())


def test_a_refused_person_is_a_case_too() -> None:
    policy = policies.get("370700-2025")
    refused = [case for case in cases_of("370700-2025").cases if BAD in case.expect]

    assert len(refused) >= 3
    for case in refused:
        with pytest.raises(BadPerson):
            answer_of(policy, case)
