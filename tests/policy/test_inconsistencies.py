"""What the types of a policy file cannot see is found at its key, and what is only just right is left alone."""

from __future__ import annotations

from typing import Any

import pytest

from canbao.policy import policies
from canbao.policy.faults import KEY
from canbao.policy.loading import inconsistencies, laid_over, with_values
from canbao.policy.model import PolicyFile
from canbao.policy.notice import Notice

TENGZHOU = policies.get("370481-2025").file.model_copy(update={"notice": Notice()})
WEIFANG = policies.get("370700-2025").file
WORDS = {"zh": "其他", "en": "other"}


def found(path: str, value: Any, file: PolicyFile = TENGZHOU) -> dict[tuple[str | int, ...], str]:
    """The faults of a file with another value at a dotted path."""
    return dict(inconsistencies(with_values(file, {path: value})))


def test_our_policies_hold_together() -> None:
    assert [list(inconsistencies(policy.file)) for policy in policies.all()] == [[]] * 5


@pytest.mark.parametrize(
    ("path", "value", "loc", "what"),
    [
        ("window.opens", "2025-01-01", ("window", "closes"), "closes before it opens"),
        ("classes.resident.source", ["TZ-999"], ("classes", "resident", "source"), "clauses has no TZ-999"),
        ("classes.resident.source", ["TZ-06", "TZ-999"], ("classes", "resident", "source", 1), "clauses has no TZ-999"),
        ("classes.resident.reading", ["A-99"], ("classes", "resident", "reading"), "readings has no A-99"),
        ("clauses.TZ-06.document", "notise", ("clauses", "TZ-06", "document"), "documents has no notise"),
        ("aid.rules.orphan.category", "orphans", ("aid", "rules", "orphan", "category"), "orphans is not listed"),
        (
            "aid.rules.orphan.pays",
            {"city_finance": {"percent": 50}, "school": {"percent": "50.01"}},
            ("aid", "rules", "orphan", "pays"),
            "add up to 100.01 %",
        ),
        (
            "aid.base",
            {"source": "TZ-06", "classes": {"resident": "child"}},
            ("aid", "base", "classes", "resident"),
            "classes has no child",
        ),
        (
            "aid.base",
            {"source": "TZ-06", "classes": {"child": "resident"}},
            ("aid", "base", "classes", "child"),
            "classes has no child",
        ),
        ("classes.resident.when", {"age": {"from": 1}}, ("classes",), "give no_class"),
        (
            "classes.resident.prices",
            {"full": {"name": WORDS, "source": "TZ-06", "fen": 1, "with_government": True}},
            ("classes", "resident", "prices", "full", "with_government"),
            "full cost needs",
        ),
        (
            "aid.rules.orphan.when",
            {"any": [{"class": ["resident", "child"]}]},
            ("aid", "rules", "orphan", "when", "any", 0, "class", 1),
            "classes has no child",
        ),
        (
            "aid.rules.orphan.when",
            {"category": ["orphan", "orphans"]},
            ("aid", "rules", "orphan", "when", "category", 1),
            "orphans is not listed",
        ),
    ],
)
def test_a_fault_is_found_at_its_key(path: str, value: Any, loc: tuple[str | int, ...], what: str) -> None:
    file = TENGZHOU.model_copy(update={"government": None}) if "prices" in path else TENGZHOU
    faults = found(path, value, file)

    assert loc in faults, faults
    assert what in faults[loc]
    assert len(faults) == 1


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("window.opens", "2024-12-31"),
        ("aid.rules.orphan.category", "local_orphan"),
        ("aid.rules.orphan.pays", {"city_finance": {"percent": 50}, "school": {"percent": 50}}),
        ("aid.rules.orphan.pays", {"city_finance": {"percent": 100}, "school": {"fen": 1}}),
        ("aid.base", {"source": "TZ-06", "classes": {"resident": "resident"}}),
        ("aid.rules.orphan.when", {"class": ["resident"], "category": ["orphan", "local_orphan"]}),
        (
            "classes.resident.prices",
            {"full": {"name": WORDS, "source": "TZ-06", "fen": 1, "with_government": True}},
        ),
        ("no_class", {"reason": "none", "words": WORDS, "source": "TZ-06"}),
    ],
)
def test_what_is_only_just_right_is_no_fault(path: str, value: Any) -> None:
    assert found(path, value) == {}


def test_the_last_cover_case_takes_everyone() -> None:
    last = list(TENGZHOU.cover)[-1]

    assert list(found(f"cover.{last}.when", {"age": {"from": 1}})) == [("cover",)]


def test_a_class_for_everyone_or_a_reason_for_the_rest() -> None:
    assert WEIFANG.no_class is not None and all(part.when for part in WEIFANG.classes.values())
    bare = WEIFANG.model_copy(update={"no_class": None})

    assert [loc for loc, _ in inconsistencies(bare)] == [("classes",)]


def test_other_values_leave_the_file_itself_alone() -> None:
    other = with_values(TENGZHOU, {"classes.resident.standard_fen": 1, "window.grace_after_close": True})

    assert (other.classes["resident"].standard_fen, other.window.grace_after_close) == (1, True)
    assert (TENGZHOU.classes["resident"].standard_fen, TENGZHOU.window.grace_after_close) == (40000, False)
    assert with_values(WEIFANG, {"benefit_year": 2026}).notice == WEIFANG.notice


