"""Whole lists of people before they are enrolled: who could be, by the rules for one person, and who not and why.

The facts of all of them are read in one statement; the policy is asked about each, in this process.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from django.db import connection

from canbao.areas import queries as areas
from canbao.enrolment import refusals
from canbao.enrolment.models import EXCUSED, WhyNot
from canbao.enrolment.queries.facts import Facts, common, payable_from, person_json, standing_by
from canbao.enrolment.queries.permits import expired_permits
from canbao.enrolment.queries.windows import Windows
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope, area_prefix
from canbao.policy import Answer, BadPerson, Policy, policies, quote, routes
from canbao.policy.notice import Route, Standing
from canbao.policy.routes import Offer
from canbao.registry.refusals import ResidentNotFound

ROLL_MAX = 10_000
"""People in one list: more would hold locks and a page for too long."""
AT_A_COUNTER = ("none", "counter", "organisation", "online")
AS_A_LIST = ("none", "organisation", "counter", "online")
"""Modes of routes in the order in which they are taken where nobody names one: nobody is sent from where he stands."""
_NOT_ASKED_AGAIN = (*EXCUSED, WhyNot.REFUSES)
# A tier may be chosen later: the person is enrolled, and the bill waits for the choice.
_BY_PERMIT = ("no_permit", "outside_scope")
_NO_OBSTACLE = frozenset({None, "tier_missing"})


@dataclass(frozen=True, slots=True)
class Plan:
    """How a list of people is to be enrolled. Without a `route`, each by the one that the notice has for him."""

    policy_id: str
    registered_on: date
    route: str | None = None
    tier: str | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """Somebody who can be enrolled. `because` is the condition of the notice that he meets, where it lists several."""

    resident_id: int
    name: str
    birth_on: date
    village_code: str
    pooling_area: str
    route: str | None
    payable_from: date | None
    waits_for_tier: bool
    because: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Turned:
    """Somebody who cannot, with the refusal that `enrol` would give."""

    resident_id: int
    name: str
    birth_on: date
    village_code: str
    why: Refusal


@dataclass(slots=True)
class Judged:
    """`already` counts those who are enrolled for the year."""

    ready: list[Ready] = field(default_factory=list)
    turned: list[Turned] = field(default_factory=list)
    already: int = 0


def batch_routes(policy: Policy) -> dict[str, Route]:
    """The routes by which a list can be enrolled: handed in by an organisation, or asking nothing of the person."""
    found = policy.notice.routes.items()
    return {key: route for key, route in found if not route.gate and route.mode in ("organisation", "none")}


_ROLL = """
    SELECT r.id FROM registry_resident r
    WHERE r.pooling_area = %(fund)s AND r.died_on IS NULL AND r.merged_into_id IS NULL
      AND ((%(living)s AND r.village_code ^@ ANY (%(inside)s))
        OR (%(studying)s AND r.student <> 'none' AND r.school_area ^@ %(area)s AND r.village_code ^@ ANY (%(own)s)))
    ORDER BY r.id LIMIT %(most)s
"""


def roll(scope: Scope, policy_id: str, area_code: str, route: str | None) -> list[int]:
    """Whom the list of a place holds: who lives there, for a route of schools who studies there. Ids in order.

    Refuses `wrong_route` for a route that takes no lists, `roll_too_long` above ROLL_MAX people.
    """
    policy = policies.get(policy_id)
    bodies: list[Any] = []
    if route is not None:
        if route not in batch_routes(policy):
            raise refusals.WrongRoute(None, None)
        bodies = list(policy.notice.routes[route].organisation)
    keys: dict[str, Any] = {
        "fund": policy.pooling_area, "inside": common(scope, area_prefix(area_code)), "own": list(scope.prefixes),
        "area": area_prefix(area_code), "living": bodies != ["school"], "studying": "school" in bodies,
        "most": ROLL_MAX + 1,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_ROLL, keys)
        found = [row[0] for row in cursor.fetchall()]
    if len(found) > ROLL_MAX:
        raise refusals.RollTooLong(ROLL_MAX)
    return found


_PEOPLE = f"""
    WITH past AS (
        SELECT e.pooling_area, e.resident_id, array_agg(e.benefit_year) AS years,
            (array_agg(e.state ORDER BY e.benefit_year DESC, e.id DESC))[1] AS latest,
            bool_or(e.state = 'live' AND e.benefit_year = %(year)s) AS live
        FROM enrolment_enrolment e LEFT JOIN enrolment_enrolmentbatch b ON b.id = e.batch_id
        WHERE e.pooling_area = ANY (%(funds)s) AND e.resident_id = ANY (%(ids)s) AND b.undone_at IS NULL
        GROUP BY e.pooling_area, e.resident_id
    )
    SELECT r.id, r.name, r.birth_on, r.village_code, r.pooling_area, r.number_index, r.died_on IS NOT NULL,
        r.merged_into_id IS NOT NULL, coalesce(past.live, false), past.latest, coalesce(past.years, '{{}}'), w.reason,
        {person_json("%(day)s::date")}::text
    FROM registry_resident r
    LEFT JOIN past ON (past.pooling_area, past.resident_id) = (r.pooling_area, r.id)
    LEFT JOIN enrolment_unenrolledreason w ON (w.pooling_area, w.resident_id) = (r.pooling_area, r.id)
        AND w.benefit_year = %(year)s AND (w.expires_on IS NULL OR w.expires_on > %(day)s)
    WHERE r.pooling_area = ANY (%(funds)s) AND r.id = ANY (%(ids)s) AND r.village_code ^@ ANY (%(inside)s)
    ORDER BY r.village_code, r.id
