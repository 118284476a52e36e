"""The readings of a policy that the bureau has to confirm, and how many people in sight each of them concerns."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from canbao.billing import queries as billing
from canbao.faces.console.places import policies_in
from canbao.faces.leaflets import policy_of
from canbao.faces.reasons import QuotedClause, quoted
from canbao.faces.visit import for_staff, show
from canbao.kernel.scope import Scope
from canbao.policy import Policy
from canbao.policy.engines.unsettled import UnsettledCounts
from canbao.policy.readings import ReadingTold, readings_told
from canbao.staff.capabilities import Capability

KEPT_SECONDS = 3600


@dataclass(frozen=True)
class ReadingRow:
    """A reading, the words of the notice that leave it open, and how many people it concerns (None: not counted)."""

    told: ReadingTold
    clauses: list[QuotedClause]
    people: int | None


@dataclass(frozen=True)
class Counted:
    standing: billing.Standing
    people: dict[str, int]


@require_safe
@for_staff(Capability.SEE_POLICIES)
def readings(request: HttpRequest, scope: Scope, policy_id: str) -> HttpResponse:
    """The page at once, and the counts when they are worked out: a part of the page asks for them."""
    policy = policy_of(policy_id)
    wants_counts = request.headers.get("HX-Target") == "readings"
    in_sight = any(each.id == policy.id for each in policies_in(scope))
    counted = counted_for(scope, policy) if in_sight and (wants_counts or request.GET.get("count")) else None
    people = counted.people if counted else None
    rows = [
        ReadingRow(told, quoted(policy, told.clauses), None if people is None else people.get(told.code, 0))
        for told in readings_told(policy)
    ]
    context = {
        "policy": policy,
        "unsettled": [row for row in rows if row.told.unsettled],
        "settled": [row for row in rows if not row.told.unsettled],
        "counted": counted,
        "in_sight": in_sight,
    }
    if wants_counts:
        return render(request, "faces/console/readings_body.html", context)
    return show(request, "faces/console/readings.html", "policies", context)


def counted_for(scope: Scope, policy: Policy) -> Counted:
    """People by reading, worked out anew when a bill of the policy came or went in the scope."""
    standing = billing.standing_of(scope, policy)
    key = f"unsettled {policy.id} {policy.digest} {'+'.join(sorted(scope.prefixes))} {standing}".replace(" ", ":")
    people: dict[str, int] | None = cache.get(key)
    if people is None:
        counts = UnsettledCounts(policy)
        for quoted_on, facts in billing.provisional_facts(scope, policy):
            counts.add(facts, quoted_on)
        people = dict(counts.people)
        cache.set(key, people, KEPT_SECONDS)
    return Counted(standing, people)
