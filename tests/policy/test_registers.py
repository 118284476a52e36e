"""Good rows pass the quick look by columns; rows that may be bad are read one by one, as `quote` reads a person."""

from __future__ import annotations

import json
import random
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from canbao.policy import policies
from canbao.policy.codes import CHOICES, PERSON_COLUMNS
from canbao.policy.engines import register as registers
from canbao.policy.engines.births import births
from canbao.policy.engines.columns import Encoder
from canbao.policy.engines.outcomes import distinct
from canbao.policy.engines.register import SCHEMA, RejectedRow, Unreadable, open_register
from canbao.policy.person import BadPerson, Person
from canbao.policy.situations import NO_DAY, day_number

from .people import id_number
from .registers import random_people, typed

POLICY = policies.get("370481-2025")
BORN = date(1990, 5, 1)
AREAS, NO_DAYS = ("110101", "370481", "659004"), ("0230", "1301", "0000", "1232")
NUMBER = id_number(BORN, 7)
GOOD: list[dict[str, Any]] = [
    {"birth_date": "1880-01-01"},
    {"birth_date": "2200-12-31"},
    {"birth_date": None, "id_number": NUMBER},
    {"id_number": NUMBER},
    {"id_number": "护照 E12345678"},
    {"id_number": ""},
    {"disability_grade": 1},
    {"disability_grade": 4},
    {"repair_years": 0},
    {"repair_years": 9999},
    {"covered_years": []},
    {"covered_years": [1880, 2200]},
    {"hukou_since": "1880-01-01"},
    {"last_cover_end": "2200-12-31"},
    {"registered_on": "2024-10-01"},
    {"paid_at": "2024-10-01T00:00:00"},
    {"paid_at": "2200-12-31T23:59:59"},
    {"categories": ["orphan"]},
    {"categories": ["orphan", "severe_disability"]},
    {"hukou_area": "370481001001"},
    {"residence_area": "370481"},
    {"attributes": {"house": "red"}},
    *({column: word} for column, words in CHOICES.items() for word in words),
]
BAD: list[tuple[str, dict[str, Any]]] = [
    ("birth_date", {"birth_date": None}),
    ("birth_date", {"birth_date": "1879-12-31"}),
    ("birth_date", {"birth_date": "2201-01-01"}),
    ("birth_date", {"birth_date": "1990-05-02", "id_number": NUMBER}),
    ("id_number", {"id_number": NUMBER[:17] + ("0" if NUMBER[17] != "0" else "1")}),
    ("disability_grade", {"disability_grade": 0}),
    ("disability_grade", {"disability_grade": 5}),
    ("repair_years", {"repair_years": -1}),
    ("repair_years", {"repair_years": 10_000}),
    ("covered_years", {"covered_years": [2024, 1879]}),
    ("covered_years", {"covered_years": [2201]}),
    ("hukou_since", {"hukou_since": "1879-12-31"}),
    ("paid_at", {"paid_at": "2024-09-30T23:59:59"}),
    ("categories", {"categories": ["orphans"]}),
    ("hukou_area", {"hukou_area": "37048"}),
    ("attributes", {"attributes": "[1]"}),
    ("attributes", {"attributes": "{a}"}),
    ("person_id", {"person_id": None}),
    ("person_id", {"person_id": ""}),
    ("sex", {"sex": "女"}),
]
BAD_LISTS: list[tuple[str, dict[str, Any]]] = [
    ("covered_years", {"covered_years": [2024, None]}),
    ("categories", {"categories": ["orphan", None]}),
]
"""Text has no null inside a list."""


def facts(number: int, **further: Any) -> dict[str, Any]:
    return {"person_id": f"p{number}", "birth_date": BORN.isoformat(), "hukou_area": "370481", **further}


def written(rows: list[dict[str, Any]], path: Path) -> Path:
    """A register in the format that the name says, with all columns."""
    if path.suffix == ".csv":
        columns = {column: [_text(row.get(column)) for row in rows] for column in SCHEMA}
        pl.DataFrame(columns, schema=dict.fromkeys(SCHEMA, pl.String)).write_csv(path)
    else:
        whole = [{**typed(row), "attributes": _text(row.get("attributes"))} for row in rows]
        pl.DataFrame(whole, schema=SCHEMA, orient="row").write_parquet(path)
    return path


