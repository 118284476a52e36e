"""Whom a roll names and the register does not know: proposed with the roll, then registered or dismissed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from canbao.enrolment import queries, refusals
from canbao.enrolment.models import Newcomer, NewcomerState
from canbao.kernel.binding import bound
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.registry import actions as registry_actions
from canbao.registry import queries as registry
from canbao.registry.codes import FactKind, Source

REASON_MAX = 200


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """One person of a roll; `area_code` is where the school lies, the days are [from_on, until_on)."""

    area_code: str
    name: str
    birth_on: date
    sex: str
    id_number: str
    student: str
    school: str
    from_on: date
    until_on: date | None


def propose_newcomers(*, actor: Scope, pooling_area: str, batch_id: int, people: Sequence[Proposed], on: date) -> int:
    """Put them before the township; how many are new. Whoever waits already waits on."""
    actor.require(Capability.IMPORT_LISTS, pooling_area)
    rows = []
    for one in people:
        row = Newcomer(
            pooling_area=pooling_area, batch_id=batch_id, proposed_on=on, area_code=one.area_code, name=one.name[:60],
            birth_on=one.birth_on, sex=one.sex, student=one.student, school=one.school[:100], from_on=one.from_on,
            until_on=one.until_on,
        )  # fmt: skip
        row.seal(one.id_number)
        rows.append(row)
    before = Newcomer.objects.filter(pooling_area=pooling_area, batch_id=batch_id).count()
    Newcomer.objects.bulk_create(rows, ignore_conflicts=True)
    return Newcomer.objects.filter(pooling_area=pooling_area, batch_id=batch_id).count() - before


def withdraw_newcomers(*, actor: Scope, pooling_area: str, batch_id: int) -> None:
    """The list was undone: who waits by it waits no longer; who was registered stays."""
    actor.require(Capability.IMPORT_LISTS, pooling_area)
    rows = Newcomer.objects.filter(pooling_area=pooling_area, batch_id=batch_id, state=NewcomerState.WAITING)
    rows.update(state=NewcomerState.WITHDRAWN)


@transaction.atomic
def register_newcomer(*, actor: Scope, newcomer_id: int, village_code: str, clock: Clock) -> Newcomer:
    """Register the person in a village, studying as the roll says; whom the register knows by now is taken as he is.

    Refuses `newcomer_not_found`, `newcomer_decided`, `outside_your_area`, `person_differs` from whom the register knows
    by the number, and what `register_at_counter` refuses.
    """
    actor.require(Capability.REVIEW_APPLICATIONS)
    row = _waiting(actor, newcomer_id)
    keeper = actor.deputed(Capability.KEEP_REGISTER, row.pooling_area)
    with bound(keeper):
        known = [card for card in registry.with_number(keeper, row.id_number.unmasked) if card.died_on is None]
        if known and not registry.same_name(known[0].name, row.name):
            raise refusals.PersonDiffers(["name"], registry.masked_name(known[0].name))
        resident_id = known[0].resident_id if known else _registered(actor, row, village_code, clock)
        today = registry.facts_on(registry.resident(keeper, resident_id), clock.today())
        if (today.get("student"), today.get("school_area")) != (row.student, row.area_code):
            fact = registry_actions.NewFact(
                kind=FactKind.STUDENT, from_on=row.from_on, until_on=row.until_on, code=row.student,
                area_code=row.area_code, detail=row.school or None, source=Source.EDUCATION,
                evidence=f"名单 {row.batch_id}",
            )  # fmt: skip
            registry_actions.begin_fact(actor=keeper, resident_id=resident_id, fact=fact, clock=clock)
    row.resident_id = resident_id
    return _decided(actor, row, NewcomerState.REGISTERED, "", clock)


def _registered(actor: Scope, row: Newcomer, village_code: str, clock: Clock) -> int:
    new = registry_actions.NewResident(
        name=row.name, birth_on=row.birth_on, sex=row.sex, village_code=village_code, id_number=row.id_number.unmasked
    )
    actor.require(Capability.REVIEW_APPLICATIONS, village_code)
    inside = actor.deputed(Capability.KEEP_REGISTER, village_code)
    return registry_actions.register_at_counter(actor=inside, person=new, clock=clock).pk


@transaction.atomic
def dismiss_newcomer(*, actor: Scope, newcomer_id: int, reason: str, clock: Clock) -> Newcomer:
    """Not to be registered here, with the reason.

    Refuses `newcomer_not_found`, `newcomer_decided`, `reason_missing`.
    """
    actor.require(Capability.REVIEW_APPLICATIONS)
    row = _waiting(actor, newcomer_id)
    said = " ".join(reason.split())[:REASON_MAX]
    if not said:
        raise refusals.ReasonMissing
    return _decided(actor, row, NewcomerState.DISMISSED, said, clock)


def _waiting(actor: Scope, newcomer_id: int) -> Newcomer:
    seen = queries.newcomer(actor, newcomer_id)
    row = Newcomer.objects.select_for_update().get(pk=seen.pk)
    if row.state != NewcomerState.WAITING:
        raise refusals.NewcomerDecided(str(row.get_state_display()))
    return row


def _decided(actor: Scope, row: Newcomer, state: NewcomerState, reason: str, clock: Clock) -> Newcomer:
    row.state, row.reason, row.decided_at = state, reason, clock.now()
    row.decided_by_id, row.decided_by = actor.actor_id, actor.actor_name
    row.save()
    return row
