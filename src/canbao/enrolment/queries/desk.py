"""What a counter offers: the routes that the notice assigns to it, those open to one person, and what it took down."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from canbao.enrolment.models import Application
from canbao.enrolment.queries.facts import facts, payable_from, standing_of
from canbao.enrolment.queries.rolls import AT_A_COUNTER, ranked
from canbao.enrolment.queries.windows import policy_at
from canbao.enrolment.refusals import EvidenceNotSeen, EvidenceUnknown
from canbao.kernel.scope import Scope
from canbao.policy import Policy, routes
from canbao.policy.notice import Route
from canbao.policy.parts import Words
from canbao.registry import queries as registry

HOSPITAL, SEEN_MAX = "hospital", 200
ANY_DOCUMENT = Words(zh="有效身份证件", en="Valid identity document")
"""What is asked for where a route names no document."""


@dataclass(frozen=True, slots=True)
class CounterRoute:
    """A route that is open to a person; `payable_from` is the first day of payment, None for at once."""

    key: str
    route: Route
    payable_from: date | None


def desk_routes(policy: Policy, roles: Collection[str]) -> dict[str, Route]:
    """By its key, each route that somebody in these roles serves: a hospital its own, every other counter the rest."""
    only_hospital = set(roles) == {HOSPITAL}
    return {
        key: route
        for key, route in policy.notice.routes.items()
        if not route.gate
        and route.mode in ("counter", "organisation")
        and (HOSPITAL in route.organisation if only_hospital else route.organisation != [HOSPITAL])
    }


def counter_routes(scope: Scope, resident_id: int, policy_id: str, on: date) -> list[CounterRoute]:
    """What is open to a person at a counter, the one to take first. Refuses `calendar_missing`; BadPerson."""
    person = registry.resident(scope, resident_id)
    policy = policy_at(policy_id, person.village_code)
    known = facts(scope, resident_id, policy.benefit_year, on=on)
    offered = routes.offers(policy, known, standing_of(scope, person, policy.benefit_year), on)
    served = [offer for offer in ranked(offered, AT_A_COUNTER) if offer.route.mode != "online"]
    return [CounterRoute(offer.key, offer.route, payable_from(offer.route, on)) for offer in served]


def taken_at_desk(scope: Scope) -> QuerySet[Application]:
    """What this member of staff took down, latest first."""
    return Application.objects.filter(taken_by_id=scope.actor_id or 0).order_by("-id")


def seen_of(policy: Policy, route: Route, seen: Collection[str], *, always: bool = False) -> str:
    """The documents that were shown, in one line: of those that the route names, where it names any.

    Refuses `evidence_unknown` for what no route of the notice names, `evidence_not_seen` where none counts; with
    `always` one is wanted of a route that names none, too.
    """
    named = [words.zh for words in route.evidence]
    known = {words.zh for each in policy.notice.routes.values() for words in each.evidence} | {ANY_DOCUMENT.zh}
    if not known.issuperset(seen):
        raise EvidenceUnknown(route.evidence or [ANY_DOCUMENT])
    shown = [word for word in dict.fromkeys(seen) if not named or word in named]
    if not shown and (named or always):
        raise EvidenceNotSeen(route.evidence or [ANY_DOCUMENT])
    return "、".join(shown)[:SEEN_MAX]
