"""Reading a ledger whole and typed. A file with a row that cannot be compared is refused with that row's place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import polars as pl

from canbao.policy.engines.column_types import mistyped
from canbao.policy.engines.register import Unreadable

from .kinds import COLUMNS, NEEDED, OPTIONAL

FAULTS_SHOWN: Final = 5
_EXACT: Final = {
    pl.Int64: r"^-?[0-9]{1,18}$",
    pl.Datetime: r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}$",
}


def read(path: Path, warn: Callable[[str], None]) -> pl.DataFrame:
    """The ledger's rows in file order with the columns of COLUMNS that it has. Raises Unreadable."""
    names = columns(path, warn)
    is_text = path.suffix == ".csv"
    try:
        frame = _scan(path).select(names).collect()
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from None
    typed = _typed(frame, path, text=is_text)
    _refuse_gaps(typed, path)
    return typed


def columns(path: Path, warn: Callable[[str], None]) -> list[str]:
    """The columns of COLUMNS that the ledger has. Raises Unreadable if one is missing or of a wrong type."""
    if path.suffix not in (".csv", ".parquet"):
        raise Unreadable(f"账目{path.name}的格式不支持，请用.csv或.parquet。 {path.name}: give .csv or .parquet.")
    if not path.is_file():
        raise Unreadable(f"找不到账目{path}。 There is no ledger {path}.")
    try:
        schema = _scan(path).collect_schema()
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from None
    known = _known(schema, path, warn)
    if path.suffix == ".parquet":
        for name in known:
            _require_type(name, schema[name], path)
    return known


def _scan(path: Path) -> pl.LazyFrame:
    if path.suffix == ".csv":
        return pl.scan_csv(path, infer_schema=False, glob=False)
    return pl.scan_parquet(path, glob=False)


def _unreadable(path: Path, error: Exception) -> Unreadable:
    said = (str(error).splitlines() or [type(error).__name__])[0]
    return Unreadable(f"{path.name}无法读取：{said}。 {path.name} cannot be read: {said}.")


def _known(schema: pl.Schema, path: Path, warn: Callable[[str], None]) -> list[str]:
    missing = [column for column in COLUMNS if column not in schema and column not in OPTIONAL]
    if missing:
        names = ", ".join(missing)
        raise Unreadable(f"{path.name}缺少列：{names}。 {path.name} has no column {names}; add it.")
    unknown = [column for column in schema if column not in COLUMNS]
    if unknown:
        names = ", ".join(unknown)
        warn(f"{path.name}：忽略未知的列{names}。 {path.name}: unknown columns are ignored: {names}.")
    return [column for column in COLUMNS if column in schema]


def _typed(frame: pl.DataFrame, path: Path, *, text: bool) -> pl.DataFrame:
    columns: list[pl.Series] = []
    for name in frame.columns:
        given, kind = frame[name], COLUMNS[name]
        if text and given.dtype == pl.String:
            # CSV cannot tell an empty text from none; the contract reads it as none.
            given = given.set(given == "", None)
        made = _from_text(given, kind) if text else given.cast(kind, strict=False)
        wrong = made.is_null() & given.is_not_null()
        if text and (exact := _EXACT.get(type(kind))) is not None:
            wrong |= ~given.str.contains(exact).fill_null(True)
        if wrong.any():
            _refuse(path, name, wrong, given, "无法识别", "cannot be read")
        columns.append(made)
    return pl.DataFrame(columns)


def _from_text(given: pl.Series, kind: pl.DataType) -> pl.Series:
    if isinstance(kind, pl.Datetime):
        return given.str.replace(" ", "T", literal=True).str.to_datetime(
            "%Y-%m-%dT%H:%M:%S", strict=False, time_unit="us"
        )
    return given.cast(kind, strict=False)


def _require_type(name: str, given: pl.DataType, path: Path) -> None:
    kind = COLUMNS[name]
    fits = (
        given in (kind, pl.Null)
        or (kind == pl.Int64 and given.is_integer())
        or (kind == pl.String and given in (pl.Categorical, pl.Enum))
        or (isinstance(kind, pl.Datetime) and isinstance(given, pl.Datetime) and given.time_zone is None)
    )
    if not fits:
        raise Unreadable(mistyped(path.name, name, given, kind))


def _refuse_gaps(frame: pl.DataFrame, path: Path) -> None:
    for name in NEEDED:
        gap = frame[name].is_null()
        if frame[name].dtype == pl.String:
            gap |= (frame[name] == "").fill_null(False)
        if gap.any():
            _refuse(path, name, gap, frame[name], "为空，无法比对", "is empty, so the row cannot be compared")


def _refuse(path: Path, column: str, wrong: pl.Series, given: pl.Series, zh: str, en: str) -> None:
    rows = wrong.arg_true()
    shown = [int(row) for row in rows[:FAULTS_SHOWN]]
    places_zh = "、".join(f"第{row + 1}行“{given[row] or ''}”" for row in shown)
    places_en = ", ".join(f"row {row + 1} “{given[row] or ''}”" for row in shown)
    more_zh = f"等{len(rows)}行" if len(rows) > len(shown) else ""
    more_en = f" and {len(rows) - len(shown)} more" if len(rows) > len(shown) else ""
    raise Unreadable(
        f"{path.name}的{column}列{zh}：{places_zh}{more_zh}；请更正后重新比对。 "
        f"{path.name}: {column} {en}: {places_en}{more_en}. Correct the file and compare again."
    )
