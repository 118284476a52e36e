"""A policy in force for one benefit year: the file's data with its conditions compiled and its days resolved."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from .calendar import move_years
from .charges import Charge, Priced, Product
from .conditions import Condition, Frame, Test, categories_of, compile_condition
from .model import AidRule, Clause, CoverCase, Document, FeeClass, PolicyFile, Reading, Target, Window, Words
from .notice import Notice
from .questions import Question, questions_of
from .shares import Grant, grant_of

if TYPE_CHECKING:
    from .facts import Facts

DAY_START = time(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Ground:
    code: str
    name: Words
    test: Test
    source: list[str]
    reading: list[str]


@dataclass(frozen=True, slots=True)
class ClassRule:
    code: str
    part: FeeClass
    test: Test | None
    prices: tuple[Charge, ...]


@dataclass(frozen=True, slots=True)
class Award:
    code: str
    part: AidRule
    test: Test | None
    order: int
    grant: Callable[[int, int], Grant]
    """(base_fen, standard_fen) -> what is paid; never more than the standard."""

    @property
    def name(self) -> str:
        """What an answer calls the award: the category, so that several rules may serve one category."""
        return self.part.category or self.code


@dataclass(frozen=True, slots=True)
class Case:
    code: str
    part: CoverCase
    test: Test | None
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class OtherReading:
    """A policy under another reading; `tests` are the conditions that alone differ, None if other things do too."""

    policy: Policy
    tests: tuple[tuple[Test | None, Test | None], ...] | None

    def differs(self, facts: Facts) -> bool:
        """May the other reading differ here? False only where every changed condition holds or fails alike."""
        if self.tests is None:
            return True
        return any((own is None or own(facts)) != (other is None or other(facts)) for own, other in self.tests)


def _test_at(policy: Policy, path: str) -> Test | None:
    """The compiled condition at a dotted path such as `classes.child.when`."""
    *way, last = path.split(".")
    part: Any = policy.file
    for key in way:
        part = part[key] if isinstance(part, dict) else getattr(part, key)
    return policy.test(getattr(part, last))


@dataclass(frozen=True, slots=True)
class Extension:
    """An authority's extension of an "in principle" window: its last day, and the document that says so."""

    closes: date
    document: str


