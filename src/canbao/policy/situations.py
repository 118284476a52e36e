"""A person's situation: the few facts that a policy (under each of its readings) can tell apart.

Millions of people fall into a few thousand situations. `Situations` turns a batch of register rows into small integer
codes, one array for each fact that matters; people with the same codes get the same outcome but for their dates.
What a situation must tell apart is read off the policy's own conditions, so a new kind of policy needs no change here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from .calendar import add_months, first_of_month, move_years
from .conditions import Condition, Within, area_prefix, walk
from .facts import MODERATE_GRADES, Facts, day_of
from .person import Person
from .policy import Policy

Codes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

EPOCH = date(1970, 1, 1)
NO_DAY = np.int64(-(2**31))
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


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


WORDS = (
    ("student", "student", "none"),
    ("residence_permit", "permit", "none"),
    ("permit_relation", "permit_relation", "holder"),
    ("tier", "tier", "none"),
    ("hukou_kind", "hukou_kind", ""),
    ("sex", "sex", ""),
)
"""Columns of listed words, the key of a condition that asks for them, and what an absent word counts as."""


class Situations:
    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.readings = [policy, *(other for others in policy.alternatives.values() for other in others)]
        self.parts = [
            part for reading in self.readings for condition in reading.conditions() for part in walk(condition)
        ]
        areas = ("hukou", "residence", "school")
        self.tokens = {f"{area}_area": Tokens(self._area_token(f"{area}_in")) for area in areas}
        self.tokens |= {column: Tokens(self._word_token(key, absent)) for column, key, absent in WORDS}
        self.severe = Tokens(lambda joined: "severe_disability" in (joined or "").split(";"))
        self.tokens["categories"] = Tokens(self._category_token)
        if self._attribute_names:
            self.tokens["attributes"] = Tokens(self._attribute_token)

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
        found.append(np.searchsorted(self._birth_cuts, batch.born, side="right").astype(np.int64))
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

    # What the policy can tell of single values

    def _area_token(self, key: str) -> Callable[[str | None], object]:
        named = {code for part in self.parts for code in getattr(part, key) or ()}
        if key == "residence_in":
            named |= set(self.policy.file.scope.area)
        prefixes = [area_prefix(code) for code in sorted(named)]
        return lambda code: None if code is None else tuple(code.startswith(prefix) for prefix in prefixes)

    def _category_token(self, joined: str | None) -> object:
        named = frozenset().union(*(reading.categories for reading in self.readings))
        return frozenset(joined.split(";")) & named if joined else frozenset()

    def _word_token(self, key: str, absent: str) -> Callable[[str | None], object]:
        """Which of the sets of words that conditions name hold the value; `absent` stands for null."""
        asked = (getattr(part, key) for part in self.parts)
        sets = sorted({(named,) if isinstance(named, str) else tuple(named) for named in asked if named})
        return lambda value: tuple((value or absent) in named for named in sets)

    @cached_property
    def _attribute_names(self) -> list[str]:
        return sorted({name for part in self.parts for name in part.attribute or ()})

    def _attribute_token(self, text: str | None) -> object:
        facts = json.loads(text) if text else {}
        return tuple(json.dumps(facts.get(name)) for name in self._attribute_names)

    @cached_property
    def _gap_years_from(self) -> int:
        return min(reading.gap_years_from for reading in self.readings)

    # Birth

    @cached_property
    def _ages(self) -> list[int]:
        """Ages at which a condition changes its answer."""
        bounds = (part.age.bounds for part in self.parts if part.age)
        return sorted({age for youngest, oldest in bounds for age in (youngest, oldest + 1) if 0 <= age < 999})

    @cached_property
    def _birth_cuts(self) -> Codes:
        """Days of birth at which anything that depends on birth alone may change, as day numbers."""
        policy = self.policy
        days = {date(year, 1, 1) for year in range(self._gap_years_from - 1, policy.benefit_year + 2)}
        days |= {policy.year_start, policy.opens.date(), policy.opens.date() + timedelta(days=1)}
        days |= {policy.closes.date() + timedelta(days=1), policy.year_end + timedelta(days=1)}
        counted_on = {reading.age_day for reading in self.readings if reading.age_day} | {policy.opens.date()}
        for on in counted_on:
            days |= {_first_too_young(on, age) for age in self._ages}
        for part in self.parts:
            days |= set(self._cuts_of(part))
        return np.array(sorted(day_number(day) for day in days), dtype=np.int64)

    def _cuts_of(self, part: Condition) -> Iterable[date]:
        born, year = part.born, self.policy.benefit_year
        if born is None:
            return
        for edge in (born.on_or_after, born.after, born.before):
            if edge is not None:
                yield edge.resolve(year)
                yield edge.resolve(year) + timedelta(days=1)
        if born.in_year is not None:
            yield date(year + born.in_year, 1, 1)
            yield date(year + born.in_year + 1, 1, 1)
        if born.months is not None:
            years = [year + born.in_year] if born.in_year is not None else range(year - 150, year + 2)
            yield from (date(each, month, 1) for each in years for month in range(1, 13))

    # Moments and pairs of days

    def _moment_codes(self, batch: Batch) -> Codes:
        edges = sorted({second_number(edge) for reading in self.readings for edge in edges_of(reading)})
        registered_noon = batch.registered * 86_400 + 43_200
        moment = np.where(batch.paid != NO_DAY, batch.paid, registered_noon)
        bucket = np.searchsorted(np.array(edges, dtype=np.int64), moment, side="right").astype(np.int64)
        basis = np.where(batch.paid != NO_DAY, 2, 0) + np.where(batch.registered != NO_DAY, 1, 0)
        codes: Codes = bucket * 4 + basis
        return codes

    def _pairs_of_days(self, batch: Batch, candidate: Codes) -> list[Codes]:
        found: list[Codes] = []
        if any(reading.age_day is None for reading in self.readings):
            found.append(self._age_at(batch.born, candidate))
        limits = sorted({part.registered_within_days for part in self.parts if part.registered_within_days is not None})
        closes = day_number(self.policy.closes.date())
        found.append((batch.registered > closes).astype(np.int64))
        if limits:
            opens = day_number(self.policy.opens.date())
            registered = np.where(batch.registered != NO_DAY, batch.registered, candidate)
            days = np.where(registered != NO_DAY, registered, opens) - batch.born
            found.append(np.searchsorted(np.array(limits), days, side="left").astype(np.int64))
            at_open = np.where(batch.registered != NO_DAY, batch.registered, opens) - batch.born
            found.append(np.searchsorted(np.array(limits), at_open, side="left").astype(np.int64))
        return found

    def _event_codes(self, batch: Batch, candidate: Codes) -> list[Codes]:
        """Settled within the limits after an event, on the candidate day and at the window's first moment."""
        found: list[Codes] = []
        opens = np.int64(day_number(self.policy.opens.date()))
        at = [np.where(candidate != NO_DAY, candidate, opens), np.full(batch.height, opens)]
        if any(part.settled and part.settled.before_birth is not None for part in self.parts):
            found += [(days < batch.born).astype(np.int64) for days in at]
        for limit in {
            part.settled_within.model_dump_json(): part.settled_within for part in self.parts if part.settled_within
        }.values():
            days_of_event = self._event_days(batch, limit)
            last = _last_days(days_of_event, limit)
            found += [((days_of_event != NO_DAY) & (days <= last)).astype(np.int64) for days in at]
        ends = [
            edge
            for part in self.parts
            if part.hukou_since
            for edge in (part.hukou_since.on_or_after, part.hukou_since.before)
        ]
        if ends:
            cuts = sorted({day_number(edge.resolve(self.policy.benefit_year)) for edge in ends if edge})
            since = _day_numbers(batch.frame["hukou_since"])
            found.append(np.where(since == NO_DAY, -1, np.searchsorted(np.array(cuts), since, side="right")))
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
        for age in self._ages:
            earliest = day_number(move_years(EPOCH + timedelta(days=int(first)), -age)) - 2
            latest = day_number(move_years(EPOCH + timedelta(days=int(last)), -age)) + 2
            codes += born < earliest
            near = np.flatnonzero(some & (born >= earliest) & (born <= latest))
            codes[near] += (whole_days(born[near]) + age * 10_000) <= whole_days(candidate[near])
        return codes

    # History

    def _gap_codes(self, frame: pl.DataFrame) -> list[Codes]:
        first, last = self._gap_years_from, self.policy.benefit_year - 1
        if last < first:
            return []
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
        days = np.where(candidate[rows] != NO_DAY, candidate[rows], day_number(self.policy.opens.date()))
        part = pl.DataFrame(
            {
                "ended": frame["last_cover_end"].filter(some),
                "years": frame["covered_years"].filter(some).cast(pl.List(pl.String)).list.join(";").fill_null(""),
                "month": pl.Series(days).cast(pl.Int32).cast(pl.Date).dt.month_start(),
            }
        )
        distinct = part.unique()
        numbers = [self._transfer_code(*row) for row in distinct.iter_rows()]
        numbered = distinct.with_columns(pl.Series("code", numbers, dtype=pl.Int64))
        codes[rows] = part.join(numbered, on=["ended", "years", "month"], how="left", maintain_order="left")[
            "code"
        ].to_numpy()
        return codes

    def _transfer_code(self, ended: date, years: str, month: date) -> int:
        covered = frozenset(int(year) for year in years.split(";") if year)
        person = Person(born=EPOCH, last_cover_end=ended, covered_years=covered)
        rules = {reading.file.waiting.transfer.model_dump_json(): reading for reading in self.readings}
        cases = [(rule, at) for rule in rules.values() for at in (datetime.combine(month, time()), self.policy.opens)]
        return sum(2**i for i, (rule, at) in enumerate(cases) if Facts(rule, person, at).transfer)


