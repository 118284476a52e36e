"""Outcomes of situations: asked of the one-person rules once, then joined to everyone in the situation.

Amounts depend on the situation alone. Dates depend on the day of settlement too, so they come from a second small
table: for each way in which cover begins and each day, the same function that the rules use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from ..assess import Assessment, work_out
from ..codes import ANSWER_COLUMNS
from ..distinctions import Distinctions, readings_of
from ..features import EPOCH, NO_DAY, Columns, Values, candidate, day_number
from ..policy import Case, Policy
from ..rules.cover import Days, cover_days
from ..rules.waiting import Length
from ..situations import Batch, Codes, Situations
from ..trace import SILENT
from .persons import person_of

TYPES = {"text": pl.String, "integer": pl.Int64, "boolean": pl.Boolean, "date": pl.Date}
OUTPUT_SCHEMA = pl.Schema({column: TYPES[kind]() for column, kind in ANSWER_COLUMNS.items()})
DATED = ("benefit_start", "benefit_end", "provisional")
FIGURES = {column: kind for column, kind in OUTPUT_SCHEMA.items() if column not in (*DATED, "person_id")}


@dataclass(frozen=True, slots=True)
class Way:
    """How one answer's dates follow from the days: None where there are no dates at all."""

    policy: Policy
    case: Case
    wait: Length
    in_window_basis: bool

    @property
    def key(self) -> tuple[int, str, Length, bool]:
        return (id(self.policy), self.case.code, self.wait, self.in_window_basis)

    def days(self, settled_on: date, born: date) -> Days:
        on = self.policy.opens.date() if self.in_window_basis else settled_on
        return cover_days(self.case, self.wait, on, born)


@dataclass(frozen=True, slots=True)
class Ways:
    """The dates of an answer and of the same answer under each other reading; `settled` if already provisional."""

    own: Way | None
    others: tuple[Way | None, ...]
    provisional: bool

    def row(self, settled_on: date, born: date) -> tuple[date | None, date | None, bool]:
        own = self.own.days(settled_on, born) if self.own else (None, None)
        provisional = self.provisional or any(
            (other.days(settled_on, born) if other else (None, None)) != own for other in self.others
        )
        return own[0], own[1], provisional


class Table:
    """Rows that only grow, as a frame that is made anew only when they have grown."""

    def __init__(self, schema: dict[str, pl.DataType]) -> None:
        self.schema = schema
        self.made = pl.DataFrame(schema=schema)
        self.alike: dict[str, object] = {}

    def frame(self, rows: Sequence[Any]) -> pl.DataFrame:
        if self.made.height != len(rows):
            self.made = pl.DataFrame(rows, schema=self.schema, orient="row")
            self.alike = {each.name: each[0] for each in self.made if each.n_unique() == 1}
        return self.made

    def columns(self, rows: Sequence[Any], numbers: Codes) -> tuple[list[pl.Series], list[pl.Expr]]:
        """The rows that stand at `numbers`: columns fetched one by one, and those that are the same in all rows."""
        fetched = self.frame(rows).drop(self.alike)[numbers].get_columns()
        return fetched, [pl.lit(value, dtype=self.schema[name]).alias(name) for name, value in self.alike.items()]


