"""Bills of a whole place as one bulk action that outlives a closed page, a restart and a kill.

The run is a row; a batch of villages is one transaction that writes its bills, its refusals and the row's cursor.
A run killed at any point therefore stands at the end of a batch, and whoever finds it goes on from there. Working a
village twice is harmless: a bill that would be the same is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from django.db import IntegrityError, OperationalError, connection, transaction

from canbao.billing import refusals
from canbao.billing.actions.writing import Item, Occasion, void_bills, write_bills
from canbao.billing.drafts import LiveBill, NoBill, PlaceDrafter, Verdict, not_yet, verdict
from canbao.billing.models import LIVE, Bill, BillKind, BillRefusal, BillRun, BillState, RunState
from canbao.enrolment import queries as enrolment
from canbao.enrolment.queries import FactsRow
from canbao.kernel.binding import bound
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope, area_prefix, lies_in
from canbao.policy import Policy, policies

BATCH_SIZE = 10_000
ATTEMPTS_MAX = 3
RUN_LOCK = 7895


def start_run(*, actor: Scope, policy_id: str, area_code: str, clock: Clock) -> BillRun:
    """A run for the policy and place, ready to go on; the one that is under way, if there is one.

    Refuses `outside_your_area`, `policy_of_another_place`.
    """
    actor.require(Capability.ISSUE_BILLS, area_code)
    policy = policies.get(policy_id)
    if not lies_in(area_code, policy.pooling_area):
        raise refusals.policy_of_another_place(policy_id, area_code)
    under_way = BillRun.objects.filter(policy_id=policy_id, area_code=area_code, state=RunState.RUNNING)
    found = under_way.first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return BillRun.objects.create(
                pooling_area=policy.pooling_area,
                policy_id=policy_id,
                benefit_year=policy.benefit_year,
                area_code=area_code,
                total=enrolment.count_enrolled(actor, policy_id, area_code),
                actor_id=actor.actor_id,
                actor_name=actor.actor_name,
                actor_prefixes=list(actor.prefixes),
                started_at=clock.now(),
            )
    except IntegrityError:
        return under_way.get()


def issue_bills(*, actor: Scope, policy_id: str, area_code: str, clock: Clock, run_id: int | None = None) -> BillRun:
    """Issue the bills of a policy and place to the end, in this thread; `run_id` goes on with an interrupted run."""
    actor.require(Capability.ISSUE_BILLS, area_code)
    run = (
        BillRun.objects.get(pk=run_id)
        if run_id
        else start_run(actor=actor, policy_id=policy_id, area_code=area_code, clock=clock)
    )
    continue_run(run_id=run.pk, clock=clock)
    run.refresh_from_db()
    return run


def continue_run(*, run_id: int, clock: Clock) -> bool:
    """Work the run to its end unless another process does; whether it was ours to work.

    A session lock names the worker: it goes when the process goes, so a run is never stuck behind a dead one.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [RUN_LOCK, run_id])
        if not cursor.fetchone()[0]:
            return False
    try:
        run = BillRun.objects.get(pk=run_id)
        if run.state != RunState.RUNNING:
            return False
        _work(run, clock)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [RUN_LOCK, run_id])
    return True


def _work(run: BillRun, clock: Clock) -> None:
    # Whoever started the run had the capability then (start_run); the row carries his areas to whoever goes on with it.
    scope = Scope(
        run.actor_id, run.actor_name, prefixes=tuple(run.actor_prefixes), purpose=Capability.ISSUE_BILLS,
        capabilities=frozenset({Capability.ISSUE_BILLS}),
    )  # fmt: skip
    with bound(scope):
        _work_for(scope, run, clock)


def _work_for(scope: Scope, run: BillRun, clock: Clock) -> None:
    drafter = PlaceDrafter(run.policy_id, clock.now())
    try:
        for rows in enrolment.facts_batches(scope, run.policy_id, run.area_code, BATCH_SIZE):
            if rows[-1][2] > run.cursor_village:
                _persist(run, partial(_issue_batch, run, scope, drafter, rows, clock))
        _persist(run, partial(_finish, run, scope, clock))
    except Exception as fault:
        said = fault if isinstance(fault, Refusal) else refusals.run_interrupted()
        run.refresh_from_db()
        run.state, run.finished_at = RunState.FAILED, clock.now()
        run.fault, run.fault_zh, run.fault_en = said.code, said.zh[:300], said.en[:300]
        run.save(update_fields=("state", "finished_at", "fault", "fault_zh", "fault_en"))
        raise


_NO_LONGER_ENROLLED = """
    SELECT b.* FROM billing_bill b
    JOIN registry_resident p ON (p.pooling_area, p.id) = (b.pooling_area, b.resident_id)
    WHERE b.pooling_area = %(fund)s AND b.benefit_year = %(year)s AND b.policy_id = %(policy)s AND b.state = 'issued'
      AND p.village_code ^@ %(inside)s AND NOT EXISTS (
        SELECT FROM enrolment_enrolment e
        JOIN registry_resident r ON (r.pooling_area, r.id) = (e.pooling_area, e.resident_id)
        WHERE e.pooling_area = b.pooling_area AND e.resident_id = b.resident_id AND e.benefit_year = b.benefit_year
          AND e.state = 'live' AND r.died_on IS NULL)
    ORDER BY b.id FOR UPDATE OF b
"""


