"""A register file (.csv or .parquet): its rows typed in columns, and the rows that cannot be used."""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from ..assess import Accepts, refuse_early_payment
from ..codes import CATEGORIES, CHOICES, EARLIEST_YEAR, LATEST_YEAR, PERSON_COLUMNS
from ..person import AREA, BadPerson, Fault, Person
from ..situations import NO_DAY, Batch, Codes, Flags, day_number, second_number
from .births import births, day_numbers, within_calendar
from .column_types import mistyped
from .columns import Encoder
from .csv_lines import NotCsv, Uneven, uneven

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
EXACT = {
    "Date": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    "Datetime": "^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-5][0-9]$",
    "Int64": "^-?[0-9]{1,9}$",
    "List": "^[^+]*$",
}
"""How CSV text of a type must look, beyond what Polars asks. No category code has a plus sign."""
SHOWN_AT_MOST = 80
BATCHES_AHEAD = 2
ROWS_A_READ = 2**18
"""A row group as Polars writes it; half as much again of memory would be held by twice as many rows."""


class Unreadable(Exception):
    """A file that cannot be read or written; says which, why and what to do."""


def unreadable(path: Path, error: Exception) -> Unreadable:
    """What a reader or writer said, without its advice to programmers."""
    said = str(error).partition("\n")[0]
    if "out of specification" in said:
        return Unreadable(
            f"{path.name}不是Parquet文件，或没有写完整：请重新导出。 "
            f"{path.name} is no Parquet file, or not a whole one: export it again."
        )
    return Unreadable(f"无法读写{path.name}：{said}。 {path.name} cannot be read or its bills not written: {said}")


