"""What the rules look at: a person under one policy at one settlement moment."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from .calendar import completed_years, whole_months_between
from .codes import EARLIEST_YEAR, LATEST_YEAR
from .person import DATE

if TYPE_CHECKING:
    from .person import Person
    from .policy import Policy


class Facts:
    """Derived facts of one person. `class_code` and `aided` are set by the rules on the way.

    Units: age in completed years, gap_years in benefit years, days_to_registration in days from birth.
    """

    __slots__ = ("age", "aided", "born", "categories", "class_code", "late", "moment", "person", "policy")

    def __init__(self, policy: Policy, person: Person, moment: datetime) -> None:
        self.policy = policy
        self.person = person
        self.moment = moment
        self.born = person.born
        self.late = moment > policy.closes and not self._graced(policy, person)
        self.age = completed_years(person.born, policy.age_day or moment.date())
        self.categories = effective_categories(person)
        self.class_code: str | None = None
        self.aided = False

    @staticmethod
    def _graced(policy: Policy, person: Person) -> bool:
        """Registered inside the window, where the policy lets such persons pay after it."""
        registered = person.registered_on
        return policy.window.grace_after_close and registered is not None and registered <= policy.closes.date()

    @property
    def settled_on(self) -> date:
        return self.moment.date()

    def event(self, of: str, attribute: str | None) -> date | None:
        """The day of an event that a limit is counted from; None if it is not known."""
        if of == "birth":
            return self.born
        if attribute is not None:
            return day_of(self.person.attributes.get(attribute))
        day: date | None = getattr(self.person, of)
        return day

    @property
    def registered_on(self) -> date:
        """The day of registration; the settlement day stands for an unknown one."""
        return self.person.registered_on or self.moment.date()

    @property
    def days_to_registration(self) -> int:
        return (self.registered_on - self.born).days

    @property
    def gap_years(self) -> int:
        """断保年数: uncovered years counted back from the year before the benefit year to the first covered one."""
        person, policy = self.person, self.policy
        first = max(policy.gap_years_from, self.born.year + 1)
        if person.hukou_since is not None:
            first = max(first, person.hukou_since.year + 1)
        last = policy.benefit_year - 1
        year = last
        while year >= first and year not in person.covered_years:
            year -= 1
        return last - year

    @property
    def transfer(self) -> bool:
        """A change from another basic insurance after enough consecutive years and a short enough gap."""
        ended, rule = self.person.last_cover_end, self.policy.file.waiting.transfer
        return ended is not None and is_transfer(
            rule.gap_months_max, rule.years_min, ended, self.person.covered_years, self.settled_on
        )


def is_transfer(gap_months_max: int, years_min: int, ended: date, covered: frozenset[int], on: date) -> bool:
    """Did other insurance of so many consecutive years end so few whole months before `on`?"""
    if whole_months_between(ended, on) > gap_months_max:
        return False
    return any(all(year - back in covered for back in range(years_min)) for year in (ended.year, ended.year - 1))


def day_of(value: object) -> date | None:
    """A day that a local fact holds as text (a worked case: as a day); None for anything else."""
    if type(value) is date:
        value = value.isoformat()
    if not (isinstance(value, str) and DATE.fullmatch(value)):
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return day if EARLIEST_YEAR <= day.year <= LATEST_YEAR else None


def effective_categories(person: Person) -> tuple[str, ...]:
    """Certified categories; disability grade 3 or 4 takes `severe_disability` away (contract.md)."""
    if person.disability_grade in MODERATE_GRADES and "severe_disability" in person.categories:
        return tuple(code for code in person.categories if code != "severe_disability")
    return person.categories


MODERATE_GRADES = (3, 4)
