"""A whole list of people enrolled in one act: judged by the rules for one person, written in three statements."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from canbao.enrolment import queries
from canbao.enrolment.models import ChangeKind, EnrolmentBatch, EnrolmentState
from canbao.enrolment.queries import Judged, Plan, Ready
from canbao.enrolment.refusals import BatchUndone, OtherPoolingArea
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope, lies_in
from canbao.policy import policies


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done. `batch` is None where nobody was left to enrol."""

    batch: EnrolmentBatch | None
    judged: Judged


_ENROL = """
    INSERT INTO enrolment_enrolment (pooling_area, resident_id, benefit_year, policy_id, tier, repair_years,
        registered_on, route, payable_from, maintained_on, state, batch_id)
    SELECT %(fund)s, one.resident, %(year)s, %(policy)s, %(tier)s, 0, %(day)s, one.route, one.payable_from,
        CASE WHEN one.route = ANY (%(maintaining)s) THEN %(day)s::date END, 'live', %(batch)s
    FROM unnest(%(residents)s::bigint[], %(routes)s::text[], %(days)s::date[]) AS one (resident, route, payable_from)
    ORDER BY one.resident
    ON CONFLICT (pooling_area, resident_id, benefit_year) WHERE state = 'live' DO NOTHING
    RETURNING id, resident_id
"""
_NOTE = """
    INSERT INTO enrolment_enrolmentchange (pooling_area, enrolment_id, kind, at, actor_id, actor_name, detail)
    SELECT %(fund)s, one, %(kind)s, %(at)s, %(actor)s, %(name)s, %(detail)s FROM unnest(%(made)s::bigint[]) AS one
"""


@transaction.atomic
def enrol_many(*, actor: Scope, resident_ids: Collection[int], plan: Plan, area_code: str, clock: Clock) -> Outcome:
    """Enrol everybody of the list whom `queries.judge_roll` finds ready; the others stay as they are, with the reason.

    `area_code` is the place for which the list is. The same call again enrols nobody and makes no batch; of two clerks
    at once, each person is enrolled by one. Refuses `outside_your_area`, `other_pooling_area` and what `judge_roll`
    refuses.
    """
    actor.require(Capability.ENROL, area_code)
    policy = policies.get(plan.policy_id)
    if not lies_in(area_code, policy.pooling_area):
        raise OtherPoolingArea(policy.id)
    judged = queries.judge_roll(actor, plan, resident_ids, taking=True)
    if not judged.ready:
        return Outcome(None, judged)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('enrolment_enrolmentbatch', 'id'))")
        batch = EnrolmentBatch(
            id=cursor.fetchone()[0], pooling_area=policy.pooling_area, policy_id=policy.id,
            benefit_year=policy.benefit_year, route=plan.route, area_code=area_code, people=len(judged.ready),
            made_at=clock.now(), actor_id=actor.actor_id, actor_name=actor.actor_name,
        )  # fmt: skip
        # The row comes first for the key, and nobody sees it before the commit.
        batch.save(force_insert=True)
        cursor.execute(_ENROL, _values(batch, plan, judged.ready))
        made = dict((resident, enrolment) for enrolment, resident in cursor.fetchall())
        judged.already += len(judged.ready) - len(made)
        judged.ready = [one for one in judged.ready if one.resident_id in made]
        if not made:
            batch.delete()
            return Outcome(None, judged)
        if len(made) != batch.people:
            batch.people = len(made)
            batch.save(update_fields=["people"])
        _note(cursor, actor, batch, ChangeKind.ENROLLED, sorted(made.values()), f"成批登记{batch.pk}", clock)
    return Outcome(batch, judged)


def _values(batch: EnrolmentBatch, plan: Plan, ready: list[Ready]) -> dict[str, Any]:
    return {
        "fund": batch.pooling_area, "year": batch.benefit_year, "policy": batch.policy_id, "tier": plan.tier,
        "day": plan.registered_on, "batch": batch.pk, "residents": [one.resident_id for one in ready],
        "routes": [one.route for one in ready], "days": [one.payable_from for one in ready],
        "maintaining": queries.maintaining_routes(policies.get(batch.policy_id)),
    }  # fmt: skip


@transaction.atomic
def end_batch(*, actor: Scope, batch_id: int, clock: Clock) -> EnrolmentBatch:
    """Stop what is live of a batch and mark it undone, so that it counts as if it had never been.

    Not to be called alone: `billing.actions.undo_batch` first makes sure that nothing was billed. Refuses
    `batch_not_found`, `batch_undone`.
    """
    actor.require(Capability.ENROL)
    batch = queries.lock_batch(actor, batch_id)
    if batch.undone_at is not None:
        raise BatchUndone
    inside = actor.deputed(Capability.ENROL, batch.pooling_area)
    live = queries.people_of(inside, batch).filter(state=EnrolmentState.LIVE)
    ids = sorted(live.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    live.model.objects.filter(pooling_area=batch.pooling_area, pk__in=ids).update(
        state=EnrolmentState.STOPPED, stopped_on=clock.today()
    )
    with connection.cursor() as cursor:
        _note(cursor, actor, batch, ChangeKind.STOPPED, ids, f"撤销成批登记{batch.pk}", clock)
    batch.undone_at, batch.undone_by = clock.now(), actor.actor_name
    batch.save(update_fields=["undone_at", "undone_by"])
    return batch


def _note(
    cursor: object, actor: Scope, batch: EnrolmentBatch, kind: ChangeKind, made: list[int], detail: str, clock: Clock
) -> None:
    values = {
        "fund": batch.pooling_area, "kind": kind.value, "at": clock.now(), "actor": actor.actor_id,
        "name": actor.actor_name[:60], "detail": detail, "made": made,
    }  # fmt: skip
    cursor.execute(_NOTE, values)  # type: ignore[attr-defined]