def require_writable(out: Path, *, people: Path | None = None) -> None:
    """Look before a long run whether `out` can appear at its end, and leaves `people` alone. Raises Unreadable."""
    folder = out.absolute().parent
    if people is not None and out.resolve() == people.resolve():
        raise Unreadable("输出文件与登记册相同，请另取一名。 The output would replace the register; give another name.")
    if out.is_dir():
        raise Unreadable(f"{out.name}是文件夹，请另取一名。 {out.name} is a folder; give the name of a file.")
    if not folder.is_dir():
        raise Unreadable(f"没有文件夹{folder}，请先建好。 There is no folder {folder}; make it first.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Unreadable(f"不能在文件夹{folder}里写文件。 Nothing can be written in the folder {folder}.")


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that was not billed; `row` is 1 for the first data row."""

    row: int
    column: str
    value: str
    reason: str


class Register:
    """A register that can be read: its known columns, and the codes of its columns with few distinct values."""

    def __init__(self, path: Path, columns: list[str], unknown: list[str], uneven: Uneven | None = None) -> None:
        self.path = path
        self.text = path.suffix == ".csv"
        self.uneven = uneven
        self.columns = columns
        self.unknown = unknown
        self.encoders: dict[str, Encoder] = {}
        self.check_digits = Encoder(lambda _: True)

    def frames(self) -> Iterator[pl.DataFrame]:
        """The known columns and the row number `row`, some rows at a time, in order."""
        scan = _scan(self.path).select(self.columns)
        if self.text:
            numbered = scan.with_row_index("row", offset=1)
            yield from numbered.collect_batches(chunk_size=ROWS_A_READ, maintain_order=True)
            return
        rows = int(_scan(self.path).select(pl.len()).collect().item())
        # Slices, since batches of a Parquet file are read ahead without limit.
        for start in range(0, rows, ROWS_A_READ):
            yield scan.slice(start, ROWS_A_READ).collect().with_row_index("row", offset=start + 1)

    def rows(self, numbers: list[int]) -> pl.DataFrame:
        """The rows of these numbers (ascending, from 1), with their number `row`."""
        scan = _scan(self.path).select(self.columns).with_row_index("row", offset=1)
        return scan.filter(pl.col("row").is_in(numbers)).collect()

    @property
    def plain(self) -> bool:
        """Are all columns of the types that every reader of Parquet gives the same meaning?"""
        if self.text:
            return False
        schema = _scan(self.path).collect_schema()
        return all(_is_plain(schema[column], SCHEMA[column]) for column in self.columns)

    def batches(self, policy: Accepts, rows: int) -> Iterator[tuple[Batch, list[RejectedRow]]]:
        """Good and bad rows, `rows` input rows at a time, in order; some batches are made ahead in a thread."""
        parts = (part for frame in self.frames() for part in frame.iter_slices(rows))
        typed = (self.typed(part, policy) for part in parts)
        with ThreadPoolExecutor(max_workers=1) as worker:
            ahead = deque(worker.submit(next, typed, None) for _ in range(BATCHES_AHEAD))
            while (batch := ahead.popleft().result()) is not None:
                ahead.append(worker.submit(next, typed, None))
                yield batch

    def typed(self, frame: pl.DataFrame, policy: Accepts) -> tuple[Batch, list[RejectedRow]]:
        """The good rows in typed columns and the bad ones with their first fault.

        Rows that a quick look cannot pass are read again one by one, as `quote` reads a person.
        """
        if not self.text:
            frame = within_calendar(frame)
        typed, doubtful = _typed_columns(frame, self.text)
        born, doubt = births(typed, self.check_digits)
        codes, doubt_in_codes = self._encoded(typed, policy)
        paid = (typed["paid_at"].to_physical() // 1_000_000).fill_null(int(NO_DAY)).to_numpy()
        registered = day_numbers(typed["registered_on"])
        doubtful |= doubt | doubt_in_codes | _doubtful(typed)
        doubtful |= (paid < second_number(policy.opens)) & (paid != NO_DAY)
        rejected: list[RejectedRow] = []
        bad = np.zeros(frame.height, dtype=bool)
        if self.uneven is not None:
            numbers = frame["row"].cast(pl.Int64).to_numpy()
            for place, cells in self.uneven.among(numbers):
                bad[place], doubtful[place] = True, False
                column, reason = self.uneven.told(cells)
                rejected.append(RejectedRow(int(numbers[place]), column, "", reason))
        for position in np.flatnonzero(doubtful):
            raw = frame.row(int(position), named=True)
            number = raw.pop("row")
            try:
                person = read_row(raw, policy, text=self.text)
                born[position] = day_number(person.born)
            except BadPerson as error:
                bad[position] = True
                rejected.append(_rejected(number, error.faults))
        rejected.sort(key=lambda each: each.row)
        values = {column: encoder.values for column, encoder in self.encoders.items()}
        if bad.any():
            keep = ~bad
            typed = typed.filter(pl.Series(keep))
            born, paid, registered = born[keep], paid[keep], registered[keep]
            codes = {column: code[keep] for column, code in codes.items()}
        return Batch(typed, born, paid, registered, codes, values), rejected

    def _encoded(self, typed: pl.DataFrame, policy: Accepts) -> tuple[dict[str, Codes], Flags]:
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


def _tests_of_values(policy: Accepts) -> dict[str, Callable[[str], bool]]:
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
    tests["attributes"] = lambda text: facts_of_text(text) is not None
    return tests


def facts_of_text(text: str) -> dict[str, Any] | None:
    """The local facts in the text of the column `attributes`; None if it is not good."""
    try:
        return dict(Person.parse({"birth_date": "2000-01-01", "attributes": text}, text=True).attributes)
    except BadPerson:
        return None


def open_register(path: Path) -> Register:
    if path.suffix not in (".csv", ".parquet"):
        raise Unreadable(f"登记册{path.name}的格式不支持，请用.csv或.parquet。 {path.name}: give .csv or .parquet.")
    if not path.is_file():
        raise Unreadable(f"找不到登记册{path}。 There is no register {path}.")
    try:
        lines = uneven(path) if path.suffix == ".csv" else None
        schema = _scan(path).collect_schema()
    except NotCsv as error:
        raise Unreadable(f"{path.name}：{error.zh} {path.name}: {error.en}") from None
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as error:
        raise unreadable(path, error) from None
    known = [column for column in schema if column in PERSON_COLUMNS]
    unknown = [column for column in schema if column not in PERSON_COLUMNS]
    if twice := [
        column for column in unknown if column.partition("_duplicated_")[0] in known and path.suffix == ".csv"
    ]:
        name = twice[0].partition("_duplicated_")[0]
        raise Unreadable(f"{path.name}有两列{name}。 {path.name} has two columns {name}; keep one.")
    if "person_id" not in known:
        shown = _shown(schema)
        raise Unreadable(
            f"{path.name}缺少person_id列；表头是：{shown}。第一行应为列名，列间用英文逗号。 "
            f"{path.name} has no column person_id, only {shown}; "
            "its first line must name the columns, with commas between."
        )
    if path.suffix == ".parquet":
        _check_types(path, schema, known)
    return Register(path, known, unknown, lines)


def _shown(columns: Iterable[str]) -> str:
    text = ", ".join(repr(column)[1:-1] for column in columns)
    return text if len(text) <= SHOWN_AT_MOST else text[:SHOWN_AT_MOST] + "…"


def _scan(path: Path) -> pl.LazyFrame:
    if path.suffix == ".csv":
        # Lines that are too long are told by `Register.uneven`; here they would end the whole run.
        return pl.scan_csv(path, infer_schema=False, glob=False, truncate_ragged_lines=True)
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
            raise Unreadable(mistyped(path.name, column, given, wanted))


def _is_plain(given: pl.DataType, wanted: pl.DataType) -> bool:
    if isinstance(given, pl.List) and isinstance(wanted, pl.List):
        given, wanted = pl.List(given.inner).inner, wanted.inner  # type: ignore[assignment]
    if wanted.is_integer():
        return given in (pl.Int32, pl.Int64)
    return given == wanted


def _same_kind(given: Any, wanted: Any) -> bool:
    return bool(given in (wanted, pl.Null) or (wanted.is_integer() and given.is_integer()))


def read_row(raw: dict[str, Any], policy: Accepts, *, text: bool) -> Person:
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
    except (ValueError, RecursionError):
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
            if (exact := EXACT.get(str(kind.base_type()))) is not None:
                # Polars also reads 2024-1-5, +1 and a 60th second, which `quote` refuses.
                doubtful |= (~given.str.contains(exact)).fill_null(False).to_numpy()
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


def _doubtful(typed: pl.DataFrame) -> Flags:
    """Rows with a number or year that the contract does not know, or without an id."""
    flags: Flags = np.zeros(typed.height, dtype=bool)

    def doubt(column: str, test: pl.Expr) -> None:
        nonlocal flags
        flags |= typed.select(test.fill_null(False).alias(column)).to_series().to_numpy()

    names = typed["person_id"]
    if names.null_count() or names.str.len_bytes().min() == 0:
        doubt("person_id", pl.col("person_id").is_null() | (pl.col("person_id") == ""))
    for column, lowest, highest in (("disability_grade", 1, 4), ("repair_years", 0, 9999)):
        if not _within(typed[column], lowest, highest):
            doubt(column, ~pl.col(column).is_between(lowest, highest))
    covered = typed["covered_years"]
    if covered.null_count() < typed.height:
        years, empty = covered.explode(), int((covered.list.len().fill_null(0) == 0).sum())
        if years.null_count() != empty or not _within(years, EARLIEST_YEAR, LATEST_YEAR):
            known = pl.element().is_between(EARLIEST_YEAR, LATEST_YEAR).fill_null(False)
            doubt("covered_years", ~pl.col("covered_years").list.eval(known).list.all())
    for column, kind in PERSON_COLUMNS.items():
        if kind in ("date", "timestamp") and not _within(_ends(typed[column]), EARLIEST_YEAR, LATEST_YEAR):
            doubt(column, ~pl.col(column).dt.year().is_between(EARLIEST_YEAR, LATEST_YEAR))
    return flags


def _within(values: pl.Series, lowest: int, highest: int) -> bool:
    least, most = values.min(), values.max()
    return least is None or bool(least >= lowest and most <= highest)  # type: ignore[operator]


def _ends(column: pl.Series) -> pl.Series:
    """The years of the first and last day of a column: enough to see that all lie between."""
    return pl.Series([column.min(), column.max()], dtype=column.dtype).dt.year()