def test_a_standard_that_is_worked_out_is_worked_out_anew() -> None:
    file = policies.get(str(policies.folder / "examples/990100/2026.yaml")).file
    code = next(code for code, part in file.classes.items() if part.standard_from is not None)
    worked = file.classes[code].standard_from
    assert worked is not None and worked.of_fen is not None
    twice = with_values(file, {f"classes.{code}.standard_from.of_fen": 2 * worked.of_fen})

    assert twice.classes[code].standard_fen == pytest.approx(2 * file.classes[code].standard_fen, abs=1000)
    assert twice.classes[code].standard_fen > file.classes[code].standard_fen


@pytest.mark.parametrize(
    ("upper", "lower", "laid"),
    [
        ({"a": 1}, {"a": 2, "b": 3}, {"a": 1, "b": 3}),
        ({"x": {"a": 1}}, {"x": {"a": 2, "b": 3}}, {"x": {"a": 1, "b": 3}}),
        # A part that cites for itself replaces the layer's whole.
        ({"x": {"a": 1, "source": "s"}}, {"x": {"a": 2, "b": 3}}, {"x": {"a": 1, "source": "s"}}),
        ({"x": {"a": 1, "reading": "r"}}, {"x": {"b": 3}}, {"x": {"a": 1, "reading": "r"}}),
        ({"x": 1}, {"x": {"b": 3}}, {"x": 1}),
        ({"x": {"a": 1}}, {"x": 3}, {"x": {"a": 1}}),
        ({"x": [1]}, {"x": [2, 3]}, {"x": [1]}),
    ],
)
def test_an_area_is_laid_over_a_layer(upper: dict[str, Any], lower: dict[str, Any], laid: dict[str, Any]) -> None:
    assert laid_over(upper, lower) == laid


def test_what_an_area_adds_stands_before_what_the_layer_has() -> None:
    assert list(laid_over({"own": 1, "both": 2}, {"layer": 3, "both": 4})) == ["own", "layer", "both"]


def with_alternative(values: dict[str, object]) -> list[tuple[tuple[str | int, ...], str]]:
    """The faults of a file in which a reading has one other answer."""
    code = next(iter(TENGZHOU.readings))
    other = {"zh": "一", "en": "one", "set": values}
    return list(inconsistencies(with_values(TENGZHOU, {f"readings.{code}.alternatives": [other]})))


@pytest.mark.parametrize(
    ("path", "value", "loc", "what"),
    [
        ("waiting.floor.years", 3, (), "waiting.floor.years: it is not a key here"),
        ("classes.resident.standard_fen", -1, (), "classes.resident.standard_fen: write a value not less than 0"),
        (
            "classes.child.standard_fen",
            1,
            ("classes.child.standard_fen", KEY),
            "no classes.child.standard_fen",
        ),
        ("notice.facts.aim.value", 1, ("notice.facts.aim.value", KEY), "the file has no notice.facts.aim.value"),
        ("policy.name", 1, ("policy.name", KEY), "the file has no policy.name; write the keys that lead to the value"),
        ("waiting.", 1, ("waiting.", KEY), "the file has no waiting."),
    ],
)
def test_an_alternative_that_cannot_be_set_says_why(path: str, value: object, loc: tuple[str, ...], what: str) -> None:
    code = next(iter(TENGZHOU.readings))
    ((found, said),) = with_alternative({path: value})

    assert found == ("readings", code, "alternatives", 0, "set", *loc)
    assert what in said and "另一种读法无法代入" in said


def test_two_values_of_an_alternative_that_exclude_each_other_are_told() -> None:
    ((_, said),) = with_alternative({"waiting.floor": 3, "waiting.floor.months": 4})

    assert said.endswith("two of its paths exclude each other; write the innermost keys")


def test_an_alternative_may_set_what_a_part_leaves_out() -> None:
    assert with_alternative({"classes.resident.standard_fen_late": 50_000}) == []
    assert with_alternative({"aid.rules.orphan.when": {"age": {"to": 17}}}) == []


def test_a_total_that_is_not_the_sum_of_its_parts_is_told() -> None:
    shanghai = policies.get("310000-2025").file
    assert {key: part.total_fen for key, part in shanghai.classes.items()} == {
        "university": 154600,
        "child_pupil": 281600,
        "age_19_59": 450600,
        "age_60_69": 752600,
        "age_70_plus": 752600,
    }

    ((loc, said),) = inconsistencies(with_values(shanghai, {"classes.age_70_plus.total_fen": 752_700}))

    assert loc == ("classes", "age_70_plus", "total_fen") and "make 752600" in said
    assert list(inconsistencies(with_values(TENGZHOU, {"classes.resident.total_fen": 107_000}))) == []


def test_an_alternative_without_a_value_is_told_where_figures_rest_on_it() -> None:
    other = [{"zh": "一", "en": "one"}]
    ((loc, said),) = inconsistencies(with_values(TENGZHOU, {"readings.A-04.alternatives": other}))

    assert loc == ("readings", "A-04", "alternatives", 0) and "has no `set`" in said
    left_open = {"readings.A-04.alternatives": other, "readings.A-04.open": True}
    assert list(inconsistencies(with_values(TENGZHOU, left_open))) == []
