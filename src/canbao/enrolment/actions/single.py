"""The writers of enrolments. The database holds one live enrolment per resident and year; these say so politely."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from django.db import IntegrityError, connection, transaction

from canbao.enrolment import queries
from canbao.enrolment.models import ChangeKind, Enrolment, EnrolmentChange, EnrolmentState, UnenrolledReason
from canbao.enrolment.refusals import (
    AlreadyEnrolled,
    BadFacts,
    Deceased,
    EnrolledElsewhere,
    EnrolsElsewhere,
    NoMaintenance,
    NotEnrolled,
    NoTiers,
    NotStopped,
    OtherPoolingArea,
    ReasonMissing,
    SomeEnrolledElsewhere,
)
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.copying import copy_rows
from canbao.kernel.scope import Scope
from canbao.policy import BadPerson, Policy, policies, quote
from canbao.policy.routes import sent_elsewhere
from canbao.registry import queries as registry
from canbao.registry.actions.refused import constraint_of

# A tier may be chosen later: the person is enrolled, and the bill waits for the choice.
_NO_OBSTACLE = frozenset({None, "tier_missing"})
REASON_MAX = 200
_ONCE_IN_ALL_AREAS, _OF_THE_LIVING = "enrolment_once_in_all_areas", "enrolment_of_the_living"
ENROLMENT_COLUMNS = (
    "pooling_area",
    "resident_id",
    "benefit_year",
    "policy_id",
    "tier",
    "repair_years",
    "registered_on",
    "state",
)


@transaction.atomic
def enrol(
    *,
    actor: Scope,
    resident_id: int,
    benefit_year: int,
    policy_id: str,
    tier: str | None,
    registered_on: date,
    clock: Clock,
    route: str | None = None,
    seen: Collection[str] | None = None,
) -> Enrolment:
    """Enrol a resident by a route of the notice; without one, by the route that the notice has for him at a counter.

    A reason for not enrolling that was taken down before ends with it; its history is kept.

    `seen` are the documents shown at a counter; None where nobody stands at one. ResidentNotFound, Deceased,
    OtherPoolingArea, BadFacts, NotEligible, EnrolsElsewhere, EnrolledElsewhere, WrongRoute, EvidenceNotSeen,
    EvidenceUnknown, CalendarMissing or AlreadyEnrolled if that fails.
    """
    actor.require(Capability.ENROL)
    person = registry.resident(actor, resident_id)
    policy = queries.policy_at(policy_id, person.village_code)
    if person.died_on is not None:
        raise Deceased
    if policy.pooling_area != person.pooling_area or policy.benefit_year != benefit_year:
        raise OtherPoolingArea(policy_id)
    _require_tiers(policy, tier)
    known = queries.facts(actor, resident_id, benefit_year, on=registered_on)
    try:
        answer = quote(policy, {**known, "tier": tier, "registered_on": registered_on.isoformat()}, on=registered_on)
    except BadPerson as bad:
        zh = "；".join(fault.zh for fault in bad.faults)
        raise BadFacts(zh, "; ".join(fault.en for fault in bad.faults)) from bad
    if answer.reason not in _NO_OBSTACLE:
        expired = queries.expired_permits([person.pooling_area], [person.pk], registered_on)
        raise queries.obstacle(answer, expired.get(person.pk))
    rule = sent_elsewhere(policy, known, registered_on)
    if rule is not None and rule.elsewhere == "must":
        raise EnrolsElsewhere(rule)
    if elsewhere := queries.enrolled_elsewhere(person, benefit_year):
        raise EnrolledElsewhere(elsewhere, benefit_year)
    standing = queries.standing_of(actor, person, benefit_year)
    taken = queries.taken_route(policy, route, known, standing, registered_on)
    shown = queries.seen_of(policy, taken.route, seen) if taken is not None and seen is not None else ""
    enrolment = Enrolment(
        pooling_area=person.pooling_area,
        resident=person,
        benefit_year=benefit_year,
        policy_id=policy_id,
        tier=tier,
        registered_on=registered_on,
        route=taken.key if taken else None,
        payable_from=queries.payable_from(taken.route, registered_on) if taken else None,
        maintained_on=registered_on if taken is not None and taken.route.maintains else None,
    )
    try:
        with transaction.atomic():
            enrolment.save(force_insert=True)
    except IntegrityError as error:
        raise (Deceased() if constraint_of(error) == _OF_THE_LIVING else AlreadyEnrolled(benefit_year)) from error
    UnenrolledReason.objects.filter(
        pooling_area=person.pooling_area, resident=person, benefit_year=benefit_year
    ).delete()
    _note(actor, enrolment, ChangeKind.ENROLLED, clock, " ".join(said for said in (tier or "", shown) if said))
    return enrolment


@transaction.atomic
def change_tier(*, actor: Scope, resident_id: int, benefit_year: int, tier: str, clock: Clock) -> Enrolment:
    """Choose another tier. Not to be called alone: an open bill says the former one.

    `billing.actions.change_tier` calls this and has the bill follow; the database refuses at commit whoever forgets
    (billing migration 0002). Refuses NotEnrolled, `no_tiers`.
    """
    actor.require(Capability.ENROL)
    enrolment = _live(actor, resident_id, benefit_year)
    _require_tiers(policies.get(enrolment.policy_id), tier)
    before, enrolment.tier = enrolment.tier, tier
    enrolment.save(update_fields=["tier"])
    _note(actor, enrolment, ChangeKind.TIER_CHANGED, clock, f"{before or ''} → {tier}")
    return enrolment


@transaction.atomic
def stop(
    *, actor: Scope, resident_id: int, benefit_year: int, stopped_on: date, reason: str, clock: Clock
) -> Enrolment:
    """End a live enrolment; the resident may be enrolled again for the same year.

    `billing.actions.stop_enrolment` has an open bill follow. Refuses NotEnrolled, ReasonMissing.
    """
    actor.require(Capability.ENROL)
    reason = " ".join(reason.split())[:REASON_MAX]
    if not reason:
        raise ReasonMissing
    enrolment = _live(actor, resident_id, benefit_year)
    enrolment.state = EnrolmentState.STOPPED
    enrolment.stopped_on = stopped_on
    enrolment.save(update_fields=["state", "stopped_on"])
    _note(actor, enrolment, ChangeKind.STOPPED, clock, reason)
    return enrolment


@transaction.atomic
def restart(*, actor: Scope, resident_id: int, benefit_year: int, reason: str, clock: Clock) -> Enrolment:
    """Enrol somebody again who stopped in the same year, with the tier of before, by the route for those who stopped.

    Refuses `not_stopped`, `reason_missing` and what `enrol` refuses.
    """
    actor.require(Capability.ENROL)
    before = queries.latest_stopped(actor, resident_id, benefit_year)
    if before is None:
        raise NotStopped(benefit_year)
    said = " ".join(reason.split())[:REASON_MAX]
    if not said:
        raise ReasonMissing
    made = enrol(
        actor=actor, resident_id=resident_id, benefit_year=benefit_year, policy_id=before.policy_id, tier=before.tier,
        registered_on=clock.today(), clock=clock,
    )  # fmt: skip
    _note(actor, made, ChangeKind.ENROLLED, clock, said)
    return made


@transaction.atomic
def maintain_for_late_payment(
    *, actor: Scope, resident_id: int, benefit_year: int, seen: Collection[str], clock: Clock
) -> Enrolment:
    """Note that the data of somebody enrolled were maintained (补缴数据维护), so that he may pay after the window.

    Once is enough. Refuses `not_enrolled`, `no_maintenance` where the notice asks for none or the window is still open,
    `evidence_not_seen`, `evidence_unknown` where the notice names documents.
    """
    actor.require(Capability.ENROL)
    enrolment = _live(actor, resident_id, benefit_year)
    person = registry.resident(actor, resident_id)
    policy = queries.policy_at(enrolment.policy_id, person.village_code)
    route = queries.maintenance_due(policy, enrolment, clock.now())
    if route is None:
        raise NoMaintenance
    shown = queries.seen_of(policy, route, seen)
    enrolment.maintained_on = clock.today()
    enrolment.save(update_fields=["maintained_on"])
    _note(actor, enrolment, ChangeKind.MAINTAINED, clock, shown)
    return enrolment


def copy_enrolments(*, actor: Scope, rows: Iterable[Sequence[Any]]) -> None:
    """Whole lists by COPY, in the order of ENROLMENT_COLUMNS, already judged by whoever hands them in.

    All or nothing. Refuses `enrolled_elsewhere` if one of them is enrolled for the year in another pooling area.
    """
    actor.require(Capability.ENROL)
    fund, allowed = ENROLMENT_COLUMNS.index("pooling_area"), set[str]()

    def permitted() -> Iterator[Sequence[Any]]:
        for row in rows:
            if row[fund] not in allowed:
                actor.require(Capability.ENROL, row[fund])
                allowed.add(row[fund])
            yield row

    try:
        with transaction.atomic(), connection.wrap_database_errors, connection.cursor() as cursor:
            copy_rows(cursor, "enrolment_enrolment", ENROLMENT_COLUMNS, permitted())
    except IntegrityError as fault:
        if constraint_of(fault) == _ONCE_IN_ALL_AREAS:
            raise SomeEnrolledElsewhere from fault
        raise (Deceased() if constraint_of(fault) == _OF_THE_LIVING else fault) from fault


def _require_tiers(policy: Policy, tier: str | None) -> None:
    if tier is not None and all(question.column != "tier" for question in policy.questions):
        raise NoTiers(policy.name.zh, policy.name.en)


def _live(actor: Scope, resident_id: int, benefit_year: int) -> Enrolment:
    """The live enrolment, locked: two clerks at once change it one after the other."""
    found = queries.locked_enrolment(actor, resident_id, benefit_year)
    if found is None:
        raise NotEnrolled(benefit_year)
    return found


def _note(actor: Scope, enrolment: Enrolment, kind: ChangeKind, clock: Clock, detail: str) -> None:
    EnrolmentChange.objects.create(
        pooling_area=enrolment.pooling_area,
        enrolment=enrolment,
        kind=kind,
        at=clock.now(),
        actor_id=actor.actor_id,
        actor_name=actor.actor_name,
        detail=detail,
    )
