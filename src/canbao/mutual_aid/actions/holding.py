"""Confirming that a relative's account pays, and taking that back: the money is reserved, or nothing happens.

The order of locks: bills, relative, holds, accounts.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F

from canbao.billing import actions as billing
from canbao.billing import queries as bills
from canbao.billing.models import Bill, BillState
from canbao.enrolment import queries as enrolment
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.ledger import actions as ledger
from canbao.mutual_aid import queries, refusals
from canbao.mutual_aid.actions.deducting import deduct
from canbao.mutual_aid.groups import Days, days_of, group_for
from canbao.mutual_aid.models import Hold, HoldState, PersonalAccount, Relative, RelativeState
from canbao.mutual_aid.standing import may_pay
from canbao.payments.actions import settling
from canbao.policy import Policy, policies


def confirm(*, actor: Scope, relative_id: int, clock: Clock) -> Hold:
    """The member chooses mutual aid: his bill's whole amount is reserved on the relative's account.

    In the group that is deducted at the approval it is deducted at once, or waits for the approval (`chosen`). Refuses
    `relative_not_found`, `not_agreed`, `too_late`, `no_bill`, `nothing_to_pay`, `holder_gone`, `short`, `above_limit`,
    `confirmed_already`, `busy`, and for the bill of an approved person what billing refuses.
    """
    actor.require(Capability.KEEP_MUTUAL_AID)
    row = queries.relative(actor, relative_id)
    if row.state != RelativeState.AGREED:
        raise refusals.not_agreed()
    policy, days, enrolled = _where(actor, row, clock)
    if not days.may_confirm(clock.now()):
        raise refusals.too_late(days.confirm_before, policy.closes)
    if days.deducts_on is None:
        if not enrolled:
            return _choose(actor, row, policy, days, clock)
        return pay_at_approval(actor=actor, relative=row, policy=policy, group=days.key, clock=clock)
    bill = bills.live_bill(actor, row.resident_id, policy.benefit_year)
    if bill is None:
        raise refusals.no_bill(policy.benefit_year)
    with in_turn():
        return reserve(actor, row, bill, days.key, clock.now(), clock)


def group_of(actor: Scope, row: Relative, clock: Clock) -> Days:
    """The group of the notice to which the member belongs this year. Refuses `no_group`."""
    return _where(actor, row, clock)[1]


def _where(actor: Scope, row: Relative, clock: Clock) -> tuple[Policy, Days, bool]:
    """Policy and group, and whether the member is enrolled."""
    policy, person = policies.get(row.policy_id), row.resident
    enrolled = enrolment.enrolment_of(actor, person.pk, policy.benefit_year)
    facts = enrolment.facts_of(actor, person, enrolled, policy.benefit_year)
    standing = enrolment.standing_of(actor, person, policy.benefit_year)
    if standing == "first" and enrolled is None and policy.benefit_year - 1 in person.covered_years:
        standing = "renewing"
    on = enrolled.registered_on if enrolled else clock.today()
    group = group_for(policy, facts, standing, enrolled.route if enrolled else None, on)
    return policy, days_of(policy, group), enrolled is not None


def revoke(*, actor: Scope, hold_id: int, clock: Clock) -> Hold:
    """Take a confirmation back before the deadline; the money is free again.

    Refuses `not_confirmed`, `too_late_to_revoke`, `busy`.
    """
    actor.require(Capability.KEEP_MUTUAL_AID)
    seen = queries.holds(actor).filter(pk=hold_id).first()
    with in_turn():
        hold = Hold.objects.select_for_update(of=("self",)).filter(pk=seen.pk).first() if seen else None
        if hold is None or hold.state not in (HoldState.CHOSEN, HoldState.HELD):
            raise refusals.not_confirmed()
        days = days_of(policies.get(hold.policy_id), hold.group)
        if not days.may_confirm(clock.now()):
            raise refusals.too_late_to_revoke(days.confirm_before)
        let_go(hold, HoldState.RELEASED, "", ledger.actor_name(actor), clock)
    return hold


def let_go(hold: Hold, state: HoldState, reason: str, by: str, clock: Clock) -> None:
    """End a hold that the caller has locked, and free what it reserved."""
    if hold.state == HoldState.HELD:
        PersonalAccount.objects.filter(pk=hold.account_id).update(held_fen=F("held_fen") - hold.amount_fen)
    hold.state, hold.reason, hold.resolved_at, hold.resolved_by = state, reason, clock.now(), by
    hold.save(update_fields=("state", "reason", "resolved_at", "resolved_by"))


def reserve(
    actor: Scope, row: Relative, bill: Bill, group: str, confirmed_at: datetime, clock: Clock,
    chosen: Hold | None = None,
) -> Hold:  # fmt: skip
    """Hold the bill's whole amount, inside the caller's transaction; `chosen` becomes the hold if there is one."""
    bill = settling.lock_bill(bill.pk)
    if bill.state != BillState.ISSUED or not bill.payable_fen:
        raise refusals.nothing_to_pay()
    tie = Relative.objects.select_for_update(of=("self",), no_key=True).get(pk=row.pk)
    if tie.state != RelativeState.AGREED:
        raise refusals.not_agreed()
    amount = bill.payable_fen
    if tie.limit_fen is not None and amount > tie.limit_fen:
        raise refusals.above_limit(amount, tie.limit_fen)
    account = PersonalAccount.objects.select_for_update(of=("self",)).get(pk=row.account_id)
    if not may_pay(account):
        raise refusals.holder_gone()
    if account.available_fen < amount:
        raise refusals.short(amount, policies.get(bill.policy_id).closes)
    hold = chosen or Hold(
        pooling_area=bill.pooling_area, account=account, relative=tie, resident_id=bill.resident_id,
        benefit_year=bill.benefit_year, policy_id=bill.policy_id, group=group, confirmed_at=confirmed_at,
        confirmed_by=ledger.actor_name(actor),
    )  # fmt: skip
    hold.bill_id, hold.amount_fen, hold.state = bill.pk, amount, HoldState.HELD
    try:
        with transaction.atomic():
            hold.save()
            PersonalAccount.objects.filter(pk=account.pk).update(held_fen=F("held_fen") + amount)
    except IntegrityError as fault:
        if "mutual_aid_hold_one_a_year" in str(fault):
            raise refusals.confirmed_already() from None
        if "mutual_aid_account_covers" in str(fault):
            raise refusals.short(amount, policies.get(bill.policy_id).closes) from None
        raise
    return hold


def pay_at_approval(
    *, actor: Scope, relative: Relative, policy: Policy, group: str, clock: Clock, chosen: Hold | None = None
) -> Hold:
    """Bill, hold and deduction of one enrolled person, all or nothing. Refuses as `confirm` does."""
    area = policy.pooling_area
    with in_turn():
        bill = billing.issue_bill(
            actor=actor.deputed(Capability.ISSUE_BILLS, area), resident_id=relative.resident_id,
            benefit_year=policy.benefit_year, clock=clock, paid_at_approval=True,
        )  # fmt: skip
        confirmed_at = chosen.confirmed_at if chosen else clock.now()
        hold = reserve(actor, relative, bill, group, confirmed_at, clock, chosen)
        deduct(
            actor=actor.deputed(Capability.HEAR_CHANNELS, area), policy=policy, hold_ids=[hold.pk], clock=clock,
            raising=True,
        )  # fmt: skip
        hold.refresh_from_db()
    return hold


def _choose(actor: Scope, row: Relative, policy: Policy, days: Days, clock: Clock) -> Hold:
    try:
        with transaction.atomic():
            return Hold.objects.create(
                pooling_area=row.pooling_area, account_id=row.account_id, relative=row, resident_id=row.resident_id,
                benefit_year=policy.benefit_year, policy_id=policy.id, group=days.key, state=HoldState.CHOSEN,
                confirmed_at=clock.now(), confirmed_by=ledger.actor_name(actor),
            )  # fmt: skip
    except IntegrityError as fault:
        if "mutual_aid_hold_one_a_year" in str(fault):
            raise refusals.confirmed_already() from None
        raise


@contextmanager
def in_turn(timeout: str = settling.LOCK_TIMEOUT) -> Iterator[None]:
    """One transaction in which a lock that takes too long, or a deadlock, is refused in words (`busy`)."""
    try:
        with transaction.atomic():
            settling.wait_at_most(timeout)
            yield
    except OperationalError as fault:
        if settling.is_busy(fault):
            raise refusals.busy() from fault
        raise