def _text(value: Any) -> str | None:
    if isinstance(value, list):
        return ";".join("" if item is None else str(item) for item in value) or None
    if isinstance(value, dict):
        return json.dumps(value)
    return value if value is None or isinstance(value, str) else str(value).lower()


def read(path: Path) -> tuple[list[str | None], list[RejectedRow]]:
    """The ids of good rows and the bad rows, from batches of a few."""
    good: list[str | None] = []
    bad: list[RejectedRow] = []
    for batch, rejected in open_register(path).batches(POLICY, 7):
        good += batch.frame["person_id"].to_list()
        bad += rejected
        assert batch.height == len(batch.born) == len(batch.paid) == len(batch.registered)
        assert {len(codes) for codes in batch.codes.values()} <= {batch.height}
    return good, bad


def forbidden(*_: object, **__: object) -> Person:
    raise AssertionError("a good row is read by itself")


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_no_good_row_is_read_by_itself(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registers, "read_row", forbidden)
    rows = [facts(number, **further) for number, further in enumerate(GOOD)]
    rows += random_people(random.Random(20251122), POLICY, 60)

    assert read(written(rows, tmp_path / f"people.{kind}")) == ([row["person_id"] for row in rows], [])


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_every_bad_row_is_told_and_the_rows_around_it_are_kept(kind: str, tmp_path: Path) -> None:
    bad = BAD if kind == "csv" else [*BAD, *BAD_LISTS]
    rows = [facts(0)]
    for number, (_, further) in enumerate(bad, 1):
        rows += [facts(2 * number - 1, **further), facts(2 * number)]

    good, rejected = read(written(rows, tmp_path / f"people.{kind}"))

    assert [(each.row, each.column) for each in rejected] == [(2 * n, column) for n, (column, _) in enumerate(bad, 1)]
    assert good == [f"p{number}" for number in range(0, 2 * len(bad) + 1, 2)]


def test_days_and_moments_of_a_batch_are_numbers(tmp_path: Path) -> None:
    row = facts(1, paid_at="2024-10-01T00:00:09", registered_on="2024-11-02")
    path = written([row, facts(2)], tmp_path / "people.parquet")

    ((batch, _),) = open_register(path).batches(POLICY, 10)

    assert batch.born.tolist() == [day_number(BORN)] * 2
    assert batch.paid.tolist() == [day_number(date(2024, 10, 1)) * 86_400 + 9, NO_DAY]
    assert batch.registered.tolist() == [day_number(date(2024, 11, 2)), NO_DAY]


def births_of(rows: list[tuple[str | None, date | None]]) -> list[tuple[int, bool]]:
    frame = pl.DataFrame(rows, schema={"id_number": pl.String, "birth_date": pl.Date}, orient="row")
    born, doubtful = births(frame, Encoder(lambda _: True))
    return list(zip(born.tolist(), doubtful.tolist(), strict=True))


def test_a_birth_is_read_off_an_id_number() -> None:
    day = day_number(BORN)
    small = NUMBER[:17] + NUMBER[17].lower()

    assert births_of([(NUMBER, None), (NUMBER, BORN), (None, BORN), ("E1", BORN)]) == [(day, False)] * 4
    assert births_of([(NUMBER, date(1990, 5, 2)), (None, None), ("E1", None)]) == [
        (day_number(date(1990, 5, 2)), True),
        (NO_DAY, True),
        (NO_DAY, True),
    ]
    assert births_of([(small, None)]) == [(day, False)]


@pytest.mark.parametrize("born", [date(1880, 1, 1), date(2200, 12, 31), date(2000, 2, 29), date(2024, 12, 31)])
def test_births_of_many_numbers_are_those_that_a_person_has(born: date) -> None:
    numbers = [id_number(born, order, area) for order in range(0, 1000, 37) for area in AREAS]
    numbers += [number[:17] + digit for number in numbers[:3] for digit in "0123456789Xx"]
    numbers += [
        f"{number[:10]}{day}{number[14:]}" for number in numbers[:3] for day in ("0230", "1301", "0000", "1232")
    ]
    numbers += [f"{number[:17]}A" for number in numbers[:40]]
    numbers += [
        f"{number[:6]}{year}{number[10:]}" for number in numbers[:3] for year in ("9999", "0001", "2201", "1879")
    ]
    numbers += [" " + numbers[0][1:], "37048A" + numbers[0][6:], "-" + numbers[0][1:]]

    found = births_of([(number, None) for number in numbers])

    expected = [read_alone(number) for number in numbers]
    assert [None if doubtful else number for number, doubtful in found] == expected
    assert sum(number is not None for number in expected) > 80


