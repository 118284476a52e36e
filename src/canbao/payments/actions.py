"""The only writers of payments."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, OperationalError, connection, transaction

from canbao.billing import actions as billing
from canbao.billing import queries as bills
from canbao.billing import settlement, standing
from canbao.billing.drafts import Line
from canbao.billing.models import Bill, BillState
from canbao.billing.refusals import not_payable_yet
from canbao.enrolment import queries as enrolment
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import SHANGHAI, Clock
from canbao.kernel.scope import Scope
from canbao.ledger import actions as ledger
from canbao.ledger import chart
from canbao.ledger.actions import Draft, Move
from canbao.payments import refusals
from canbao.payments.models import Channel, Method, Payment
from canbao.policy import BadPerson, policies, quote
from canbao.registry import queries as registry

LOCK_TIMEOUT = "3s"
_LOCK_NOT_AVAILABLE, _DEADLOCK = "55P03", "40P01"


def take_counter_payment(
    *, actor: Scope, bill_id: int, amount_fen: int, key: str, clock: Clock, method: str = Method.CASH
) -> Payment:
    """Take exactly the amount of an open bill at a counter: payment, receipt number, entry, settled bill and cover.

    One transaction: all of it or nothing. The same key with the same inputs returns the first payment. Refuses
    `bill_not_found`, `wrong_amount`, `already_paid`, `nothing_to_pay`, `bill_void`, `bill_outdated`,
    `not_eligible_now`, `window_not_open`, `not_payable_yet`, `deceased`, `not_enrolled`,
    `key_reused`, `unknown_method`, `no_collector`, `busy`.
    """
    actor.require(Capability.TAKE_PAYMENT)
    if method not in Method.values:
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
            return _take(actor, bill_id, amount_fen, key, inputs, clock, Method(method))
    except IntegrityError:
        # The unique key or the bill's one payment: somebody was first. A twin gets the twin's payment.
        earlier = _earlier(seen.pooling_area, key, inputs)
        if earlier is not None:
            return earlier
        _refuse_paid(seen)
        raise
    except OperationalError as fault:
        if getattr(fault.__cause__, "sqlstate", None) in (_LOCK_NOT_AVAILABLE, _DEADLOCK):
            raise refusals.busy() from fault
        raise


def _earlier(pooling_area: str, key: str, inputs: str) -> Payment | None:
    found = Payment.objects.filter(pooling_area=pooling_area, key=key).first()
    if found is not None and found.input_digest != inputs:
        raise refusals.key_reused()
    return found


def _refuse_paid(bill: Bill) -> None:
    payment = Payment.objects.filter(pooling_area=bill.pooling_area, bill_id=bill.pk).first()
    if payment is not None:
        raise refusals.already_paid(payment.receipt_no, payment.paid_at.astimezone(SHANGHAI))


def lock_bill(bill_id: int) -> Bill:
    """The bill, locked against everybody else who would settle or void it. The order: bill, resident, enrolment,
    receipt book, entry."""
    return Bill.objects.select_for_update(of=("self",)).get(pk=bill_id)


def _take(actor: Scope, bill_id: int, amount_fen: int, key: str, inputs: str, clock: Clock, method: Method) -> Payment:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
    bill = lock_bill(bill_id)
    twin = _earlier(bill.pooling_area, key, inputs)
    if twin is not None:
        return twin
    paid_at = clock.now()
    _require_open(bill)
    if amount_fen != bill.payable_fen:
        raise refusals.wrong_amount(amount_fen, bill.payable_fen)
    lines = bills.lines(bill)
    _require_standing(actor, bill, lines, paid_at)
    collector_id = actor.actor_id or 0
    entry = ledger.post(
        actor=actor.deputed(Capability.KEEP_LEDGER, bill.pooling_area),
        draft=Draft(
            bill.pooling_area,
            f"payment:{bill.pk}",
            "payment",
            str(bill.pk),
            clock.today(),
            payment_moves(bill, lines, chart.counter_money(bill.pooling_area, method, collector_id)),
        ),
        clock=clock,
    )
    payment = Payment.objects.create(
        pooling_area=bill.pooling_area,
        bill_id=bill.pk,
        resident_id=bill.resident_id,
        channel=Channel.COUNTER,
        method=method,
        amount_fen=amount_fen,
        paid_at=paid_at,
        received_at=paid_at,
        receipt_no=_next_receipt_no(bill.pooling_area, collector_id),
        key=key,
        input_digest=inputs,
        collector_id=collector_id,
        collected_by=ledger.actor_name(actor),
        entry=entry,
    )
    billing.settle_bill(
        actor=actor.deputed(Capability.SETTLE_BILLS, bill.pooling_area),
        bill=bill,
        entry_id=entry.pk,
        settled_at=paid_at,
    )
    return payment


def payment_moves(bill: Bill, lines: Sequence[Line], money: chart.Account) -> tuple[Move, ...]:
    """Money against the resident's debt, then income: his part, and what every other payer owes from now on."""
    area, year = bill.pooling_area, bill.benefit_year
    return (
        Move(money, chart.resident_receivable(area, year), bill.payable_fen),
        *settlement.income_moves(area, year, lines),
    )


