"""A form asks for what the policy's rules look at, in the contract's order, and for nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from canbao.policy import Policy, policies
from canbao.policy.codes import CHOICES, PERSON_COLUMNS
from canbao.policy.model import PolicyFile
from canbao.policy.questions import LABELS, OPTIONS, Question

HOME = ["birth_date", "hukou_area"]
PLACE = [*HOME, "residence_area", "residence_permit", "permit_relation", "student", "school_area", "categories"]
OTHER_COVER = ["employee_insured", "insured_elsewhere"]
HISTORY = ["last_cover_end", "paid_at"]
COLUMNS = {
    "140600-2025": [*PLACE, *OTHER_COVER, "last_cover_end", "registered_on", "paid_at"],
    "310000-2025": [
        *HOME, "hukou_kind", "residence_permit", "permit_relation", "student", "school_area", "categories",
        "disability_grade", *OTHER_COVER, *HISTORY,
    ],
    "370124-2025": [*PLACE, "disability_grade", *OTHER_COVER, *HISTORY],
    "370481-2025": [*PLACE, "disability_grade", *OTHER_COVER, *HISTORY],
    "370700-2025": [
        *HOME, "residence_area", "student", "school_area", "categories", "tier", *OTHER_COVER, *HISTORY,
    ],
}  # fmt: skip
EXAMPLES = {
    "990200": ["birth_date", "sex", "hukou_area", "categories", "disability_grade"],
    "990500": [*HOME, "categories"],
    "990600": [*HOME, "hukou_since", "residence_area", "residence_permit", "categories"],
}


def question(policy: Policy, column: str) -> Question | None:
    return next((each for each in policy.questions if each.column == column), None)


def altered(wanted: str, **parts: Any) -> Policy:
    """The policy with one more ground, so that its rules look at something else too."""
    data = policies.get(wanted).file.model_dump(by_alias=True, exclude_none=True)
    name = {"zh": "其他", "en": "other"}
    data["scope"]["grounds"]["further"] = {"name": name, "when": parts, "source": next(iter(data["clauses"]))}
    return Policy(PolicyFile.model_validate(data), "altered")


def test_the_five_policies_are_all_here() -> None:
    assert set(COLUMNS) == set(policies.ids())


@pytest.mark.parametrize("wanted", COLUMNS)
def test_what_a_policy_asks(wanted: str) -> None:
    assert [each.column for each in policies.get(wanted).questions] == COLUMNS[wanted]


@pytest.mark.parametrize("place", EXAMPLES)
def test_what_an_invented_place_asks(place: str) -> None:
    policy = policies.get(str(policies.folder / "examples" / place / "2026.yaml"))

    assert [each.column for each in policy.questions] == [*EXAMPLES[place], *OTHER_COVER, "covered_years", *HISTORY]


def test_every_label_is_a_column_in_the_order_of_the_contract() -> None:
    assert [column for column in PERSON_COLUMNS if column in LABELS] == list(LABELS)
    kinds = {"date": "date", "choice": "choice", "area": "area", "boolean": "bool", "integer": "number"}
    kinds |= {"texts": "multi", "integers": "multi", "timestamp": "moment"}
    assert {column: kind for column, (kind, _, _) in LABELS.items()} == {
        column: kinds[PERSON_COLUMNS[column]] for column in LABELS
    }


@pytest.mark.parametrize("column", OPTIONS)
def test_the_options_of_a_column_are_its_listed_values(column: str) -> None:
    assert tuple(option.code for option in OPTIONS[column]) == CHOICES[column]


def test_a_question_gives_its_options_with_words() -> None:
    tier = question(policies.get("370700-2025"), "tier")

    assert tier is not None
    assert (tier.kind, tier.label.zh, tier.label.en) == ("choice", "选择的缴费档次", "Tier chosen")
    assert [(each.code, each.zh, each.en) for each in tier.options] == [
        ("low", "低档", "Low tier"),
        ("high", "高档", "High tier"),
    ]


@pytest.mark.parametrize(
    ("wanted", "permits"),
    [
        ("310000-2025", ["none", "points_qualified", "class_b", "foreign_permanent", "hmt"]),
        ("370481-2025", ["none", "ordinary", "points_qualified", "class_b", "foreign_permanent", "hmt"]),
    ],
)
def test_only_the_permits_that_a_ground_names_are_offered(wanted: str, permits: list[str]) -> None:
    asked = question(policies.get(wanted), "residence_permit")

    assert asked is not None and [option.code for option in asked.options] == permits
    assert question(policies.get("370700-2025"), "residence_permit") is None


def test_a_category_is_offered_once_though_two_rules_serve_it() -> None:
    asked = question(policies.get(str(policies.folder / "examples/990100/2026.yaml")), "categories")

    assert asked is not None
    assert [option.code for option in asked.options] == [
        "extreme_poverty",
        "subsistence_allowance",
        "subsistence_margin",
    ]
    rules = policies.get(str(policies.folder / "examples/990100/2026.yaml")).file.aid.rules.values()
    first = next(rule for rule in rules if rule.category == "subsistence_allowance")
    assert (asked.options[1].zh, asked.options[1].en) == (first.name.zh, first.name.en)


def test_years_that_could_be_broken_are_asked_one_by_one() -> None:
    assert question(policies.get("370481-2025"), "covered_years") is None
    asked = question(policies.get("370481-2025").carried_to(2027), "covered_years")

    assert asked is not None
    assert [(each.code, each.zh, each.en) for each in asked.options] == [
        ("2025", "2025年", "2025"),
        ("2026", "2026年", "2026"),
    ]


@pytest.mark.parametrize(
    ("parts", "column"),
    [
        ({"registration": "late"}, "registered_on"),
        ({"registered_within_days": 0}, "registered_on"),
        ({"hukou_since": {"before": {"years": 0}}}, "hukou_since"),
        ({"settled_within": {"of": "hukou_since", "days": 30}}, "hukou_since"),
        ({"sex": "female"}, "sex"),
        ({"tier": ["high"]}, "tier"),
        ({"hukou_kind": "rural"}, "hukou_kind"),
        ({"any": [{"not": {"sex": "male"}}]}, "sex"),
    ],
)
def test_a_condition_makes_the_form_ask(parts: dict[str, Any], column: str) -> None:
    assert question(policies.get("370481-2025"), column) is None
    asked = question(altered("370481-2025", **parts), column)

    assert asked is not None
    assert [option.code for option in asked.options] == list(CHOICES.get(column, ()))


def test_a_limit_after_another_event_does_not_ask_for_the_register() -> None:
    assert question(altered("370481-2025", settled_within={"of": "birth", "days": 30}), "hukou_since") is None


def test_without_aid_by_category_no_category_is_asked() -> None:
    data = policies.get("310000-2025").file.model_dump(by_alias=True, exclude_none=True)
    data["aid"]["rules"] = {key: rule for key, rule in data["aid"]["rules"].items() if "category" not in rule}
    bare = Policy(PolicyFile.model_validate(data), "bare")

    assert question(bare, "categories") is None
    assert question(bare, "disability_grade") is None
