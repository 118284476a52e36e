"""Money taken at a counter by a person who has signed in."""

from __future__ import annotations

import hashlib

from django.db import IntegrityError, OperationalError, connection, transaction

from canbao.billing import queries as bills
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.ledger import chart
from canbao.payments import refusals, refused_collecting
from canbao.payments.actions import settling
from canbao.payments.actions.mandates import require_mandate
from canbao.payments.models import COUNTER, COUNTER_METHODS, ListedCode, Method, Payment, Shape
from canbao.payments.queries import collectors

PLACES = {Method.CASH: "cash", Method.POS: "pos", Method.CODE: "pos"}
"""Money by code is on its way to the treasury as card money is."""


def take_counter_payment(
    *, actor: Scope, bill_id: int, amount_fen: int, key: str, clock: Clock, method: str = Method.CASH,
    code_id: int | None = None,
) -> Payment:  # fmt: skip
    """Take exactly the amount of an open bill at a counter: payment, receipt number, entry, settled bill, cover, and
    the message to the resident.

    One transaction: all of it or nothing. The same key with the same inputs returns the first payment. Whoever pays by
    QR code pays by one of the county's list, `code_id`. An agent needs a mandate. Refuses
    `bill_not_found`, `wrong_amount`, `already_paid`, `nothing_to_pay`, `bill_void`, `bill_outdated`,
    `not_eligible_now`, `window_not_open`, `not_payable_yet`, `not_maintained`, `deceased`, `not_enrolled`,
    `key_reused`, `unknown_method`, `no_collector`, `busy`, `code_not_listed`, `no_mandate`, `day_limit`, `open_limit`.
    """
    actor.require(Capability.TAKE_PAYMENT)
    if method not in COUNTER_METHODS:
        raise refusals.unknown_method(method)
    if actor.actor_id is None:
        raise refusals.no_collector()
    seen = bills.bill(actor, bill_id)
    inputs = hashlib.sha256(f"{bill_id}|{amount_fen}|{method}|{actor.actor_id}".encode()).hexdigest()
    earlier = _earlier(seen.pooling_area, key, inputs)
    if earlier is not None:
        return earlier
    try:
        with transaction.atomic(durable=True):
            return _take(actor, bill_id, amount_fen, key, inputs, clock, Method(method), code_id)
    except IntegrityError:
        # The unique key or the bill's one payment: somebody was first. A twin gets the twin's payment.
        earlier = _earlier(seen.pooling_area, key, inputs)
        if earlier is not None:
            return earlier
        settling.refuse_paid(seen)
        raise
    except OperationalError as fault:
        if settling.is_busy(fault):
            raise refusals.busy() from fault
        raise


def _earlier(pooling_area: str, key: str, inputs: str) -> Payment | None:
    found = Payment.objects.filter(pooling_area=pooling_area, key=key).first()
    if found is not None and found.input_digest != inputs:
        raise refusals.key_reused()
    return found


def _take(
    actor: Scope, bill_id: int, amount_fen: int, key: str, inputs: str, clock: Clock, method: Method,
    code_id: int | None,
) -> Payment:  # fmt: skip
    settling.wait_at_most()
    bill = settling.lock_bill(bill_id)
    twin = _earlier(bill.pooling_area, key, inputs)
    if twin is not None:
        return twin
    paid_at = clock.now()
    settling.require_open(bill)
    if amount_fen != bill.payable_fen:
        raise refusals.wrong_amount(amount_fen, bill.payable_fen)
    lines = settling.lines_of(bill)
    settling.require_standing(actor, bill, lines, paid_at)
    collector_id = actor.actor_id or 0
    village = bill.resident.village_code
    require_mandate(
        actor=actor, pooling_area=bill.pooling_area, village_code=village, amount_fen=amount_fen, method=method,
        clock=clock,
    )  # fmt: skip
    code = _listed(code_id, village, clock) if method == Method.CODE else None
    entry = settling.post_payment(
        actor, bill, lines, chart.counter_money(bill.pooling_area, PLACES[method], collector_id), paid_at, clock
    )
    taken = settling.Taken(
        channel=COUNTER,
        shape=Shape.COUNTER,
        method=method,
        paid_at=paid_at,
        received_at=paid_at,
        receipt_no=_next_receipt_no(bill.pooling_area, collector_id),
        key=key,
        input_digest=inputs,
        collector_id=collector_id,
        listed_code_id=code.pk if code else None,
    )
    return settling.settle(actor=actor, bill=bill, taken=taken, entry=entry, clock=clock)


def _listed(code_id: int | None, village_code: str, clock: Clock) -> ListedCode:
    found = next((code for code in collectors.codes_for(village_code, clock.today()) if code.pk == code_id), None)
    if found is None:
        raise refused_collecting.code_not_listed()
    return found


def _next_receipt_no(pooling_area: str, collector_id: int) -> str:
    """370400-000012-000001: pooling area, collector, and the collector's next number."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO payments_receiptbook (pooling_area, collector_id, last_no) VALUES (%s, %s, 1)"
            " ON CONFLICT (pooling_area, collector_id) DO UPDATE SET last_no = payments_receiptbook.last_no + 1"
            " RETURNING last_no",
            [pooling_area, collector_id],
        )
        return f"{pooling_area}-{collector_id:06d}-{cursor.fetchone()[0]:06d}"
