"""What time does to wishes: an approved enrolment is deducted, what was paid otherwise or never deducted is let go."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from canbao.billing import queries as bills
from canbao.billing.models import BillState
from canbao.enrolment import queries as enrolment
from canbao.enrolment.models import EnrolmentState
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.ledger import actions as ledger
from canbao.mutual_aid import queries
from canbao.mutual_aid.actions.holding import let_go, pay_at_approval
from canbao.mutual_aid.actions.messages import tell_of_failures
from canbao.mutual_aid.models import Failure, Hold, HoldState
from canbao.policy import Policy, policies

AT_ONCE = 500
_WHY = {
    "short": Failure.SHORT, "above_limit": Failure.SHORT, "not_agreed": Failure.LEFT,
    "nothing_to_pay": Failure.NOTHING_TO_PAY,
}  # fmt: skip


def sweep(*, actor: Scope, clock: Clock) -> int:
    """Deduct for those who were approved, and let go what is paid otherwise or has expired; how many moved."""
    actor.require(Capability.KEEP_MUTUAL_AID)
    return sum(
        _approved(actor, policy, clock) + _paid_otherwise(actor, policy, clock) + _expired(actor, policy, clock)
        for policy in queries.offered()
    )


def pay_for_approved(*, actor: Scope, resident_id: int, clock: Clock) -> int:
    """The deduction at the moment of the approval, for one person whose enrolment was just approved."""
    actor.require(Capability.KEEP_MUTUAL_AID)
    chosen = Hold.objects.filter(resident_id=resident_id, state=HoldState.CHOSEN)
    return sum(_pay(actor, policies.get(hold.policy_id), hold, clock) for hold in chosen.select_related("relative"))


def _approved(actor: Scope, policy: Policy, clock: Clock) -> int:
    chosen = Hold.objects.filter(pooling_area=policy.pooling_area, policy_id=policy.id, state=HoldState.CHOSEN)
    # Those who are not approved yet may stay long, and must not stand before the others.
    approved = enrolment.visible(actor).filter(
        benefit_year=policy.benefit_year, state=EnrolmentState.LIVE, resident_id=OuterRef("resident_id")
    )
    due = chosen.filter(Exists(approved)).select_related("relative", "resident", "account")
    waiting = list(due.order_by("pk")[:AT_ONCE])
    return sum(_pay(actor, policy, hold, clock) for hold in waiting)


def _pay(actor: Scope, policy: Policy, hold: Hold, clock: Clock) -> int:
    if enrolment.enrolment_of(actor, hold.resident_id, hold.benefit_year) is None:
        return 0
    try:
        pay_at_approval(actor=actor, relative=hold.relative, policy=policy, group=hold.group, clock=clock, chosen=hold)
    except (Refusal, IntegrityError) as fault:
        code = fault.code if isinstance(fault, Refusal) else ""
        if code == "busy":
            return 0
        reason = _WHY.get(code, Failure.NOT_STANDING)
        bill = bills.live_bill(actor, hold.resident_id, hold.benefit_year)
        if reason == Failure.NOTHING_TO_PAY and bill is not None and bill.payable_fen:
            return _fail(actor, policy, hold.pk, Failure.PAID_OTHERWISE, clock, told=False)
        return _fail(actor, policy, hold.pk, reason, clock)
    return 1


def _fail(actor: Scope, policy: Policy, hold_id: int, reason: Failure, clock: Clock, *, told: bool = True) -> int:
    with transaction.atomic():
        rows = Hold.objects.select_for_update(of=("self",)).select_related("resident", "account")
        hold = rows.filter(pk=hold_id, state__in=(HoldState.CHOSEN, HoldState.HELD)).first()
        if hold is None:
            return 0
        let_go(hold, HoldState.FAILED, reason, ledger.actor_name(actor), clock)
        if told:
            tell_of_failures([hold], policy, clock)
    return 1


def _paid_otherwise(actor: Scope, policy: Policy, clock: Clock) -> int:
    held = Hold.objects.filter(pooling_area=policy.pooling_area, policy_id=policy.id, state=HoldState.HELD)
    settled = bills.visible(actor).filter(
        pooling_area=policy.pooling_area, benefit_year=policy.benefit_year, state=BillState.SETTLED
    )
    found = held.filter(bill_id__in=settled.values("pk")).values_list("pk", flat=True)
    return sum(
        _fail(actor, policy, hold_id, Failure.PAID_OTHERWISE, clock, told=False) for hold_id in list(found[:AT_ONCE])
    )


def _expired(actor: Scope, policy: Policy, clock: Clock) -> int:
    """No money stays reserved into the benefit year that it was to pay for."""
    if clock.today() < policy.year_start:
        return 0
    waiting = Hold.objects.filter(
        pooling_area=policy.pooling_area, policy_id=policy.id, state__in=(HoldState.CHOSEN, HoldState.HELD)
    )
    found = list(waiting.values_list("pk", flat=True)[:AT_ONCE])
    return sum(_fail(actor, policy, hold_id, Failure.EXPIRED, clock) for hold_id in found)
