"""What becomes of money that settled no bill: one person proposes, another approves, and only then it moves."""

from __future__ import annotations

import secrets

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from canbao.billing import queries as bills
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.fen import yuan_said
from canbao.kernel.scope import Scope
from canbao.ledger import actions as ledger
from canbao.ledger import chart
from canbao.ledger.actions import Draft, Move
from canbao.payments import queries, refused, refused_debits
from canbao.payments.actions import settling
from canbao.payments.actions.asking import first_question
from canbao.payments.actions.handing_back import tell_by_hand
from canbao.payments.models import Capture, HeldDecision, Refund, RefundState, Way
from canbao.staff.actions import ask_approval
from canbao.staff.approvals import Kind
from canbao.staff.models import Approval

_NUMBER_BYTES = 14


def propose(*, actor: Scope, capture_id: int, way: str, clock: Clock, bill_id: int | None = None) -> Approval:
    """Ask a second person to give held money back, or to let it settle an open bill of the same sum.

    Refuses `not_held`, `wrong_bill`, `already_asked`, and what the counter refuses of a bill.
    """
    actor.require(Capability.RESOLVE_MONEY)
    capture = queries.capture(actor, capture_id)
    if queries.decision_of(capture) is not None or not capture.reason:
        raise refused.not_held()
    subject: dict[str, int | str] = {"capture": capture.pk, "way": way}
    amount = yuan_said(capture.amount_fen)
    if way == Way.SETTLE:
        bill = bills.bill(actor, bill_id or 0)
        settling.require_open(bill)
        if (bill.pooling_area, bill.payable_fen) != (capture.pooling_area, capture.amount_fen):
            raise refused.wrong_bill(capture.amount_fen)
        subject["bill"] = bill.pk
        summary = (
            f"用待处理的{amount}元缴清应缴单 {bill.pk}",
            f"Let {amount} yuan of held money settle bill {bill.pk}",
        )
    else:
        subject["way"] = Way.REFUND.value
        summary = (f"把待处理的{amount}元退给付款人", f"Give {amount} yuan of held money back to the payer")
    return ask_approval(
        actor=actor, kind=KIND.code, area_code=queries.area_of(capture.channel), key=f"capture {capture.pk}",
        subject=subject, summary=summary, clock=clock, page=f"/console/channels/money/{capture.pk}",
    )  # fmt: skip


def resend_refund(*, actor: Scope, capture_id: int, clock: Clock) -> Refund:
    """Send a refund that came back once more, under a new number. Refuses `not_bounced`."""
    actor.require(Capability.RESOLVE_MONEY)
    capture = queries.capture(actor, capture_id)
    with transaction.atomic():
        rows = Refund.objects.select_for_update(of=("self",))
        row = rows.filter(capture=capture, state=RefundState.BOUNCED).first()
        if row is None:
            raise refused.not_bounced()
        row.state, row.tries = RefundState.APPROVED, row.tries + 1
        row.ask_at = first_question(capture, clock)
        row.save(update_fields=("state", "tries", "ask_at"))
    return row


def record_returned(*, actor: Scope, capture_id: int, reference: str, arrived: bool, clock: Clock) -> Refund:
    """A refund to a bank or an institution was transferred by hand under the bank's serial, and arrived or came back.

    Refuses `not_by_hand`, `bad_transfer`.
    """
    actor.require(Capability.RESOLVE_MONEY)
    capture = queries.capture(actor, capture_id)
    reference = reference.strip()[:40]
    row = Refund.objects.filter(capture=capture, state__in=(RefundState.APPROVED, RefundState.SENT)).first()
    if row is None or not queries.goes_by_hand(row):
        raise refused_debits.not_by_hand()
    if not reference:
        raise refused_debits.bad_transfer()
    return tell_by_hand(actor=actor, refund=row, reference=reference, arrived=arrived, clock=clock)


def _carry_out(actor: Scope, approval: Approval, clock: Clock) -> None:
    """The unique decision of a capture lets this happen once."""
    capture = Capture.objects.select_related("channel").get(pk=approval.subject["capture"])
    if queries.decision_of(capture) is not None:
        raise refused.not_held()
    if approval.subject["way"] == Way.SETTLE:
        _settle(actor, capture, int(approval.subject["bill"]), approval, clock)
    else:
        _give_back(actor, capture, approval, clock)


def _give_back(actor: Scope, capture: Capture, approval: Approval, clock: Clock) -> None:
    area, code = capture.pooling_area, capture.channel.code
    entry = ledger.post(
        actor=actor.deputed(Capability.KEEP_LEDGER, area),
        draft=Draft(
            area,
            f"give back:{capture.pk}",
            "give_back",
            str(capture.pk),
            clock.today(),
            (Move(chart.held_money(area, code, capture.reason), chart.refund_due(area, code), capture.amount_fen),),
        ),
        clock=clock,
    )
    _decided(actor, capture, Way.REFUND, None, entry.pk, approval, clock)
    Refund.objects.create(
        pooling_area=area, capture=capture, number=secrets.token_hex(_NUMBER_BYTES), amount_fen=capture.amount_fen,
        approved_at=clock.now(), ask_at=first_question(capture, clock),
    )  # fmt: skip


def _settle(actor: Scope, capture: Capture, bill_id: int, approval: Approval, clock: Clock) -> None:
    settling.wait_at_most()
    bill = settling.lock_bill(bill_id)
    settling.require_open(bill)
    if bill.payable_fen != capture.amount_fen:
        raise refused.wrong_bill(capture.amount_fen)
    lines = settling.lines_of(bill)
    inside = actor.deputed(Capability.RESOLVE_MONEY, capture.pooling_area)
    settling.require_standing(inside, bill, lines, capture.paid_at)
    money = chart.held_money(capture.pooling_area, capture.channel.code, capture.reason)
    entry = settling.post_payment(actor, bill, lines, money, capture.paid_at, clock)
    _decided(actor, capture, Way.SETTLE, bill.pk, entry.pk, approval, clock)
    settling.settle(
        actor=actor, bill=bill, taken=settling.taken_through(capture, clock), entry=entry, clock=clock, capture=capture
    )


def _decided(
    actor: Scope, capture: Capture, way: Way, bill_id: int | None, entry_id: int, approval: Approval, clock: Clock
) -> None:
    HeldDecision.objects.create(
        pooling_area=capture.pooling_area, capture=capture, way=way, bill_id=bill_id, entry_id=entry_id,
        approval_id=approval.pk, decided_at=clock.now(), decided_by=ledger.actor_name(actor),
    )  # fmt: skip


KIND = Kind("payments.held", _("处理没有入账的钱"), asks=Capability.RESOLVE_MONEY, carry_out=_carry_out)
