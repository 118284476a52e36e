"""`canbao policy check` finds nothing wrong with our policies, and each mistake of a broken file at its line."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from canbao.policy import policies
from canbao.policy.checks import check_file, schema_text
from canbao.policy.loading import read
from canbao.policy.proofs import births

IDS = policies.ids()
TENGZHOU = Path("370481/2025.yaml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the policies folder that a test may spoil."""
    return Path(shutil.copytree(policies.folder, tmp_path / "policies"))


def line_of(path: Path, text: str) -> int:
    found = [number for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if text in line]
    assert found, f"{path} has no line with {text!r}"
    return found[0]


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("path", policies.files(), ids=IDS)
def test_our_policies_are_clean(path: Path) -> None:
    report = check_file(path)

    assert [str(fault) for fault in report.faults] == []
    assert report.cases > 100
    assert report.situations > 10_000
    assert all(remark.line > 1 for remark in report.remarks)


def test_remarks_name_cliffs_and_what_never_pays() -> None:
    remarks = "\n".join(str(remark) for remark in check_file(policies.folder / "310000").remarks)

    assert "born on or after 1965-01-01: pays 995 yuan; born the day before: 825 yuan" in remarks
    assert "3 broken years wait 3 months and 4 wait 6" in remarks
    assert "pays nothing as it is written" in remarks
    assert "these categories bring nothing here: poverty_returned" in remarks


def test_births_stand_on_both_sides_of_each_edge() -> None:
    found = births(policies.get("370481-2025"))

    assert {date(1955, 1, 1), date(1965, 1, 1), date(2007, 1, 1), date(2025, 1, 1)} <= set(found)
    assert min(found) < date(1955, 1, 1)


