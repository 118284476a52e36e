"""A register file (.csv or .parquet): its rows typed in columns, and the rows that cannot be used."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from ..assess import refuse_early_payment
from ..codes import CATEGORIES, CHOICES, EARLIEST_YEAR, LATEST_YEAR, PERSON_COLUMNS
from ..person import AREA, CHECK_DIGITS, CHECK_WEIGHTS, BadPerson, Fault, Person
from ..policy import Policy
from ..situations import NO_DAY, Batch, Codes, Flags, day_number, second_number

TYPES: dict[str, pl.DataType] = {
    "text": pl.String(),
    "choice": pl.String(),
    "area": pl.String(),
    "object": pl.String(),
    "date": pl.Date(),
    "timestamp": pl.Datetime("us"),
    "integer": pl.Int64(),
    "boolean": pl.Boolean(),
    "texts": pl.List(pl.String()),
    "integers": pl.List(pl.Int32()),
}
SCHEMA = {column: TYPES[kind] for column, kind in PERSON_COLUMNS.items()}
NUMBER_LENGTH = 18


class Unreadable(Exception):
    """A file that cannot be read or written; says which, why and what to do."""


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that was not billed; `row` is 1 for the first data row."""

    row: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Register:
    path: Path
    text: bool
    columns: list[str]
    unknown: list[str]

    def scan(self) -> pl.LazyFrame:
        return _scan(self.path).select(self.columns).with_row_index("row", offset=1)

    def typed(self, frame: pl.DataFrame, policy: Policy) -> tuple[Batch, list[RejectedRow]]:
        """The good rows in typed columns and the bad ones with their first fault.

        Rows that a quick look cannot pass are read again one by one, as `quote` reads a person.
        """
        columns, doubtful = _typed_columns(frame, self.text)
        typed = pl.DataFrame(columns)
        born, doubt = _births(typed)
        doubtful |= doubt | _doubtful(typed, policy) | _paid_early(typed, policy)
        rejected: list[RejectedRow] = []
        bad = np.zeros(frame.height, dtype=bool)
        for position in np.flatnonzero(doubtful):
            raw = frame.row(int(position), named=True)
            number = raw.pop("row")
            try:
                person = read_row(raw, policy, text=self.text)
                born[position] = day_number(person.born)
            except BadPerson as error:
                bad[position] = True
                rejected.append(_rejected(number, error.faults))
        paid = (typed["paid_at"].dt.epoch("us") // 1_000_000).fill_null(int(NO_DAY)).to_numpy()
        registered = typed["registered_on"].to_physical().cast(pl.Int64).fill_null(int(NO_DAY)).to_numpy()
        if bad.any():
            keep = ~bad
            return Batch(typed.filter(pl.Series(keep)), born[keep], paid[keep], registered[keep]), rejected
        return Batch(typed, born, paid, registered), rejected


def open_register(path: Path) -> Register:
    if path.suffix not in (".csv", ".parquet"):
        raise Unreadable(f"登记册{path.name}的格式不支持，请用.csv或.parquet。 {path.name}: give .csv or .parquet.")
    if not path.is_file():
        raise Unreadable(f"找不到登记册{path}。 There is no register {path}.")
    try:
        schema = _scan(path).collect_schema()
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"无法读取{path.name}：{error}。 {path.name} cannot be read: {error}") from None
    known = [column for column in schema if column in PERSON_COLUMNS]
    unknown = [column for column in schema if column not in PERSON_COLUMNS]
    if "person_id" not in known:
        raise Unreadable(f"{path.name}缺少person_id列。 {path.name} has no column person_id.")
    text = path.suffix == ".csv"
    if not text:
        _check_types(path, schema, known)
    return Register(path, text, known, unknown)


def _scan(path: Path) -> pl.LazyFrame:
    if path.suffix == ".csv":
        return pl.scan_csv(path, infer_schema=False, glob=False)
    return pl.scan_parquet(path, glob=False)


