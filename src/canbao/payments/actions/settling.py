"""What every way to pay shares: the lock, whether the bill still stands, and the payment that settles it.

The order of locks: bill and attempt in one statement, resident, enrolment, receipt book, entry.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import OperationalError, connection

from canbao.billing import actions as billing
from canbao.billing import queries as bills
from canbao.billing import settlement, standing
from canbao.billing.drafts import Line
from canbao.billing.models import Bill, BillState
from canbao.billing.refusals import not_maintained, not_payable_yet
from canbao.enrolment import queries as enrolment
from canbao.enrolment.models import Enrolment
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import SHANGHAI, Clock
from canbao.kernel.scope import Scope
from canbao.ledger import actions as ledger
from canbao.ledger import chart
from canbao.ledger.actions import Draft, Move
from canbao.ledger.models import Entry
from canbao.payments import refusals
from canbao.payments.actions.messages import write_message
from canbao.payments.models import Capture, Method, Payment, Shape
from canbao.policy import BadPerson, Policy, policies, quote
from canbao.registry import queries as registry
from canbao.registry.models import Resident

LOCK_TIMEOUT = "3s"
TOLD_AT_ONCE = (Shape.COUNTER, Shape.COLLECTIVE)
_LOCK_NOT_AVAILABLE, _DEADLOCK = "55P03", "40P01"
_METHODS = {
    Shape.REDIRECT: Method.ONLINE,
    Shape.PUSH: Method.ONLINE,
    Shape.FILE: Method.DEBIT,
    Shape.COUNTER: Method.ONLINE,
    Shape.COLLECTIVE: Method.TRANSFER,
}


def wait_at_most(timeout: str = LOCK_TIMEOUT) -> None:
    """For the rest of the transaction, a lock that takes longer is refused."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [timeout])


def is_busy(fault: OperationalError) -> bool:
    """Whether a lock took too long, or two transactions waited for each other."""
    return getattr(fault.__cause__, "sqlstate", None) in (_LOCK_NOT_AVAILABLE, _DEADLOCK)