def edges_of(policy: Policy) -> list[datetime]:
    """Every first moment from which the policy may treat a settlement otherwise than just before it."""
    days = {policy.closes.date() + DAY, policy.year_start, policy.year_end + DAY, *days_asked(policy)}
    month_days = month_days_asked(policy)
    if month_days:
        start = date(policy.opens.year, 1, 1)
        for month in range((max(days).year - start.year + 1) * 12):
            days |= {first_of_month(start, month) + (on - 1) * DAY for on in month_days}
    return sorted({policy.opens, policy.closes + SECOND, *(datetime.combine(each, time()) for each in days)})


def days_asked(policy: Policy) -> set[date]:
    """First days of stretches that conditions about the settlement, and periods of cover, tell apart."""
    year = policy.benefit_year
    usual = (policy.year_start, policy.year_end)
    days = {
        day for case in policy.cases for day in (case.first_day, case.last_day + DAY)
        if (case.first_day, case.last_day) != usual
    }  # fmt: skip
    for part in (part for condition in policy.conditions() for part in walk(condition)):
        if part.settled is not None and part.settled.from_ is not None:
            days.add(part.settled.from_.resolve(year))
        if part.settled is not None and part.settled.until is not None:
            days.add(part.settled.until.resolve(year) + DAY)
    return days


def month_days_asked(policy: Policy) -> set[int]:
    """Days of every month on which something changes; 32 stands for the day after a 31st."""
    found = {1} if any(charge.part.months_left for charge in policy.charges) else set()
    for part in (part for condition in policy.conditions() for part in walk(condition)):
        if part.settled is not None and part.settled.month_days is not None:
            found |= {1, part.settled.month_days.from_, part.settled.month_days.to + 1}
    return found


def _first_too_young(on: date, age: int) -> date:
    """The first day of birth on which one has not completed `age` years on that day."""
    return add_months(on, -12 * age) + timedelta(days=1)


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
