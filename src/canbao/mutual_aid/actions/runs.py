"""The deduction of a whole group: asked for by one person, approved by another, worked in slices by the worker.

Each slice is one transaction that turns its holds into payments and adds to the run's counts. What a kill leaves is
therefore whole slices, and whoever goes on finds the holds that are left. A hold is captured once: it is locked, and
leaves the state `held` in the transaction of its payment.
"""

from __future__ import annotations

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Count, F, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from canbao.kernel.binding import bound
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.fen import yuan_said
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.mutual_aid import refusals
from canbao.mutual_aid.actions.deducting import deduct
from canbao.mutual_aid.groups import Days, days_of
from canbao.mutual_aid.models import AidRun, AidRunState, Hold, HoldState
from canbao.payments.actions import settling
from canbao.policy import Policy, policies
from canbao.staff.actions import ask_approval
from canbao.staff.approvals import Kind
from canbao.staff.models import Approval

SLICE = 2000
RUN_LOCK = 7896
ATTEMPTS_MAX = 3
SLICE_LOCK_TIMEOUT = "30s"


def ask_run(*, actor: Scope, policy_id: str, group: str, clock: Clock) -> Approval:
    """Ask for the deduction of a group; a second person decides.

    Refuses `outside_your_area`, `no_group`, `deducted_by_itself`, `too_early`, `nobody_to_deduct`, `run_there`,
    `already_asked`.
    """
    policy = policies.get(policy_id)
    actor.require(Capability.KEEP_MUTUAL_AID, policy.area)
    days = _may_run(policy, group, clock)
    count, fen = _waiting(policy, group)
    return ask_approval(
        actor=actor, kind=KIND.code, area_code=policy.area, key=f"{policy.id} {group}",
        subject={"policy": policy.id, "group": group, "by": actor.actor_name},
        summary=(
            f"{policy.place.zh}{policy.benefit_year}年度家庭共济扣款：{days.group.name.zh}，{count}人{yuan_said(fen)}元",
            f"Deduct family mutual aid, {policy.place.en} {policy.benefit_year}: {days.group.name.en}, {count} people, "
            f"{yuan_said(fen)} yuan",
        ),
        clock=clock, page=f"/console/mutual-aid/groups/{policy.id}/{group}",
    )  # fmt: skip


def start_run(*, actor: Scope, policy_id: str, group: str, clock: Clock, approval: Approval | None = None) -> AidRun:
    """A run that is ready to be worked. Refuses as `ask_run` does."""
    policy = policies.get(policy_id)
    actor.require(Capability.KEEP_MUTUAL_AID, policy.area)
    _may_run(policy, group, clock)
    try:
        with transaction.atomic():
            return AidRun.objects.create(
                pooling_area=policy.pooling_area, policy_id=policy.id, group=group, total=_waiting(policy, group)[0],
                actor_id=actor.actor_id, actor_name=actor.actor_name, approval_id=approval.pk if approval else None,
                asked_by=approval.asked_by if approval else "", started_at=clock.now(),
            )  # fmt: skip
    except IntegrityError as fault:
        if "mutual_aid_run_one_running" in str(fault):
            raise refusals.run_there() from None
        raise


def continue_run(*, run_id: int, clock: Clock, size: int = SLICE) -> bool:
    """Work the run to its end unless another process does; whether it was ours to work.

    A session lock names the worker: it goes when the process goes, so a run is never stuck behind a dead one.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [RUN_LOCK, run_id])
        if not cursor.fetchone()[0]:
            return False
    try:
        run = AidRun.objects.get(pk=run_id)
        if run.state == AidRunState.DONE:
            return False
        _work(run, clock, size)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [RUN_LOCK, run_id])
    return True


def _work(run: AidRun, clock: Clock, size: int) -> None:
    policy = policies.get(run.policy_id)
    # Whoever approved the run had the right then, for the whole place; the row carries his name to whoever goes on.
    approver = Scope(run.actor_id, run.actor_name)
    scope = approver.deputed(Capability.HEAR_CHANNELS, policy.pooling_area)
    with bound(scope):
        try:
            last = 0
            while ids := _next(policy, run.group, last, size):
                _slice(scope, policy, run, ids, clock)
                last = ids[-1]
        except Exception as fault:
            code = fault.code if isinstance(fault, Refusal) else "interrupted"
            AidRun.objects.filter(pk=run.pk).update(state=AidRunState.FAILED, fault=code[:60], finished_at=clock.now())
            raise
        AidRun.objects.filter(pk=run.pk).update(state=AidRunState.DONE, fault="", finished_at=clock.now())


def _next(policy: Policy, group: str, after: int, size: int) -> list[int]:
    waiting = _held(policy, group).filter(pk__gt=after).order_by("pk")
    return list(waiting.values_list("pk", flat=True)[:size])


def _slice(scope: Scope, policy: Policy, run: AidRun, ids: list[int], clock: Clock) -> None:
    """One transaction; again from a fresh look if a counter or a relative was in the way."""
    for attempt in range(1, ATTEMPTS_MAX + 1):
        try:
            with transaction.atomic(durable=True):
                settling.wait_at_most(SLICE_LOCK_TIMEOUT)
                done = deduct(actor=scope, policy=policy, hold_ids=ids, clock=clock, run=run)
                AidRun.objects.filter(pk=run.pk).update(
                    captured=F("captured") + done.captured, captured_fen=F("captured_fen") + done.captured_fen,
                    failed=F("failed") + done.failed, slices=F("slices") + 1, state=AidRunState.RUNNING,
                )  # fmt: skip
            return
        except OperationalError as fault:
            if attempt == ATTEMPTS_MAX or not settling.is_busy(fault):
                raise


def _held(policy: Policy, group: str) -> QuerySet[Hold]:
    return Hold.objects.filter(pooling_area=policy.pooling_area, policy_id=policy.id, group=group, state=HoldState.HELD)


def _waiting(policy: Policy, group: str) -> tuple[int, int]:
    found = _held(policy, group).aggregate(n=Count("pk"), fen=Sum("amount_fen", default=0))
    return found["n"], found["fen"]


def _may_run(policy: Policy, group: str, clock: Clock) -> Days:
    days = days_of(policy, group)
    if days.deducts_on is None:
        raise refusals.deducted_by_itself()
    if not days.may_deduct(clock.now()):
        raise refusals.too_early(days.deducts_on)
    if AidRun.objects.filter(policy_id=policy.id, group=group, state=AidRunState.RUNNING).exists():
        raise refusals.run_there()
    if not _waiting(policy, group)[0]:
        raise refusals.nobody_to_deduct()
    return days


def _carry_out(actor: Scope, approval: Approval, clock: Clock) -> None:
    from canbao.mutual_aid.jobs import launch

    run = start_run(
        actor=actor, policy_id=approval.subject["policy"], group=approval.subject["group"], clock=clock,
        approval=approval,
    )  # fmt: skip
    launch(run)


KIND = Kind("mutual_aid.run", _("家庭共济扣款"), asks=Capability.KEEP_MUTUAL_AID, carry_out=_carry_out)
