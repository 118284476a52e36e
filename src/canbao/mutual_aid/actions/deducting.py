"""From holds to payments, many at a time: a bill whole or not at all, and whoever cannot be deducted is told why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection, transaction

from canbao.billing import queries as bills
from canbao.billing.models import LIVE, Bill, BillState
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.ledger import actions as ledger
from canbao.mutual_aid import refusals
from canbao.mutual_aid.actions.messages import tell_of_failures
from canbao.mutual_aid.groups import counts_at, days_of
from canbao.mutual_aid.models import AidRun, Failure, Hold, HoldState, PersonalAccount, RelativeState
from canbao.mutual_aid.standing import may_pay, obstacles
from canbao.payments.actions.accounts import Deducted, account_channel, settle_deducted
from canbao.policy import Policy


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of some holds; the sum is what was deducted."""

    captured: int
    captured_fen: int
    failed: int


@dataclass(slots=True)
class _Judged:
    """A hold with what it pays, or why it does not."""

    hold: Hold
    bill: Bill | None
    counts_at: datetime
    reason: str = ""
    refusal: Refusal | None = None


def deduct(
    *, actor: Scope, policy: Policy, hold_ids: Sequence[int], clock: Clock, run: AidRun | None = None,
    raising: bool = False,
) -> Outcome:  # fmt: skip
    """Capture holds of one policy, or fail them with their reason, inside the caller's transaction; what is no longer
    held is left alone.

    `raising`: the first obstacle is refused instead, for one person who stands there and can be told.
    """
    actor.require(Capability.HEAR_CHANNELS, policy.pooling_area)
    try:
        with transaction.atomic():
            return _deduct(actor, policy, hold_ids, clock, run, raising)
    except (Refusal, IntegrityError):
        if raising:
            raise
        if len(hold_ids) > 1:
            # One of them cannot be booked: find out which, and let the others pass.
            done = [deduct(actor=actor, policy=policy, hold_ids=[each], clock=clock, run=run) for each in hold_ids]
            return Outcome(
                sum(each.captured for each in done), sum(each.captured_fen for each in done),
                sum(each.failed for each in done),
            )  # fmt: skip
        with transaction.atomic():
            return _deduct(actor, policy, hold_ids, clock, run, raising, unbookable=True)


def _deduct(
    actor: Scope, policy: Policy, hold_ids: Sequence[int], clock: Clock, run: AidRun | None, raising: bool,
    unbookable: bool = False,
) -> Outcome:  # fmt: skip
    people = list(Hold.objects.filter(pk__in=hold_ids).values_list("resident_id", flat=True))
    live = bills.visible(actor).filter(
        pooling_area=policy.pooling_area, resident_id__in=people, benefit_year=policy.benefit_year, state__in=LIVE
    )
    by_person = {bill.resident_id: bill for bill in live.select_for_update(of=("self",)).order_by("pk")}
    rows = Hold.objects.select_for_update(of=("self",)).filter(pk__in=hold_ids, state=HoldState.HELD)
    holds = list(rows.select_related("relative", "resident", "account").order_by("pk"))
    accounts = {
        account.pk: account
        for account in PersonalAccount.objects.select_for_update(of=("self",)).select_related("holder")
        .filter(pk__in={hold.account_id for hold in holds}).order_by("pk")
    }  # fmt: skip
    now = clock.now()
    judged = [
        _Judged(hold, by_person.get(hold.resident_id), counts_at(policy, hold.confirmed_at, now)) for hold in holds
    ]
    _judge(actor, policy, judged, accounts, unbookable)
    refused = next((each for each in judged if each.reason), None)
    if raising and refused is not None:
        raise refused.refusal or refusals.short(refused.hold.amount_fen, policy.closes)
    taken = [each for each in judged if not each.reason]
    captures = settle_deducted(
        actor=actor, channel=account_channel(policy), clock=clock,
        deducted=[
            Deducted(each.bill, f"hold {each.hold.pk}", each.counts_at) for each in taken if each.bill is not None
        ],
    )  # fmt: skip
    _write(actor, judged, taken, captures, accounts, run, now)
    failed = [each.hold for each in judged if each.reason]
    tell_of_failures([hold for hold in failed if hold.reason != Failure.PAID_OTHERWISE], policy, clock)
    return Outcome(len(taken), sum(each.hold.amount_fen for each in taken), len(failed))


