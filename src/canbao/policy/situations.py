"""A person's situation: the few facts that a policy (under each of its readings) can tell apart.

Millions of people fall into a few thousand situations. `Situations` turns a batch of register rows into small integer
codes, one array for each fact that matters; people with the same codes get the same outcome but for their dates.
What a situation must tell apart is read off the policies' own conditions, so a new kind of policy needs no change here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from .calendar import move_years
from .conditions import Within
from .distinctions import Distinctions
from .facts import day_of
from .features import A_DAY, EPOCH, NO_DAY, Feature, Token, Transfers, day_number, features, second_number

Codes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(slots=True)
class Batch:
    """Good rows of a register. Absent values are null; days and seconds are numbers since 1970.

    `codes[column]` are positions in `values[column]` for the columns with few distinct values.
    """

    frame: pl.DataFrame
    born: Codes
    paid: Codes
    registered: Codes
    codes: dict[str, Codes]
    values: dict[str, list[str | None]]

    @property
    def height(self) -> int:
        return self.frame.height


FEW_CUTS = 40


class Tokens:
    """Small integers for the values of one column, by what a policy can tell of each value."""

    def __init__(self, token_of: Callable[[str | None], object]) -> None:
        self.token_of = token_of
        self.numbers: dict[object, int] = {}
        self.table = np.empty(0, dtype=np.int64)

    def codes(self, codes: Codes, values: list[str | None]) -> Codes:
        if len(self.table) < len(values):
            fresh = [self._number(value) for value in values[len(self.table) :]]
            self.table = np.concatenate([self.table, np.array(fresh, dtype=np.int64)])
        return self.table[codes]

    def _number(self, value: str | None) -> int:
        return self.numbers.setdefault(self.token_of(value), len(self.numbers))


class Situations:
    """Codes of what some distinctions tell apart: the same for two people if and only if none of them does."""

    def __init__(self, told: Distinctions) -> None:
        self.told = told
        self.tables: dict[tuple[str, Token], Tokens] = {}

    def codes(self, batch: Batch) -> list[Codes]:
        """One array of codes for each fact that the policy can tell apart."""
        return [feature.codes for feature in features(self.told, self.columns(batch))]

    def columns(self, batch: Batch) -> ArrayColumns:
        return ArrayColumns(batch, self.tables)


class ArrayColumns:
    """`Columns` over a batch in memory; `tables` keeps the tokens of values from batch to batch."""

    def __init__(self, batch: Batch, tables: dict[tuple[str, Token], Tokens]) -> None:
        self.batch = batch
        self.tables = tables
        self.born, self.paid, self.registered = batch.born, batch.paid, batch.registered
        self.paid_day = batch.paid // A_DAY

    def where(self, condition: Flags, then: Codes, other: Codes) -> Codes:
        return np.where(condition, then, other)

    def whether(self, condition: Flags) -> Codes:
        return condition.astype(np.int64)

    def passed(self, values: Codes, cuts: Sequence[int]) -> Codes:
        if len(cuts) > FEW_CUTS:
            return np.searchsorted(np.array(cuts, dtype=np.int64), values, side="right").astype(np.int64)
        # Comparing with each of a few cuts runs without a branch, a search by halves does not.
        passed = np.zeros(len(values), dtype=np.uint8)
        for cut in cuts:
            passed += values >= cut
        return passed.astype(np.int64)

    def day(self, column: str) -> Codes:
        return self.batch.frame[column].to_physical().cast(pl.Int64).fill_null(NO_DAY).to_numpy()

    def year(self, column: str, absent: int) -> Codes:
        return self.batch.frame[column].dt.year().fill_null(absent).cast(pl.Int64).to_numpy()

    def flag(self, column: str) -> Codes:
        return self.batch.frame[column].fill_null(False).cast(pl.Int64).to_numpy()

    def number(self, column: str) -> Codes:
        return self.batch.frame[column].fill_null(0).cast(pl.Int64).to_numpy()

    def one_of(self, column: str, numbers: Sequence[int]) -> Flags:
        return self.batch.frame[column].is_in(list(numbers)).fill_null(False).to_numpy()

    def token(self, column: str, token: Token) -> Feature:
        table = self.tables.setdefault((column, token), Tokens(token))
        return Feature(table.codes(self.batch.codes[column], self.batch.values[column]), 0)

    def day_of_fact(self, name: str) -> Codes:
        values = self.batch.values["attributes"]
        days = [day_of((json.loads(text) if text else {}).get(name)) for text in values]
        numbers = np.array([NO_DAY if day is None else day_number(day) for day in days], dtype=np.int64)
        return numbers[self.batch.codes["attributes"]]

    def covered(self, year: int) -> Flags:
        return self.batch.frame["covered_years"].list.contains(year).fill_null(False).to_numpy()

    def last_day(self, event: Codes, limit: Within) -> Codes:
        """`Within.last_day` of each event, worked out once for each distinct day."""
        distinct, inverse = np.unique(event, return_inverse=True)
        last = [
            NO_DAY if day == NO_DAY else day_number(limit.last_day(EPOCH + timedelta(days=int(day))))
            for day in distinct
        ]
        return np.array(last, dtype=np.int64)[inverse]

    def completed(self, born: Codes, on: Codes, ages: Sequence[int]) -> Codes:
        codes = np.zeros(len(born), dtype=np.int64)
        some = on != NO_DAY
        if not some.any():
            return codes
        first, last = on[some].min(), on[some].max()
        for age in ages:
            earliest = day_number(move_years(EPOCH + timedelta(days=int(first)), -age)) - 2
            latest = day_number(move_years(EPOCH + timedelta(days=int(last)), -age)) + 2
            codes += some & (born < earliest)
            near = np.flatnonzero(some & (born >= earliest) & (born <= latest))
            codes[near] += (whole_days(born[near]) + age * 10_000) <= whole_days(on[near])
        return codes

    def transfers(self, days: Sequence[Codes], counts: Transfers) -> Codes:
        """Asked once for each distinct end of cover, covered years and months of the candidate days."""
        frame = self.batch.frame
        codes = np.zeros(frame.height, dtype=np.int64)
        some = frame["last_cover_end"].is_not_null()
        if not some.any():
            return codes
        rows = np.flatnonzero(some.to_numpy())
        part = pl.DataFrame(
            {
                "ended": frame["last_cover_end"].filter(some),
                "years": frame["covered_years"].filter(some).cast(pl.List(pl.String)).list.join(";").fill_null(""),
                **{
                    f"month{i}": pl.Series(each[rows]).cast(pl.Int32).cast(pl.Date).dt.month_start()
                    for i, each in enumerate(days)
                },
            }
        )
        distinct = part.unique()
        numbered = distinct.with_columns(
            pl.Series("code", [counts(*row) for row in distinct.iter_rows()], dtype=pl.Int64)
        )
        codes[rows] = part.join(numbered, on=part.columns, how="left", maintain_order="left")["code"].to_numpy()
        return codes


def whole_days(days: Codes) -> Codes:
    """Day numbers as the integers 20250228, in which whole years are added without a calendar."""
    dates = days.astype("datetime64[D]")
    years = dates.astype("datetime64[Y]").astype(np.int64) + 1970
    months = dates.astype("datetime64[M]").astype(np.int64) % 12 + 1
    day = (dates - dates.astype("datetime64[M]")).astype(np.int64) + 1
    whole: Codes = years * 10_000 + months * 100 + day
    return whole


__all__ = [
    "EPOCH",
    "NO_DAY",
    "Batch",
    "Codes",
    "Flags",
    "Situations",
    "day_number",
    "second_number",
    "whole_days",
]
