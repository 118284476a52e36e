"""Birth days out of dates and resident ID numbers (GB 11643), a column at a time."""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from ..codes import EARLIEST_YEAR, LATEST_YEAR
from ..person import CHECK_DIGITS, CHECK_WEIGHTS
from ..situations import NO_DAY, Codes, Flags, day_number, whole_days
from .columns import Encoder

NUMBER_LENGTH = 18
A_DAY = 86_400


def day_numbers(column: pl.Series) -> Codes:
    return column.to_physical().cast(pl.Int64).fill_null(int(NO_DAY)).to_numpy()


def within_calendar(frame: pl.DataFrame) -> pl.DataFrame:
    """Days and moments outside the years 1 to 9999, which Python cannot hold, moved to the end of that range.

    No year there is one of the contract, so such a row stays a bad one.
    """
    moved: list[pl.Series] = []
    for column in frame.get_columns():
        if (ends := _ends_of_calendar(column.dtype)) is None:
            continue
        numbers = column.to_physical()
        least, most = numbers.min(), numbers.max()
        if least is not None and (least < ends[0] or most > ends[1]):  # type: ignore[operator]
            moved.append(numbers.clip(*ends).cast(column.dtype))
    return frame.with_columns(moved)


def _ends_of_calendar(kind: pl.DataType) -> tuple[int, int] | None:
    """The first and last number of a column that Python can hold; None where it holds all."""
    first, last = day_number(date.min), day_number(date.max)
    if kind == pl.Date:
        return first, last
    a_second = {"ms": 10**3, "us": 10**6}.get(getattr(kind, "time_unit", None) or "")
    return (first * A_DAY * a_second, ((last + 1) * A_DAY - 1) * a_second) if a_second else None


def births(typed: pl.DataFrame, check_digits: Encoder) -> tuple[Codes, Flags]:
    """Birth days as numbers; doubtful where the ID number says something else, or nothing gives one."""
    born = day_numbers(typed["birth_date"]).copy()
    doubtful = np.zeros(typed.height, dtype=bool)
    numbers = typed["id_number"]
    long = (numbers.str.len_bytes() == NUMBER_LENGTH).fill_null(False)
    if long.any():
        rows = slice(None) if long.all() else np.flatnonzero(long.to_numpy())
        read, right = _read_numbers(numbers.filter(long), check_digits)
        given = born[rows]
        doubtful[rows] = ~right | ((given != NO_DAY) & (given != read))
        born[rows] = np.where(given == NO_DAY, read, given)
    doubtful |= born == NO_DAY
    return born, doubtful


def _read_numbers(numbers: pl.Series, check_digits: Encoder) -> tuple[Codes, Flags]:
    """Birth days of ID numbers of 18 bytes each, and whether date and check digit are right."""
    body = numbers.str.slice(0, 17).cast(pl.Int64, strict=False).fill_null(-1).to_numpy()
    right = body >= 0
    body = np.where(right, body, 0)
    # Not divmod: numpy divides by one number quickly, but finds no remainder so.
    area = body // 10**11
    rest = body - area * 10**11
    day = rest // 10**3
    order = rest - day * 10**3
    year = day // 10**4
    month_day = day - year * 10**4
    born = DAY_OF_YEAR_AND_MMDD[np.clip(year - BEFORE, 0, YEARS - 1), np.minimum(month_day, MMDDS - 1)]
    right &= born != NO_DAY
    total = AREA_SUMS[area] + DAY_SUMS[np.where(right, born - FIRST_DAY, 0)] + ORDER_SUMS[order]
    expected = CHECKS[total % len(CHECK_DIGITS)]
    last = check_digits.codes(numbers.str.tail(1))
    values = np.array([CHECK_VALUES.get(value or "", -1) for value in check_digits.values])
    return born, right & (expected == values[last])


def _sums(length: int, start: int) -> npt.NDArray[np.int16]:
    """What the numbers of `length` digits, standing from position `start`, add to the check sum."""
    sums = np.zeros(1, dtype=np.int16)
    for position in range(start, start + length):
        sums = np.add.outer(sums, np.arange(10, dtype=np.int16) * np.int16(CHECK_WEIGHTS[position])).ravel()
    return sums


CHECK_VALUES = {**{digit: value for value, digit in enumerate("0123456789X")}, "x": 10}
CHECKS = np.array([10 if digit == "X" else int(digit) for digit in CHECK_DIGITS], dtype=np.int8)
AREA_SUMS, ORDER_SUMS = _sums(6, 0), _sums(3, 14)
FIRST_DAY = day_number(date(EARLIEST_YEAR, 1, 1))
DAYS = np.arange(FIRST_DAY, day_number(date(LATEST_YEAR + 1, 1, 1)))
YMD_OF_DAYS = whole_days(DAYS)
BEFORE, YEARS, MMDDS = EARLIEST_YEAR - 1, LATEST_YEAR - EARLIEST_YEAR + 3, 1233
DAY_OF_YEAR_AND_MMDD: Codes = np.full((YEARS, MMDDS), NO_DAY)
DAY_OF_YEAR_AND_MMDD[YMD_OF_DAYS // 10_000 - BEFORE, YMD_OF_DAYS % 10_000] = DAYS
"""Day numbers by year (from before the earliest to after the latest) and MMDD; NO_DAY where there is no such day."""
DAY_SUMS = _sums(4, 6)[YMD_OF_DAYS // 10_000] + _sums(4, 10)[YMD_OF_DAYS % 10_000]