"""


@dataclass(frozen=True, slots=True)
class _Person:
    resident_id: int
    name: str
    birth_on: date
    village_code: str
    pooling_area: str
    number_index: bytes | None
    dead: bool
    merged: bool
    live: bool
    latest: str | None
    years: list[int]
    reason: str | None
    facts: Facts


def judge_roll(scope: Scope, plan: Plan, resident_ids: Collection[int], *, taking: bool = False) -> Judged:
    """Whom the plan can enrol. Writes nothing; with `taking`, the people's numbers are locked until the commit.

    Refuses `resident_not_found` if one of them is outside the scope, `no_tiers`, `roll_too_long`, `calendar_missing`.
    """
    if len(resident_ids) > ROLL_MAX:
        raise refusals.RollTooLong(ROLL_MAX)
    policy = policies.get(plan.policy_id)
    if plan.tier is not None and all(question.column != "tier" for question in policy.questions):
        raise refusals.NoTiers(policy.name.zh, policy.name.en)
    people = _people(scope, plan, policy.benefit_year, sorted(set(resident_ids)))
    elsewhere = _elsewhere(people, policy, taking)
    ids = [person.resident_id for person in people]
    judge = _Judge(plan, policy, expired_permits(areas.pooling_codes(scope), ids, plan.registered_on))
    judged = Judged()
    for person in people:
        if person.live:
            judged.already += 1
            continue
        try:
            judged.ready.append(judge.ready(person, elsewhere.get(person.number_index or b"", [])))
        except Refusal as why:
            judged.turned.append(Turned(person.resident_id, person.name, person.birth_on, person.village_code, why))
    return judged


def _people(scope: Scope, plan: Plan, benefit_year: int, ids: Sequence[int]) -> list[_Person]:
    keys: dict[str, Any] = {
        "funds": list(areas.pooling_codes(scope)), "ids": list(ids), "inside": list(scope.prefixes),
        "year": benefit_year, "day": plan.registered_on,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE, keys)
        rows = [(*row[:5], row[5] and bytes(row[5]), *row[6:-1], json.loads(row[-1])) for row in cursor.fetchall()]
    if len(rows) != len(ids):
        raise ResidentNotFound
    return [_Person(*row) for row in rows]


def _elsewhere(people: list[_Person], policy: Policy, taking: bool) -> dict[bytes, list[str]]:
    sought = [person.number_index for person in people if person.number_index is not None and not person.live]
    if not sought:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number_index, places FROM enrolments_elsewhere(%s, %s, %s, %s)",
            [sought, policy.benefit_year, policy.pooling_area, taking],
        )
        found = {bytes(index): places for index, places in cursor.fetchall()}
    names = areas.names({code for places in found.values() for code in places})
    return {index: [names.get(code, code) for code in places] for index, places in found.items()}


class _Judge:
    """The rules for one person, asked of many."""

    def __init__(self, plan: Plan, policy: Policy, expired: dict[int, date]) -> None:
        self.plan = plan
        self.expired = expired
        self.policy = policy
        windows = Windows(plan.policy_id)
        self.policy_at = cache(windows.policy_at)
        self.payable_from = cache(lambda key: payable_from(policy.notice.routes[key], plan.registered_on))

    def ready(self, person: _Person, elsewhere: list[str]) -> Ready:
        """Raises the refusal that `enrol` would."""
        if person.merged:
            raise refusals.KeptElsewhere
        if person.dead:
            raise refusals.Deceased
        if person.pooling_area != self.policy.pooling_area:
            raise refusals.OtherPoolingArea(self.policy.id)
        if person.reason in _NOT_ASKED_AGAIN:
            raise refusals.ReasonHolds(WhyNot(person.reason))
        waits = self._waits_for_tier(person)
        if (rule := self._sent(person)) is not None:
            raise refusals.EnrolsElsewhere(rule)
        if elsewhere:
            raise refusals.EnrolledElsewhere(elsewhere, self.policy.benefit_year)
        offer = self._offer(person)
        return Ready(
            resident_id=person.resident_id,
            name=person.name,
            birth_on=person.birth_on,
            village_code=person.village_code,
            pooling_area=person.pooling_area,
            route=offer.key if offer else None,
            payable_from=self.payable_from(offer.key) if offer else None,
            waits_for_tier=waits,
            because=_because(offer),
        )

    def _waits_for_tier(self, person: _Person) -> bool:
        day = self.plan.registered_on
        asked = {**person.facts, "tier": self.plan.tier, "registered_on": day.isoformat()}
        try:
            answer = quote(self.policy_at(person.village_code), asked, on=day)
        except BadPerson as bad:
            zh = "；".join(fault.zh for fault in bad.faults)
            raise refusals.BadFacts(zh, "; ".join(fault.en for fault in bad.faults)) from bad
        if answer.reason not in _NO_OBSTACLE:
            raise obstacle(answer, self.expired.get(person.resident_id))
        return answer.reason is not None

    def _sent(self, person: _Person) -> Route | None:
        return routes.sent_elsewhere(self.policy_at(person.village_code), person.facts, self.plan.registered_on)

    def _offer(self, person: _Person) -> Offer | None:
        covered = person.facts.get("covered_years", []) if "last_cover_end" not in person.facts else []
        standing = standing_by(person.latest, [*person.years, *covered], self.policy.benefit_year)
        policy = self.policy_at(person.village_code)
        return taken_route(policy, self.plan.route, person.facts, standing, self.plan.registered_on, AS_A_LIST)


def obstacle(answer: Answer, permit_until: date | None) -> Refusal:
    """Why the policy does not take somebody; `permit_until` is the last day of a permit of his that has run out."""
    if permit_until is not None and answer.reason in _BY_PERMIT:
        return refusals.PermitExpired(permit_until)
    return refusals.NotEligible(str(answer.reason), answer.steps[-1].text_zh, answer.steps[-1].text_en)


def taken_route(
    policy: Policy, wanted: str | None, facts: Facts, standing: Standing, on: date, modes: Sequence[str] = AT_A_COUNTER
) -> Offer | None:
    """The offer that is taken; without a wanted one, the first by `modes`, so that nobody at a counter "went online".

    Only a route that somebody named can be refused; WrongRoute says why.
    """
    offered = routes.offers(policy, facts, standing, on)
    if wanted is None:
        return preferred(offered, modes)
    taken = next((offer for offer in offered if offer.key == wanted), None)
    if taken is None or not taken.open:
        raise refusals.WrongRoute(taken, routes.best(offered))
    return taken


def preferred(offered: list[Offer], modes: Sequence[str]) -> Offer | None:
    """The route that is taken where nobody names one; None if no route is open."""
    return next(iter(ranked(offered, modes)), None)


def ranked(offered: list[Offer], modes: Sequence[str]) -> list[Offer]:
    """The routes that are open, by their mode; in one mode the narrowest first, and last those of another body."""
    return sorted((offer for offer in offered if offer.open), key=lambda offer: _rank(offer, modes))


def _rank(offer: Offer, modes: Sequence[str]) -> tuple[int, bool, bool]:
    of_another = offer.route.mode == "counter" and bool(offer.route.organisation)
    return modes.index(offer.route.mode), of_another, offer.route.when is None


def _because(offer: Offer | None) -> tuple[str, str] | None:
    if offer is None or not offer.route.any_of:
        return None
    words = offer.checks[-1].words
    return words.zh, words.en
