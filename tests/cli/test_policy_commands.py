"""The contract of `policy` and `quote` as other programs meet it: exit statuses, formats, bad input."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from canbao.policy import policies
from canbao.policy.codes import ANSWER_COLUMNS
from tests.cli.commands import ADULT, call

COMMAND = [sys.executable, "-c", "import sys; from canbao.cli import main; sys.exit(main())"]


def run(*words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *words], input=stdin, capture_output=True, check=False)


def person_file(folder: Path, **facts: Any) -> Path:
    path = folder / "person.json"
    path.write_text(json.dumps({**ADULT, **facts}), encoding="utf-8")
    return path


# policy


def test_policies_are_listed_with_their_windows(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = call(capsys, "policy", "list")

    assert status == 0
    assert len(out.splitlines()) == len(policies.ids())
    assert "310000-2025  2024-11-11 – 2024-12-25 17:30  上海市" in out


@pytest.mark.parametrize("wanted", policies.ids())
def test_a_policy_is_shown(wanted: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = call(capsys, "policy", "show", wanted)

    assert status == 0
    assert policies.get(wanted).name.zh in out and policies.get(wanted).name.en in out


def test_two_policies_are_compared(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = call(capsys, "policy", "diff", "370481-2025", "370124-2025")

    assert status == 0
    assert "现" in out and "now:" in out
    assert call(capsys, "policy", "diff", "370481-2025", "nowhere-2025")[0] == 2


def test_a_clean_policy_prints_nothing_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = call(capsys, "policy", "check", policies.folder / "370700" / "2025.yaml")

    assert (status, out) == (0, "")
    assert "0 faults" in err


def test_faults_are_printed_with_file_and_line_and_status_1(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(policies.folder, tmp_path / "policies"))
    path = folder / "370481" / "2025.yaml"
    text = path.read_text(encoding="utf-8").replace("source: TZ-06", "source: TZ-60")
    path.write_text(text, encoding="utf-8")
    line = text[: text.index("source: TZ-60")].count("\n") + 1

    status, out, _ = call(capsys, "policy", "check", path, folder / "370700" / "2025.yaml")

    assert status == 1
    assert out.startswith(f"{path}:{line}: ")
    assert "clauses has no TZ-60" in out


def test_a_path_that_is_not_there_is_bad_usage(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert call(capsys, "policy", "check", tmp_path / "nothing.yaml")[0] == 2


# quote


def test_a_person_from_a_file_from_standard_input_and_with_a_bom(tmp_path: Path) -> None:
    path = person_file(tmp_path)
    raw = path.read_bytes()
    from_file = run("quote", "370481-2025", str(path))
    from_stdin = run("quote", "370481-2025", "-", stdin=raw)
    with_bom = run("quote", "370481-2025", stdin=b"\xef\xbb\xbf" + raw)

    assert from_file.returncode == from_stdin.returncode == with_bom.returncode == 0
    assert from_file.stdout == from_stdin.stdout == with_bom.stdout
    answer = json.loads(from_file.stdout)
    assert list(answer) == [*ANSWER_COLUMNS, "subsidies", "trace", "lines", "waiting_days"]
    assert answer["person_id"] == "p1" and answer["personal_fen"] == 40000
    assert answer["benefit_start"] == "2025-01-01"


def test_subsidies_and_trace_have_the_keys_of_the_contract(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = person_file(tmp_path, birth_date="1960-06-01", categories=["family_planning_one_girl"])
    _, out, _ = call(capsys, "quote", "370481-2025", path)
    answer = json.loads(out)

    assert [(each["payer"], each["amount_fen"]) for each in answer["subsidies"]] == [
        ("city_finance", 20000), ("township_finance", 20000),
    ]  # fmt: skip
    assert {each["category"] for each in answer["subsidies"]} == {"family_planning_one_girl"}
    assert all(list(each) == ["payer", "amount_fen", "category", "source"] for each in answer["subsidies"])
    assert all(list(step) == ["rule", "outcome", "source", "text_zh", "text_en"] for step in answer["trace"])
    assert all(set(step["source"]) >= {"document", "clause"} for step in answer["trace"])


def test_a_null_person_id_is_accepted(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, out, _ = call(capsys, "quote", "370481-2025", person_file(tmp_path, person_id=None))

    assert status == 0
    assert json.loads(out)["person_id"] is None


def test_an_unknown_column_of_a_person_is_one_warning(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, out, err = call(capsys, "quote", "370481-2025", person_file(tmp_path, house="red", garden="green"))

    assert status == 0
    assert json.loads(out)["personal_fen"] == 40000
    assert len(err.splitlines()) == 1 and "house, garden" in err


def test_on_and_as_year(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    unpaid = person_file(tmp_path, paid_at=None)
    late = json.loads(call(capsys, "quote", "370481-2025", unpaid, "--on", "2025-05-10")[1])
    carried = json.loads(call(capsys, "quote", "370481-2025", unpaid, "--as-year", "2026", "--on", "2025-10-01")[1])
    today = json.loads(call(capsys, "quote", "370481-2025", unpaid)[1])

    assert (late["in_window"], late["benefit_start"], late["projected"]) == (False, "2025-08-10", False)
    assert (carried["projected"], carried["benefit_year"], carried["policy"]) == (True, 2026, "370481-2025")
    assert carried["waiting_months"] == 3  # 2025 is broken
    assert today["waiting_months"] is not None or today["reason"] == "year_over"


def test_a_policy_by_path(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, out, _ = call(capsys, "quote", policies.folder / "370481" / "2025.yaml", person_file(tmp_path))

    assert status == 0
    assert json.loads(out)["policy"] == "370481-2025"


def test_an_unknown_policy_names_those_that_there_are(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, out, err = call(capsys, "quote", "370481-2035", person_file(tmp_path))

    assert (status, out) == (2, "")
    assert "370481-2025" in err


def test_a_broken_policy_is_unreadable_input(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("policy: [", encoding="utf-8")

    status, _, err = call(capsys, "quote", broken, person_file(tmp_path))

    assert status == 2
    assert f"{broken}:1: " in err or f"{broken}:2: " in err


BAD_JSON: dict[bytes, tuple[str, str]] = {
    b" ": ("标准输入是空的", "Standard input is empty"),
    b"{": ("第1行第2列，此处应是加双引号的键", "line 1, column 2: a key in double quotes is missing here"),
    b'{"a":1,}': ("第1行第8列，此处应是加双引号的键", "line 1, column 8: a key in double quotes is missing here"),
    b'{"a" 1}': ("键后缺少冒号", "a colon is missing behind the key"),
    b'{"a":1\n"b":2}': ("第2行第1列，两项之间缺少逗号", "line 2, column 1: a comma is missing between two items"),
    b'{"a":}': ("此处应有一个值", "a value is missing here"),
    b'{"a":"x': ("文字的引号没有收尾", "a text has no closing quotation mark"),
    b"{} x": ("对象之后还有多余内容", "something stands behind the object"),
    b"[]": ("应为一个人的JSON对象", "must be one person as a JSON object"),
    b"null": ("应为一个人的JSON对象", "must be one person as a JSON object"),
    b"\xff\xfe": ("不是UTF-8编码", "it is not UTF-8"),
    b'{"tier": "low", "tier": "high"}': ("键“tier”出现了两次", "the key tier stands twice"),
    b"[" * 100_000: ("括号层数太多", "its brackets are nested too deep"),
    b'{"a":' + b"1" * 5000 + b"}": ("数字太长", "a number is too long"),
}


@pytest.mark.parametrize("raw", BAD_JSON, ids=lambda raw: repr(raw[:12]))
def test_what_is_no_person_is_refused_in_both_languages(
    raw: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))

    status, out, err = call(capsys, "quote", "370481-2025", "-")

    zh, _, en = err.partition("。 ")
    assert (status, out) == (2, "")
    assert all(words in half for words, half in zip(BAD_JSON[raw], (zh, en), strict=True)), err
    assert not re.search("[a-z]{5,}", zh) and not re.search("[\u4e00-\u9fff]", en), "no language in the other"


def test_an_input_that_cannot_be_read_is_named_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        f"无法读取{tmp_path}：是文件夹。 {tmp_path} cannot be read: it is a folder."
        in call(capsys, "quote", "370481-2025", tmp_path)[2]
    )
    assert "没有这个文件。" in call(capsys, "quote", "370481-2025", tmp_path / "none.json")[2]
    monkeypatch.setattr("sys.stdin", None)
    assert (
        call(capsys, "quote", "370481-2025")[2]
        == "无法读取标准输入：已关闭。 Standard input cannot be read: it is closed.\n"
    )


BAD_FACTS: list[tuple[str, Any]] = [
    ("birth_date", "1980-13-01"), ("birth_date", "1980-1-1"), ("birth_date", 19800101), ("birth_date", None),
    ("birth_date", "0001-01-01"), ("id_number", "370481199406010011"), ("id_number", 370481), ("sex", "woman"),
    ("hukou_area", 370481), ("hukou_area", "37048"), ("hukou_area", "滕州"), ("hukou_kind", "village"),
    ("residence_permit", "green"), ("permit_relation", "parent"), ("student", "teacher"), ("categories", "orphan"),
    ("categories", ["orphans"]), ("categories", [None]), ("disability_grade", 0), ("disability_grade", "1"),
    ("tier", "middle"), ("employee_insured", "no"), ("employee_insured", 2), ("covered_years", [20.5]),
    ("covered_years", ["2024"]), ("covered_years", 2024), ("last_cover_end", "yesterday"), ("repair_years", -1),
    ("repair_years", True), ("repair_years", 1.5), ("registered_on", "2024-11-01T00:00:00"),
    ("paid_at", "2024-11-01"), ("paid_at", "2024-11-01T09:00:00Z"), ("paid_at", "2024-11-01T09:00:00+08:00"),
    ("paid_at", "2024-11-01T25:00:00"), ("paid_at", "2024-09-30T23:59:59"), ("attributes", "red"), ("attributes", []),
    ("person_id", 7), ("person_id", "\ud800"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "value"), BAD_FACTS)
def test_a_bad_fact_is_named_in_chinese_and_english(
    column: str, value: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status, out, err = call(capsys, "quote", "370481-2025", person_file(tmp_path, **{column: value}))

    assert (status, out) == (2, "")
    assert column in err
    assert any("\u4e00" <= letter <= "\u9fff" for letter in err) and any(letter.isascii() for letter in err)


@pytest.mark.parametrize(
    "words",
    [
        ["quote"],
        ["quote", "370481-2025", "--on", "2025-02-30"],
        ["quote", "370481-2025", "--on", "20250201"],
        ["quote", "370481-2025", "--as-year", "soon"],
        ["bill", "370481-2025", "people.csv"],
        ["bill", "370481-2025", "people.csv", "--out", "x.csv", "--engine", "abacus"],
        ["policy"],
        ["policy", "check"],
        ["quote", "370481-2025", "no-such-file.json"],
        ["bill", "370481-2025", "no-such-file.csv", "--out", "bills.csv"],
        ["bill", "nowhere", "no-such-file.csv", "--out", "bills.csv"],
    ],
)
def test_bad_usage_and_missing_files_are_status_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = call(capsys, *words)

    assert (status, out) == (2, "")
    assert err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["policy", "show", "370841-2025"], "did you mean 370481-2025?"),
        (["policy", "show", "no/such.yaml"], "There is no policy file no/such.yaml"),
        (["policy", "show", f"{policies.folder}/370481/2025.cases.yaml"], "give 2025.yaml"),
        (["policy", "diff", "370481-2025", f"{policies.folder}/370481/2025.notice.yaml"], "give 2025.yaml"),
        (["policy", "check", "370481-2025"], f"give its file: {policies.folder}/370481/2025.yaml"),
        (["policy", "check", "nowhere"], "There is no nowhere."),
    ],
)
def test_a_wrong_name_is_answered_with_the_right_one(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = call(capsys, *words)

    assert (status, out) == (2, "")
    assert told in err and len(err.splitlines()) == 1
