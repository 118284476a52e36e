"""Of how many people we speak: everybody who lives here, step by step down to those who should be enrolled.

A rate without its denominator says nothing, so each step is shown: who is insured otherwise by the register, whom the
policy does not take, and whom somebody found excused. The rate before and after excuses are both given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from canbao.areas import queries as areas
from canbao.enrolment.models import EXCUSED, WhyNot
from canbao.intake.queries import populations
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.supervision.counts import figures
from canbao.supervision.queries.progress import percent_of, rolled_up


@dataclass(frozen=True, slots=True)
class TallyRow:
    """People of one area. `residents` = `employee_insured` + `insured_elsewhere` + `not_here` + `should`.

    The first two are what the register knows; `not_here` are others whom the policy does not take. `by_reason` are
    those of `should` who are not enrolled and for whom a reason holds; `counted` is the statistics' population, null
    where they say nothing.
    """

    area_code: str
    name: str
    residents: int
    employee_insured: int
    insured_elsewhere: int
    not_here: int
    should: int
    enrolled: int
    by_reason: Mapping[str, int]
    counted: int | None
    counted_year: int | None

    @property
    def excused(self) -> int:
        return sum(self.by_reason.get(reason, 0) for reason in EXCUSED)

    @property
    def should_after_excuses(self) -> int:
        return self.should - self.excused

    @property
    def unexplained(self) -> int:
        """Not enrolled, and nobody knows why."""
        return self.should - self.enrolled - sum(self.by_reason.values())

    @property
    def percent(self) -> Decimal | None:
        """Enrolled of those whom the policy takes."""
        return percent_of(self.enrolled, self.should)

    @property
    def percent_after_excuses(self) -> Decimal | None:
        return percent_of(self.enrolled, self.should_after_excuses)

    @property
    def percent_of_counted(self) -> Decimal | None:
        """Enrolled of the statistics' population: low where many are insured otherwise, above 100 where people left."""
        return percent_of(self.enrolled, self.counted) if self.counted else None


@dataclass(frozen=True, slots=True)
class Tally:
    """The areas right below `area_code`, and their sum."""

    rows: tuple[TallyRow, ...]
    total: TallyRow


def tally(scope: Scope, policy_id: str, area_code: str, clock: Clock) -> Tally:
    """Everybody alive of an area inside the scope, by what is known of their insurance."""
    found = rolled_up(figures(scope, policy_id, area_code, clock), area_code)
    names = areas.names([*found, area_code])
    rows = tuple(_row(scope, code, names, people) for code, people in found.items() if people["residents"])
    return Tally(rows, _row(scope, area_code, names, sum(found.values(), Counter[str]())))


def _row(scope: Scope, code: str, names: Mapping[str, str], people: Mapping[str, int]) -> TallyRow:
    population = populations.latest_population(scope, code)
    reasons = {reason: people.get(f"reason.{reason}", 0) for reason in WhyNot.values}
    return TallyRow(
        area_code=code,
        name=names.get(code, code),
        residents=people.get("residents", 0),
        employee_insured=people.get("employee_insured", 0),
        insured_elsewhere=people.get("insured_elsewhere", 0),
        not_here=people.get("not_here", 0),
        should=people.get("should_be", 0),
        enrolled=people.get("should_be_enrolled", 0),
        by_reason={reason: count for reason, count in reasons.items() if count},
        counted=population.people if population else None,
        counted_year=population.year if population else None,
    )
