"""Who should be enrolled and is not, with the reason that somebody found out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope, area_prefix
from canbao.policy import policies
from canbao.supervision.groups import GroupSql
from canbao.supervision.queries.progress import PEOPLE, params_of

NO_REASON = "none"
"""Asks for those for whom no reason holds."""


@dataclass(frozen=True, slots=True)
class Unenrolled:
    """Somebody who should be enrolled and is not. `reason` is a code of enrolment, null if none holds on the day."""

    resident_id: int
    name: str
    birth_on: date
    village_code: str
    reason: str | None
    evidence: str | None
    expires_on: date | None


_COLUMNS = "p.id, p.name, p.birth_on, p.village_code, w.reason, w.evidence, w.expires_on"
REASONS = """
    LEFT JOIN enrolment_unenrolledreason w ON w.pooling_area = p.pooling_area AND w.resident_id = p.id
        AND w.benefit_year = %(year)s AND (w.expires_on IS NULL OR w.expires_on > %(as_of)s)
"""


def unenrolled(
    scope: Scope, policy_id: str, area_code: str, clock: Clock, *, skip: int, limit: int, reason: str | None = None
) -> tuple[int, list[Unenrolled]]:
    """How many people of an area should be enrolled and are not, and a page of them by village; see `progress`.

    `reason` keeps those for whom this reason holds, NO_REASON those for whom none does.
    """
    waiting, params = _waiting(scope, policy_id, area_code, clock, reason)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {waiting}", params)
        (total,) = cursor.fetchone()
        page = "ORDER BY p.village_code, p.id OFFSET %(skip)s LIMIT %(limit)s"
        cursor.execute(f"SELECT {_COLUMNS} {waiting} {page}", {**params, "skip": skip, "limit": limit})
        return total, [Unenrolled(*row) for row in cursor.fetchall()]


def next_unenrolled(
    scope: Scope, policy_id: str, area_code: str, clock: Clock, after: tuple[str, int] = ("", 0)
) -> Unenrolled | None:
    """The next person without a reason after a place in the list (village, id); None at its end."""
    waiting, params = _waiting(scope, policy_id, area_code, clock, NO_REASON)
    village, resident_id = after
    later = "AND (p.village_code, p.id) > (%(village)s, %(id)s) ORDER BY p.village_code, p.id LIMIT 1"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_COLUMNS} {waiting} {later}", {**params, "village": village, "id": resident_id})
        row = cursor.fetchone()
        return Unenrolled(*row) if row else None


def without_reason(scope: Scope, policy_id: str, area_code: str, clock: Clock) -> int:
    """How many of them somebody has still to ask."""
    waiting, params = _waiting(scope, policy_id, area_code, clock, NO_REASON)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {waiting}", params)
        return int(cursor.fetchone()[0])


def _waiting(
    scope: Scope, policy_id: str, area_code: str, clock: Clock, reason: str | None
) -> tuple[str, dict[str, Any]]:
    groups = GroupSql(policies.get(policy_id))
    chosen = {None: "", NO_REASON: "AND w.reason IS NULL"}.get(reason, "AND w.reason = %(reason)s")
    waiting = f"FROM ({PEOPLE}) p {REASONS} WHERE NOT p.enrolled AND {groups.in_scope()} {chosen}"
    return waiting, {**params_of(groups, scope, area_prefix(area_code), clock.today()), "reason": reason}
