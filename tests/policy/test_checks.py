"""`canbao policy check` finds nothing wrong with our policies, and each mistake of a broken file at its line."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import ValidationError

from canbao.policy import PolicyFaults, policies
from canbao.policy.cases import CasesFile
from canbao.policy.checks import aiding_everyone, check_file, cited_nowhere, schema_text
from canbao.policy.distinctions import parts_of
from canbao.policy.document import read
from canbao.policy.loading import load
from canbao.policy.model import Scope
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
    policy = policies.get("370481-2025")
    found = births(policy, parts_of([policy]))

    assert {date(1955, 1, 1), date(1965, 1, 1), date(2007, 1, 1), date(2025, 1, 1)} <= set(found)
    assert min(found) < date(1955, 1, 1)


# What is spoilt, by what, where the check must point at in the text that was put there (^ before the character), and
# words of the sentence: what is wrong in Chinese, what would be right in English.
MISTAKES = {
    "misspelt key": (
        "    standard_fen: 40000",
        "    ^standart_fen: 40000",
        "是不是“standard_fen”",
        "is not a key here; did you mean standard_fen?",
    ),
    "misspelt section": (
        "window: {",
        "^windoww: {",
        "是不是“window”",
        "windoww is not a key here; did you mean window?",
    ),
    "misspelt key of a condition": ("{hukou_in:", "{^hukou_inn:", "是不是“hukou_in”", "did you mean hukou_in?"),
    "key that nothing is like": ("window: {", "^zzz: 1\nwindow: {", "请更正或删去", "correct its name or remove it"),
    "unlike key of a small part": (
        "when: {age: {from: 70}}",
        "when: {age: {^min: 70}}",
        "这里的键有 from, to, under",
        "the keys here are from, to, under",
    ),
    "comma in a text without quotes": (
        "name: {zh: 城乡居民, en: resident}",
        "name: {zh: 城乡居民, en: resident, ^of any age}",
        "请给整段文字加引号",
        "put the whole text in quotes",
    ),
    "missing citation": (
        "  resident:\n    name: {zh: 城乡居民, en: resident}\n    standard_fen: 40000\n    source: TZ-06",
        "  ^resident:\n    name: {zh: 城乡居民, en: resident}\n    standard_fen: 40000",
        "没有出处",
        "cites nothing: give `source`",
    ),
    "missing key": (
        "  ^resident:\n    name: {zh: 城乡居民, en: resident}",
        "  ^resident:",
        "缺少“classes.resident.name”",
        "classes.resident.name is missing; add it",
    ),
    "unknown clause": ("source: TZ-06", "source: ^TZ-666", "没有条款“TZ-666”", "clauses has no TZ-666; correct it"),
    "unknown clause of several": (
        "source: [TZ-07, TZ-15]",
        "source: [TZ-07, ^TZ-1555]",
        "没有条款“TZ-1555”",
        "clauses has no TZ-1555",
    ),
    "unknown reading": ("reading: A-48", "reading: ^A-99", "没有读法“A-99”", "readings has no A-99"),
    "unknown document": (
        "TZ-03: {document: plan",
        "TZ-03: {document: ^pln",
        "是不是“plan”",
        "documents has no pln; did you",
    ),
    "day that does not exist": (
        "closes: 2024-12-31",
        "closes: ^2024-02-30",
        "应为存在的日期",
        "write a day that exists",
    ),
    "day with slashes": (
        "closes: 2024-12-31",
        "closes: ^2024/12/31",
        "2024/12/31",
        "write a day that exists, as 2024-10-01",
    ),
    "day that no year has": (
        "window: {opens",
        "^age: {years: -1, month: 11, day: 31, source: TZ-06}\nwindow: {opens",
        "并非每年都有11月31日",
        "month 11 has no day 31",
    ),
    "year that no calendar has": (
        "when: {age: {from: 60, to: 69}}",
        "when: {born: {before: {years: ^9000}}}",
        "应不大于 150",
        "write a value not greater than 150",
    ),
    "window upside down": (
        "window: {opens: 2024-10-01, closes: 2024-12-31",
        "window: {opens: 2024-10-01, closes: ^2024-09-30",
        "结束早于开始（2024-10-01）",
        "closes before it opens; correct one of the days",
    ),
    "key twice": (
        "benefit_year: 2025",
        "benefit_year: 2025\n^benefit_year: 2026",
        "只保留一处",
        "stands twice; keep one",
    ),
    "bracket not closed": (
        "source: [TZ-35, TZ-03]",
        "source: [TZ-35, TZ-03\nx^: 1",
        "列的括号没有配对",
        "is not closed, or a comma is missing",
    ),
    "tab": ("    standard_fen: 40000", "^\tstandard_fen: 40000", "制表符", "never with a tab"),
    "full-width colon": ("    standard_fen: 40000", "    standard_fen^：40000", "半角“:”", "narrow sign instead of ："),
    "full-width comma": (
        "{zh: 城乡居民, en: resident}",
        "{zh: 城乡居民^，en: resident}",
        "半角“,”",
        "narrow sign instead of ，",
    ),
    "two colons in a line": (
        "    standard_fen: 40000",
        "    standard_fen: 40000^: 2",
        "冒号",
        "put a value that holds a colon",
    ),
    "quote not closed": ("[TZ-35, TZ-03]", '[^"TZ-35, TZ-03]', "引号没有配对", "a quotation mark is not closed"),
    "unknown category": (
        "category: orphan",
        "category: ^orphans",
        "是不是“orphan”",
        "orphans is not listed; did you mean orphan?",
    ),
    "unknown payer": (
        "{city_finance: {percent: 100}}",
        "{^cityfinance: {percent: 100}}",
        "是不是“city_finance”",
        "did you mean city_finance?",
    ),
    "shares above the whole": (
        "pays: {city_finance: {percent: 50}}",
        "^pays: {city_finance: {percent: 50}, township_finance: {percent: 60}}",
        "合计110%",
        "add up to 110 %; at most 100 % is right",
    ),
    "amount below zero": ("standard_fen: 40000", "standard_fen: ^-1", "（-1）有误：应不小于 0", "not less than 0"),
    "amount that is a word": (
        "standard_fen: 40000",
        "standard_fen: ^400元",
        "（400元）有误：应为整数",
        "write a whole number, such as 40000",
    ),
    "code that is a number": (
        'area: "370481"',
        "area: ^370481",
        "数字要加引号",
        "put codes and telephone numbers in quotes",
    ),
    "code too short": ('area: "370481"', 'area: ^"37048"', "六位行政区划代码", "six digits of an area code"),
    "yes for true": (
        "{value: false, source: NAT",
        "{value: ^no-thing, source: NAT",
        "true 或 false",
        "write true or false",
    ),
    "alternative that leads nowhere": (
        "{waiting.first_gap_year_adds.value: true}",
        "{^waiting.first_year_adds.value: true}",
        "没有“waiting.first_year_adds.value”",
        "cannot be set: the file has no waiting.first_year_adds.value",
    ),
    "alternative with a value that does not fit": (
        "set: {waiting.first_gap_year_adds.value: true}",
        "^set: {waiting.first_gap_year_adds.value: maybe}",
        "无法代入：“waiting.first_gap_year_adds.value”应为 true 或 false",
        "waiting.first_gap_year_adds.value: write true or false",
    ),
    "alternative that says no value": (
        "{zh: 每个断保年度都增加, en: every broken year adds one, set: {waiting.first_gap_year_adds.value: true}}",
        "^{zh: 每个断保年度都增加, en: every broken year adds one}",
        "没有写 set",
        "this alternative has no `set`",
    ),
    "yuan for fen": ("standard_fen: 40000", "standard_fen: ^400.00", "400元写作 40000", "write 400 yuan as 40000"),
    "number of too many digits": ("standard_fen: 40000", f"standard_fen: ^{'9' * 5000}", "应为整数", "a whole number"),
    "unseen sign": ("zh: 城乡居民, en: resident", "zh: 城乡^\x07居民, en: resident", "U+0007", "delete it"),
    "unseen sign in a code": (
        "category: orphan",
        'category: ^"orph\\u202ean"',
        "orph\\u202ean",
        "did you mean orphan?",
    ),
    "mark of a language": ("standard_fen: 40000", "standard_fen: ^!yuan 400", "“!”开头的标记", "begin with !"),
    "age that is one number": ("when: {age: {from: 70}}", "when: {age: ^70}", "from, to, under", "the keys here are"),
    "two kinds of share": (
        "pays: {city_finance: {percent: 50}}",
        "pays: {^city_finance: {percent: 50, fen: 100}}",
        "写且只写一项",
        "say exactly one of",
    ),
    "benefit year with a digit too many": ("benefit_year: 2025", "benefit_year: ^20255", "应不大于 2099", "than 2099"),
    "policy of another year": (
        "policy: 370481-2025",
        "policy: ^370481-2024",
        "应写 370481-2025",
        "write 370481-2025: the area and the benefit year",
    ),
    "area of another folder": ('area: "370481"', 'area: ^"370482"', "文件夹是 370481", "the folder is 370481"),
    "year of another file": ("benefit_year: 2025", "benefit_year: ^2026", "文件名是 2025", "the file is called 2025"),
    "window of another year": (
        "window: {opens: 2024-10-01",
        "window: {opens: ^2023-10-01",
        "应在参保年度（2025）或其上一年",
        "must open in the benefit year 2025 or in the year before it",
    ),
    "day long past": ("window: {opens: 2024-10-01", "window: {opens: ^0001-10-01", "1880-01-01", "not less than 1880"),
    "day far away": ("closes: 2024-12-31", "closes: ^9999-12-31", "2200-12-31", "not greater than 2200-12-31"),
    "age counted thousands of years ago": (
        "window: {opens",
        "age: {years: ^-5000, source: TZ-06}\nwindow: {opens",
        "应不小于 -150",
        "not less than -150",
    ),
    "born in a year that no calendar has": (
        "when: {age: {from: 60, to: 69}}",
        "when: {born: {in_year: ^999999}}",
        "应不大于 150",
        "not greater than 150",
    ),
    "registered after thousands of years": (
        "when: {age: {from: 60, to: 69}}",
        "when: {registered_within_days: ^4000000}",
        "应不大于 36525",
        "not greater than 36525",
    ),
    "ages upside down": (
        "when: {age: {from: 60, to: 69}}",
        "when: {^age: {from: 69, to: 60}}",
        "没有人在此范围内",
        "from must not be above to",
    ),
    "percent of three decimals": (
        "pays: {city_finance: {percent: 50}}",
        "pays: {city_finance: {percent: ^33.333}}",
        "（33.333）有误：最多写 2 位小数",
        "write at most 2 decimals",
    ),
    "amount beyond all fees": (
        "standard_fen: 40000",
        "standard_fen: ^40000000000",
        "应不大于 1000000000",
        "not greater than 1000000000",
    ),
    "true for an amount": ("standard_fen: 40000", "standard_fen: ^true", "应为整数", "write a whole number"),
    "yes for a switch": ("adds: {value: false", "adds: {value: ^yes", "应为 true 或 false", "write true or false"),
    "1 for true": ("adds: {value: false", "adds: {value: ^1", "应为 true 或 false", "write true or false"),
    "year with a decimal": ("benefit_year: 2025", "benefit_year: ^2025.0", "应为整数", "write a whole number"),
    "moment for a day": ("opens: 2024-10-01", "opens: ^2024-10-01T00:00:00", "只写日期", "write the day alone"),
    "unknown layer": ("layers: [national]", "layers: [^province]", "没有 province.yaml", "no layer file province.yaml"),
    "layers without brackets": ("layers: [national]", "layers: ^national", "应为列表", "write a list"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_found_at_its_line_and_column(mistake: str, folder: Path) -> None:
    old, marked, zh, en = MISTAKES[mistake]
    path = folder / TENGZHOU
    spoil(path, old.replace("^", ""), marked)
    text = path.read_text(encoding="utf-8")
    at = text.index("^")
    path.write_text(text.replace("^", "", 1), encoding="utf-8")
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)

    found = [(fault.line, fault.column) for fault in check_file(path).faults if zh in fault.what and en in fault.what]

    assert found == [(line, column)], [str(fault) for fault in check_file(path).faults]


def test_a_fault_prints_its_place_first(folder: Path) -> None:
    path = folder / TENGZHOU
    spoil(path, "    standard_fen: 40000", "    standard_fen: 400元")
    line = line_of(path, "standard_fen: 400元")

    assert [str(fault) for fault in check_file(path).faults] == [
        f"{path}:{line}: column 19: “classes.resident.standard_fen”（400元）有误：应为整数，例如 40000。 "
        "classes.resident.standard_fen: write a whole number, such as 40000"
    ]


def test_a_mistake_in_a_layer_is_found_in_the_layer(folder: Path) -> None:
    layer = folder / "national.yaml"
    spoil(layer, "waits: false", "waits: maybe")
    line = line_of(layer, "waits: maybe")

    (fault,) = check_file(folder / TENGZHOU).faults

    assert (fault.file, fault.line) == (str(layer), line)
    assert fault.column == layer.read_text(encoding="utf-8").splitlines()[line - 1].index("maybe") + 1


@pytest.mark.parametrize(
    ("old", "new", "en"),
    [
        ("fixed_months: {value: 3", "fixed_months: {value: -3", "not less than 0"),
        ("fixed_months: {value: 3", "fixed_months: {value: 3000", "not greater than 120"),
        ("gap_years_from: {value: 2025", "gap_years_from: {value: 205", "not less than 2000"),
    ],
)
def test_a_count_or_a_year_beyond_all_sense_is_found(old: str, new: str, en: str, folder: Path) -> None:
    layer = folder / "national.yaml"
    spoil(layer, old, new)

    (fault,) = check_file(folder / TENGZHOU).faults

    assert (fault.file, fault.line) == (str(layer), line_of(layer, new))
    assert en in fault.what


@pytest.mark.parametrize(("percent", "limit"), [("-1", "not less than 0"), ("101", "not greater than 100")])
def test_a_target_is_a_part_of_the_whole(percent: str, limit: str, folder: Path) -> None:
    path = folder / "140600" / "2025.yaml"
    spoil(path, "    percent: 95\n", f"    percent: {percent}\n")

    (fault,) = check_file(path).faults

    assert fault.line == line_of(path, f"    percent: {percent}")
    assert limit in fault.what


def test_what_nobody_foresaw_is_a_fault_beside_those_of_the_worked_cases(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / TENGZHOU
    spoil(path, "pays: {city_finance: {percent: 50}}", "pays: {city_finance: {percent: 40}}")

    def fails(policy: object) -> None:
        raise OverflowError("date value out of range")

    monkeypatch.setattr("canbao.policy.checks.prove", fails)
    first, *others = check_file(path).faults

    assert (first.file, first.line) == (str(path), 1)
    assert "OverflowError: date value out of range" in first.what
    assert any("personal_fen should be 20000" in fault.what for fault in others)


def test_a_file_that_is_not_utf_8_is_refused_at_the_first_such_letter(folder: Path) -> None:
    path = folder / TENGZHOU
    path.write_bytes("policy: x\nname: {zh: 滕州".encode() + "市".encode("gbk") + b", en: x}\n")

    (fault,) = check_file(path).faults

    assert (fault.line, fault.column) == (2, 14)
    assert "save it as UTF-8" in fault.what


def test_a_mistake_in_a_notice_file_is_found_there(folder: Path) -> None:
    path = folder / "370481" / "2025.notice.yaml"
    spoil(path, "mode: organisation", "mode: organization")
    line = line_of(path, "organization")

    (fault,) = check_file(folder / TENGZHOU).faults

    assert (fault.file, fault.line, fault.column) == (str(path), line, 13)
    assert "write one of online, counter, organisation, none; did you mean organisation?" in fault.what


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
    "misspelt column": (
        "waiting_months: 3",
        "^wating_months: 3",
        "has no column wating_months; did you mean waiting_months?",
    ),
    "misspelt fact": ("tier: high}", "^teir: high}", "a person has no column teir; did you mean tier?"),
    "unknown person": ("like: no_tier", "like: ^no_teir", "people has no no_teir; did you mean no_tier?"),
    "other key": ("    like: no_tier", "    ^liked: no_tier", "is not a key here; did you mean like?"),
    "nothing expected": ("expect: {eligible: true}", "^expect: {}", "give at least 1"),
    "wrong value": (
        "expect: {reason: area_missing}",
        "expect: {^reason: tier_missing}",
        "reason should be tier_missing, but the policy gives area_missing",
    ),
    "null expected as a word": ("reason: null, class: adult_low", "^reason: none, class: adult_low", "gives null"),
    "number in quotes": (
        "personal_fen: 40000}",
        '^personal_fen: "40000"}',
        "personal_fen的40000请不加引号。 write personal_fen without quotes",
    ),
    "year beyond all sense": (
        "    like: no_tier",
        "    like: no_tier\n    as_year: ^99999",
        "not greater than 2099",
    ),
    "refusal that does not come": ("expect: {bad: id_number}", "expect: {^bad: sex}", "bad should be sex"),
}


@pytest.mark.parametrize("mistake", CASE_MISTAKES)
def test_a_mistake_in_a_cases_file_is_found_at_its_line_and_column(mistake: str, folder: Path) -> None:
    old, marked, what = CASE_MISTAKES[mistake]
    path = folder / "370700" / "2025.cases.yaml"
    spoil(path, old, marked)
    text = path.read_text(encoding="utf-8")
    at = text.index("^")
    path.write_text(text.replace("^", "", 1), encoding="utf-8")

    found = [(fault.line, fault.column) for fault in check_file(path).faults if what in fault.what]

    assert found == [(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))], [
        str(fault) for fault in check_file(path).faults
    ]


def test_a_fact_that_cannot_be_read_is_found_where_it_is_written(folder: Path) -> None:
    path = folder / "370700" / "2025.cases.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text + '  - name: Nobody is born on this day\n    person: {hukou_area: "370700", birth_date: 1980-02-30}\n'
        "    expect: {eligible: true}\n",
        encoding="utf-8",
    )

    (fault,) = check_file(path).faults

    assert (fault.line, fault.column) == (line_of(path, "1980-02-30"), 48)
    assert "if it must be refused, write expect: {bad: birth_date}" in fault.what


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


def test_a_class_that_nobody_reaches_is_a_fault_at_the_class(folder: Path) -> None:
    path = folder / "310000" / "2025.yaml"
    spoil(path, "when: {age: {to: 69}}", "when: {age: {to: 59}}")

    found = [(f.line, f.column) for f in check_file(path).faults if "nobody falls in this class" in f.what]

    assert found == [(line_of(path, "  age_60_69:"), 3)]


def test_a_rule_that_never_wins_is_a_remark(folder: Path) -> None:
    path = folder / TENGZHOU
    spoil(path, "pays: {city_finance: {percent: 50}}", "pays: {city_finance: {fen: 0}}")

    remarks = [remark for remark in check_file(path).remarks if "pays nothing" in remark.what]

    assert [remark.line for remark in remarks] == [line_of(path, "    age_60_69:")]


def test_a_rule_that_takes_everyone_and_a_reading_that_nothing_cites_are_remarks(folder: Path) -> None:
    path = folder / TENGZHOU
    for file in policies.files():
        assert not [*aiding_everyone(load(file)[0]), *cited_nowhere(read(file).data, load(file)[0])]
    spoil(path, "      category: extreme_poverty\n", "      when: {}\n")
    spoil(path, "readings:\n", "readings:\n  A-99: {question: &w {zh: 问, en: ask}, chosen: *w}\n")
    changed = load(path)[0]

    ((everyone, takes),) = aiding_everyone(changed)
    ((nowhere, cites),) = cited_nowhere(read(path).data, changed)

    assert everyone == ("aid", "rules", "extreme_poverty") and "this rule takes everyone" in takes
    assert nowhere == ("readings", "A-99") and "write reading: A-99 at the part" in cites


def test_a_place_without_grounds_is_a_fault(folder: Path) -> None:
    data = {**read(folder / TENGZHOU).data["scope"], **{k: {} for k in ("employee_insured", "insured_elsewhere")}}
    with pytest.raises(ValidationError, match=r"grounds\n.*at least 1"):
        Scope.model_validate({**data, "grounds": {}})


def test_a_case_of_cover_that_is_tried_before_the_one_it_stands_behind_is_a_remark(folder: Path) -> None:
    path = folder / "140600" / "2025.yaml"
    text = path.read_text(encoding="utf-8")
    moved, next_one, end = (text.index(f"\n  {name}:\n", text.index("\ncover:")) for name in CASES_OF_SHUOZHOU)
    path.write_text(text[:moved] + text[next_one:end] + text[moved:next_one] + text[end:], encoding="utf-8")

    (found,) = [remark for remark in check_file(path).remarks if "is tried before it" in remark.what]
    unspoilt = check_file(policies.folder / "140600").remarks

    assert found.line == line_of(path, "  year_end_newborn:")
    assert "写在“newborn”之后，却先于它判断" in found.what
    assert not any("is tried before it" in remark.what for remark in unspoilt)


CASES_OF_SHUOZHOU = ("year_end_newborn", "newborn_in_window", "in_window")
"""A case of its own, one with the layer's name that keeps the layer's place, and the one behind them."""


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


@pytest.mark.parametrize(
    ("written", "wide", "narrow"),
    [
        ("a：1", "：", ":"),
        ("a: {b: 1}，c: 2", "，", ","),
        ("a: ｛b: 1}", "｛", "{"),
        ("a: ［b: 1]", "［", "["),
        ("a: “b: 1", "“", '"'),
        ("a: ‘b: 1", "‘", "'"),
        ("a: 1\n　b", "　", "空格"),
    ],
)
def test_a_wide_sign_is_told_with_the_narrow_one(written: str, wide: str, narrow: str, tmp_path: Path) -> None:
    path = tmp_path / "2025.yaml"
    path.write_text(f"{written}\nd: [", encoding="utf-8")

    with pytest.raises(PolicyFaults) as caught:
        read(path)

    assert f"“{wide}”是全角符号，应写半角“{narrow}”" in str(caught.value.faults[0])


def test_a_file_of_a_list_is_not_a_policy(tmp_path: Path) -> None:
    path = tmp_path / "2025.yaml"
    path.write_text("- a\n- b\n", encoding="utf-8")

    with pytest.raises(PolicyFaults, match="a mapping of keys to values"):
        read(path)


def test_cases_without_a_case_are_a_fault() -> None:
    with pytest.raises(ValidationError):
        CasesFile(cases=[])
