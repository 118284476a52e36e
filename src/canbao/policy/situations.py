"""A person's situation: the few facts that a policy (under each of its readings) can tell apart.

Millions of people fall into a few thousand situations. `Situations` turns a batch of register rows into small integer
codes, one array for each fact that matters; people with the same codes get the same outcome but for their dates.
What a situation must tell apart is read off the policies' own conditions, so a new kind of policy needs no change here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from .calendar import move_years
from .codes import CHOICES
from .conditions import Within
from .distinctions import AREAS, WORDS, Distinctions, Pair
from .facts import MODERATE_GRADES, day_of, is_transfer

Codes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

EPOCH = date(1970, 1, 1)
NO_DAY = np.int64(-(2**31))


def day_number(day: date) -> int:
    return (day - EPOCH).days


def second_number(moment: datetime) -> int:
    return day_number(moment.date()) * 86_400 + moment.hour * 3_600 + moment.minute * 60 + moment.second


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
        self.opens = [np.int64(day_number(day)) for day in sorted(told.opens)]
        self.births = _cuts(told.births)
        self.moments = np.array(sorted(second_number(edge) for edge in told.moments), dtype=np.int64)
        self.tokens = {area: Tokens(_area_token(getattr(told, area))) for area in AREAS}
        self.tokens |= {
            column: Tokens(_word_token(column, absent, getattr(told, column))) for column, (_, absent) in WORDS.items()
        }
        self.severe = Tokens(lambda joined: "severe_disability" in (joined or "").split(";"))
        self.tokens["categories"] = Tokens(
            lambda joined: frozenset(joined.split(";")) & told.categories if joined else frozenset()
        )
        if told.attributes:
            self.tokens["attributes"] = Tokens(_attribute_token(sorted(told.attributes)))

    def codes(self, batch: Batch) -> list[Codes]:
        """One array of codes for each fact that the policy can tell apart."""
        frame = batch.frame
        candidate = self.candidate(batch)
        found = [tokens.codes(batch.codes[column], batch.values[column]) for column, tokens in self.tokens.items()]
        found.append(frame["employee_insured"].fill_null(False).cast(pl.Int64).to_numpy())
        found.append(frame["insured_elsewhere"].fill_null(False).cast(pl.Int64).to_numpy())
        severe = self.severe.codes(batch.codes["categories"], batch.values["categories"])
        moderate = frame["disability_grade"].is_in(list(MODERATE_GRADES)).fill_null(False).to_numpy()
        found.append(severe * moderate)
        found.append(np.searchsorted(self.births, batch.born, side="right").astype(np.int64))
        found.append(self._moment_codes(batch))
        found += self._pairs_of_days(batch, candidate)
        found += self._gap_codes(frame)
        found.append(frame["repair_years"].fill_null(0).cast(pl.Int64).to_numpy())
        found.append(self._transfer_codes(frame, candidate))
        found += self._event_codes(batch, candidate)
        return found

    def candidate(self, batch: Batch) -> Codes:
        """The day on which each person may settle: paid, else registered, else none."""
        return np.where(batch.paid != NO_DAY, batch.paid // 86_400, batch.registered)

    # Moments and pairs of days

    def _moment_codes(self, batch: Batch) -> Codes:
        registered_noon = batch.registered * 86_400 + 43_200
        moment = np.where(batch.paid != NO_DAY, batch.paid, registered_noon)
        bucket = np.searchsorted(self.moments, moment, side="right").astype(np.int64)
        basis = np.where(batch.paid != NO_DAY, 2, 0) + np.where(batch.registered != NO_DAY, 1, 0)
        codes: Codes = bucket * 4 + basis
        return codes

    def _pairs_of_days(self, batch: Batch, candidate: Codes) -> list[Codes]:
        found: list[Codes] = []
        if self.told.ages_at_settlement:
            found.append(self._age_at(batch.born, candidate))
        until = _cuts(self.told.registered_until)
        found.append(np.searchsorted(until, batch.registered, side="left").astype(np.int64))
        if limits := sorted(self.told.registered_within_days):
            known = np.where(batch.registered != NO_DAY, batch.registered, candidate)
            for opens in self.opens:
                for registered in (
                    np.where(known != NO_DAY, known, opens),
                    np.where(batch.registered != NO_DAY, batch.registered, opens),
                ):
                    found.append(np.searchsorted(limits, registered - batch.born, side="left").astype(np.int64))
        return found

    def _event_codes(self, batch: Batch, candidate: Codes) -> list[Codes]:
        """Settled within the limits after an event, on the candidate day and at the window's first moment."""
        found: list[Codes] = []
        at = [np.where(candidate != NO_DAY, candidate, opens) for opens in self.opens]
        at += [np.full(batch.height, opens) for opens in self.opens]
        if self.told.settled_before_birth:
            found += [(days < batch.born).astype(np.int64) for days in at]
        for limit in sorted(self.told.settled_within, key=str):
            days_of_event = self._event_days(batch, limit)
            last = _last_days(days_of_event, limit)
            found += [((days_of_event != NO_DAY) & (days <= last)).astype(np.int64) for days in at]
        if self.told.hukou_since:
            since = _day_numbers(batch.frame["hukou_since"])
            found.append(
                np.where(since == NO_DAY, -1, np.searchsorted(_cuts(self.told.hukou_since), since, side="right"))
            )
        return found

    def _event_days(self, batch: Batch, limit: Within) -> Codes:
        if limit.of == "birth":
            return batch.born
        if limit.attribute is None:
            return _day_numbers(batch.frame[limit.of])
        days = [day_of((json.loads(text) if text else {}).get(limit.attribute)) for text in batch.values["attributes"]]
        numbers = np.array([NO_DAY if day is None else day_number(day) for day in days], dtype=np.int64)
        return numbers[batch.codes["attributes"]]

    def _age_at(self, born: Codes, candidate: Codes) -> Codes:
        """How many of the ages that matter are completed on the candidate day."""
        codes = np.zeros(len(born), dtype=np.int64)
        some = candidate != NO_DAY
        if not some.any():
            return codes
        first, last = candidate[some].min(), candidate[some].max()
        for age in sorted(self.told.ages_at_settlement):
            earliest = day_number(move_years(EPOCH + timedelta(days=int(first)), -age)) - 2
            latest = day_number(move_years(EPOCH + timedelta(days=int(last)), -age)) + 2
            codes += born < earliest
            near = np.flatnonzero(some & (born >= earliest) & (born <= latest))
            codes[near] += (whole_days(born[near]) + age * 10_000) <= whole_days(candidate[near])
        return codes

    # History

    def _gap_codes(self, frame: pl.DataFrame) -> list[Codes]:
        if not self.told.gap_years:
            return []
        first, last = min(self.told.gap_years), max(self.told.gap_years)
        covered = frame["covered_years"]
        run = np.zeros(frame.height, dtype=np.int64)
        unbroken = np.ones(frame.height, dtype=bool)
        for year in range(last, first - 1, -1):
            unbroken &= ~covered.list.contains(year).fill_null(False).to_numpy()
            run += unbroken
        since = frame["hukou_since"].dt.year().fill_null(first - 1).cast(pl.Int64).to_numpy()
        return [run, np.clip(since, first - 1, last)]

    def _transfer_codes(self, frame: pl.DataFrame, candidate: Codes) -> Codes:
        """Whether a transfer counts on the candidate day and at the window's first moment, as bits."""
        codes = np.zeros(frame.height, dtype=np.int64)
        some = frame["last_cover_end"].is_not_null()
        if not some.any():
            return codes
        rows = np.flatnonzero(some.to_numpy())
        known = candidate[rows]
        months = [np.where(known != NO_DAY, known, opens) for opens in self.opens]
        part = pl.DataFrame(
            {
                "ended": frame["last_cover_end"].filter(some),
                "years": frame["covered_years"].filter(some).cast(pl.List(pl.String)).list.join(";").fill_null(""),
                **{
                    f"month{i}": pl.Series(days).cast(pl.Int32).cast(pl.Date).dt.month_start()
                    for i, days in enumerate(months)
                },
            }
        )
        distinct = part.unique()
        numbers = [self._transfer_code(*row) for row in distinct.iter_rows()]
        numbered = distinct.with_columns(pl.Series("code", numbers, dtype=pl.Int64))
        codes[rows] = part.join(numbered, on=part.columns, how="left", maintain_order="left")["code"].to_numpy()
        return codes

    def _transfer_code(self, ended: date, years: str, *months: date) -> int:
        covered = frozenset(int(year) for year in years.split(";") if year)
        cases = [(rule, on) for rule in sorted(self.told.transfers) for on in (*months, *sorted(self.told.opens))]
        return sum(2**i for i, (rule, on) in enumerate(cases) if is_transfer(*rule, ended, covered, on))


