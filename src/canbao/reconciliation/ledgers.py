"""Reading a ledger whole and typed. A file with a row that cannot be compared is refused with that row's place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import polars as pl

from .kinds import COLUMNS, NEEDED, OPTIONAL

FAULTS_SHOWN: Final = 5
_EXACT: Final = {
    pl.Int64: r"^-?[0-9]{1,18}$",
    pl.Datetime: r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}$",
}


class UnreadableLedger(Exception):
    """The file cannot be compared; the message says what, why and what to do, in both languages."""


def read(path: Path, warn: Callable[[str], None]) -> pl.DataFrame:
    """The ledger's rows in file order with the columns of COLUMNS that it has. Raises UnreadableLedger."""
    if path.suffix not in (".csv", ".parquet"):
        raise UnreadableLedger(f"账目{path.name}的格式不支持，请用.csv或.parquet。 {path.name}: give .csv or .parquet.")
    if not path.is_file():
        raise UnreadableLedger(f"找不到账目{path}。 There is no ledger {path}.")
    is_text = path.suffix == ".csv"
    try:
        scan = (
            pl.scan_csv(path, infer_schema=False, glob=False) if is_text else pl.scan_parquet(path, glob=False)
        )
        names = _known(scan.collect_schema(), path, warn)
        frame = scan.select(names).collect()
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as error:
        said = (str(error).splitlines() or [type(error).__name__])[0]
        raise UnreadableLedger(f"{path.name}无法读取：{said}。 {path.name} cannot be read: {said}.") from None
    typed = _typed(frame, path, text=is_text)
    _refuse_gaps(typed, path)
    return typed


def _known(schema: pl.Schema, path: Path, warn: Callable[[str], None]) -> list[str]:
    missing = [column for column in COLUMNS if column not in schema and column not in OPTIONAL]
    if missing:
        names = ", ".join(missing)
        raise UnreadableLedger(f"{path.name}缺少列：{names}。 {path.name} has no column {names}; add it.")
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
            given = given.replace("", None) if given.is_null().any() or (given == "").any() else given
        made = _from_text(given, kind) if text else _from_column(given, kind, path)
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


def _from_column(given: pl.Series, kind: pl.DataType, path: Path) -> pl.Series:
    fits = (
        given.dtype in (kind, pl.Null)
        or (kind == pl.Int64 and given.dtype.is_integer())
        or (kind == pl.String and given.dtype in (pl.Categorical, pl.Enum))
        or (isinstance(kind, pl.Datetime) and isinstance(given.dtype, pl.Datetime) and given.dtype.time_zone is None)
    )
    if not fits:
        raise UnreadableLedger(
            f"{path.name}的{given.name}列类型为{given.dtype}，应为{kind}。 "
            f"{path.name}: column {given.name} is {given.dtype}, should be {kind}."
        )
    return given.cast(kind, strict=False)


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
    raise UnreadableLedger(
        f"{path.name}的{column}列{zh}：{places_zh}{more_zh}；请更正后重新比对。 "
        f"{path.name}: {column} {en}: {places_en}{more_en}. Correct the file and compare again."
    )
