"""How many people of a place wait for each step, in one statement that looks at nobody's categories unless it must."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope, area_prefix
from canbao.policy import policies
from canbao.supervision.groups import GroupSql
from canbao.supervision.queries.progress import PEOPLE, params_of
from canbao.supervision.queries.roll import REASONS


@dataclass(frozen=True, slots=True)
class Waiting:
    """People whom the policy takes: `unasked` are those of `unenrolled` for whom no reason holds."""

    unenrolled: int
    unasked: int
    without_bill: int
    unpaid: int


def waiting(scope: Scope, policy_id: str, area_code: str, clock: Clock) -> Waiting:
    """The counts of an area inside the scope; the same people as `progress` counts."""
    groups = GroupSql(policies.get(policy_id))
    steps = (
        "NOT p.enrolled", "NOT p.enrolled AND w.reason IS NULL", "p.enrolled AND NOT p.billed",
        "p.billed AND NOT p.settled",
    )  # fmt: skip
    counts = ", ".join(f"count(*) FILTER (WHERE {step})" for step in steps)
    statement = f"SELECT {counts} FROM ({PEOPLE}) p {REASONS} WHERE {groups.in_scope()} AND NOT p.settled"
    params = params_of(groups, scope, area_prefix(area_code), clock.today())
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return Waiting(*cursor.fetchone())