MISTAKES = {
    "misspelt key": ("    standard_fen: 40000", "    standart_fen: 40000", "standart_fen", "is not a key"),
    "missing citation": (
        "    standard_fen: 40000\n    source: TZ-06",
        "    standard_fen: 40000",
        "  resident:",
        "cites",
    ),
    "unknown clause": ("source: TZ-06", "source: TZ-66", "source: TZ-66", "clauses has no TZ-66"),
    "unknown reading": ("reading: A-48", "reading: A-99", "reading: A-99", "readings has no A-99"),
    "day that does not exist": ("closes: 2024-12-31", "closes: 2024-02-30", "closes: 2024-02-30", "date"),
    "day that no year has": (
        "window: {opens",
        "age: {years: -1, month: 11, day: 31, source: TZ-06}\nwindow: {opens",
        "month: 11, day: 31",
        "month 11 has no day 31",
    ),
    "window upside down": ("opens: 2024-10-01", "opens: 2025-10-01", "opens: 2025-10-01", "closes before it opens"),
    "key twice": ("benefit_year: 2025", "benefit_year: 2025\nbenefit_year: 2026", "benefit_year: 2026", "stands twice"),
    "not YAML": ("age_60_69:", "age_60_69: [", "when: {age: {from: 60, to: 69}}", "not YAML"),
    "unknown category": ("category: orphan", "category: orphans", "category: orphans", "orphans is not listed"),
    "unknown payer": ("{city_finance: {percent: 100}}", "{town_hall: {percent: 100}}", "town_hall", "pays"),
    "shares above the whole": (
        "{city_finance: {percent: 50}, township_finance: {percent: 50}}",
        "{city_finance: {percent: 50}, township_finance: {percent: 60}}",
        "township_finance: {percent: 60}",
        "add up to 110 %",
    ),
    "amount below zero": ("standard_fen: 40000", "standard_fen: -1", "standard_fen: -1", "greater than or equal to 0"),
    "amount that is a word": ("standard_fen: 40000", "standard_fen: 400元", "standard_fen: 400元", "valid integer"),
    "alternative that leads nowhere": (
        "waiting.first_gap_year_adds.value: true",
        "waiting.first_year_adds.value: true",
        "waiting.first_year_adds.value",
        "cannot be set",
    ),
    "two kinds of share": ("{percent: 50}", "{percent: 50, fen: 100}", "{percent: 50, fen: 100}", "exactly one"),
    "unknown layer": ("layers: [national]", "layers: [province]", "layers: [province]", "no layer file province.yaml"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_found_at_its_line(mistake: str, folder: Path) -> None:
    old, new, where, what = MISTAKES[mistake]
    path = folder / TENGZHOU
    spoil(path, old, new)

    report = check_file(path)

    assert report.faults, mistake
    lines = {fault.line for fault in report.faults if what in fault.what}
    assert line_of(path, where) in lines, [str(fault) for fault in report.faults]
    assert all(fault.file == str(path) for fault in report.faults)


def test_words_that_older_yaml_takes_for_something_else_stay_words(folder: Path) -> None:
    path = folder / "310000" / "2025.yaml"
    spoil(path, 'closes_at: "17:30:00"', "closes_at: 17:30")

    assert check_file(path).faults == []


def test_a_wrong_figure_breaks_worked_cases_at_their_lines(folder: Path) -> None:
    path = folder / TENGZHOU
    spoil(path, "pays: {city_finance: {percent: 50}}", "pays: {city_finance: {percent: 40}}")
    beside = path.with_name("2025.cases.yaml")

    faults = check_file(beside).faults

    first = next(
        fault for fault in faults if fault.line > line_of(beside, "60 on the day that counts pays the own half")
    )
    assert first.file == str(beside)
    assert "60 on the day that counts pays the own half" in first.what
    assert "personal_fen should be 20000, but the policy gives 24000" in first.what


CASE_MISTAKES = {
    "misspelt column": ("waiting_months: 3", "wating_months: 3", "wating_months", "has no column wating_months"),
    "misspelt fact": ("tier: high}", "teir: high}", "teir: high}", "a person has no column teir"),
    "unknown person": ("like: no_tier", "like: nobody", "like: nobody", "people has no nobody"),
    "other key": ("    like: no_tier", "    liked: no_tier", "liked: no_tier", "is not a key of a cases file"),
    "nothing expected": ("expect: {eligible: true}", "expect: {}", "expect: {}", "at least 1"),
    "wrong value": (
        "expect: {reason: area_missing}",
        "expect: {reason: tier_missing}",
        "tier_missing}",
        "but the policy",
    ),
    "null expected as a word": ("reason: null, class: adult_low", "reason: none, class: adult_low", "none, cl", "null"),
    "unexpected refusal": ("expect: {bad: paid_at}", "expect: {eligible: true}", "expect: {eligible: true}", "paid_at"),
    "refusal that does not come": ("expect: {bad: id_number}", "expect: {bad: sex}", "expect: {bad: sex}", "id_number"),
}


@pytest.mark.parametrize("mistake", CASE_MISTAKES)
def test_a_mistake_in_a_cases_file_is_found_at_its_line(mistake: str, folder: Path) -> None:
    old, new, where, what = CASE_MISTAKES[mistake]
    path = folder / "370700" / "2025.cases.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    at = text.index(old)
    path.write_text(text[:at] + new + text[at + len(old) :], encoding="utf-8")

    found = [(fault.line, fault.what) for fault in check_file(path).faults]

    assert any(line == text.count("\n", 0, at) + 1 and what in said for line, said in found), found
    assert where in new


def test_two_cases_of_one_name_are_a_mistake(folder: Path) -> None:
    path = folder / "370700" / "2025.cases.yaml"
    spoil(path, "name: Neighbouring city", "name: Only the province is given")

    assert any("stands twice" in fault.what for fault in check_file(path).faults)


def test_a_policy_without_cases_is_a_remark_and_a_folder_without_policies_a_fault(folder: Path, tmp_path: Path) -> None:
    (folder / "370481" / "2025.cases.yaml").unlink()
    empty = tmp_path / "empty"
    empty.mkdir()

    report = check_file(folder / TENGZHOU)

    assert report.faults == []
    assert any("no worked cases" in remark.what for remark in report.remarks)
    assert "no policy file" in check_file(empty).faults[0].what


def test_a_class_that_nobody_reaches_is_a_fault(folder: Path) -> None:
    path = folder / "310000" / "2025.yaml"
    spoil(path, "when: {age: {to: 69}}", "when: {age: {to: 59}}")

    assert any("nobody falls in this class" in fault.what for fault in check_file(path).faults)


def test_a_rule_that_never_wins_is_a_remark(folder: Path) -> None:
    path = folder / TENGZHOU
    spoil(path, "pays: {city_finance: {percent: 50}}", "pays: {city_finance: {fen: 0}}")

    remarks = [remark for remark in check_file(path).remarks if "pays nothing" in remark.what]

    assert [remark.line for remark in remarks] == [line_of(path, "    age_60_69:")]


def test_the_schema_that_is_committed_is_the_models() -> None:
    committed = (policies.folder / "schema.json").read_text(encoding="utf-8")

    assert committed == schema_text(), "run: .venv/bin/python -m canbao.policy.checks > policies/schema.json"


@pytest.mark.parametrize("path", [policies.folder / "national.yaml", *policies.files()], ids=str)
def test_every_policy_and_layer_fits_the_schema(path: Path) -> None:
    schema = json.loads((policies.folder / "schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)

    faults = list(jsonschema.Draft202012Validator(schema).iter_errors(plain(read(path).data)))

    assert [fault.message for fault in faults] == []


@pytest.mark.parametrize("spoilt", [{"windows": {}}, {"benefit_year": "soon"}, {"aid": {"rules": {"x": {"pays": 3}}}}])
def test_the_schema_refuses_what_is_no_policy(spoilt: dict[str, Any]) -> None:
    schema = json.loads(schema_text())
    data = plain(read(policies.folder / TENGZHOU).data)

    assert list(jsonschema.Draft202012Validator(schema).iter_errors({**data, **spoilt}))


def plain(value: Any) -> Any:
    """YAML data as an editor's schema check sees it: days are text."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value