def lock_bill(bill_id: int) -> Bill:
    """The bill, locked against everybody else who would settle or void it."""
    return Bill.objects.select_for_update(of=("self",)).get(pk=bill_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """How the money of one bill came. `collector_id` as in `Payment`."""

    channel: str
    shape: str
    method: str
    paid_at: datetime
    received_at: datetime
    receipt_no: str
    key: str
    input_digest: str
    collector_id: int | None = None
    listed_code_id: int | None = None


def taken_through(capture: Capture, clock: Clock) -> Taken:
    """How money came that a channel told of."""
    channel, key = capture.channel, f"capture {capture.pk}"
    return Taken(
        channel=channel.code,
        shape=channel.shape,
        method=_METHODS[Shape(channel.shape)],
        paid_at=capture.paid_at,
        received_at=clock.now(),
        receipt_no=f"{capture.pooling_area}-N{channel.pk:04d}-{capture.pk:09d}",
        key=key,
        input_digest=hashlib.sha256(key.encode()).hexdigest(),
    )


def settle(
    *, actor: Scope, bill: Bill, taken: Taken, entry: Entry, clock: Clock, capture: Capture | None = None
) -> Payment:
    """Payment, settled bill and cover for a bill that the caller locked and judged, because of its entry; a message to
    the resident where somebody took the money for him.
    """
    payment = payment_row(actor, bill, taken, entry.pk, capture)
    payment.save(force_insert=True)
    billing.settle_bill(
        actor=actor.deputed(Capability.SETTLE_BILLS, bill.pooling_area),
        bill=bill,
        entry_id=entry.pk,
        settled_at=taken.paid_at,
    )
    if taken.shape in TOLD_AT_ONCE:
        write_message(payment=payment, bill=bill, clock=clock)
    return payment


def payment_row(actor: Scope, bill: Bill, taken: Taken, entry_id: int, capture: Capture | None) -> Payment:
    """The payment, not written yet."""
    return Payment(
        pooling_area=bill.pooling_area,
        bill_id=bill.pk,
        resident_id=bill.resident_id,
        channel=taken.channel,
        shape=taken.shape,
        method=taken.method,
        amount_fen=bill.payable_fen,
        paid_at=taken.paid_at,
        received_at=taken.received_at,
        receipt_no=taken.receipt_no,
        key=taken.key,
        input_digest=taken.input_digest,
        collector_id=taken.collector_id,
        listed_code_id=taken.listed_code_id,
        collected_by=ledger.actor_name(actor),
        capture=capture,
        entry_id=entry_id,
    )


def post_payment(
    actor: Scope, bill: Bill, lines: Sequence[Line], money: chart.Account, paid_at: datetime, clock: Clock
) -> Entry:
    """The entry of a payment: once for a bill, whoever takes the money."""
    return ledger.post(
        actor=actor.deputed(Capability.KEEP_LEDGER, bill.pooling_area),
        draft=payment_draft(bill, lines, money, paid_at),
        clock=clock,
    )


def payment_draft(bill: Bill, lines: Sequence[Line], money: chart.Account, paid_at: datetime) -> Draft:
    day = paid_at.astimezone(SHANGHAI).date()
    moves = payment_moves(bill, lines, money)
    return Draft(bill.pooling_area, f"payment:{bill.pk}", "payment", str(bill.pk), day, moves)


def payment_moves(bill: Bill, lines: Sequence[Line], money: chart.Account) -> tuple[Move, ...]:
    """Money against the resident's debt, then income: his part, and what every other payer owes from now on."""
    area, year = bill.pooling_area, bill.benefit_year
    return (
        Move(money, chart.resident_receivable(area, year), bill.payable_fen),
        *settlement.income_moves(area, year, lines),
    )


def require_open(bill: Bill) -> None:
    """Refuses `already_paid`, `nothing_to_pay`, `bill_void`, `bill_refunded`."""
    if bill.state == BillState.SETTLED:
        refuse_paid(bill)
        raise refusals.nothing_to_pay()
    if bill.state == BillState.VOID:
        successor = Bill.objects.filter(replaces_id=bill.pk).values_list("pk", flat=True).first()
        raise refusals.bill_void(successor)
    if bill.state == BillState.REFUNDED:
        raise refusals.bill_refunded()


def refuse_paid(bill: Bill) -> None:
    """Refuses `already_paid` if somebody paid the bill."""
    payment = Payment.objects.filter(pooling_area=bill.pooling_area, bill_id=bill.pk).first()
    if payment is not None:
        raise refusals.already_paid(payment.receipt_no, payment.paid_at.astimezone(SHANGHAI))


def lines_of(bill: Bill) -> tuple[Line, ...]:
    return bills.lines(bill)


def require_standing(
    actor: Scope, bill: Bill, lines: Sequence[Line], paid_at: datetime, *, at_approval: bool = False
) -> None:
    """Refuse a bill that the register no longer gives: the person died, left, or would owe something else.

    `at_approval`: the first day of payment of the notice does not count. Person and enrolment stay locked until the
    money is in the books, so that neither changes in between.
    """
    person = registry.locked_resident(actor, bill.resident_id)
    enrolled = enrolment.locked_enrolment(actor, bill.resident_id, bill.benefit_year)
    require_standing_of(
        Insured(
            person,
            enrolled,
            lambda: enrolment.policy_at(bill.policy_id, person.village_code),
            lambda: enrolment.facts_of(actor, person, enrolled, bill.benefit_year),
        ),
        bill,
        lines,
        paid_at,
        at_approval=at_approval,
    )


@dataclass(frozen=True, slots=True)
class Insured:
    """Whose bill it is, locked. `policy_there` is the policy in his village, `facts` what the policy is asked about."""

    person: Resident
    enrolled: Enrolment | None
    policy_there: Callable[[], Policy]
    facts: Callable[[], Mapping[str, Any]]


def require_standing_of(
    insured: Insured, bill: Bill, lines: Sequence[Line], paid_at: datetime, *, at_approval: bool = False
) -> None:
    """As `require_standing`, of rows that the caller locked."""
    person, enrolled = insured.person, insured.enrolled
    if person.died_on is not None:
        raise refusals.deceased(person.died_on)
    if enrolled is None:
        raise refusals.not_enrolled(bill.benefit_year)
    policy = policies.get(bill.policy_id)
    if enrolled.policy_id != policy.id:
        raise refusals.bill_outdated(bill.payable_fen, None)
    if paid_at.astimezone(SHANGHAI).replace(tzinfo=None) < policy.opens:
        raise refusals.window_not_open(policy.opens.date())
    first = None if at_approval else enrolled.payable_from
    if first is not None and paid_at.astimezone(SHANGHAI).date() < first:
        raise not_payable_yet(first)
    due = enrolment.maintenance_due(insured.policy_there(), enrolled, paid_at)
    if due is not None:
        raise not_maintained(due.place.zh if due.place else "", due.place.en if due.place else "")
    facts = insured.facts()
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
