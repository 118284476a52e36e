"""Conditions over the facts of one person, as data, and their closures.

All keys of one condition must hold together; `all`, `any` and `not` combine conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from .calendar import add_months
from .parts import Day, DayCount, FromYear, Months, Whole, Years, YesNo

if TYPE_CHECKING:
    from .facts import Facts

Test = Callable[["Facts"], bool]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class AgeRange(_Part):
    """A range of years; `from` and `to` are included, `under` is not."""

    from_: Years | None = Field(default=None, alias="from")
    to: Years | None = None
    under: Years | None = None

    @model_validator(mode="after")
    def begins_before_it_ends(self) -> Self:
        if self.bounds[0] > self.bounds[1]:
            raise ValueError(
                "没有人在此范围内：from 应不大于 to、小于 under。 nobody is in it: from must not be above to"
            )
        return self

    @property
    def bounds(self) -> tuple[int, int]:
        top = self.to if self.to is not None else (self.under - 1 if self.under is not None else 999)
        return (self.from_ or -999, top)


COMMON_YEAR = 2023


def day_of_every_year(month: int, day: int) -> None:
    """Raises ValueError for a day that some year does not have."""
    try:
        date(COMMON_YEAR, month, day)
    except ValueError:
        what = f"并非每年都有{month}月{day}日，改用每年都有的日子。 month {month} has no day {day} in every year"
        raise ValueError(f"{what}; write a day that every year has") from None


class YearDay(_Part):
    """A fixed date, or a day of the year that lies `years` from the benefit year."""

    date_: Day | None = Field(default=None, alias="date")
    years: FromYear | None = None
    month: Whole = Field(default=1, ge=1, le=12)
    day: Whole = Field(default=1, ge=1, le=31)

    @model_validator(mode="after")
    def says_one_thing(self) -> Self:
        if (self.date_ is None) == (self.years is None):
            raise ValueError("date 与 years（加 month、day）只写一种。 say either date or years (with month and day)")
        day_of_every_year(self.month, self.day)
        return self

    def resolve(self, benefit_year: int) -> date:
        return self.date_ or date(benefit_year + (self.years or 0), self.month, self.day)


class DayRange(_Part):
    """Days of a month, both included."""

    from_: Whole = Field(default=1, alias="from", ge=1, le=31)
    to: Whole = Field(default=31, ge=1, le=31)


class Settled(_Part):
    """When the person settles: from one day to another, both included, and on which days of a month."""

    from_: YearDay | None = Field(default=None, alias="from")
    until: YearDay | None = None
    month_days: DayRange | None = None
    before_birth: YesNo | None = None


class Within(_Part):
    """Settled not later than so long after an event. A person without the event is never within.

    A limit in months ends on the same day of the month, clipped at its end; the day of the event is day 0.
    """

    of: Literal["birth", "hukou_since", "last_cover_end", "attribute"]
    attribute: str | None = Field(default=None, description="with `of: attribute`: the local fact that holds the day")
    days: DayCount | None = None
    months: Months | None = None

    @model_validator(mode="after")
    def says_one_thing(self) -> Self:
        if (self.days is None) == (self.months is None):
            raise ValueError("days 与 months 只写一项。 say either days or months")
        if (self.of == "attribute") != (self.attribute is not None):
            raise ValueError(
                "of: attribute 时（且仅此时）写明 attribute。 say the attribute, with `of: attribute` and only then"
            )
        return self

    def last_day(self, event: date) -> date:
        return event + timedelta(days=self.days) if self.days is not None else add_months(event, self.months or 0)


class Days(_Part):
    """Days on or after one, before another."""

    on_or_after: YearDay | None = None
    before: YearDay | None = None


class Born(_Part):
    on_or_after: YearDay | None = None
    after: YearDay | None = None
    before: YearDay | None = None
    in_year: FromYear | None = Field(default=None, description="year relative to the benefit year")
    months: list[Annotated[Whole, Field(ge=1, le=12)]] | None = None
    in_window: YesNo | None = None


class Condition(_Part):
    all: list[Condition] | None = None
    any: list[Condition] | None = None
    not_: Condition | None = Field(default=None, alias="not")
    age: AgeRange | None = None
    born: Born | None = None
    registered_within_days: DayCount | None = Field(
        default=None, description="days from birth to registration; the birth day is day 0"
    )
    registration: Literal["in_window", "late"] | None = Field(
        default=None, description="registered until the window's last day, or after it"
    )
    sex: Literal["female", "male"] | None = None
    student: list[Literal["none", "preschool", "pupil", "vocational", "university"]] | None = None
    school_in: list[str] | None = None
    hukou_in: list[str] | None = None
    residence_in: list[str] | None = None
    hukou_kind: Literal["rural", "urban"] | None = None
    permit: list[Literal["none", "ordinary", "points_qualified", "class_b", "foreign_permanent", "hmt"]] | None = None
    permit_relation: list[Literal["holder", "spouse", "child"]] | None = None
    category: list[str] | None = None
    tier: list[Literal["none", "low", "high"]] | None = None
    timing: Literal["in_window", "late"] | None = None
    transfer: YesNo | None = None
    gap_years: AgeRange | None = Field(default=None, description="broken years before the benefit year")
    aided: YesNo | None = None
    class_: list[str] | None = Field(default=None, alias="class")
    attribute: dict[str, list[str | int | bool]] | None = Field(
        default=None, description="local fact -> values that hold"
    )
    settled: Settled | None = None
    settled_within: Within | None = None
    hukou_since: Days | None = Field(default=None, description="when the household register came here, if known")


@dataclass(frozen=True, slots=True)
class Frame:
    """What a condition needs to know of its policy: the benefit year and the window's days."""

    benefit_year: int
    opens: date
    closes: date


