"""Attempts to pay one bill through a channel: written down before the other side is asked."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import OperationalError, transaction

from canbao.billing import queries as bills
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope, program
from canbao.payments import items, refusals, refused
from canbao.payments.actions import settling
from canbao.payments.actions.agreeing import setup_of
from canbao.payments.models import Attempt, AttemptState, Channel, PaidBy, Shape
from canbao.payments.partners import CASHIERS
from canbao.payments.partners.partner import Call, CallFailed, Order

VALID = timedelta(minutes=30)
"""How long the other side takes money for an order of ours."""
ASKED_AFTER = tuple(timedelta(seconds=seconds) for seconds in (15, 30, 60, 180, 600, 1800))
ASKED_EVERY, ASKED_UNTIL = timedelta(hours=1), timedelta(hours=24, minutes=4)
"""Questions about an attempt, counted from its beginning; after the last one the statement of the day decides."""
TITLE = "城乡居民基本医疗保险费"
"""What stands on the other side's page; that side speaks Chinese."""
_A = AttemptState


def payer() -> Scope:
    """Whoever stands before the public payment page."""
    return program("居民网上缴费", Capability.PAY)


def begin_attempt(
    *, actor: Scope, bill_id: int, channel_id: int, clock: Clock, paid_by: str = PaidBy.SELF, payer_name: str = ""
) -> Attempt:
    """Write down that somebody is about to pay the bill, exactly its amount. The same channel again gives the same
    attempt as long as it is open.

    Refuses what the counter refuses of the bill, `channel_closed`, `payer_missing`, `busy`.
    """
    actor.require(Capability.PAY)
    seen = bills.bill(actor, bill_id)
    if paid_by not in PaidBy.values or (paid_by != PaidBy.SELF and not payer_name.strip()):
        raise refused.payer_missing()
    try:
        with transaction.atomic():
            settling.wait_at_most()
            bill = settling.lock_bill(seen.pk)
            settling.require_open(bill)
            settling.require_standing(actor, bill, settling.lines_of(bill), clock.now())
            channel = Channel.objects.filter(pk=channel_id, policy_id=bill.policy_id, shape=Shape.REDIRECT).first()
            if channel is None or not is_open(channel, clock):
                raise refused.channel_closed()
            open_one = Attempt.objects.filter(
                pooling_area=bill.pooling_area, bill_id=bill.pk, channel=channel, amount_fen=bill.payable_fen,
                state__in=(_A.CREATED, _A.SENT, _A.UNKNOWN), created_at__gt=clock.now() - VALID,
                paid_by=paid_by, payer_name=payer_name.strip()[:60],
            ).first()  # fmt: skip
            return open_one or Attempt.objects.create(
                pooling_area=bill.pooling_area,
                bill_id=bill.pk,
                channel=channel,
                trade_no=secrets.token_hex(16),
                amount_fen=bill.payable_fen,
                item=items.item_of(bill, channel.code),
                paid_by=paid_by,
                payer_name=payer_name.strip()[:60],
                created_at=clock.now(),
                ask_at=next_question(clock.now(), clock.now()),
            )
    except OperationalError as fault:
        if settling.is_busy(fault):
            raise refusals.busy() from fault
        raise


def is_open(channel: Channel, clock: Clock) -> bool:
    today = clock.today()
    return channel.open_from <= today and (channel.open_until is None or today <= channel.open_until)


def send_attempt(
    *, actor: Scope, attempt: Attempt, report_url: str, return_url: str, call: Call, clock: Clock
) -> Attempt:
    """Order the cashier page at the other side. Where no answer comes, nobody knows: it is asked about later, and the
    same order may be sent again.
    """
    actor.require(Capability.PAY)
    if attempt.pay_url or attempt.state not in (_A.CREATED, _A.UNKNOWN):
        return attempt
    channel = attempt.channel
    order = Order(
        trade_no=attempt.trade_no,
        amount_fen=attempt.amount_fen,
        title=f"{TITLE} {attempt.bill.benefit_year} {attempt.item}".rstrip(),
        expires_at=attempt.created_at + VALID,
        report_url=report_url,
        return_url=return_url,
    )
    try:
        url = CASHIERS[channel.partner].order(setup_of(channel), order, call, clock.now())
    except CallFailed:
        url = ""
    # Money may have come in the meantime: then the attempt knows more than the answer to the order.
    Attempt.objects.filter(pk=attempt.pk, state__in=(_A.CREATED, _A.UNKNOWN)).update(
        state=_A.SENT if url else _A.UNKNOWN, pay_url=url, ask_at=next_question(attempt.created_at, clock.now())
    )
    attempt.refresh_from_db()
    return attempt


def look_again(*, actor: Scope, attempt: Attempt, clock: Clock) -> None:
    """The payer came back from the cashier: ask now. The browser itself proves nothing."""
    actor.require(Capability.PAY)
    waiting = Attempt.objects.filter(pk=attempt.pk, state__in=(_A.SENT, _A.UNKNOWN), ask_at__gt=clock.now())
    waiting.update(ask_at=clock.now())


def next_question(begun_at: datetime, now: datetime) -> datetime | None:
    """When the other side is asked next about an attempt; None once it was asked for a day."""
    for after in ASKED_AFTER:
        if begun_at + after > now:
            return begun_at + after
    return now + ASKED_EVERY if now + ASKED_EVERY <= begun_at + ASKED_UNTIL else None
