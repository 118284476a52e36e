"""Progress of a place, counted from the rows themselves in one statement: nothing to keep in step, nothing hot.

At ten million people the same rows come from counters (one a village, rolled up); the dataclasses stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_CEILING, Decimal
from typing import Any, Literal

from django.db import connection

from canbao.areas import queries as areas
from canbao.kernel.clock import Clock, SystemClock
from canbao.kernel.scope import Scope, area_prefix
from canbao.policy import policies
from canbao.policy.model import Target
from canbao.supervision.groups import CATEGORIES, CATEGORIES_HELD, HOLDERS, GroupSql, NotMeasurable

PERCENT = 100
_TOWNSHIP_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Counts:
    """People of a group in one place at each step. `should` is everybody alive of it whom the notice admits.

    enrolled ⊇ billed ⊇ settled ⊇ covered; `covered` has a first day of cover in the year. `aided` hold a certified
    category that the policy aids.
    """

    should: int
    enrolled: int
    billed: int
    settled: int
    covered: int
    aided: int
    aided_settled: int


@dataclass(frozen=True, slots=True)
class TargetProgress:
    """One target in one place, in people; `counts` are those of its group.

    `percent` and `behind_by_people` are null where there is nothing to measure: the notice sets no figure
    (`wanted_percent` null: not configured), or the group is empty or not measurable.
    """

    code: str
    name_zh: str
    name_en: str
    wanted_percent: Decimal | None
    of_people: int
    reached: int
    percent: Decimal | None
    behind_by_people: int | None
    measure: Literal["paid", "registered", "insured"]
    counts: Counts

    @property
    def configured(self) -> bool:
        return self.wanted_percent is not None


@dataclass(frozen=True, slots=True)
class ProgressRow(Counts):
    """One area, in people. `not_yet` is `should` less `settled`."""

    area_code: str
    name: str
    targets: tuple[TargetProgress, ...]

    @property
    def not_yet(self) -> int:
        return self.should - self.settled

    @property
    def settled_percent(self) -> Decimal | None:
        return percent_of(self.settled, self.should)

    @property
    def behind_by_people(self) -> int:
        """The people missing over all configured targets of the area; a person may count in two groups."""
        return sum(target.behind_by_people or 0 for target in self.targets)


@dataclass(frozen=True, slots=True)
class Progress:
    """The areas right below `area_code` that have people, in code order, and their sum."""

    policy_id: str
    area_code: str
    as_of: datetime
    rows: tuple[ProgressRow, ...]
    total: ProgressRow


def percent_of(part: int, whole: int) -> Decimal | None:
    """Two decimals, rounded down so that 100.00 means everybody; None of nobody."""
    if whole == 0:
        return None
    return Decimal(part * PERCENT * PERCENT // whole) / PERCENT


def people_missing(percent: Decimal, whole: int, reached: int) -> int:
    """How many people more it takes until `reached` is at least `percent` of `whole`."""
    wanted = (percent * whole / PERCENT).to_integral_value(rounding=ROUND_CEILING)
    return max(0, int(wanted) - reached)


def progress(scope: Scope, policy_id: str, area_code: str, clock: Clock | None = None) -> Progress:
    """Progress of the areas below `area_code` under a policy; what lies outside the scope is not counted."""
    policy, now = policies.get(policy_id), (clock or SystemClock()).now()
    prefix = area_prefix(area_code)
    groups = GroupSql(policy)
    targets = [(code, target, _group(groups, target)) for code, target in policy.targets.items()]
    sql = _statement(groups, targets, prefix)
    params = params_of(groups, scope, prefix, now.date())
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        counted = [(row[0], [int(count) for count in row[1:]]) for row in cursor.fetchall()]
    names = areas.names([code for code, _ in counted])
    rows = tuple(_row(code, names.get(code, code), counts, targets) for code, counts in counted)
    sums = [sum(column) for column in zip(*(counts for _, counts in counted), strict=True)]
    sums = sums or [0] * (len(_COUNTS) * (1 + len(targets)))
    total = _row(area_code, areas.names([area_code]).get(area_code, area_code), sums, targets)
    return Progress(policy_id, area_code, now, rows, total)


def digits_below(prefix: str) -> int:
    """How long the codes of the areas below are: counties 6, townships 9, villages 12."""
    return next((digits for digits in (6, 9, 12) if digits > len(prefix)), 12)


def _common(scope: Scope, prefix: str) -> list[str]:
    if any(prefix.startswith(own) for own in scope.prefixes):
        return [prefix]
    return [own for own in scope.prefixes if own.startswith(prefix)]


Measured = tuple[str, Target, str | None]
_COUNTS = ("should", "enrolled", "billed", "settled", "covered", "aided", "aided_settled")
_REACHED = {"paid": "settled", "registered": "enrolled", "insured": "settled"}


def _group(groups: GroupSql, target: Target) -> str | None:
    try:
        return groups.of(target.of)
    except NotMeasurable:
        return None


def _statement(groups: GroupSql, targets: list[Measured], prefix: str) -> str:
    """The counts of everybody in an area, then those of each target's group."""
    counts = _group_counts(groups, "true")
    for _, _, group in targets:
        counts += _group_counts(groups, group or "false")
    return f"""
        WITH {counted_people(prefix)}
        SELECT left(p.village_code, {digits_below(prefix)}), {", ".join(counts)}
        FROM p WHERE {groups.in_scope()} GROUP BY 1 ORDER BY 1
    """


