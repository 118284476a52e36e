"""The contract of `bill` as other programs meet it: columns and types, bad rows, odd text, whole files or none."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from canbao.policy import BadPerson, Person, policies, quote
from canbao.policy.codes import ANSWER_COLUMNS, PERSON_COLUMNS
from canbao.policy.engines.outcomes import OUTPUT_SCHEMA
from canbao.policy.engines.register import SCHEMA
from tests.cli.commands import ADULT, call


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
    "a quotation that never ends": b'person_id,birth_date\n"a,1994-06-01\n',
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


def test_a_line_with_too_few_or_too_many_fields_is_a_bad_row(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    people = tmp_path / "people.csv"
    lines = ["person_id,birth_date,hukou_area,tier", "a,1994-06-01,370481,", "b", "c,1994-06-01,370481,low,x"]
    people.write_text("\n".join(lines) + "\n", encoding="utf-8")
    rows, rejected, _ = billed(capsys, people)

    assert [row["person_id"] for row in rows] == ["a"]
    assert [(row["row"], row["column"]) for row in rejected] == [("2", "birth_date"), ("3", "tier")]


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


@pytest.mark.parametrize("engine", ["local", "spark"])
@pytest.mark.parametrize(
    ("out", "said"), [("none/bills.csv", "There is no folder"), ("made.csv", "made.csv is a folder")]
)
def test_where_no_bills_can_be_written_is_said_before_any_work(
    out: str, said: str, engine: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    people = write_csv(tmp_path / "people.csv", [ADULT, {**ADULT, "birth_date": "1980-99-01"}])
    (tmp_path / "made.csv").mkdir()
    status, _, err = call(capsys, "bill", "370481-2025", people, "--out", tmp_path / out, "--engine", engine)

    assert status == 2 and said in err and "partial" not in err and "people.csv" not in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["made.csv", "people.csv"]


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
