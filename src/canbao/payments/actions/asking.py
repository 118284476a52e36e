"""Questions to the other side: how an attempt stands, and sending refunds, which asks about them too."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.payments.actions.agreeing import setup_of
from canbao.payments.actions.attempts import VALID, next_question
from canbao.payments.actions.hearing import take_report
from canbao.payments.models import Attempt, AttemptState, Capture, Refund, RefundState
from canbao.payments.partners import BY_HAND, CASHIERS, PARTNERS
from canbao.payments.partners.partner import Call, CallFailed, Return
from canbao.payments.partners.report import Kind

REFUND_ASKED_EVERY = timedelta(minutes=10)
_OPEN = (AttemptState.CREATED, AttemptState.SENT, AttemptState.UNKNOWN)


def first_question(capture: Capture | None, clock: Clock) -> datetime | None:
    """When a refund is sent first: at once, but for what a person hands back or transfers himself."""
    return None if capture is None or capture.channel.partner in BY_HAND else clock.now()


def ask_attempt(*, actor: Scope, attempt: Attempt, call: Call, clock: Clock) -> Attempt:
    """Ask how the attempt stands and take in the answer as anything else that the channel tells.

    No answer makes it `unknown`, never failed; what the other side does not know after the order ran out is closed.
    """
    actor.require(Capability.HEAR_CHANNELS, attempt.pooling_area)
    channel, asked = attempt.channel, attempt.asked + 1
    rows = Attempt.objects.filter(pk=attempt.pk, state__in=_OPEN)
    rows.update(asked=asked, ask_at=next_question(attempt.created_at, clock.now()))
    try:
        told = CASHIERS[channel.partner].ask(setup_of(channel), attempt.trade_no, call, clock.now())
    except (CallFailed, KeyError, ValueError, TypeError):
        rows.filter(state__in=(AttemptState.CREATED, AttemptState.SENT)).update(state=AttemptState.UNKNOWN)
        attempt.refresh_from_db()
        return attempt
    if told is None:
        if clock.now() > attempt.created_at + VALID:
            rows.update(state=AttemptState.CLOSED, ask_at=None, resolved_at=clock.now())
    else:
        report, raw = told
        if report.kind == Kind.PENDING:
            rows.filter(state=AttemptState.UNKNOWN).exclude(pay_url="").update(state=AttemptState.SENT)
        else:
            # Every answer is a telling of its own; what it says was perhaps heard before.
            named = replace(report, event_id=f"answer {attempt.trade_no} {asked}")
            take_report(actor=actor, channel=channel, report=named, raw=raw, clock=clock)
    attempt.refresh_from_db()
    return attempt


def ask_refund(*, actor: Scope, refund: Refund, call: Call, clock: Clock) -> Refund:
    """Send the refund, or send it again under the same number, which asks about it."""
    actor.require(Capability.HEAR_CHANNELS, refund.pooling_area)
    capture = refund.capture
    if capture is None:
        # What a counter took goes back by hand.
        return refund
    channel, asked = capture.channel, refund.asked + 1
    rows = Refund.objects.filter(pk=refund.pk, state__in=(RefundState.APPROVED, RefundState.SENT))
    # Written before it is sent: whatever happens next, this number may be known there.
    if not rows.update(state=RefundState.SENT, asked=asked, ask_at=clock.now() + REFUND_ASKED_EVERY):
        return refund
    wish = Return(
        number=refund.number_there,
        trade_no=capture.meant_for,
        transaction_id=capture.transaction_id,
        amount_fen=refund.amount_fen,
    )
    try:
        told = PARTNERS[channel.partner].give_back(setup_of(channel), wish, call, clock.now())
    except (CallFailed, KeyError, ValueError, TypeError):
        told = None
    if told is not None:
        named = replace(told[0], event_id=f"refund {refund.number_there} {asked}")
        take_report(actor=actor, channel=channel, report=named, raw=told[1], clock=clock)
    refund.refresh_from_db()
    return refund
