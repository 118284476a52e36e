"""What policies can tell apart in a person, as small whole numbers over the columns of a register.

This is the one description of a situation. It is written over `Columns`, which an engine gives: arrays on one machine,
SQL expressions on a cluster. Both know the same arithmetic, so that no engine has a rule of its own to drift.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple, Protocol

from .codes import CHOICES
from .conditions import Within
from .distinctions import AREAS, WORDS, Distinctions, Pair
from .facts import MODERATE_GRADES, is_transfer

Values = Any
"""A whole number (or a condition) for each person: an array or an SQL expression; both know + - * < <= >= != & ~."""

EPOCH: Final = date(1970, 1, 1)
NO_DAY: Final = -(2**31)
NOON: Final = 43_200
A_DAY: Final = 86_400
REPAIR_YEARS: Final = 10_000


def day_number(day: date) -> int:
    return (day - EPOCH).days


def second_number(moment: datetime) -> int:
    return day_number(moment.date()) * A_DAY + moment.hour * 3_600 + moment.minute * 60 + moment.second


class Feature(NamedTuple):
    """One thing told apart: codes from 0 on, and how many there may be (0: only the data says)."""

    codes: Values
    size: int


@dataclass(frozen=True, slots=True)
class Prefixes:
    """Token of an area code: which of the areas it lies in."""

    prefixes: tuple[str, ...]

    def __call__(self, code: str | None) -> object:
        return None if code is None else tuple(code.startswith(prefix) for prefix in self.prefixes)


@dataclass(frozen=True, slots=True)
class Alike:
    """Token of a listed word: the words that are treated like it; `absent` stands for null."""

    words: tuple[str, ...]
    absent: str
    apart: frozenset[Pair]

    def __call__(self, word: str | None) -> object:
        return frozenset(other for other in self.words if {word or self.absent, other} not in self.apart)


@dataclass(frozen=True, slots=True)
class Held:
    """Token of certified categories (joined with `;`): which of the named ones are among them."""

    named: frozenset[str]

    def __call__(self, joined: str | None) -> object:
        return frozenset(joined.split(";")) & self.named if joined else frozenset()


@dataclass(frozen=True, slots=True)
class LocalFacts:
    """Token of local facts (JSON text): the values of the named ones."""

    names: tuple[str, ...]

    def __call__(self, text: str | None) -> object:
        facts = json.loads(text) if text else {}
        return tuple(json.dumps(facts.get(name)) for name in self.names)


Token = Prefixes | Alike | Held | LocalFacts


@dataclass(frozen=True, slots=True)
class Transfers:
    """Which transfers count: on each candidate day of a person, then on each first day of a window, as bits."""

    rules: tuple[tuple[int, int], ...]
    opens: tuple[date, ...]

    @property
    def size(self) -> int:
        return int(2 ** (len(self.rules) * 2 * len(self.opens)))

    def __call__(self, ended: date, years: str, *months: date) -> int:
        """`months` are first days of the months of the candidate days; `years` are joined with `;`."""
        covered = frozenset(int(year) for year in years.split(";") if year)
        cases = [(rule, on) for rule in self.rules for on in (*months, *self.opens)]
        return sum(2**i for i, (rule, on) in enumerate(cases) if is_transfer(*rule, ended, covered, on))


class Columns(Protocol):
    """Columns of a register. Days and seconds count from 1970 (`NO_DAY`: not known); absent flags and numbers are 0."""

    born: Values
    paid: Values
    """Seconds."""
    paid_day: Values
    registered: Values

    def where(self, condition: Values, then: Values, other: Values) -> Values: ...
    def whether(self, condition: Values) -> Values:
        """A condition as 0 or 1."""

    def passed(self, values: Values, cuts: Sequence[int]) -> Values:
        """How many of the ascending cuts are not above the value."""

    def day(self, column: str) -> Values: ...
    def year(self, column: str, absent: int) -> Values: ...
    def flag(self, column: str) -> Values: ...
    def number(self, column: str) -> Values: ...
    def one_of(self, column: str, numbers: Sequence[int]) -> Values: ...
    def token(self, column: str, token: Token) -> Feature: ...
    def day_of_fact(self, name: str) -> Values:
        """The day that a local fact holds."""

    def covered(self, year: int) -> Values: ...
    def last_day(self, event: Values, limit: Within) -> Values: ...
    def completed(self, born: Values, on: Values, ages: Sequence[int]) -> Values:
        """How many of the ages are completed on a day; 0 where it is not known."""

    def transfers(self, days: Sequence[Values], counts: Transfers) -> Values: ...


def candidate(of: Columns) -> Values:
    """The day on which each person may settle: paid, else registered, else none."""
    return of.where(of.paid != NO_DAY, of.paid_day, of.registered)


def features(told: Distinctions, of: Columns) -> list[Feature]:
    """One feature for each fact that `told` tells apart."""
    days = candidate(of)
    found = [of.token(column, token) for column, token in tokens(told).items()]
    found += [Feature(of.flag(column), 2) for column in ("employee_insured", "insured_elsewhere")]
    severe = of.token("categories", Held(frozenset({"severe_disability"}))).codes
    found.append(Feature(severe * of.whether(of.one_of("disability_grade", MODERATE_GRADES)), 2))
    births = _numbers(told.births)
    found.append(Feature(of.passed(of.born, births), len(births) + 1))
    found.append(_moment(told, of))
    found += _pairs_of_days(told, of, days)
    found += _gaps(told, of)
    found.append(Feature(of.number("repair_years"), REPAIR_YEARS))
    opens = _numbers(told.opens)
    counts = Transfers(tuple(sorted(told.transfers)), tuple(sorted(told.opens)))
    found.append(Feature(of.transfers([of.where(days != NO_DAY, days, first) for first in opens], counts), counts.size))
    found += _events(told, of, days)
    return found


def tokens(told: Distinctions) -> dict[str, Token]:
    """What can be told of the single values of each column."""
    found: dict[str, Token] = {area: Prefixes(tuple(sorted(getattr(told, area)))) for area in AREAS}
    for column, (_, absent) in WORDS.items():
        found[column] = Alike((absent, *CHOICES[column]), absent, getattr(told, column))
    found["categories"] = Held(told.categories)
    if told.attributes:
        found["attributes"] = LocalFacts(tuple(sorted(told.attributes)))
    return found


def _moment(told: Distinctions, of: Columns) -> Feature:
    moments = sorted(second_number(edge) for edge in told.moments)
    moment = of.where(of.paid != NO_DAY, of.paid, of.registered * A_DAY + NOON)
    basis = of.whether(of.paid != NO_DAY) * 2 + of.whether(of.registered != NO_DAY)
    return Feature(of.passed(moment, moments) * 4 + basis, (len(moments) + 1) * 4)


def _pairs_of_days(told: Distinctions, of: Columns, days: Values) -> list[Feature]:
    found = []
    if ages := sorted(told.ages_at_settlement):
        found.append(Feature(of.completed(of.born, days, ages), len(ages) + 1))
    # A limit is kept on its own day: it is passed from the day after.
    until = [day + 1 for day in _numbers(told.registered_until)]
    found.append(Feature(of.passed(of.registered, until), len(until) + 1))
    if limits := [days + 1 for days in sorted(told.registered_within_days)]:
        known = of.where(of.registered != NO_DAY, of.registered, days)
        for first in _numbers(told.opens):
            for registered in (known, of.registered):
                after = of.where(registered != NO_DAY, registered, first) - of.born
                found.append(Feature(of.passed(after, limits), len(limits) + 1))
    return found


def _events(told: Distinctions, of: Columns, days: Values) -> list[Feature]:
    """Settled within the limits after an event, on the candidate day and at the window's first moment."""
    opens = _numbers(told.opens)
    at = [*(of.where(days != NO_DAY, days, first) for first in opens), *opens]
    found = []
    if told.settled_before_birth:
        found += [Feature(of.whether(of.born > on), 2) for on in at]
    for limit in sorted(told.settled_within, key=str):
        event = _event(of, limit)
        last = of.last_day(event, limit)
        found += [Feature(of.whether((event != NO_DAY) & (last >= on)), 2) for on in at]
    if told.hukou_since:
        # The least of all cuts tells a day from none.
        cuts = [NO_DAY + 1, *_numbers(told.hukou_since)]
        found.append(Feature(of.passed(of.day("hukou_since"), cuts), len(cuts) + 1))
    return found


def _event(of: Columns, limit: Within) -> Values:
    if limit.of == "birth":
        return of.born
    return of.day(limit.of) if limit.attribute is None else of.day_of_fact(limit.attribute)


def _gaps(told: Distinctions, of: Columns) -> list[Feature]:
    if not told.gap_years:
        return []
    first, last = min(told.gap_years), max(told.gap_years)
    run: Values = 0
    unbroken: Values = None
    for year in range(last, first - 1, -1):
        open_year = ~of.covered(year)
        unbroken = open_year if unbroken is None else unbroken & open_year
        run = of.whether(unbroken) + run
    since = of.passed(of.year("hukou_since", first - 1), range(first, last + 1))
    return [Feature(run, last - first + 2), Feature(since, last - first + 2)]


def _numbers(days: frozenset[date]) -> list[int]:
    return sorted(day_number(day) for day in days)