def area_prefix(code: str) -> str:
    """An area lies in another when its digits begin with the other's, trailing zero pairs cut."""
    while code.endswith("00") and len(code) > 2:
        code = code[:-2]
    return code


def walk(condition: Condition | None) -> Iterator[Condition]:
    if condition is None:
        return
    yield condition
    for inner in (*(condition.all or ()), *(condition.any or ()), *((condition.not_,) if condition.not_ else ())):
        yield from walk(inner)


def compile_condition(condition: Condition, frame: Frame) -> Test:
    """The closure of a condition."""
    tests = list(_tests(condition, frame))
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        first, second = tests
        return lambda f: first(f) and second(f)
    return lambda f: all(test(f) for test in tests)


def _tests(c: Condition, frame: Frame) -> Iterator[Test]:
    if c.all is not None:
        parts = [compile_condition(part, frame) for part in c.all]
        yield lambda f: all(part(f) for part in parts)
    if c.any is not None:
        choices = [compile_condition(part, frame) for part in c.any]
        yield lambda f: any(choice(f) for choice in choices)
    if c.not_ is not None:
        refused = compile_condition(c.not_, frame)
        yield lambda f: not refused(f)
    yield from _tests_of_person(c)
    yield from _tests_of_time(c, frame)
    yield from _tests_of_settlement(c, frame)


def _tests_of_person(c: Condition) -> Iterator[Test]:
    if c.sex is not None:
        sex = c.sex
        yield lambda f: f.person.sex == sex
    if c.student is not None:
        students = frozenset(c.student)
        yield lambda f: f.person.student in students
    for column in ("school", "hukou", "residence"):
        codes = getattr(c, f"{column}_in")
        if codes is not None:
            yield _lies_in(f"{column}_area", tuple(area_prefix(code) for code in codes))
    if c.hukou_kind is not None:
        kind = c.hukou_kind
        yield lambda f: f.person.hukou_kind == kind
    if c.permit is not None:
        permits = frozenset(c.permit)
        yield lambda f: f.person.residence_permit in permits
    if c.permit_relation is not None:
        relations = frozenset(c.permit_relation)
        yield lambda f: f.person.permit_relation in relations
    if c.category is not None:
        wanted = frozenset(c.category)
        yield lambda f: not wanted.isdisjoint(f.categories)
    if c.tier is not None:
        tiers = frozenset(c.tier)
        yield lambda f: (f.person.tier or "none") in tiers
    if c.attribute is not None:
        for name, values in c.attribute.items():
            yield _attribute(name, values)


