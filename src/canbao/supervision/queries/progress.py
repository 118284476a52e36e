"""Progress of a place: the counts of its villages, rolled up to the areas right below it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from typing import Literal

from canbao.areas import queries as areas
from canbao.kernel.clock import Clock, SystemClock
from canbao.kernel.scope import Scope, area_prefix
from canbao.policy.model import Target
from canbao.supervision.counting import STEPS
from canbao.supervision.counts import VillageFigures, figures

PERCENT = 100


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
    own = clock or SystemClock()
    found = figures(scope, policy_id, area_code, own)
    by_area = rolled_up(found, area_code)
    total = sum(by_area.values(), Counter[str]())
    names = areas.names([*by_area, area_code])
    targets = found.counting.targets
    rows = tuple(_row(code, names.get(code, code), people, targets) for code, people in by_area.items())
    return Progress(
        policy_id,
        area_code,
        own.now(),
        tuple(row for row in rows if row.should),
        _row(area_code, names.get(area_code, area_code), total, targets),
    )


def rolled_up(found: VillageFigures, area_code: str) -> dict[str, Counter[str]]:
    """The figures of the areas right below a place, in code order."""
    digits = _digits_below(area_prefix(area_code))
    areas_below: dict[str, Counter[str]] = {}
    for village, numbers in found.villages.items():
        areas_below.setdefault(village[:digits], Counter()).update(numbers)
    return areas_below


def _digits_below(prefix: str) -> int:
    """How long the codes of the areas below are: counties 6, townships 9, villages 12."""
    return next((digits for digits in (6, 9, 12) if digits > len(prefix)), 12)


Measured = tuple[str, Target, str | None]
_REACHED = {"paid": "settled", "registered": "enrolled", "insured": "settled"}


def _row(code: str, name: str, people: Mapping[str, int], targets: list[Measured]) -> ProgressRow:
    measured = tuple(
        _target(target_code, target, group, Counts(**_steps(people, f"{group}.")))
        for target_code, target, group in targets
    )
    return ProgressRow(area_code=code, name=name, targets=measured, **_steps(people, ""))


def _steps(people: Mapping[str, int], held: str) -> dict[str, int]:
    return {step: people.get(f"{held}{step}", 0) for step in STEPS}


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
