"""The types of columns in plain words: what a Parquet file holds, what is wanted, and what to do."""

from __future__ import annotations

from typing import Final

import polars as pl

Said = tuple[str, str]
HELD: Final[tuple[tuple[type[pl.DataType], Said], ...]] = (
    (pl.String, ("文字", "text")),
    (pl.Categorical, ("文字", "text")),
    (pl.Enum, ("文字", "text")),
    (pl.Boolean, ("是或否", "yes or no")),
    (pl.Date, ("日期", "days")),
    (pl.Time, ("没有日期的时刻", "times of day")),
    (pl.Duration, ("时长", "lengths of time")),
    (pl.Binary, ("二进制内容", "raw bytes")),
    (pl.Struct, ("由几栏组成的记录", "records of several fields")),
    (pl.Null, ("空值", "nothing")),
)
WANTED: Final[tuple[tuple[type[pl.DataType], Said, str], ...]] = (
    (pl.String, ("文字", "text"), "string"),
    (pl.Boolean, ("是或否", "yes or no"), "bool"),
    (pl.Date, ("日期", "days"), "date32"),
    (pl.Datetime, ("不带时区的日期和时间", "days with times, without a zone"), "timestamp[us]"),
    (pl.Int64, ("整数", "whole numbers"), "int64"),
)
"""What a column should hold, and what the contract calls it in Parquet."""
LISTED: Final = {pl.String: "list<string>", pl.Int32: "list<int32>"}


def mistyped(file: str, column: str, given: pl.DataType, wanted: pl.DataType) -> str:
    """The sentence about a column of a wrong type, in Chinese and English."""
    (zh, en), (should_zh, should_en, parquet) = _held(given), _wanted(wanted)
    return (
        f"{file}的{column}列里是{zh}，应为{should_zh}：导出时请把这一列改为{parquet}类型，或另存为CSV。 "
        f"{file}: column {column} holds {en}, but {should_en} should stand there: "
        f"export the column as {parquet}, or save the file as CSV."
    )


def _held(kind: pl.DataType) -> Said:
    if isinstance(kind, pl.List | pl.Array):
        zh, en = _held(kind.inner)  # type: ignore[arg-type]
        return f"列表（{zh}）", f"lists of {en}"
    if isinstance(kind, pl.Datetime):
        zoned = kind.time_zone is not None
        return ("带时区的日期和时间", "days with times of a zone") if zoned else ("日期和时间", "days with times")
    if kind.is_integer():
        return "整数", "whole numbers"
    if kind.is_numeric():
        return "带小数的数", "numbers with decimals"
    return next((said for base, said in HELD if isinstance(kind, base)), ("另一种内容", "something else"))


def _wanted(kind: pl.DataType) -> tuple[str, str, str]:
    if isinstance(kind, pl.List):
        (zh, en), parquet = _held(kind.inner), LISTED[kind.inner.base_type()]  # type: ignore[arg-type,index]
        return f"列表（{zh}）", f"lists of {en}", parquet
    return next((zh, en, parquet) for base, (zh, en), parquet in WANTED if isinstance(kind, base))
