"""The people of a place who wait for a step, narrowed by what is asked of them: page by page, village by village.

A page is read along the index of villages, so its cost is that of its own rows, however large the place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.db import connection

from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope, area_prefix
from canbao.policy import policies
from canbao.supervision.counting import REASONS, RESIDENTS, params_of, people_among
from canbao.supervision.groups import GroupSql

NO_REASON = "none"
"""Asks for those for whom no reason holds."""
_NEAREST = 5000


class Step(StrEnum):
    """What somebody waits for; `everybody` are all who live there."""

    EVERYBODY = "everybody"
    UNENROLLED = "unenrolled"
    WITHOUT_BILL = "without_bill"
    UNPAID = "unpaid"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What is asked of the people besides place and step; None asks nothing.

    `category` is one that holds on the day, `student` a kind of student, `application` the state of an application for
    the year, `age_from` and `age_until` whole years on the day, both included, `reason` why somebody is not enrolled.
    """

    category: str | None = None
    student: str | None = None
    employee_insured: bool | None = None
    application: str | None = None
    age_from: int | None = None
    age_until: int | None = None
    reason: str | None = None

    @property
    def conditions(self) -> Iterator[tuple[str, Any]]:
        """SQL over `p` and `w` with the value of its parameter, which is named after the field."""
        yield HOLDS, self.category
        yield "p.student = %(student)s", self.student
        yield "p.employee_insured = %(employee_insured)s", self.employee_insured
        yield _APPLIED, self.application
        yield "p.birth_on <= %(as_of)s::date - make_interval(years => %(age_from)s)", self.age_from
        yield "p.birth_on > %(as_of)s::date - make_interval(years => %(age_until)s + 1)", self.age_until
        yield "w.reason IS NULL" if self.reason == NO_REASON else "w.reason = %(reason)s", self.reason

    @property
    def params(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


# Read from their side, since few hold one.
HOLDS = """p.id IN (SELECT k.resident_id FROM registry_residentcategory k WHERE k.pooling_area = %(fund)s
    AND k.code = %(category)s AND k.from_on <= %(as_of)s AND (k.until_on IS NULL OR k.until_on > %(as_of)s))
    AND NOT (%(category)s = 'severe_disability' AND coalesce(p.disability_grade, 0) IN (3, 4))"""
# Before it is decided, an application belongs to nobody of the register: it is known by what it says.
_APPLIED = """EXISTS (SELECT FROM enrolment_application a WHERE a.pooling_area = p.pooling_area
    AND a.benefit_year = %(year)s AND a.state = %(application)s AND (a.resident_id = p.id
        OR a.name = p.name AND a.birth_on = p.birth_on AND a.village_code = p.village_code))"""


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody of the roll. `reason` is a code of enrolment, null if none holds on the day; fen of the live bill."""

    resident_id: int
    name: str
    birth_on: date
    village_code: str
    reason: str | None = None
    evidence: str | None = None
    expires_on: date | None = None
    payable_fen: int | None = None
    issued_at: datetime | None = None
    settled: bool = False
    enrolled: bool = False
    has_phone: bool = False


_COLUMNS = """p.id, p.name, p.birth_on, p.village_code, w.reason, w.evidence, w.expires_on, p.payable_fen, p.issued_at,
    p.settled, p.enrolled, p.phone_index IS NOT NULL"""
# Who has an open bill owes it, whatever the register has learnt since; the others are those whom the policy takes.
_STEPS = {
    Step.EVERYBODY: "true",
    Step.UNENROLLED: "NOT p.enrolled AND {admitted}",
    Step.WITHOUT_BILL: "p.enrolled AND NOT p.billed AND {admitted}",
    Step.UNPAID: "p.billed AND NOT p.settled",
    Step.SETTLED: "p.settled",
}


@dataclass(frozen=True)
class Roll:
    """The people of an area inside the scope who are at a step."""

    scope: Scope
    policy_id: str
    area_code: str
    clock: Clock
    step: Step
    narrowing: Narrowing = field(default_factory=Narrowing)

    def count(self, most: int | None = None) -> int:
        """How many there are; counting ends at `most`."""
        if most is None:
            return self._count(None, RESIDENTS)
        return most if self._count(most, _nearest(None, False)) == most else self._count(most, RESIDENTS)

    def _count(self, most: int | None, residents: str) -> int:
        source, params = self._source(residents)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM (SELECT 1 {source} LIMIT %(most)s) counted", {**params, "most": most})
            return int(cursor.fetchone()[0])

    def part(self, at: tuple[str, int] | None, limit: int, *, back: bool = False) -> list[Listed]:
        """The people after a place in the roll (village, id), or before it in reverse order."""
        nearest = self._read(at, limit, back, _nearest(at, back))
        return nearest if len(nearest) == limit else self._read(at, limit, back, RESIDENTS)

    def _read(self, at: tuple[str, int] | None, limit: int, back: bool, residents: str) -> list[Listed]:
        source, params = self._source(residents)
        village, resident_id = at or (None, None)
        statement = f"SELECT {_COLUMNS} {source} {_beyond('p', at, back)} {_in_order('p', back)} LIMIT %(limit)s"
        with connection.cursor() as cursor:
            cursor.execute(statement, {**params, "village": village, "id": resident_id, "limit": limit})
            return [Listed(*row) for row in cursor.fetchall()]

    def _source(self, residents: str = RESIDENTS) -> tuple[str, dict[str, Any]]:
        groups = GroupSql(policies.get(self.policy_id))
        step = _STEPS[self.step].format(admitted=groups.in_scope())
        asked = [condition for condition, value in self.narrowing.conditions if value is not None]
        source = f"FROM ({people_among(residents)}) p {REASONS} WHERE {' AND '.join([step, *asked])}"
        here = params_of(groups, self.scope, area_prefix(self.area_code), self.clock.today())
        return source, {**here, **self.narrowing.params}


# These operators are those of the index of villages.
def _beyond(row: str, at: tuple[str, int] | None, back: bool) -> str:
    sign = "<" if back else ">"
    return (
        f"AND {row}.village_code ~{sign}=~ %(village)s "
        f"AND ({row}.village_code <> %(village)s OR {row}.id {sign} %(id)s)"
        if at
        else ""
    )


def _in_order(row: str, back: bool) -> str:
    return f"ORDER BY {row}.village_code USING {'~>~' if back else '~<~'}, {row}.id {'DESC' if back else ''}"


def _nearest(at: tuple[str, int] | None, back: bool) -> str:
    """The next residents along the index: they fill a page of whatever many are asked for, where the planner, who
    knows little of such conditions, would read and sort a county for it.
    """
    return f"""(SELECT * FROM registry_resident n WHERE n.pooling_area = %(fund)s AND n.died_on IS NULL
        AND n.village_code ^@ ANY (%(inside)s) {_beyond("n", at, back)} {_in_order("n", back)} LIMIT {_NEAREST})"""


def next_unenrolled(
    scope: Scope, policy_id: str, area_code: str, clock: Clock, after: tuple[str, int] | None = None
) -> Listed | None:
    """The next person without a reason after a place in the roll; None at its end."""
    return next(iter(_unasked(scope, policy_id, area_code, clock).part(after, 1)), None)


def without_reason(scope: Scope, policy_id: str, area_code: str, clock: Clock, most: int | None = None) -> int:
    """How many of them somebody has still to ask, counted up to `most`."""
    return _unasked(scope, policy_id, area_code, clock).count(most)


def _unasked(scope: Scope, policy_id: str, area_code: str, clock: Clock) -> Roll:
    return Roll(scope, policy_id, area_code, clock, Step.UNENROLLED, Narrowing(reason=NO_REASON))