def _area_token(prefixes: frozenset[str]) -> Callable[[str | None], object]:
    ordered = sorted(prefixes)
    return lambda code: None if code is None else tuple(code.startswith(prefix) for prefix in ordered)


def _word_token(column: str, absent: str, apart: frozenset[Pair]) -> Callable[[str | None], object]:
    """The words that are treated like the value; `absent` stands for null."""
    words = (absent, *CHOICES[column])
    return lambda value: frozenset(word for word in words if {value or absent, word} not in apart)


def _attribute_token(names: list[str]) -> Callable[[str | None], object]:
    def token(text: str | None) -> object:
        facts = json.loads(text) if text else {}
        return tuple(json.dumps(facts.get(name)) for name in names)

    return token


def _cuts(days: frozenset[date]) -> Codes:
    return np.array(sorted(day_number(day) for day in days), dtype=np.int64)


def _day_numbers(days: pl.Series) -> Codes:
    return days.cast(pl.Int32).cast(pl.Int64).fill_null(int(NO_DAY)).to_numpy()


def _last_days(events: Codes, limit: Within) -> Codes:
    """`Within.last_day` of each event, worked out once for each distinct day."""
    distinct, inverse = np.unique(events, return_inverse=True)
    last = [
        NO_DAY if day == NO_DAY else day_number(limit.last_day(EPOCH + timedelta(days=int(day)))) for day in distinct
    ]
    return np.array(last, dtype=np.int64)[inverse]


def whole_days(days: Codes) -> Codes:
    """Day numbers as the integers 20250228, in which whole years are added without a calendar."""
    dates = days.astype("datetime64[D]")
    years = dates.astype("datetime64[Y]").astype(np.int64) + 1970
    months = dates.astype("datetime64[M]").astype(np.int64) % 12 + 1
    day = (dates - dates.astype("datetime64[M]")).astype(np.int64) + 1
    whole: Codes = years * 10_000 + months * 100 + day
    return whole