def _finish(run: BillRun, scope: Scope, clock: Clock) -> None:
    """Void what is open for the dead and for enrolments that were stopped, drop refusals nobody repeated, be done.

    The bills are locked one by one: who settles or voids one at this moment is waited for, and that bill left alone.
    """
    prefix = area_prefix(run.area_code)
    keys = {"fund": run.pooling_area, "year": run.benefit_year, "policy": run.policy_id, "inside": prefix}
    with connection.cursor() as cursor:
        # Before tables just filled are analysed, the planner takes a village for one person and loops over all of them.
        cursor.execute("SELECT set_config('enable_nestloop', 'off', true)")
        lapsed = list(Bill.objects.raw(_NO_LONGER_ENROLLED, keys))
        cursor.execute("SELECT set_config('enable_nestloop', 'on', true)")
    occasion = Occasion("bill_run", f"{run.pk}:end", run_id=run.pk)
    void_bills(actor=scope, bills=lapsed, reason="已停止参保或已去世", clock=clock, occasion=occasion, what="lapsed")
    BillRefusal.objects.filter(
        pooling_area=run.pooling_area,
        benefit_year=run.benefit_year,
        policy_id=run.policy_id,
        resident__village_code__startswith=prefix,
    ).exclude(run_id=run.pk).delete()
    run.lapsed += len(lapsed)
    run.state, run.finished_at = RunState.DONE, clock.now()
    run.save()


def _persist(run: BillRun, work: Callable[[], None]) -> None:
    """One transaction; done again from a fresh look if somebody settled or issued a bill meanwhile."""
    for attempt in range(1, ATTEMPTS_MAX + 1):
        try:
            with transaction.atomic():
                work()
            return
        except (IntegrityError, OperationalError, Refusal):
            run.refresh_from_db()
            if attempt == ATTEMPTS_MAX:
                raise


@dataclass(slots=True)
class _Sorted:
    """What a batch comes to."""

    items: list[Item]
    refusals: list[BillRefusal]
    lapsed: list[LiveBill]
    unchanged: int = 0


def _issue_batch(run: BillRun, scope: Scope, drafter: PlaceDrafter, rows: Sequence[FactsRow], clock: Clock) -> None:
    later = enrolment.payable_later(scope, [row[0] for row in rows], run.benefit_year, clock.today())
    waiting = enrolment.unmaintained(scope, [row[0] for row in rows], run.policy_id, clock.now())
    batch = _sort(run, drafter, rows, clock, later, waiting)
    occasion = Occasion("bill_run", f"{run.pk}:{run.batches + 1}", run_id=run.pk)
    write_bills(actor=scope, policy=drafter.policy, items=batch.items, clock=clock, occasion=occasion)
    void_bills(
        actor=scope, bills=batch.lapsed, reason="不再符合开单条件", clock=clock, occasion=occasion, what="lapsed"
    )
    BillRefusal.objects.bulk_create(
        batch.refusals,
        update_conflicts=True,
        unique_fields=("pooling_area", "resident", "benefit_year"),
        update_fields=("village_code", "policy_id", "code", "zh", "en", "run_id", "refused_at"),
    )
    run.cursor_village = rows[-1][2]
    run.batches += 1
    run.done += len(rows)
    run.issued += len(batch.items)
    run.reissued += sum(1 for item in batch.items if item.replaces is not None)
    run.settled += sum(1 for item in batch.items if item.draft.payable_fen == 0)
    run.unchanged += batch.unchanged
    run.lapsed += len(batch.lapsed)
    run.refused += len(batch.refusals)
    run.payable_fen += sum(item.draft.payable_fen for item in batch.items)
    run.save()


_LIVE = f"""
    SELECT {", ".join(LiveBill._fields).replace("pk", "id", 1)} FROM billing_bill
    WHERE pooling_area = %s AND benefit_year = %s AND kind = %s AND state = ANY (%s) AND resident_id = ANY (%s)
"""


def _live(policy: Policy, residents: list[int]) -> dict[int, LiveBill]:
    """Resident id → his live bill."""
    kind, states = BillKind.CONTRIBUTION.value, [state.value for state in LIVE]
    with connection.cursor() as cursor:
        cursor.execute(_LIVE, [policy.pooling_area, policy.benefit_year, kind, states, residents])
        return {bill.resident_id: bill for bill in map(LiveBill._make, cursor.fetchall())}


def _sort(
    run: BillRun, drafter: PlaceDrafter, rows: Sequence[FactsRow], clock: Clock, later: Mapping[int, date],
    waiting: Collection[int],
) -> _Sorted:  # fmt: skip
    """`later` are those who may not pay yet, with their first day; `waiting` those whose data are maintained first."""
    policy = drafter.policy
    live = _live(policy, [row[0] for row in rows])
    batch = _Sorted([], [], [])
    drafts = drafter.drafts([(facts, village_code) for _, _, village_code, facts in rows])
    for (resident_id, enrolment_id, village_code, _), draft in zip(rows, drafts, strict=True):
        bill = live.get(resident_id)
        draft = not_yet(draft, bill, later.get(resident_id), resident_id in waiting) or draft
        if isinstance(draft, NoBill):
            no_bill = draft
        else:
            found = verdict(draft, bill)
            if found == Verdict.ISSUE:
                batch.items.append(Item(resident_id, enrolment_id, village_code, draft, replaces=bill))
                continue
            if found == Verdict.KEEP:
                batch.unchanged += 1
                continue
            changed = refusals.paid_and_changed()
            no_bill = NoBill(changed.code, changed.zh, changed.en)
        if bill is not None and bill.state == BillState.ISSUED:
            batch.lapsed.append(bill)
        batch.refusals.append(
            BillRefusal(
                pooling_area=policy.pooling_area,
                resident_id=resident_id,
                benefit_year=policy.benefit_year,
                village_code=village_code,
                policy_id=policy.id,
                code=no_bill.code,
                zh=no_bill.zh,
                en=no_bill.en,
                run_id=run.pk,
                refused_at=clock.now(),
            )
        )
    return batch