def _check_types(path: Path, schema: pl.Schema, known: Iterable[str]) -> None:
    for column in known:
        given, wanted = schema[column], SCHEMA[column]
        fits = (
            given in (wanted, pl.Null)
            or (wanted == pl.Int64 and given.is_integer())
            or (wanted == pl.String and given in (pl.Categorical, pl.Enum, pl.String))
            or (isinstance(wanted, pl.List) and isinstance(given, pl.List) and _same_kind(given.inner, wanted.inner))
            or (isinstance(given, pl.Datetime) and isinstance(wanted, pl.Datetime) and given.time_zone is None)
        )
        if not fits:
            raise Unreadable(
                f"{path.name}的{column}列类型为{given}，应为{wanted}。 "
                f"{path.name}: column {column} is {given}, should be {wanted}."
            )


def _same_kind(given: Any, wanted: Any) -> bool:
    return bool(given in (wanted, pl.Null) or (wanted.is_integer() and given.is_integer()))


def read_row(raw: dict[str, Any], policy: Policy, *, text: bool) -> Person:
    """One row as a person. Raises BadPerson."""
    if not text:
        raw = {**raw, "attributes": _object_or_text(raw.get("attributes"))}
    if raw.get("person_id") in (None, ""):
        missing = Fault("person_id", "", "缺少人员编号person_id。", "The person_id is missing.")
        raise BadPerson([missing])
    person = Person.parse(raw, categories=policy.categories, text=text)
    refuse_early_payment(policy, person)
    return person


