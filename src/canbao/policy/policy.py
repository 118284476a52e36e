"""A policy in force for one benefit year: the file's data with its conditions compiled and its days resolved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property, lru_cache

from .calendar import move_years
from .codes import Payer
from .conditions import Condition, Frame, Test, categories_of, compile_condition
from .model import AidRule, Clause, CoverCase, Document, FeeClass, PolicyFile, Reading, Share, Target, Window, Words
from .notice import Notice
from .questions import Question, questions_of

DAY_START = time(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Ground:
    code: str
    name: Words
    test: Test | None
    source: list[str]
    reading: list[str]


@dataclass(frozen=True, slots=True)
class ClassRule:
    code: str
    part: FeeClass
    test: Test | None


@dataclass(frozen=True, slots=True)
class Grant:
    """What an aid rule pays of one standard, in fen by payer; zero parts are left out."""

    payers: tuple[tuple[str, int], ...]
    total_fen: int


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


def grant_of(shares: Mapping[Payer, Share], base_fen: int, standard_fen: int) -> Grant:
    """Split exactly: percentages are rounded on their running sum, so that no fen is made or lost."""
    payers: list[tuple[str, int]] = []
    left = min(base_fen, standard_fen)
    percent_so_far, percent_paid = 0, 0
    for payer, share in shares.items():
        if share.fen is not None:
            amount = share.fen
        elif share.all_but_fen is not None:
            amount = max(0, base_fen - share.all_but_fen)
        else:
            percent_so_far += int((share.percent or 0) * HUNDREDTHS)
            paid_to_here = (percent_so_far * base_fen * 2 + WHOLE_PERCENT) // (2 * WHOLE_PERCENT)
            amount, percent_paid = paid_to_here - percent_paid, paid_to_here
        amount = min(amount, left)
        left -= amount
        if amount:
            payers.append((payer, amount))
    return Grant(tuple(payers), sum(amount for _, amount in payers))


HUNDREDTHS = 100
WHOLE_PERCENT = 100 * HUNDREDTHS


class Policy:
    """One policy for one benefit year. Compare by `digest`; build through the catalogue or `carried_to`."""

    def __init__(self, file: PolicyFile, digest: str, benefit_year: int | None = None) -> None:
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
        self.closes = datetime.combine(move_years(file.window.closes, shift), file.window.closes_at)
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
            Ground(code, ground.name, self.test(ground.when), ground.source, ground.reading)
            for code, ground in file.scope.grounds.items()
        ]
        self.lives_here = self.test(Condition(residence_in=file.scope.area))
        self.classes = [ClassRule(code, part, self.test(part.when)) for code, part in file.classes.items()]
        self.base_class = file.aid.base.classes if file.aid.base else {}
        self.awards = [self._award(code, part, order) for order, (code, part) in enumerate(file.aid.rules.items())]
        self.cases = [Case(code, part, self.test(part.when)) for code, part in file.cover.items()]
        self.categories = frozenset(rule.category for rule in file.aid.rules.values() if rule.category).union(
            *(categories_of(condition) for condition in self.conditions())
        )

    def _award(self, code: str, part: AidRule, order: int) -> Award:
        @lru_cache(maxsize=256)
        def grant(base_fen: int, standard_fen: int) -> Grant:
            return grant_of(part.pays, base_fen, standard_fen)

        return Award(code, part, self.test(part.when), order, grant)

    def test(self, condition: Condition | None) -> Test | None:
        return compile_condition(condition, self.frame)

    def conditions(self) -> list[Condition]:
        """Every condition that the file states."""
        file = self.file
        found = [rule.when for rule in file.aid.rules.values()]
        found += [part.when for part in file.classes.values()]
        found += [case.when for case in file.cover.values()]
        found += [ground.when for ground in file.scope.grounds.values()]
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

    @cached_property
    def alternatives(self) -> dict[str, list[Policy]]:
        """For each reading that has other answers, the policy under each of them."""
        from .loading import with_values

        return {
            code: [
                Policy(with_values(self.file, other.set), self.digest, self.benefit_year)
                for other in reading.alternatives
                if other.set
            ]
            for code, reading in self.readings.items()
        }

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