def _judge(
    actor: Scope, policy: Policy, judged: Sequence[_Judged], accounts: dict[int, PersonalAccount], unbookable: bool
) -> None:
    """Give a reason to each that cannot be deducted, in the order of confirmation; the accounts follow in memory."""
    paid = {
        each.bill.pk: (each.bill, each.counts_at)
        for each in judged
        if each.bill is not None and each.bill.state == BillState.ISSUED and each.bill.payable_fen
    }
    at_approval = bool(judged) and days_of(policy, judged[0].hold.group).deducts_on is None
    hindered = obstacles(actor, policy, paid, at_approval=at_approval) if paid else {}
    for each in judged:
        account, hold, bill = accounts[each.hold.account_id], each.hold, each.bill
        each.refusal = hindered.get(bill.pk) if bill is not None else None
        if each.refusal is None and not may_pay(account):
            each.refusal = refusals.holder_gone()
        wanted = bill.payable_fen if bill is not None else 0
        limit = hold.relative.limit_fen
        if bill is None:
            each.reason = Failure.NO_BILL
        elif bill.state == BillState.SETTLED:
            each.reason = Failure.PAID_OTHERWISE
        elif not wanted:
            each.reason = Failure.NOTHING_TO_PAY
        elif hold.relative.state != RelativeState.AGREED:
            each.reason = Failure.LEFT
        elif each.refusal is not None or unbookable:
            each.reason = Failure.NOT_STANDING
        elif wanted - hold.amount_fen > account.available_fen or (limit is not None and wanted > limit):
            each.reason = Failure.SHORT
        account.held_fen -= hold.amount_fen
        if not each.reason:
            account.taken_fen += wanted
            hold.amount_fen = wanted


_HOLDS = """
UPDATE mutual_aid_hold h SET state = s.state, reason = s.reason, amount_fen = s.fen,
    bill_id = coalesce(s.bill, h.bill_id), capture_id = s.capture, counts_at = s.at, resolved_at = %s,
    resolved_by = %s, run_id = %s
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[])
    AS s(id, state, reason, fen, bill, capture, at)
WHERE h.id = s.id
"""
_ACCOUNTS = """
UPDATE mutual_aid_personalaccount a SET held_fen = s.held, taken_fen = s.taken
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS s(id, held, taken) WHERE a.id = s.id
"""


def _write(
    actor: Scope, judged: Sequence[_Judged], taken: Sequence[_Judged], captures: Sequence[int],
    accounts: dict[int, PersonalAccount], run: AidRun | None, now: datetime,
) -> None:  # fmt: skip
    capture_of = {each.hold.pk: capture for each, capture in zip(taken, captures, strict=True)}
    for each in judged:
        each.hold.state = HoldState.FAILED if each.reason else HoldState.CAPTURED
        each.hold.reason = each.reason
    with connection.cursor() as cursor:
        cursor.execute(
            _HOLDS,
            [
                now, ledger.actor_name(actor), run.pk if run else None,
                [each.hold.pk for each in judged],
                [str(each.hold.state) for each in judged],
                [str(each.reason) for each in judged],
                [each.hold.amount_fen for each in judged],
                [each.bill.pk if each.bill and not each.reason else None for each in judged],
                [capture_of.get(each.hold.pk) for each in judged],
                [None if each.reason else each.counts_at for each in judged],
            ],
        )  # fmt: skip
        cursor.execute(
            _ACCOUNTS,
            [
                list(accounts), [account.held_fen for account in accounts.values()],
                [account.taken_fen for account in accounts.values()],
            ],
        )  # fmt: skip