def _require_open(bill: Bill) -> None:
    if bill.state == BillState.SETTLED:
        _refuse_paid(bill)
        raise refusals.nothing_to_pay()
    if bill.state == BillState.VOID:
        successor = Bill.objects.filter(replaces_id=bill.pk).values_list("pk", flat=True).first()
        raise refusals.bill_void(successor)


def _require_standing(actor: Scope, bill: Bill, lines: Sequence[Line], paid_at: datetime) -> None:
    """Refuse a bill that today's register no longer gives: the person died, left, or would owe something else.

    Person and enrolment stay locked until the money is in the books, so that neither changes in between.
    """
    person = registry.locked_resident(actor, bill.resident_id)
    if person.died_on is not None:
        raise refusals.deceased(person.died_on)
    enrolled = enrolment.locked_enrolment(actor, bill.resident_id, bill.benefit_year)
    if enrolled is None:
        raise refusals.not_enrolled(bill.benefit_year)
    policy = policies.get(bill.policy_id)
    if enrolled.policy_id != policy.id:
        raise refusals.bill_outdated(bill.payable_fen, None)
    if paid_at.astimezone(SHANGHAI).replace(tzinfo=None) < policy.opens:
        raise refusals.window_not_open(policy.opens.date())
    if enrolled.payable_from is not None and paid_at.astimezone(SHANGHAI).date() < enrolled.payable_from:
        raise not_payable_yet(enrolled.payable_from)
    facts = enrolment.facts_of(actor, person, enrolled, bill.benefit_year)
    try:
        answer = standing.answer_at(bill, paid_at, facts)
        if answer.eligible and paid_at.astimezone(SHANGHAI).date() > policy.year_end:
            # A repair charge alone does not move the day of settlement, yet nothing is taken for a year that is over.
            answer = quote(policy, {**facts, "paid_at": f"{paid_at.astimezone(SHANGHAI):%Y-%m-%dT%H:%M:%S}"})
        if not answer.eligible:
            raise refusals.not_eligible_now(answer.steps[-1].text_zh, answer.steps[-1].text_en)
        same = standing.stands(bill, lines, answer, facts, paid_at)
    except BadPerson as bad:
        raise refusals.not_eligible_now(
            "；".join(f"{fault.column}：{fault.zh}" for fault in bad.faults),
            "; ".join(f"{fault.column}: {fault.en}" for fault in bad.faults),
        ) from bad
    if not same:
        raise refusals.bill_outdated(bill.payable_fen, (answer.personal_fen or 0) + (answer.repair_fen or 0))


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
