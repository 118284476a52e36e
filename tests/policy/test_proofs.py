"""The proofs find what is wrong in a policy, and only that."""

from __future__ import annotations

from typing import Any

import pytest

from canbao.policy import Policy, policies
from canbao.policy.document import PathKey
from canbao.policy.loading import with_values
from canbao.policy.proofs import Findings, prove
from canbao.policy.unmet import NOTHING, unmet

SMALL = policies.get(str(policies.folder / "examples/990100/2026.yaml"))
Finding = tuple[PathKey, str]


def findings(values: dict[str, Any]) -> Findings:
    return prove(Policy(with_values(SMALL.file, values), "changed"))


def new_remarks(values: dict[str, Any]) -> list[Finding]:
    known = prove(SMALL).remarks
    return [remark for remark in findings(values).remarks if remark not in known]


def test_a_repair_that_lengthens_the_wait_is_a_fault_at_the_repair() -> None:
    assert prove(SMALL).faults == []
    assert findings({"waiting.repair.months_per_year": -1}).faults == [
        (("waiting", "repair"), "多补缴反而多等待。 repairing more years lengthens the wait: 1 broken, 1 repaired")
    ]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"waiting.floor.gap_years": 2, "waiting.floor.months": 9}, "1 broken years wait 3 months and 2 wait 9"),
        ({"waiting.floor.gap_years": 4, "waiting.floor.months": 4}, "3 broken years wait 3 months and 4 wait 4"),
        ({"waiting.floor.gap_years": 4, "waiting.floor.months": 3}, None),
    ],
)
def test_a_floor_that_repairing_does_not_lift_is_a_remark(values: dict[str, Any], told: str | None) -> None:
    found = [what for loc, what in findings(values).remarks if loc == ("waiting", "floor")]

    assert [what.endswith(told or "") for what in found] == ([True] if told else [])


def test_a_ground_and_a_refusal_that_nobody_meets_are_remarks() -> None:
    cited = {"source": next(iter(SMALL.file.clauses))}
    words = {"zh": "无", "en": "none"}
    never = {"all": [{"student": ["pupil"]}, {"student": ["university"]}]}

    found = new_remarks(
        {
            "scope.grounds.nobody": {"name": words, "when": never, **cited},
            "scope.refusals.never": {"words": words, "when": never, **cited},
        }
    )

    assert [loc for loc, _ in found] == [("scope", "grounds", "nobody"), ("scope", "refusals", "never")]
    assert [what.partition("。 ")[2].partition(":")[0] for _, what in found] == [
        "nobody enrols on this ground",
        "nobody is refused for this",
    ]
    assert all("请核对它的条件" in what and "delete it if it is not needed" in what for _, what in found)


def test_who_pays_more_with_two_categories_than_with_one_is_told() -> None:
    found = [what for loc, what in new_remarks({"aid.choose.by": ["lowest"]}) if loc == ("aid", "rules")]

    assert [what.partition("。 ")[2] for what in found] == [
        "with extreme_poverty and subsistence_allowance together one pays more than with one of them",
        "with extreme_poverty and subsistence_margin together one pays more than with one of them",
        "with subsistence_allowance and subsistence_margin together one pays more than with one of them",
    ]


def test_a_rule_that_never_wins_is_told_from_one_that_pays_nothing() -> None:
    pays = {"aid.rules.margin.pays": {"county_finance": {"fen": 0}}, "aid.rules.subsistence_centre.category": "orphan"}
    never = {**pays, "aid.rules.subsistence_centre.when": {"any": []}}

    assert new_remarks(never)[:2] == [
        (("aid", "rules", "subsistence_centre"), unmet("从不被采用", "this rule never wins")),
        (("aid", "rules", "margin"), NOTHING),
    ]


def test_a_case_switched_off_by_an_empty_choice_is_not_missed() -> None:
    assert new_remarks({"cover.transfer.when": {"any": []}}) == []
    (found,) = new_remarks({"cover.transfer.when": {"timing": "late", "settled": {"until": {"years": -1}}}})

    assert found == (("cover", "transfer"), unmet("没有人属于这种情形", "nobody falls in this case of cover"))


def test_a_class_that_nobody_is_in_is_a_fault() -> None:
    found = findings({"classes.adult_high.when": {"all": [{"tier": ["high"]}, {"tier": ["low"]}]}})

    (fault,) = found.faults
    assert fault == (
        ("classes", "adult_high"),
        "没有人属于这一类：请核对它的when，或写到先判断的类别（child）之前；不用的请删去。 nobody falls in this "
        "class: correct its `when`, or write it before the classes that are tried first (child); or delete it",
    )


def test_rules_that_fail_for_everyone_are_told_once_and_end_no_proof() -> None:
    base = {"classes": {code: "nobody" for code in SMALL.file.classes}, "source": next(iter(SMALL.file.clauses))}
    found = findings({"aid.base": base})

    failed = [loc for loc, what in found.faults if "KeyError" in what]
    assert {loc[0] for loc in failed} == {"classes"} and len(failed) == len(set(failed))
    assert [loc for loc, what in found.faults if "nobody falls in this class" in what] == [
        ("classes", code) for code in SMALL.file.classes
    ]
