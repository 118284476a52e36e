"""The contract of `policy`, `quote` and `bill` as other programs meet it: statuses, formats, bad input, whole files."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from canbao.cli import main
from canbao.policy import BadPerson, Person, policies, quote
from canbao.policy.codes import ANSWER_COLUMNS, PERSON_COLUMNS
from canbao.policy.engines.outcomes import OUTPUT_SCHEMA
from canbao.policy.engines.register import SCHEMA

COMMAND = [sys.executable, "-c", "import sys; from canbao.cli import main; sys.exit(main())"]
ADULT = {"person_id": "p1", "hukou_area": "370481", "birth_date": "1994-06-01", "paid_at": "2024-11-01T09:00:00"}
LATE = {**ADULT, "paid_at": None}


def run(*words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *words], input=stdin, capture_output=True, check=False)


def call(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    """Exit status, standard output and standard error; argparse leaves by SystemExit."""
    try:
        status = main([str(word) for word in words])
    except SystemExit as left:
        status = int(left.code or 0)
    told = capsys.readouterr()
    assert "Traceback" not in told.out + told.err
    return status, told.out, told.err


def person_file(folder: Path, **facts: Any) -> Path:
    path = folder / "person.json"
    path.write_text(json.dumps({**ADULT, **facts}, ensure_ascii=False), encoding="utf-8")
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
    assert list(answer) == [*ANSWER_COLUMNS, "subsidies", "trace"]
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


BAD_JSON = [b"", b"{", b"[]", b"3", b'"x"', b"\xff\xfe", b'{"tier": "low", "tier": "high"}', b"[" * 100_000, b"null"]


@pytest.mark.parametrize("raw", BAD_JSON, ids=lambda raw: repr(raw[:12]))
def test_what_is_no_person_is_refused_without_a_traceback(raw: bytes) -> None:
    done = run("quote", "370481-2025", "-", stdin=raw)

    assert done.returncode == 2
    assert done.stdout == b""
    assert b"Traceback" not in done.stderr and done.stderr


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
    ("person_id", 7),
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


# bill


def write_csv(path: Path, rows: Sequence[dict[str, Any]], columns: Sequence[str] | None = None) -> Path:
    columns = columns or list(PERSON_COLUMNS)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def read_csv(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8"))))


def billed(
    capsys: pytest.CaptureFixture[str], people: Path, policy: str = "370481-2025", out: str = "bills.csv"
) -> tuple[list[dict[str, str]], list[dict[str, str]], str]:
    """Rows billed, rows rejected and what was said."""
    target = people.with_name(out)
    status, _, err = call(capsys, "bill", policy, people, "--out", target)
    assert status == 0, err
    rejected = people.with_name(f"{out}.rejected.csv")
    return read_csv(target), read_csv(rejected) if rejected.exists() else [], err


def test_bills_in_csv_have_the_columns_of_the_contract_in_order(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    people = write_csv(tmp_path / "people.csv", [ADULT, {**ADULT, "person_id": "p2", "employee_insured": "true"}])
    rows, rejected, err = billed(capsys, people)

    assert list(rows[0]) == list(ANSWER_COLUMNS)
    assert rejected == [] and not (tmp_path / "bills.csv.rejected.csv").exists()
    assert "2 rows" in err
    first, second = rows
    assert first["personal_fen"] == "40000" and first["eligible"] == "true" and first["benefit_start"] == "2025-01-01"
    assert first["award"] == "" and first["reason"] == ""
    assert second["eligible"] == "false" and second["reason"] == "employee_insured" and second["standard_fen"] == ""


def test_bills_in_parquet_have_the_types_of_the_contract(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    people = write_csv(tmp_path / "people.csv", [ADULT])
    target = tmp_path / "bills.parquet"

    assert call(capsys, "bill", "370481-2025", people, "--out", target)[0] == 0
    frame = pl.read_parquet(target)
    assert frame.schema == OUTPUT_SCHEMA
    assert list(frame.columns) == list(ANSWER_COLUMNS)
    assert {frame.schema[column] for column in frame.columns if column.endswith("_fen")} == {pl.Int64()}
    assert frame.schema["benefit_start"] == pl.Date() and frame.schema["eligible"] == pl.Boolean()


def test_a_parquet_register_with_the_types_of_the_contract(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    people = tmp_path / "people.parquet"
    row: dict[str, Any] = {
        **dict.fromkeys(PERSON_COLUMNS), "person_id": "p1", "hukou_area": "370481", "birth_date": date(1950, 1, 1),
        "categories": ["orphan"], "covered_years": [2024],
        "paid_at": datetime.fromisoformat("2024-11-01T09:00:00.999999"),
        "attributes": '{"house": "red"}',
    }  # fmt: skip
    pl.DataFrame([row], schema=SCHEMA).write_parquet(people)
    rows, rejected, _ = billed(capsys, people)

    assert rejected == []
    assert rows[0]["medical_assistance_fund_fen"] == "40000"


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_an_empty_register_gives_an_empty_file(kind: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    people = write_csv(tmp_path / "people.csv", [])
    target = tmp_path / f"bills.{kind}"

    assert call(capsys, "bill", "370481-2025", people, "--out", target)[0] == 0
    frame = pl.read_parquet(target) if kind == "parquet" else pl.read_csv(target)
    assert frame.height == 0
    assert list(frame.columns) == list(ANSWER_COLUMNS)


def test_only_some_columns_in_any_order_and_an_unknown_one(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    people = write_csv(
        tmp_path / "people.csv",
        [{"house": "red", "birth_date": "1994-06-01", "person_id": "p1", "hukou_area": "370481"}],
        ["house", "birth_date", "person_id", "hukou_area"],
    )
    rows, _, err = billed(capsys, people)

    assert rows[0]["personal_fen"] == "40000" and rows[0]["in_window"] == "" and rows[0]["benefit_start"] == ""
    assert err.count("house") == 2  # one warning, in two languages


def test_bad_rows_are_told_apart_and_the_rest_keeps_its_order(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rows = [{**ADULT, "person_id": f"p{number}"} for number in range(1, 7)]
    rows[1]["birth_date"] = "1980-02-30"
    rows[3]["paid_at"] = "2024-09-30T23:59:59"
    rows[4]["person_id"] = ""
    good, rejected, err = billed(capsys, write_csv(tmp_path / "people.csv", rows))

    assert [row["person_id"] for row in good] == ["p1", "p3", "p6"]
    assert [list(row) for row in rejected] == [["row", "column", "value", "reason"]] * 3
    assert [(row["row"], row["column"], row["value"]) for row in rejected] == [
        ("2", "birth_date", "1980-02-30"), ("4", "paid_at", "2024-09-30T23:59:59"), ("5", "person_id", ""),
    ]  # fmt: skip
    assert all(row["reason"] for row in rejected)
    assert "3 rejected" in err

    rows[1]["birth_date"], rows[3]["paid_at"], rows[4]["person_id"] = "1980-02-28", "", "p5"
    assert billed(capsys, write_csv(tmp_path / "people.csv", rows))[1] == []


ODD_TEXT: list[tuple[str, str]] = [
    ("birth_date", "1980-1-5"), ("birth_date", "1980-01-05 "), ("birth_date", "80-01-05"), ("birth_date", "1980/01/05"),
    ("birth_date", "1700-01-05"), ("birth_date", "２０２４-01-05"), ("employee_insured", "1"),
    ("employee_insured", "0"), ("employee_insured", "True"), ("employee_insured", "yes"),
    ("insured_elsewhere", "false"), ("repair_years", "+0"), ("repair_years", "00"), ("repair_years", "1.0"),
    ("repair_years", "-1"), ("repair_years", " 0"), ("repair_years", "99999999999999999999"),
    ("disability_grade", "3"), ("disability_grade", "5"), ("disability_grade", "三"),
    ("categories", "orphan;severe_disability"), ("categories", "orphan;"), ("categories", "orphan,severe_disability"),
    ("categories", ";"), ("categories", " orphan"), ("covered_years", "2023;2024"), ("covered_years", "2023; 2024"),
    ("covered_years", "24"), ("covered_years", "+2024"), ("paid_at", "2024-11-01 09:00:00"),
    ("paid_at", "2024-11-01T09:00"), ("paid_at", "2024-11-01T9:00:00"), ("paid_at", "2024-11-01T09:00:00.5"),
    ("paid_at", "2024-11-01T09:00:00+08:00"), ("paid_at", "2024-11-01T09:00:00Z"), ("paid_at", "2024-11-01T24:00:00"),
    ("paid_at", "2024-11-01T09:00:60"), ("paid_at", "2024-11-01  09:00:00"), ("attributes", '{"a": 1}'),
    ("attributes", "{}"), ("attributes", "[]"), ("attributes", "null"), ("attributes", "{a}"),
    ("attributes", '{"expected_birth": "soon"}'), ("attributes", '{"expected_birth": "2025-03-01"}'),
    ("student", "None"), ("student", "none"), ("student", " pupil"), ("tier", "LOW"), ("hukou_area", "370481 "),
    ("hukou_area", "３７０４８１"), ("hukou_area", "3704810000000"), ("id_number", "护照E12345678"),
    ("id_number", "37048119940601001X"), ("id_number", "12345678901234567A"), ("id_number", "370481１99406010019"),
    ("last_cover_end", "2024-12-32"), ("registered_on", "2024-11-01T00:00:00"), ("hukou_since", "1999-12-31"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "text"), ODD_TEXT)
def test_odd_text_in_csv_is_read_as_quote_reads_it(
    column: str, text: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    facts = {key: value for key, value in {**ADULT, column: text}.items() if value is not None}
    rows, rejected, _ = billed(capsys, write_csv(tmp_path / "people.csv", [ADULT, facts]))
    policy = policies.get("370481-2025")
    try:
        answer = quote(policy, Person.parse(facts, categories=policy.categories, text=True))
    except BadPerson as error:
        assert [(row["row"], row["column"], row["value"]) for row in rejected] == [("2", error.faults[0].column, text)]
        assert len(rows) == 1
        return

    assert rejected == []
    assert {key: value or None for key, value in rows[1].items()} == {
        key: None if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in answer.row().items()
    }


@pytest.mark.parametrize("offset", ["Z", "+08:00", "+00:00"])
def test_a_time_with_an_offset_is_a_bad_value(offset: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    people = write_csv(tmp_path / "people.csv", [{**ADULT, "paid_at": f"2024-11-01T09:00:00{offset}"}])
    rows, rejected, _ = billed(capsys, people)

    assert rows == []
    assert rejected[0]["column"] == "paid_at"


def test_a_bom_quotes_and_line_ends_of_windows(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    text = 'person_id,"birth_date",hukou_area,tier\r\n"a ""b"", c",1994-06-01,"370481",""\r\n'
    people.write_bytes(b"\xef\xbb\xbf" + text.encode())
    rows, rejected, _ = billed(capsys, people)

    assert rejected == []
    assert rows[0]["person_id"] == 'a "b", c' and rows[0]["standard_fen"] == "40000"


UNREADABLE = {
    "a line with too many fields": b"person_id,birth_date\na,1994-06-01,x,y\n",
    "not UTF-8": "person_id,birth_date,hukou_area\n张,1994-06-01,370481\n".encode("gbk"),
    "no person_id": b"birth_date\n1994-06-01\n",
    "no header": b"",
    "a column twice": b"person_id,birth_date,birth_date\na,1994-06-01,1995-06-01\n",
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_an_unreadable_register_leaves_no_output(what: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_bytes(UNREADABLE[what])

    status, out, err = call(capsys, "bill", "370481-2025", people, "--out", tmp_path / "bills.csv")

    assert (status, out) == (2, "")
    assert "people.csv" in err or "登记册" in err
    assert list(tmp_path.iterdir()) == [people]


def test_a_line_with_too_few_fields_has_nulls_for_the_rest(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("person_id,birth_date,hukou_area,tier\na,1994-06-01,370481\nb\n", encoding="utf-8")
    rows, rejected, _ = billed(capsys, people)

    assert [row["person_id"] for row in rows] == ["a"]
    assert [(row["row"], row["column"]) for row in rejected] == [("2", "birth_date")]


def test_what_is_wrong_with_a_register_is_said_in_two_lines_at_most(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    people = tmp_path / "people.csv"
    people.write_text('person_id,birth_date,hukou_area\n"a,1994-06-01,370481\nb,1994-06-01,370481\n', encoding="utf-8")

    status, _, err = call(capsys, "bill", "370481-2025", people, "--out", tmp_path / "bills.csv")

    assert status == 2
    assert len(err.splitlines()) <= 2, err


@pytest.mark.parametrize("kind", ["xlsx", "txt", ""])
def test_other_formats_are_refused(kind: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    people = write_csv(tmp_path / "people.csv", [ADULT])
    odd = tmp_path / f"people.{kind}" if kind else tmp_path / "people"
    odd.write_bytes(people.read_bytes())

    assert call(capsys, "bill", "370481-2025", people, "--out", tmp_path / f"bills.{kind}")[0] == 2
    assert call(capsys, "bill", "370481-2025", odd, "--out", tmp_path / "bills.csv")[0] == 2
    assert {path.name for path in tmp_path.iterdir()} == {"people.csv", odd.name}


def test_a_failed_run_keeps_the_file_that_was_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_bytes(UNREADABLE["not UTF-8"])
    target = tmp_path / "bills.csv"
    target.write_text("kept", encoding="utf-8")

    assert call(capsys, "bill", "370481-2025", people, "--out", target)[0] == 2
    assert target.read_text(encoding="utf-8") == "kept"


def test_an_output_folder_that_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    people = write_csv(tmp_path / "people.csv", [ADULT])

    assert call(capsys, "bill", "370481-2025", people, "--out", tmp_path / "no" / "bills.csv")[0] == 2


def test_a_register_for_another_year(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    people = write_csv(tmp_path / "people.csv", [{**ADULT, "paid_at": "2025-11-01T09:00:00", "covered_years": "2025"}])
    target = tmp_path / "bills.csv"

    assert call(capsys, "bill", "370481-2025", people, "--out", target, "--as-year", "2026")[0] == 0
    row = read_csv(target)[0]
    assert (row["projected"], row["benefit_year"], row["benefit_start"]) == ("true", "2026", "2026-01-01")


def test_the_register_may_not_be_overwritten_by_its_bills(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    people = write_csv(tmp_path / "people.csv", [ADULT])
    before = people.read_bytes()

    status, _, _ = call(capsys, "bill", "370481-2025", people, "--out", people)

    assert status == 2
    assert people.read_bytes() == before