def _object_or_text(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _rejected(row: int, faults: list[Fault]) -> RejectedRow:
    first, *others = faults
    also = "".join(f" [{fault.column}] {fault.reason}" for fault in others)
    return RejectedRow(row, first.column, first.value, first.reason + also)


def _typed_columns(frame: pl.DataFrame, text: bool) -> tuple[dict[str, pl.Series], Flags]:
    """Every person column with its type; rows in which a value does not convert are doubtful."""
    doubtful = np.zeros(frame.height, dtype=bool)
    columns: dict[str, pl.Series] = {}
    for column, kind in SCHEMA.items():
        if column not in frame.columns:
            columns[column] = pl.repeat(None, frame.height, dtype=kind, eager=True).alias(column)
            continue
        given = frame[column]
        made = _from_text(given, kind) if text and kind != pl.String else given.cast(kind, strict=False)
        if text:
            doubtful |= (made.is_null() & given.is_not_null()).to_numpy()
        columns[column] = made
    return columns, doubtful


def _from_text(given: pl.Series, kind: pl.DataType) -> pl.Series:
    if kind == pl.Date:
        return given.str.to_date("%Y-%m-%d", strict=False)
    if kind == pl.Boolean:
        words = pl.Series(["true", "false", "1", "0"])
        return given.replace_strict(words, pl.Series([True, False, True, False]), default=None, return_dtype=pl.Boolean)
    if isinstance(kind, pl.Datetime):
        return given.str.replace(" ", "T", literal=True).str.to_datetime(
            "%Y-%m-%dT%H:%M:%S", strict=False, time_unit="us"
        )
    if isinstance(kind, pl.List):
        items = given.str.split(";").list.eval(pl.element().filter(pl.element() != ""))
        made = items.cast(kind, strict=False)
        lost = made.list.eval(pl.element().is_null()).list.any().fill_null(False)
        return pl.select(pl.when(~lost).then(made)).to_series()
    return given.cast(kind, strict=False)


def _births(typed: pl.DataFrame) -> tuple[Codes, Flags]:
    """Birth days as numbers; doubtful where the ID number says something else, or nothing gives one."""
    born = typed["birth_date"].to_physical().cast(pl.Int64).fill_null(int(NO_DAY)).to_numpy().copy()
    doubtful = np.zeros(typed.height, dtype=bool)
    long = (typed["id_number"].str.len_bytes() == NUMBER_LENGTH).fill_null(False)
    rows = np.flatnonzero(long.to_numpy())
    if len(rows):
        read, right = _read_numbers("".join(typed["id_number"].filter(long).to_list()).encode())
        given = born[rows]
        doubtful[rows] = ~right | ((given != NO_DAY) & (given != read))
        born[rows] = np.where(given == NO_DAY, read, given)
    doubtful |= born == NO_DAY
    return born, doubtful


def _read_numbers(joined: bytes) -> tuple[Codes, Flags]:
    """Birth days and check digits of many ID numbers of 18 bytes each; wrong where anything is unusual."""
    raw = np.frombuffer(joined, dtype=np.uint8).reshape(-1, NUMBER_LENGTH)
    digits = raw[:, :-1].astype(np.int16) - ord("0")
    right = ((digits >= 0) & (digits <= 9)).all(axis=1)
    expected = np.frombuffer(CHECK_DIGITS.encode(), dtype=np.uint8)[(digits @ np.array(CHECK_WEIGHTS, np.int16)) % 11]
    last = np.where(raw[:, -1] == ord("x"), ord("X"), raw[:, -1])
    right &= expected == last
    ten = np.array([1000, 100, 10, 1], dtype=np.int16)
    year, month, day = digits[:, 6:10] @ ten, digits[:, 10:12] @ ten[2:], digits[:, 12:14] @ ten[2:]
    right &= (year >= EARLIEST_YEAR) & (year <= LATEST_YEAR) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    safe_year, safe_month = np.where(right, year, 2000), np.where(right, month, 1)
    months = (safe_year.astype(np.int64) - 1970) * 12 + safe_month - 1
    first = months.astype("M8[M]").astype("M8[D]").astype(np.int64)
    following = (months + 1).astype("M8[M]").astype("M8[D]").astype(np.int64)
    born = first + day - 1
    right &= born < following
    return born, right


def _doubtful(typed: pl.DataFrame, policy: Policy) -> Flags:
    """Rows with a code, number or year that the contract does not know."""
    tests: list[pl.Expr] = [pl.col("person_id").is_null() | (pl.col("person_id") == "")]
    for column, allowed in CHOICES.items():
        tests.append(~pl.col(column).is_in(list(allowed)))
    for column, kind in PERSON_COLUMNS.items():
        if kind == "area":
            tests.append(~pl.col(column).str.contains(f"^{AREA.pattern}$"))
        if kind in ("date", "timestamp"):
            tests.append(~pl.col(column).dt.year().is_between(EARLIEST_YEAR, LATEST_YEAR))
    known = [*CATEGORIES, *policy.categories]
    tests.append(~pl.col("categories").list.eval(pl.element().is_in(known).fill_null(False)).list.all())
    tests.append(~pl.col("disability_grade").is_between(1, 4))
    tests.append(~pl.col("repair_years").is_between(0, 100))
    years = pl.col("covered_years").list
    tests.append(
        (years.len() > 0)
        & ~(years.min().is_between(EARLIEST_YEAR, LATEST_YEAR) & years.max().is_between(EARLIEST_YEAR, LATEST_YEAR))
    )
    tests.append(pl.col("attributes").is_in(_bad_objects(typed["attributes"])))
    used = [test for test in tests if not _all_null(typed, test)]
    flags = typed.select(pl.any_horizontal(test.fill_null(False) for test in used)).to_series()
    return flags.to_numpy().copy()


def _bad_objects(values: pl.Series) -> list[str]:
    """Distinct attribute texts that are no JSON object."""
    return [text for text in values.unique().drop_nulls().to_list() if not isinstance(_object_or_text(text), dict)]


def _all_null(typed: pl.DataFrame, test: pl.Expr) -> bool:
    column = test.meta.root_names()[0]
    return column != "person_id" and typed[column].null_count() == typed.height


def _paid_early(typed: pl.DataFrame, policy: Policy) -> Flags:
    opens = second_number(policy.opens)
    return (typed["paid_at"].dt.epoch("us") < opens * 1_000_000).fill_null(False).to_numpy()