def read_alone(number: str) -> int | None:
    try:
        return day_number(Person.parse({"id_number": number}).born)
    except BadPerson:
        return None


def test_a_doubtful_number_among_good_ones_does_not_spoil_them() -> None:
    bad = NUMBER[:17] + ("1" if NUMBER[17] != "1" else "2")

    assert [doubtful for _, doubtful in births_of([(NUMBER, None), (bad, None), (NUMBER, None), ("", BORN)])] == [
        False,
        True,
        False,
        False,
    ]


def test_wide_columns_do_not_run_into_each_other() -> None:
    top = 2**32 - 1
    columns = [[0, 1, top, 1, 0, top], [0, 0, top, 0, 0, 0], [0, 0, top, 0, 1, 0], [5, 5, 5, 5, 5, 5]]

    firsts, inverse = distinct([np.array(column, dtype=np.int64) for column in columns])

    assert sorted(firsts.tolist()) == [0, 1, 2, 4, 5]
    assert [int(firsts[number]) for number in inverse] == [0, 1, 2, 1, 4, 5]


def test_a_name_with_the_signs_of_a_pattern_is_one_file(tmp_path: Path) -> None:
    for kind in ("parquet", "csv"):
        written([facts(2)], tmp_path / f"people1.{kind}")
        assert read(written([facts(1)], tmp_path / f"people[1].{kind}")) == (["p1"], [])


def test_codes_of_a_column_hold_in_later_batches() -> None:
    asked: list[str] = []

    def good(text: str) -> bool:
        asked.append(text)
        return text != "bad"

    encoder = Encoder(good)

    first = encoder.codes(pl.Series(["a", None, "b", "a"]))
    second = encoder.codes(pl.Series(["bad", "b", None, "c"]))
    third = encoder.codes(pl.Series([None, None], dtype=pl.String))

    values = encoder.values
    assert [values[code] for code in first] == ["a", None, "b", "a"]
    assert [values[code] for code in second] == ["bad", "b", None, "c"]
    assert third.tolist() == [0, 0]
    assert sorted(asked) == ["a", "b", "bad", "c"], "each value is tested once"
    assert [bool(encoder.known_good[code]) for code in second] == [False, True, True, True]


@pytest.mark.parametrize(
    ("column", "kind", "plain"),
    [
        ("covered_years", pl.List(pl.Int64), True),
        ("covered_years", pl.List(pl.Int16), False),
        ("repair_years", pl.Int32, True),
        ("repair_years", pl.Int8, False),
        ("sex", pl.Categorical, False),
        ("sex", pl.String, True),
        ("paid_at", pl.Datetime("ms"), False),
        ("paid_at", pl.Datetime("us"), True),
        ("birth_date", pl.Date, True),
        ("categories", pl.List(pl.Null), False),
        ("hukou_area", pl.Null, False),
    ],
)
def test_types_of_parquet_that_are_read_and_those_that_every_reader_reads_alike(
    column: str, kind: Any, plain: bool, tmp_path: Path
) -> None:
    path = tmp_path / "people.parquet"
    pl.DataFrame({"person_id": ["p"], column: [None]}, schema={"person_id": pl.String, column: kind}).write_parquet(
        path
    )

    register = open_register(path)

    assert register.plain is plain
    assert (register.columns, register.unknown) == (["person_id", column], [])


