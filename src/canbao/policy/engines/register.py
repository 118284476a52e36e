"""A register file (.csv or .parquet): its rows typed in columns, and the rows that cannot be used."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from ..assess import refuse_early_payment
from ..codes import CATEGORIES, CHOICES, EARLIEST_YEAR, LATEST_YEAR, PERSON_COLUMNS
from ..person import AREA, CHECK_DIGITS, CHECK_WEIGHTS, BadPerson, Fault, Person
from ..policy import Policy
from ..situations import NO_DAY, Batch, Codes, Flags, day_number, second_number
from .columns import Encoder

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


class Register:
    """A register that can be read: its known columns, and the codes of its columns with few distinct values."""

    def __init__(self, path: Path, columns: list[str], unknown: list[str]) -> None:
        self.path = path
        self.text = path.suffix == ".csv"
        self.columns = columns
        self.unknown = unknown
        self.encoders: dict[str, Encoder] = {}

    def scan(self) -> pl.LazyFrame:
        return _scan(self.path).select(self.columns).with_row_index("row", offset=1)

    def typed(self, frame: pl.DataFrame, policy: Policy) -> tuple[Batch, list[RejectedRow]]:
        """The good rows in typed columns and the bad ones with their first fault.

        Rows that a quick look cannot pass are read again one by one, as `quote` reads a person.
        """
        typed, doubtful = _typed_columns(frame, self.text)
        born, doubt = _births(typed)
        codes, doubt_in_codes = self._encoded(typed, policy)
        paid = (typed["paid_at"].to_physical() // 1_000_000).fill_null(int(NO_DAY)).to_numpy()
        registered = _day_numbers(typed["registered_on"])
        doubtful |= doubt | doubt_in_codes | _doubtful(typed)
        doubtful |= (paid < second_number(policy.opens)) & (paid != NO_DAY)
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
        values = {column: encoder.values for column, encoder in self.encoders.items()}
        if bad.any():
            keep = ~bad
            typed = typed.filter(pl.Series(keep))
            born, paid, registered = born[keep], paid[keep], registered[keep]
            codes = {column: code[keep] for column, code in codes.items()}
        return Batch(typed, born, paid, registered, codes, values), rejected

    def _encoded(self, typed: pl.DataFrame, policy: Policy) -> tuple[dict[str, Codes], Flags]:
        """Codes of the columns with few distinct values; rows whose value is not good are doubtful."""
        doubtful = np.zeros(typed.height, dtype=bool)
        found: dict[str, Codes] = {}
        for column, good in _tests_of_values(policy).items():
            encoder = self.encoders.setdefault(column, Encoder(good))
            found[column] = codes = _codes(encoder, typed[column])
            if not encoder.known_good.all():
                doubtful |= ~encoder.known_good[codes]
        return found, doubtful


def _codes(encoder: Encoder, column: pl.Series) -> Codes:
    if column.dtype == pl.String:
        return encoder.codes(column)
    some = column.list.len().fill_null(0) > 0
    codes = np.zeros(len(column), dtype=np.int64)
    items = column.filter(some)
    if len(items):
        # A null among the items would vanish in a join; shown as text it is found to be no category.
        shown = items.list.eval(pl.element().fill_null("null"))
        codes[some.to_numpy()] = encoder.codes(shown.list.join(";"))
    return codes


def _tests_of_values(policy: Policy) -> dict[str, Callable[[str], bool]]:
    categories = {*CATEGORIES, *policy.categories}
    area = AREA
    tests: dict[str, Callable[[str], bool]] = {
        column: frozenset(allowed).__contains__ for column, allowed in CHOICES.items()
    }
    tests |= {
        column: lambda text: area.fullmatch(text) is not None
        for column, kind in PERSON_COLUMNS.items()
        if kind == "area"
    }
    tests["categories"] = lambda joined: categories.issuperset(joined.split(";"))
    tests["attributes"] = lambda text: isinstance(_object_or_text(text), dict)
    return tests


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
    if path.suffix == ".parquet":
        _check_types(path, schema, known)
    return Register(path, known, unknown)


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


def _typed_columns(frame: pl.DataFrame, text: bool) -> tuple[pl.DataFrame, Flags]:
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
    return pl.DataFrame(columns), doubtful


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


def _day_numbers(column: pl.Series) -> Codes:
    return column.to_physical().cast(pl.Int64).fill_null(int(NO_DAY)).to_numpy()


def _births(typed: pl.DataFrame) -> tuple[Codes, Flags]:
    """Birth days as numbers; doubtful where the ID number says something else, or nothing gives one."""
    born = _day_numbers(typed["birth_date"]).copy()
    doubtful = np.zeros(typed.height, dtype=bool)
    numbers = typed["id_number"]
    long = (numbers.str.len_bytes() == NUMBER_LENGTH).fill_null(False)
    if long.any():
        rows = slice(None) if long.all() else np.flatnonzero(long.to_numpy())
        joined: str = numbers.filter(long).str.join("").item()
        read, right = _read_numbers(joined.encode())
        given = born[rows]
        doubtful[rows] = ~right | ((given != NO_DAY) & (given != read))
        born[rows] = np.where(given == NO_DAY, read, given)
    doubtful |= born == NO_DAY
    return born, doubtful


def _read_numbers(joined: bytes) -> tuple[Codes, Flags]:
    """Birth days and check digits of many ID numbers of 18 bytes each; wrong where anything is unusual."""
    raw = np.frombuffer(joined, dtype=np.uint8).reshape(-1, NUMBER_LENGTH)
    digits = raw[:, :-1] - np.uint8(ord("0"))
    right = np.ones(len(raw), dtype=bool)
    if digits.max() > DIGIT_MAX:
        right = (digits <= DIGIT_MAX).all(axis=1)
    # Floats of 32 bits hold these sums exactly, and their product with a small matrix is the fast one.
    sums = (digits.astype(np.float32) @ WEIGHTS_OF_DIGITS).astype(np.int64)
    total, month_number, day = sums[:, 0], sums[:, 1], sums[:, 2]
    last = np.where(raw[:, -1] == ord("x"), ord("X"), raw[:, -1])
    right &= CHECKS[total % len(CHECK_DIGITS)] == last
    year, month = month_number // 100, month_number % 100
    right &= (year >= EARLIEST_YEAR) & (year <= LATEST_YEAR) & (month >= 1) & (month <= 12) & (day >= 1)
    position = np.where(right, (year - EARLIEST_YEAR) * 12 + month - 1, 0)
    born = FIRST_DAYS[position] + day - 1
    return born, right & (born < FIRST_DAYS[position + 1])


DIGIT_MAX = 9
CHECKS = np.frombuffer(CHECK_DIGITS.encode(), dtype=np.uint8)
FIRST_DAYS: Codes = np.array(
    [day_number(date(year, month, 1)) for year in range(EARLIEST_YEAR, LATEST_YEAR + 2) for month in range(1, 13)],
    dtype=np.int64,
)
"""Day number of the first day of each month since the earliest year."""


def _weights() -> npt.NDArray[np.float32]:
    """For the 17 digits of an ID number: weights of the check sum, of year and month (YYYYMM), and of the day."""
    weights = np.zeros((NUMBER_LENGTH - 1, 3), dtype=np.float32)
    weights[:, 0] = CHECK_WEIGHTS
    weights[6:12, 1] = [10**power for power in range(5, -1, -1)]
    weights[12:14, 2] = [10, 1]
    return weights


WEIGHTS_OF_DIGITS = _weights()


def _doubtful(typed: pl.DataFrame) -> Flags:
    """Rows with a number or year that the contract does not know, or without an id."""
    flags: Flags = np.zeros(typed.height, dtype=bool)

    def doubt(column: str, test: pl.Expr) -> None:
        nonlocal flags
        if typed[column].null_count() < typed.height or column == "person_id":
            flags |= typed.select(test.fill_null(False)).to_series().to_numpy()

    doubt("person_id", pl.col("person_id").is_null() | (pl.col("person_id") == ""))
    doubt("disability_grade", ~pl.col("disability_grade").is_between(1, 4))
    doubt("repair_years", ~pl.col("repair_years").is_between(0, 9999))
    years = typed["covered_years"].explode()
    if years.null_count() != int((typed["covered_years"].list.len().fill_null(0) == 0).sum()) or not _known(years):
        known = pl.element().is_between(EARLIEST_YEAR, LATEST_YEAR).fill_null(False)
        doubt("covered_years", ~pl.col("covered_years").list.eval(known).list.all())
    for column, kind in PERSON_COLUMNS.items():
        if kind in ("date", "timestamp") and not _known(_ends(typed[column])):
            doubt(column, ~pl.col(column).dt.year().is_between(EARLIEST_YEAR, LATEST_YEAR))
    return flags


def _known(years: pl.Series) -> bool:
    lowest, highest = years.min(), years.max()
    return lowest is None or bool(lowest >= EARLIEST_YEAR and highest <= LATEST_YEAR)  # type: ignore[operator]


def _ends(column: pl.Series) -> pl.Series:
    """The years of the first and last day of a column: enough to see that all lie between."""
    return pl.Series([column.min(), column.max()], dtype=column.dtype).dt.year()