def _lies_in(column: str, prefixes: tuple[str, ...]) -> Test:
    def lies_in(f: Facts) -> bool:
        code = getattr(f.person, column)
        return code is not None and code.startswith(prefixes)

    return lies_in


def _attribute(name: str, values: list[str | int | bool]) -> Test:
    return lambda f: any(f.person.attributes.get(name) == value for value in values)


def _tests_of_time(c: Condition, frame: Frame) -> Iterator[Test]:
    if c.age is not None:
        youngest, oldest = c.age.bounds
        yield lambda f: youngest <= f.age <= oldest
    if c.born is not None:
        yield from _tests_of_birth(c.born, frame)
    if c.registered_within_days is not None:
        days = c.registered_within_days
        yield lambda f: f.days_to_registration <= days
    if c.registration is not None:
        after = c.registration == "late"
        closes = frame.closes
        yield lambda f: (f.registered_on > closes) is after
    if c.timing is not None:
        late = c.timing == "late"
        yield lambda f: f.late is late
    if c.transfer is not None:
        transfer = c.transfer
        yield lambda f: f.transfer is transfer
    if c.gap_years is not None:
        fewest, most = c.gap_years.bounds
        yield lambda f: fewest <= f.gap_years <= most
    if c.aided is not None:
        aided = c.aided
        yield lambda f: f.aided is aided
    if c.class_ is not None:
        classes = frozenset(c.class_)
        yield lambda f: f.class_code in classes


def _tests_of_settlement(c: Condition, frame: Frame) -> Iterator[Test]:
    if c.settled is not None:
        yield from _tests_of_moment(c.settled, frame)
    if c.settled_within is not None:
        within = c.settled_within
        yield (
            lambda f: (
                (event := f.event(within.of, within.attribute)) is not None and (f.settled_on <= within.last_day(event))
            )
        )
    if c.hukou_since is not None:
        first, end = _ends(c.hukou_since.on_or_after, c.hukou_since.before, frame)
        yield lambda f: (since := f.person.hukou_since) is not None and first <= since < end


def _ends(first: YearDay | None, end: YearDay | None, frame: Frame) -> tuple[date, date]:
    year = frame.benefit_year
    return (first.resolve(year) if first else date.min, end.resolve(year) if end else date.max)


def _tests_of_moment(settled: Settled, frame: Frame) -> Iterator[Test]:
    if settled.from_ is not None or settled.until is not None:
        first, last = _ends(settled.from_, settled.until, frame)
        yield lambda f: first <= f.settled_on <= last
    if settled.month_days is not None:
        low, high = settled.month_days.from_, settled.month_days.to
        yield lambda f: low <= f.settled_on.day <= high
    if settled.before_birth is not None:
        before = settled.before_birth
        yield lambda f: (f.settled_on < f.born) is before


def _tests_of_birth(born: Born, frame: Frame) -> Iterator[Test]:
    if born.on_or_after is not None:
        first = born.on_or_after.resolve(frame.benefit_year)
        yield lambda f: f.born >= first
    if born.after is not None:
        earlier = born.after.resolve(frame.benefit_year)
        yield lambda f: f.born > earlier
    if born.before is not None:
        limit = born.before.resolve(frame.benefit_year)
        yield lambda f: f.born < limit
    if born.in_year is not None:
        year = frame.benefit_year + born.in_year
        yield lambda f: f.born.year == year
    if born.months is not None:
        months = frozenset(born.months)
        yield lambda f: f.born.month in months
    if born.in_window is not None:
        inside = born.in_window
        yield lambda f: (frame.opens <= f.born <= frame.closes) is inside


def categories_of(condition: Condition | None) -> frozenset[str]:
    return frozenset(code for part in walk(condition) for code in part.category or ())