class Policy:
    """One policy for one benefit year. Compare by `digest`; build by the catalogue, `carried_to` or `extended_by`."""

    def __init__(
        self, file: PolicyFile, digest: str, benefit_year: int | None = None, extension: Extension | None = None
    ) -> None:
        year = benefit_year or file.benefit_year
        shift = year - file.benefit_year
        self.file = file
        self.digest = digest
        self.id = file.policy
        self.area, self.pooling_area = file.area, file.pooling_area
        self.name, self.place = file.name, file.place
        self.benefit_year = year
        self.projected = shift != 0
        self.opens = datetime.combine(move_years(file.window.opens, shift), DAY_START)
        self.extension = extension
        last_day = extension.closes if extension else move_years(file.window.closes, shift)
        self.closes = datetime.combine(last_day, file.window.closes_at)
        safe = file.window.safe_registration_until
        self.last_safe_registration = move_years(safe, shift) if safe else None
        self.year_start, self.year_end = date(year, 1, 1), date(year, 12, 31)
        age = file.age
        self.age_day = date(year + age.years, age.month, age.day) if age.counted_on == "day" else None
        self.gap_years_from = file.waiting.gap_years_from.value
        self.frame = Frame(year, self.opens.date(), self.closes.date())
        self._compile()

    def _compile(self) -> None:
        file = self.file
        self.grounds = [
            Ground(code, ground.name, compile_condition(ground.when, self.frame), ground.source, ground.reading)
            for code, ground in file.scope.grounds.items()
        ]
        self.lives_here = compile_condition(Condition(residence_in=file.scope.area), self.frame)
        self.refusals = [
            (code, part, compile_condition(part.when, self.frame)) for code, part in file.scope.refusals.items()
        ]
        self.classes = [
            ClassRule(code, part, self.test(part.when), self._charges(part.prices))
            for code, part in file.classes.items()
        ]
        self.class_rules = {rule.code: rule for rule in self.classes}
        self.products = self._charges(file.products)
        self.product_aid = {id(part.aid): self.test(part.aid.when) for part in file.products.values() if part.aid}
        self.base_class = file.aid.base.classes if file.aid.base else {}
        self.awards = [self._award(code, part, order) for order, (code, part) in enumerate(file.aid.rules.items())]
        self.cases = [self._case(code, part) for code, part in file.cover.items()]
        self.categories = frozenset(rule.category for rule in file.aid.rules.values() if rule.category).union(
            *(categories_of(condition) for condition in self.conditions())
        )

    def _charges(self, parts: Mapping[str, Priced]) -> tuple[Charge, ...]:
        return tuple(Charge(code, part, self.test(part.when)) for code, part in parts.items())

    def _case(self, code: str, part: CoverCase) -> Case:
        first, last = (part.period.first, part.period.last) if part.period else (None, None)
        return Case(
            code,
            part,
            self.test(part.when),
            first.resolve(self.benefit_year) if first else self.year_start,
            last.resolve(self.benefit_year) if last else self.year_end,
        )

    @property
    def charges(self) -> list[Charge]:
        """Every price and product that the file states."""
        return [*self.products, *(charge for rule in self.classes for charge in rule.prices)]

    def _award(self, code: str, part: AidRule, order: int) -> Award:
        @cache
        def grant(base_fen: int, standard_fen: int) -> Grant:
            return grant_of(part.pays, base_fen, standard_fen)

        return Award(code, part, self.test(part.when), order, grant)

    def test(self, condition: Condition | None) -> Test | None:
        """The closure of a condition; None for a part without one, which always holds."""
        return compile_condition(condition, self.frame) if condition is not None else None

    def conditions(self) -> list[Condition]:
        """Every condition that the file states."""
        file = self.file
        found = [rule.when for rule in file.aid.rules.values()]
        found += [part.when for part in file.classes.values()]
        found += [case.when for case in file.cover.values()]
        found += [ground.when for ground in file.scope.grounds.values()]
        found += [refusal.when for refusal in file.scope.refusals.values()]
        for priced in (
            *file.products.values(),
            *(each for part in file.classes.values() for each in part.prices.values()),
        ):
            found += priced.conditions
            if isinstance(priced, Product) and priced.aid is not None:
                found.append(priced.aid.when)
        return [condition for condition in found if condition is not None]

    @cached_property
    def questions(self) -> list[Question]:
        return questions_of(self)

    @property
    def window(self) -> Window:
        return self.file.window

    @property
    def documents(self) -> dict[str, Document]:
        return self.file.documents

    @property
    def clauses(self) -> dict[str, Clause]:
        return self.file.clauses

    @property
    def readings(self) -> dict[str, Reading]:
        return self.file.readings

    @property
    def targets(self) -> dict[str, Target]:
        return self.file.targets

    @property
    def notice(self) -> Notice:
        return self.file.notice

    def carried_to(self, benefit_year: int | None) -> Policy:
        """This policy for another benefit year, every date moved by whole years; its own year is itself."""
        if benefit_year is None or benefit_year == self.benefit_year:
            return self
        if benefit_year not in self._carried:
            self._carried[benefit_year] = Policy(self.file, self.digest, benefit_year)
        return self._carried[benefit_year]

    @cached_property
    def _carried(self) -> dict[int, Policy]:
        return {}

    def extended_by(self, extension: Extension) -> Policy:
        """This policy with the window open until the extension's last day.

        A policy of its own: its digest is of this policy's digest and the extension, so that a bill stays pinned to
        what it was worked out from. ValueError if the window is fixed, or would not become longer.
        """
        if not self.window.in_principle or extension.closes <= self.closes.date():
            raise ValueError(
                f"{self.id}: the window until {self.closes:%Y-%m-%d} is not extended to {extension.closes}"
            )
        if extension not in self._extended:
            pinned = f"{self.digest}\nwindow until {extension.closes} by {extension.document}"
            digest = hashlib.sha256(pinned.encode()).hexdigest()
            self._extended[extension] = Policy(self.file, digest, self.benefit_year, extension)
        return self._extended[extension]

    @cached_property
    def _extended(self) -> dict[Extension, Policy]:
        return {}

    @cached_property
    def other_readings(self) -> dict[str, list[OtherReading]]:
        """For each reading that has other answers, the policy under each of them."""
        return {
            code: [self._under(other.set) for other in reading.alternatives if other.set]
            for code, reading in self.readings.items()
        }

    @property
    def alternatives(self) -> dict[str, list[Policy]]:
        return {code: [other.policy for other in others] for code, others in self.other_readings.items()}

    def _under(self, values: Mapping[str, object]) -> OtherReading:
        from .loading import with_values

        other = Policy(with_values(self.file, values), self.digest, self.benefit_year, self.extension)
        if not all(path.endswith(".when") for path in values):
            return OtherReading(other, None)
        return OtherReading(other, tuple((_test_at(self, path), _test_at(other, path)) for path in values))

    def cite(self, sources: list[str], readings: list[str]) -> dict[str, object]:
        """The source of a step as contract.md gives it."""
        cited: dict[str, object] = {"document": None, "clause": None}
        if sources:
            clause = self.clauses[sources[0]]
            cited = {
                "document": self.documents[clause.document].cited_as,
                "clause": f"{clause.clause} [{', '.join(sources)}]",
            }
        if readings:
            cited["reading"] = readings[0]
            if len(readings) > 1:
                cited["further_readings"] = readings[1:]
        return cited