@pytest.mark.parametrize(
    ("column", "kind", "zh", "en"),
    [
        (
            "birth_date",
            pl.String,
            "里是文字，应为日期：",
            "holds text, but days should stand there: export the column as date32",
        ),
        (
            "repair_years",
            pl.Float64,
            "里是带小数的数，应为整数：",
            "holds numbers with decimals, but whole numbers should",
        ),
        ("repair_years", pl.Decimal(9, 2), "里是带小数的数，", "holds numbers with decimals"),
        ("sex", pl.Int64, "里是整数，应为文字：", "holds whole numbers, but text should stand there"),
        ("sex", pl.Binary, "里是二进制内容，", "holds raw bytes"),
        (
            "paid_at",
            pl.Datetime("us", "UTC"),
            "里是带时区的日期和时间，应为不带时区的",
            "days with times of a zone, but",
        ),
        ("paid_at", pl.Date, "里是日期，", "export the column as timestamp[us], or save the file as CSV."),
        ("covered_years", pl.List(pl.String), "里是列表（文字），应为列表（整数）：", "list<int32>"),
        ("covered_years", pl.Int64, "里是整数，应为列表（整数）：", "lists of whole numbers should stand there"),
        ("categories", pl.List(pl.Int64), "应为列表（文字）：", "list<string>"),
        ("employee_insured", pl.Int64, "应为是或否：", "yes or no should stand there"),
        (
            "attributes",
            pl.Struct({"a": pl.Int64}),
            "里是由几栏组成的记录，",
            "records of several fields, but text should",
        ),
        ("birth_date", pl.Time, "里是没有日期的时刻，", "times of day"),
    ],
)
def test_a_column_of_another_type_is_refused_in_plain_words(
    column: str, kind: Any, zh: str, en: str, tmp_path: Path
) -> None:
    path = tmp_path / "people.parquet"
    pl.DataFrame({"person_id": ["p"], column: [None]}, schema={"person_id": pl.String, column: kind}).write_parquet(
        path
    )

    with pytest.raises(Unreadable) as caught:
        open_register(path)

    in_chinese, _, in_english = str(caught.value).partition("。 ")
    assert in_chinese.startswith(f"people.parquet的{column}列{zh}") or zh in in_chinese
    assert f"people.parquet: column {column} " in in_english and en in in_english
    assert not re.search("String|Float|Int64|Datetime|Struct|Boolean|Date\\b", str(caught.value)), "no word of Polars"


def test_columns_are_told_from_unknown_ones(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("house,birth_date,person_id,garden\nred,1990-05-01,p,no\n", encoding="utf-8")

    register = open_register(path)

    assert (register.columns, register.unknown, register.plain) == (
        ["birth_date", "person_id"],
        ["house", "garden"],
        False,
    )
    assert register.rows([1])["person_id"].to_list() == ["p"] and register.rows([2]).height == 0
    assert set(PERSON_COLUMNS) >= set(register.columns)


def test_frames_of_a_register_are_numbered_from_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registers, "ROWS_A_READ", 3)
    rows = [facts(number) for number in range(1, 9)]
    for kind in ("parquet", "csv"):
        frames = list(open_register(written(rows, tmp_path / f"people.{kind}")).frames())
        numbers = [(row, name) for frame in frames for row, name in frame.select("row", "person_id").iter_rows()]

        assert numbers == [(number, f"p{number}") for number in range(1, 9)]
        assert len(frames) == 3 or kind == "csv"


def test_a_time_is_read_with_a_space_or_with_a_t(tmp_path: Path) -> None:
    moments = ["2024-10-01 08:09:10", "2024-10-01T08:09:10"]
    path = written([facts(number, paid_at=at) for number, at in enumerate(moments)], tmp_path / "people.csv")

    ((batch, rejected),) = open_register(path).batches(POLICY, 10)

    assert rejected == []
    assert batch.frame["paid_at"].to_list() == [datetime(2024, 10, 1, 8, 9, 10)] * 2
    assert np.ptp(batch.paid) == 0


def test_days_beyond_every_calendar_are_bad_rows(tmp_path: Path) -> None:
    far = pl.DataFrame({"person_id": ["a", "b", "c"], "hukou_area": ["370481"] * 3}).with_columns(
        birth_date=pl.Series([-(10**8), 10**8, 3000], dtype=pl.Int32).cast(pl.Date),
        paid_at=pl.Series([None, -(2**62), 2**62], dtype=pl.Int64).cast(pl.Datetime("us")),
    )
    far.write_parquet(tmp_path / "far.parquet")
    far.with_columns(pl.col("paid_at").cast(pl.Int64).cast(pl.Datetime("ms"))).write_parquet(tmp_path / "ms.parquet")

    for name in ("far.parquet", "ms.parquet"):
        good, bad = read(tmp_path / name)
        assert (good, [(row.row, row.column) for row in bad]) == (
            [],
            [(1, "birth_date"), (2, "birth_date"), (3, "paid_at")],
        )
        assert [row.value for row in bad] == ["0001-01-01", "9999-12-31", "9999-12-31T23:59:59"]
