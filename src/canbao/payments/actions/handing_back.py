"""Refunds that a person hands back or transfers himself: what a counter took, a bank debited, or an institution paid.

What came through a channel's file or list is told to the one judge like everything else of that channel; what a counter
took has no channel that could tell it.
"""

from __future__ import annotations

from django.db import transaction

from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.ledger import actions as ledger
from canbao.ledger import chart
from canbao.ledger.actions import Draft, Move
from canbao.payments import queries, refused
from canbao.payments.actions.counter import PLACES
from canbao.payments.actions.deposits import IN_BANK, lock_book
from canbao.payments.actions.hearing import ear, take_report
from canbao.payments.models import Method, Payment, Refund, RefundState
from canbao.payments.partners.report import Kind, Report
from canbao.payments.queries import collectors

REFERENCE_MAX = 60
_HOW = {True: Kind.RETURNED, False: Kind.BOUNCED}


def send_by_hand(*, actor: Scope, application_id: int, reference: str, clock: Clock) -> Refund:
    """The money is on its way back; `reference` names the transfer, or the signed slip.

    Refuses `words_missing`, `wrong_step`.
    """
    actor.require(Capability.RESOLVE_MONEY)
    said = " ".join(reference.split())[:REFERENCE_MAX]
    if not said:
        raise refused.words_missing("凭证号", "The reference of the transfer")
    with transaction.atomic():
        refund = locked_refund(actor, application_id, RefundState.APPROVED)
        refund.state, refund.reference = RefundState.SENT, said
        refund.save(update_fields=("state", "reference"))
    return refund


def refund_arrived(*, actor: Scope, application_id: int, clock: Clock) -> Refund:
    """What was sent by hand has arrived: the money leaves the books where it was. Refuses `wrong_step`."""
    actor.require(Capability.RESOLVE_MONEY)
    with transaction.atomic():
        refund = locked_refund(actor, application_id, RefundState.SENT)
        if refund.capture_id is None:
            return _handed_over(actor, refund, clock)
    return tell_by_hand(actor=actor, refund=refund, reference=refund.reference, arrived=True, clock=clock)


def refund_came_back(*, actor: Scope, application_id: int, clock: Clock) -> Refund:
    """What was sent by hand came back. Refuses `wrong_step`."""
    actor.require(Capability.RESOLVE_MONEY)
    with transaction.atomic():
        refund = locked_refund(actor, application_id, RefundState.SENT)
        if refund.capture_id is None:
            refund.state = RefundState.BOUNCED
            refund.save(update_fields=("state",))
            return refund
    return tell_by_hand(actor=actor, refund=refund, reference=refund.reference, arrived=False, clock=clock)


def tell_by_hand(*, actor: Scope, refund: Refund, reference: str, arrived: bool, clock: Clock) -> Refund:
    """Tell for the bank or the institution how a transfer ended; told twice it counts once.

    Not inside a transaction: what is told has one of its own.
    """
    capture = refund.capture
    assert capture is not None
    channel = capture.channel
    report = Report(
        event_id=f"refund {refund.number_there} {_HOW[arrived]}", kind=_HOW[arrived], merchant_id=channel.merchant_id,
        app_id=channel.app_id, amount_fen=refund.amount_fen, transaction_id=capture.transaction_id,
        refund_number=refund.number_there, confirmed=True, reference=reference,
    )  # fmt: skip
    raw = f"{actor.actor_name}|{reference}|{refund.amount_fen}".encode()
    take_report(actor=ear(channel), channel=channel, report=report, raw=raw, clock=clock)
    refund.refresh_from_db()
    return refund


def locked_refund(actor: Scope, application_id: int, state: RefundState, *, by_hand: bool = True) -> Refund:
    """The refund of an approved application; `by_hand`: only one that a person sends. Refuses `wrong_step`."""
    application = queries.refund_application(actor, application_id)
    rows = Refund.objects.select_for_update(of=("self",)).filter(application=application, state=state)
    refund = rows.first()
    if refund is None or (by_hand and not queries.goes_by_hand(refund)):
        raise refused.wrong_step()
    return refund


def _handed_over(actor: Scope, refund: Refund, clock: Clock) -> Refund:
    payment, area = refund.payment, refund.pooling_area
    assert payment is not None
    refund.returned_entry = ledger.post(
        actor=actor.deputed(Capability.KEEP_LEDGER, area),
        draft=Draft(
            area, f"returned:{refund.pk}", "returned", str(refund.pk), clock.today(),
            (Move(chart.refund_due(area, payment.channel), _money_now(payment), refund.amount_fen),),
        ),
        clock=clock,
    )  # fmt: skip
    refund.state, refund.returned_at = RefundState.RETURNED, clock.now()
    refund.save(update_fields=("state", "returned_at", "returned_entry"))
    return refund


def money_of(payment: Payment) -> chart.Account:
    """Where the payment's money went, as the books say."""
    if payment.capture is not None:
        return chart.channel_money(payment.pooling_area, payment.channel)
    return chart.counter_money(payment.pooling_area, PLACES[Method(payment.method)], payment.collector_id or 0)


def _money_now(payment: Payment) -> chart.Account:
    """The same, but for cash that was handed in meanwhile: that is at the bank. The collector's book stays locked, so
    that no slip takes the receipt at the same time.
    """
    lock_book(payment.pooling_area, payment.collector_id or 0)
    if collectors.is_deposited(payment):
        return chart.channel_money(payment.pooling_area, IN_BANK)
    return money_of(payment)
