"""What residents are told when somebody takes money for them: written with the payment, sent by the worker."""

from __future__ import annotations

import json
import secrets
from datetime import timedelta

from canbao.areas import queries as areas
from canbao.billing.models import Bill
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import SHANGHAI, Clock
from canbao.kernel.fen import yuan_said
from canbao.kernel.personal import Phone
from canbao.kernel.scope import Scope
from canbao.payments.models import CODE_LENGTH, CODE_LETTERS, MessageState, Payment, PhoneMessage, ReceiptMessage
from canbao.payments.partners.partner import Call, Called, CallFailed
from canbao.registry import queries as registry

AGAIN_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120))
TRIES_MAX = 12


def write_message(*, payment: Payment, bill: Bill, clock: Clock) -> ReceiptMessage:
    """Tell the resident what was paid, where, under which receipt number, and how he can check it."""
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    paid_at, person = payment.paid_at.astimezone(SHANGHAI), bill.resident
    village = areas.full_name(person.village_code)
    collector = payment.collected_by.partition(" ")[2] or payment.collected_by
    text = (
        f"【参保】{registry.masked_name(person.name)}{bill.benefit_year}年度居民医保{yuan_said(payment.amount_fen)}元"
        f"已由{collector}于{paid_at:%Y-%m-%d %H:%M}收取（{payment.get_method_display()}，{village}），"
        f"收据号{payment.receipt_no}。在本系统“核验”页填核验码{code}可查真假；没有缴费却收到本短信，请向税务部门核实。"
    )
    return ReceiptMessage.objects.create(
        pooling_area=payment.pooling_area, payment=payment, code=code, text=text[:300], written_at=clock.now(),
        send_at=clock.now(),
    )  # fmt: skip


def send_message(*, actor: Scope, message: ReceiptMessage, address: str, call: Call, clock: Clock) -> ReceiptMessage:
    """Hand the message to the sender, again and again under the same number until it says that it has it."""
    actor.require(Capability.HEAR_CHANNELS, message.pooling_area)
    hand_over(message, message.pk, message.payment.resident.phone, address, call, clock)
    return message


def hand_over(
    message: PhoneMessage, number: int | str, phone: Phone | None, address: str, call: Call, clock: Clock
) -> None:
    """One try to have the message sent to a phone; the sender answers with the number of what it has."""
    if phone is None:
        message.state, message.send_at = MessageState.NO_PHONE, None
        message.save(update_fields=("state", "send_at"))
        return
    message.tries += 1
    later = AGAIN_AFTER[min(message.tries, len(AGAIN_AFTER)) - 1]
    message.send_at = clock.now() + later if message.tries < TRIES_MAX else None
    message.save(update_fields=("tries", "send_at"))
    body = json.dumps({"number": number, "phone": phone.unmasked, "text": message.text}, ensure_ascii=False).encode()
    try:
        heard = call(Called("POST", address, {"content-type": "application/json"}, body))
    except CallFailed:
        return
    if heard.status == 200 and heard.body.strip() == str(number).encode():
        message.state, message.sent_at, message.send_at = MessageState.SENT, clock.now(), None
        message.save(update_fields=("state", "sent_at", "send_at"))
