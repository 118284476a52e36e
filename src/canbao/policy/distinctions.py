"""What policies can tell apart in a person: the cuts, words, areas and limits that their conditions ask for.

Situations are made from this and nothing else. Each part is a set, and a larger set tells apart whatever a smaller one
does: so people counted by the distinctions of several policies can be priced by any policy that needs no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from itertools import combinations
from typing import Any, Final

from pydantic import TypeAdapter

from .calendar import add_months, first_of_month
from .codes import CATEGORIES, CHOICES
from .conditions import Condition, Within, area_prefix, walk
from .policy import Policy

Pair = frozenset[str]

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
AREAS: Final = {"hukou_area": "hukou_in", "residence_area": "residence_in", "school_area": "school_in"}
WORDS: Final = {
    "student": ("student", "none"),
    "residence_permit": ("permit", "none"),
    "permit_relation": ("permit_relation", "holder"),
    "tier": ("tier", "none"),
    "hukou_kind": ("hukou_kind", ""),
    "sex": ("sex", ""),
}
"""Columns of listed words, the key of a condition that asks for them, and what an absent word counts as."""


@dataclass(frozen=True, slots=True)
class Distinctions:
    """For one benefit year. Days are first days of stretches that are treated alike; areas are prefixes of codes."""

    benefit_year: int
    hukou_area: frozenset[str]
    residence_area: frozenset[str]
    school_area: frozenset[str]
    student: frozenset[Pair]
    residence_permit: frozenset[Pair]
    permit_relation: frozenset[Pair]
    tier: frozenset[Pair]
    hukou_kind: frozenset[Pair]
    sex: frozenset[Pair]
    categories: frozenset[str]
    attributes: frozenset[str]
    births: frozenset[date]
    ages_at_settlement: frozenset[int]
    moments: frozenset[datetime]
    opens: frozenset[date]
    registered_until: frozenset[date]
    registered_within_days: frozenset[int]
    settled_before_birth: frozenset[bool]
    settled_within: frozenset[Within]
    hukou_since: frozenset[date]
    gap_years: frozenset[int]
    transfers: frozenset[tuple[int, int]]
    """The longest gap in months and the fewest years of a transfer."""

    @classmethod
    def of(cls, *policies: Policy) -> Distinctions:
        """What these policies of one benefit year tell apart, each under all its readings."""
        first, *others = [_of(readings_of(policy)) for policy in policies]
        for other in others:
            first = first.joined(other)
        return first

    @classmethod
    def as_it_stands(cls, policy: Policy) -> Distinctions:
        """What the policy tells apart without its other readings."""
        return _of([policy])

    def joined(self, other: Distinctions) -> Distinctions:
        if other.benefit_year != self.benefit_year:
            raise ValueError(f"benefit years {self.benefit_year} and {other.benefit_year} cannot be joined")
        return replace(self, **{name: getattr(self, name) | getattr(other, name) for name in SETS})

    def with_all_categories(self) -> Distinctions:
        """Every listed category told apart, so that aid for another group needs no new count."""
        return replace(self, categories=self.categories | frozenset(CATEGORIES))

    def missing(self, needed: Distinctions) -> dict[str, list[Any]]:
        """What `needed` tells apart and these do not, by part; empty if people counted by these will do."""
        lacking = {name: getattr(needed, name) - getattr(self, name) for name in SETS}
        return {name: sorted(values, key=str) for name, values in lacking.items() if values}

    def as_json(self) -> str:
        return _ADAPTER.dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str) -> Distinctions:
        """Raises ValueError for text that `as_json` did not make."""
        return _ADAPTER.validate_json(text)


_ADAPTER: Final = TypeAdapter(Distinctions)
SETS: Final = tuple(field.name for field in fields(Distinctions) if field.name != "benefit_year")


def readings_of(policy: Policy) -> list[Policy]:
    """The policy and every other reading of it."""
    return [policy, *(other for others in policy.alternatives.values() for other in others)]


def parts_of(policies: Iterable[Policy]) -> list[Condition]:
    """Every condition of the policies and everything inside it."""
    return [part for policy in policies for condition in policy.conditions() for part in walk(condition)]


def _of(readings: list[Policy]) -> Distinctions:
    policy, parts = readings[0], parts_of(readings)
    ages = _ages(parts)
    transfers = [reading.file.waiting.transfer for reading in readings]
    return Distinctions(
        benefit_year=policy.benefit_year,
        hukou_area=_prefixes(policy, parts, "hukou_area"),
        residence_area=_prefixes(policy, parts, "residence_area"),
        school_area=_prefixes(policy, parts, "school_area"),
        student=_told_apart(parts, "student"),
        residence_permit=_told_apart(parts, "residence_permit"),
        permit_relation=_told_apart(parts, "permit_relation"),
        tier=_told_apart(parts, "tier"),
        hukou_kind=_told_apart(parts, "hukou_kind"),
        sex=_told_apart(parts, "sex"),
        categories=frozenset().union(*(reading.categories for reading in readings)),
        attributes=frozenset(name for part in parts for name in part.attribute or ()),
        births=frozenset(day for reading in readings for day in _births(reading, readings, parts, ages)),
        ages_at_settlement=frozenset(ages if any(reading.age_day is None for reading in readings) else ()),
        moments=frozenset(edge for reading in readings for edge in edges_of(reading)),
        opens=frozenset(reading.opens.date() for reading in readings),
        registered_until=frozenset(reading.closes.date() for reading in readings),
        registered_within_days=frozenset(
            part.registered_within_days for part in parts if part.registered_within_days is not None
        ),
        settled_before_birth=frozenset(
            True for part in parts if part.settled and part.settled.before_birth is not None
        ),
        settled_within=frozenset(part.settled_within for part in parts if part.settled_within is not None),
        hukou_since=frozenset(
            edge.resolve(policy.benefit_year)
            for part in parts
            if part.hukou_since
            for edge in (part.hukou_since.on_or_after, part.hukou_since.before)
            if edge is not None
        ),
        gap_years=frozenset(range(min(reading.gap_years_from for reading in readings), policy.benefit_year)),
        transfers=frozenset((rule.gap_months_max, rule.years_min) for rule in transfers),
    )


def _prefixes(policy: Policy, parts: list[Condition], column: str) -> frozenset[str]:
    named = {code for part in parts for code in getattr(part, AREAS[column]) or ()}
    if column == "residence_area":
        named |= set(policy.file.scope.area)
    return frozenset(area_prefix(code) for code in named)


def _told_apart(parts: list[Condition], column: str) -> frozenset[Pair]:
    """Pairs of words of which some condition holds for one and not for the other."""
    key, absent = WORDS[column]
    asked = [getattr(part, key) for part in parts]
    sets = {frozenset((named,) if isinstance(named, str) else named) for named in asked if named}
    words = dict.fromkeys((absent, *CHOICES[column]))
    return frozenset(
        frozenset(pair) for pair in combinations(words, 2) if any((pair[0] in s) != (pair[1] in s) for s in sets)
    )


def _ages(parts: list[Condition]) -> set[int]:
    """Ages at which a condition changes its answer."""
    bounds = (part.age.bounds for part in parts if part.age)
    return {age for youngest, oldest in bounds for age in (youngest, oldest + 1) if 0 <= age < 999}


def _births(policy: Policy, readings: list[Policy], parts: list[Condition], ages: set[int]) -> Iterator[date]:
    """Days of birth at which anything that depends on birth alone may change."""
    opens = policy.opens.date()
    yield from (date(year, 1, 1) for year in range(policy.gap_years_from - 1, policy.benefit_year))
    yield from (policy.year_start, policy.year_end + DAY, opens, opens + DAY, policy.closes.date() + DAY)
    for on in {reading.age_day or opens for reading in readings}:
        yield from (_first_too_young(on, age) for age in ages)
    for part in parts:
        yield from _cuts_of(part, policy.benefit_year)


def _cuts_of(part: Condition, year: int) -> Iterator[date]:
    born = part.born
    if born is None:
        return
    for edge in (born.on_or_after, born.after, born.before):
        if edge is not None:
            yield from (edge.resolve(year), edge.resolve(year) + DAY)
    if born.in_year is not None:
        yield from (date(year + born.in_year, 1, 1), date(year + born.in_year + 1, 1, 1))
    if born.months is not None:
        years = [year + born.in_year] if born.in_year is not None else range(year - 150, year + 2)
        yield from (date(each, month, 1) for each in years for month in range(1, 13))


def _first_too_young(on: date, age: int) -> date:
    """The first day of birth on which one has not completed `age` years on that day."""
    return add_months(on, -12 * age) + DAY


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
    for part in parts_of([policy]):
        if part.settled is not None and part.settled.from_ is not None:
            days.add(part.settled.from_.resolve(year))
        if part.settled is not None and part.settled.until is not None:
            days.add(part.settled.until.resolve(year) + DAY)
    return days


def month_days_asked(policy: Policy) -> set[int]:
    """Days of every month on which something changes; 32 stands for the day after a 31st."""
    found = {1} if any(charge.part.months_left for charge in policy.charges) else set()
    for part in parts_of([policy]):
        if part.settled is not None and part.settled.month_days is not None:
            found |= {1, part.settled.month_days.from_, part.settled.month_days.to + 1}
    return found