def _group_counts(groups: GroupSql, held: str) -> list[str]:
    """SQL of `_COUNTS` for the people for whom `held` is true."""
    aided = groups.aided()
    steps = ("true", "p.enrolled", "p.billed", "p.settled", "p.covered", aided, f"{aided} AND p.settled")
    return [f"count(*) FILTER (WHERE {held} AND {step})" for step in steps]


RESIDENTS = "registry_resident"


def people_among(residents: str, categories: str = CATEGORIES, join: str = "") -> str:
    """SQL of the living of a place, from a table or a part of it, with their categories and how far they are."""
    return f"""
        SELECT r.*, {categories} AS categories, e.id IS NOT NULL AS enrolled, b.id IS NOT NULL AS billed,
               coalesce(b.state = 'settled', false) AS settled, c.cover_from IS NOT NULL AS covered,
               b.personal_fen + b.repair_fen AS payable_fen, b.issued_at
        FROM {residents} r
        LEFT JOIN enrolment_enrolment e ON e.pooling_area = r.pooling_area AND e.resident_id = r.id
            AND e.benefit_year = %(year)s AND e.state = 'live'
        LEFT JOIN billing_bill b ON b.pooling_area = r.pooling_area AND b.resident_id = r.id
            AND b.benefit_year = %(year)s AND b.kind = 'contribution' AND b.state IN ('issued', 'settled')
        LEFT JOIN entitlement_cover c ON c.pooling_area = b.pooling_area AND c.bill_id = b.id
        {join}
        WHERE r.pooling_area = %(fund)s AND r.village_code ^@ ANY (%(inside)s) AND r.died_on IS NULL
    """


PEOPLE = people_among(RESIDENTS)


def counted_people(prefix: str) -> str:
    """PEOPLE as `p` of a WITH, to be counted by many conditions at once.

    Of a county or township everybody's categories are read in one go and nobody is written down: with a look-up for
    each, 1.6 million people took four times as long. Of a village the look-ups are fewer than the fund's categories.
    """
    if len(prefix) > _TOWNSHIP_DIGITS:
        return f"p AS MATERIALIZED ({PEOPLE})"
    return f"p AS NOT MATERIALIZED ({people_among(RESIDENTS, CATEGORIES_HELD, HOLDERS)})"


def params_of(groups: GroupSql, scope: Scope, prefix: str, as_of: date) -> dict[str, Any]:
    return {
        **groups.params,
        "fund": groups.policy.pooling_area,
        "year": groups.policy.benefit_year,
        "as_of": as_of,
        "inside": list(_common(scope, prefix)),
    }


def _row(code: str, name: str, numbers: list[int], targets: list[Measured]) -> ProgressRow:
    width = len(_COUNTS)
    own, *of_groups = (numbers[i : i + width] for i in range(0, len(numbers), width))
    measured = tuple(
        _target(target_code, target, group, Counts(*counts))
        for (target_code, target, group), counts in zip(targets, of_groups, strict=True)
    )
    return ProgressRow(area_code=code, name=name, targets=measured, **dict(zip(_COUNTS, own, strict=True)))


def _target(code: str, target: Target, group: str | None, counts: Counts) -> TargetProgress:
    measurable = group is not None
    of_people, reached = counts.should, int(getattr(counts, _REACHED[target.measure]))
    behind = people_missing(target.percent, of_people, reached) if measurable and target.percent is not None else None
    return TargetProgress(
        code=code,
        name_zh=target.name.zh,
        name_en=target.name.en,
        wanted_percent=target.percent,
        of_people=of_people,
        reached=reached,
        percent=percent_of(reached, of_people) if measurable else None,
        behind_by_people=behind,
        measure=target.measure,
        counts=counts,
    )
