"""Of how many people we speak: everybody who lives here, step by step down to those who should be enrolled.

A rate without its denominator says nothing, so each step is shown: who is insured otherwise by the register, whom the
policy does not take, and whom somebody found excused. The rate before and after excuses are both given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from canbao.areas import queries as areas
from canbao.enrolment.models import EXCUSED, WhyNot
from canbao.intake.queries import populations
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope, area_prefix
from canbao.policy import policies
from canbao.supervision.groups import GroupSql
from canbao.supervision.queries.progress import counted_people, digits_below, params_of, percent_of
from canbao.supervision.queries.roll import REASONS


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


_FIGURES = ("residents", "employee_insured", "insured_elsewhere", "not_here", "should", "enrolled")


def tally(scope: Scope, policy_id: str, area_code: str, clock: Clock) -> Tally:
    """Everybody alive of an area inside the scope, by what is known of their insurance."""
    groups, prefix = GroupSql(policies.get(policy_id)), area_prefix(area_code)
    here = groups.in_scope()
    steps = (
        "true", "p.employee_insured", "p.insured_elsewhere AND NOT p.employee_insured",
        f"NOT p.employee_insured AND NOT p.insured_elsewhere AND NOT coalesce({here}, false)",
        f"NOT p.employee_insured AND NOT p.insured_elsewhere AND {here}",
        f"NOT p.employee_insured AND NOT p.insured_elsewhere AND {here} AND p.enrolled",
    )  # fmt: skip
    missing = f"NOT p.employee_insured AND NOT p.insured_elsewhere AND {here} AND NOT p.enrolled"
    counts = [f"count(*) FILTER (WHERE {step})" for step in steps]
    counts += [f"count(*) FILTER (WHERE {missing} AND w.reason = '{reason}')" for reason in WhyNot.values]
    statement = f"""
        WITH {counted_people(prefix)}
        SELECT left(p.village_code, {digits_below(prefix)}), {", ".join(counts)}
        FROM p {REASONS} GROUP BY 1 ORDER BY 1
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, params_of(groups, scope, prefix, clock.today()))
        found = [(str(row[0]), [int(number) for number in row[1:]]) for row in cursor.fetchall()]
    names = areas.names([*(code for code, _ in found), area_code])
    rows = tuple(_row(scope, code, names, numbers) for code, numbers in found)
    sums = [sum(column) for column in zip(*(numbers for _, numbers in found), strict=True)]
    return Tally(rows, _row(scope, area_code, names, sums or [0] * (len(_FIGURES) + len(WhyNot.values))))


def _row(scope: Scope, code: str, names: Mapping[str, str], numbers: list[int]) -> TallyRow:
    population = populations.latest_population(scope, code)
    reasons = dict(zip(WhyNot.values, numbers[len(_FIGURES) :], strict=True))
    return TallyRow(
        area_code=code,
        name=names.get(code, code),
        by_reason={reason: people for reason, people in reasons.items() if people},
        counted=population.people if population else None,
        counted_year=population.year if population else None,
        **dict(zip(_FIGURES, numbers, strict=False)),
    )