class Outcomes:
    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.situations = Situations(Distinctions.of(policy))
        self.numbers: dict[tuple[int, ...], int] = {}
        self.rows: list[dict[str, Any]] = []
        self.ways: list[Ways] = []
        self.ways_known: dict[object, int] = {}
        self.ways_of_outcome: list[int] = []
        self.dates: dict[tuple[int, int, int], int] = {}
        self.figures = Table(FIGURES)
        self.days = Table({column: OUTPUT_SCHEMA[column] for column in DATED})
        self.date_rows: list[tuple[date | None, date | None, bool]] = []

    def __len__(self) -> int:
        return len(self.rows)

    def answer(self, batch: Batch) -> pl.DataFrame:
        """One row for each row of the batch, in its order."""
        if batch.height == 0:
            return pl.DataFrame(schema=OUTPUT_SCHEMA)
        numbers, dates = self.numbered(batch)
        figures, alike = self.figures.columns(self.rows, numbers)
        days, same_days = self.days.columns(self.date_rows, dates)
        fetched = pl.DataFrame([batch.frame["person_id"], *figures, *days])
        return fetched.with_columns(*alike, *same_days).select(OUTPUT_SCHEMA.names())

    def numbered(self, batch: Batch) -> tuple[Codes, Codes]:
        """For each row which of `rows` is its outcome, and where in `date_rows` its dates stand."""
        numbers = self.outcome_numbers(batch)
        return numbers, self._date_numbers(batch, numbers)

    def outcome_numbers(self, batch: Batch) -> Codes:
        """For each row which of `rows` is its outcome; a situation that was never met is asked of the rules."""
        codes = self.situations.codes(batch)
        firsts, inverse = distinct(codes)
        columns = np.stack([code[firsts] for code in codes], axis=1)
        numbers = np.empty(len(firsts), dtype=np.int64)
        for position, first in enumerate(firsts):
            key = tuple(columns[position].tolist())
            number = self.numbers.get(key)
            if number is None:
                number = self.numbers[key] = self._ask(batch, int(first))
            numbers[position] = number
        return numbers[inverse]

    def _ask(self, batch: Batch, position: int) -> int:
        """The rules' answer for the first person met in a situation."""
        person = person_of(batch, position)
        own = work_out(self.policy, person, None)
        used = own.answer.readings
        readings = [other for code in sorted(used) for other in self.policy.other_readings[code]]
        others = [work_out(other.policy, person, None, SILENT) for other in readings]
        provisional = any(self.policy.readings[code].open for code in used) or any(
            other.answer.figures[:-2] != own.answer.figures[:-2] for other in others
        )
        row = own.answer.row()
        self.rows.append({column: row[column] for column in FIGURES})
        settled = () if provisional else tuple(_way(other) for other in others)
        self.ways_of_outcome.append(self._ways_number(Ways(_way(own), settled, provisional)))
        return len(self.rows) - 1

    def _ways_number(self, ways: Ways) -> int:
        key = (ways.provisional, *(way and way.key for way in (ways.own, *ways.others)))
        if key not in self.ways_known:
            self.ways_known[key] = len(self.ways)
            self.ways.append(ways)
        return self.ways_known[key]

    @cached_property
    def _first_birth_that_matters(self) -> int | None:
        """Only a birth after the window opened can move a first day of cover, unless a case counts from birth."""
        first = self.policy.opens.date()
        for case in (case for reading in readings_of(self.policy) for case in reading.cases):
            if case.part.starts == "birth":
                if case.part.before_year or case.part.waits:
                    return None
                first = min(first, case.first_day)
        return day_number(first)

    def days_that_matter(self, of: Columns) -> tuple[Values, Values]:
        """The day of settlement, and the day of birth as far as it can move a date of cover."""
        days, opens, first = candidate(of), day_number(self.policy.opens.date()), self._first_birth_that_matters
        born = of.born if first is None else of.where(of.born >= first, of.born, first - 1)
        return of.where(days == NO_DAY, opens, days), born

    def _date_numbers(self, batch: Batch, numbers: Codes) -> Codes:
        keys = [self.ways_numbers[numbers], *self.days_that_matter(self.situations.columns(batch))]
        firsts, inverse = distinct(keys)
        columns = np.stack([key[firsts] for key in keys], axis=1)
        found = [self.date_number(*columns[position].tolist()) for position in range(len(firsts))]
        return np.array(found, dtype=np.int64)[inverse]

    @property
    def ways_numbers(self) -> Codes:
        """The number of each outcome's ways."""
        return np.array(self.ways_of_outcome, dtype=np.int64)

    def date_number(self, ways: int, settled: int, born: int) -> int:
        """Where in `date_rows` the dates of these ways and days stand."""
        key = (ways, settled, born)
        number = self.dates.get(key)
        if number is None:
            self.date_rows.append(self.ways[ways].row(_day(settled), _day(born)))
            number = self.dates[key] = len(self.date_rows) - 1
        return number


def _day(number: int) -> date:
    return EPOCH + timedelta(days=number)


def _way(assessment: Assessment) -> Way | None:
    answer, case = assessment.answer, assessment.case
    if case is None or answer.waiting_months is None:
        return None
    wait = Length(answer.waiting_months, answer.waiting_days)
    return Way(assessment.policy, case, wait, assessment.settlement.basis == "window")


DIRECT = 2**18
"""Up to so many possible keys a table of all of them is quicker than hashing."""


def distinct(codes: list[Codes]) -> tuple[Codes, Codes]:
    """Positions of the first row of each distinct combination, and for each row the number of its combination."""
    key = np.zeros(len(codes[0]), dtype=np.int64)
    size = 1
    for code in codes:
        low = int(code.min())
        span = int(code.max()) - low + 1
        if span == 1:
            continue
        if size * span > DIRECT:
            key, size = _dense(key, size)
        key = key * span
        key += code
        key -= low
        size *= span
    key, size = _dense(key, size)
    firsts = np.empty(size, dtype=np.int64)
    # Written from the last row to the first, so that the first stays.
    firsts[key[::-1]] = np.arange(len(key) - 1, -1, -1)
    return firsts, key


def _dense(key: Codes, size: int) -> tuple[Codes, int]:
    """The keys (each below `size`) numbered anew without gaps, and how many there are."""
    if size > DIRECT:
        values = pl.Series(key)
        unique = values.unique()
        numbers = pl.int_range(len(unique), eager=True)
        return values.replace_strict(unique, numbers, return_dtype=pl.Int64).to_numpy(), len(unique)
    held = np.zeros(size, dtype=bool)
    held[key] = True
    numbers_of = np.cumsum(held) - 1
    return numbers_of[key], int(numbers_of[-1]) + 1
