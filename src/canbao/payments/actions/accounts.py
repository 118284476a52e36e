"""Money that a personal account of the employee scheme pays: many bills by a few statements, whatever their number.

The room that keeps the accounts has judged and locked everything; here are the books, the payment and the bill.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection, transaction

from canbao.billing import actions as billing
from canbao.billing import queries as bills
from canbao.billing.models import Bill
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import SHANGHAI, Clock
from canbao.kernel.copying import copy_rows
from canbao.kernel.scope import Scope
from canbao.ledger import actions as ledger
from canbao.ledger import chart
from canbao.ledger.actions import Draft
from canbao.payments.actions import settling
from canbao.payments.models import Channel, Method, Place, Shape
from canbao.payments.partners import PERSONAL_ACCOUNT
from canbao.policy import Policy

MUTUAL_AID = "mutual_aid"
"""The channel's code: the name of the part of the notice that opens it."""


@dataclass(frozen=True, slots=True)
class Deducted:
    """One bill, locked, open and standing, that an account pays whole. `name` is unique among the channel's money."""

    bill: Bill
    name: str
    paid_at: datetime


def account_channel(policy: Policy) -> Channel:
    """The channel of the policy whose notice lets families' accounts pay."""
    known = Channel.objects.filter(policy_id=policy.id, code=MUTUAL_AID).first()
    if known is not None:
        return known
    row = Channel(
        policy_id=policy.id, code=MUTUAL_AID, pooling_area=policy.pooling_area, shape=Shape.PUSH,
        name_zh="职工医保个人账户家庭共济", name_en="family mutual aid from personal accounts",
        partner=PERSONAL_ACCOUNT, merchant_id=policy.pooling_area, open_from=policy.opens.date(),
    )  # fmt: skip
    row.seal_keys("", "")
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        return Channel.objects.get(policy_id=policy.id, code=MUTUAL_AID)
    return row


_CAPTURE = (
    "id", "pooling_area", "channel_id", "transaction_id", "bill_id", "meant_for", "amount_fen", "paid_at",
    "received_at", "place", "reason", "entry_id",
)  # fmt: skip
_PAYMENT = (
    "pooling_area", "bill_id", "resident_id", "channel", "shape", "method", "amount_fen", "paid_at", "received_at",
    "receipt_no", "key", "input_digest", "collected_by", "capture_id", "entry_id",
)  # fmt: skip


def settle_deducted(*, actor: Scope, channel: Channel, deducted: Sequence[Deducted], clock: Clock) -> list[int]:
    """Entries, captures, payments, settled bills and cover, inside the caller's transaction: the ids of the captures in
    the order of `deducted`. IntegrityError if a bill was paid or a name used before.
    """
    actor.require(Capability.HEAR_CHANNELS, channel.pooling_area)
    if not deducted:
        return []
    area, now, by = channel.pooling_area, clock.now(), ledger.actor_name(actor)
    money = chart.channel_money(area, channel.code)
    lines = bills.lines_by_bill([each.bill for each in deducted])
    entries = ledger.post_many(
        actor=actor.deputed(Capability.KEEP_LEDGER, area),
        drafts=[
            Draft(
                area, f"payment:{each.bill.pk}", "payment", str(each.bill.pk),
                each.paid_at.astimezone(SHANGHAI).date(),
                settling.payment_moves(each.bill, lines[each.bill.pk], money),
            )
            for each in deducted
        ],
        clock=clock,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('payments_capture', 'id')) FROM generate_series(1, %s)",
            [len(deducted)],
        )
        ids = [int(row[0]) for row in cursor.fetchall()]
        rows = list(zip(ids, entries, deducted, strict=True))
        copy_rows(
            cursor, "payments_capture", _CAPTURE,
            (
                (key, area, channel.pk, each.name, each.bill.pk, f"bill {each.bill.pk}", each.bill.payable_fen,
                 each.paid_at, now, Place.SETTLED.value, "", entry)
                for key, entry, each in rows
            ),
        )  # fmt: skip
        copy_rows(
            cursor, "payments_payment", _PAYMENT,
            (
                (area, each.bill.pk, each.bill.resident_id, channel.code, channel.shape, Method.TRANSFER.value,
                 each.bill.payable_fen, each.paid_at, now, f"{area}-N{channel.pk:04d}-{key:09d}", f"capture {key}",
                 hashlib.sha256(f"capture {key}".encode()).hexdigest(), by, key, entry)
                for key, entry, each in rows
            ),
        )  # fmt: skip
    billing.settle_bills(
        actor=actor.deputed(Capability.SETTLE_BILLS, area), pooling_area=area,
        settled=[billing.Settled(each.bill.pk, entry, each.paid_at) for _, entry, each in rows],
    )  # fmt: skip
    return ids
