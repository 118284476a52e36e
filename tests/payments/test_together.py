"""Many tellings in one transaction: what each comes to alone, and none at the cost of another."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction

from canbao.billing.models import Bill, BillState
from canbao.entitlement.models import Cover
from canbao.kernel.clock import FixedClock
from canbao.ledger.models import Entry
from canbao.payments.actions import gathering
from canbao.payments.actions.gathering import EAR, Gathering
from canbao.payments.actions.hearing import ear, take_report
from canbao.payments.actions.settling import lock_bill
from canbao.payments.actions.together import Telling, take_together
from canbao.payments.judging import Outcome, Reason, Verdict
from canbao.payments.models import Attempt, Capture, Delivery, Payment
from canbao.payments.partners.report import Kind, Report
from canbao.registry.models import Resident
from tests import town
from tests.payments.outside import Outside, outside
from tests.payments.schedules import bills_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("books")]
SETTLED = Verdict(Outcome.SETTLE)


@pytest.fixture
def alipay(clock: FixedClock) -> Outside:
    return outside(clock, "alipay")


def told(out: Outside, bill: Bill, **changed: object) -> Telling:
    """The success that the partner tells of an attempt to pay the bill."""
    attempt = out.begin(bill.pk)
    report = Report(
        event_id=f"event {attempt.trade_no}", kind=Kind.PAID, merchant_id=out.channel.merchant_id,
        app_id=out.channel.app_id, amount_fen=bill.payable_fen, trade_no=attempt.trade_no,
        transaction_id=f"T{attempt.trade_no}", paid_at=out.clock.now(),
    )  # fmt: skip
    return Telling(out.channel, replace(report, **changed), b"as it came")


def test_each_comes_to_what_it_comes_to_alone(clock: FixedClock, alipay: Outside) -> None:
    bills = bills_of(9, clock)
    good = [told(alipay, bill) for bill in bills[:4]]
    wrong_sum = told(alipay, bills[4], amount_fen=bills[4].payable_fen + 1)
    alien = told(alipay, bills[5], merchant_id="somebody else")
    late = told(alipay, bills[6], paid_at=clock.now() + timedelta(days=800))
    dead = told(alipay, bills[7])
    Resident.objects.filter(pk=bills[7].resident_id).update(died_on=clock.today())
    again = Telling(alipay.channel, good[0].report, b"as it came")
    twice = Telling(alipay.channel, replace(good[1].report, event_id="another", transaction_id="T other"), b"")
    pending = told(alipay, bills[8], kind=Kind.PENDING)

    said = take_together(actor=EAR, tellings=[*good, wrong_sum, alien, late, dead, again, twice, pending], clock=clock)

    assert said == [
        *[SETTLED] * 4, Verdict(Outcome.HOLD, Reason.WRONG_AMOUNT), Verdict(Outcome.ALIEN),
        Verdict(Outcome.HOLD, Reason.AFTER_CLOSE), Verdict(Outcome.HOLD, Reason.AFTER_DEATH),
        Verdict(Outcome.DUPLICATE), Verdict(Outcome.HOLD, Reason.DOUBLE), Verdict(Outcome.NOTE),
    ]  # fmt: skip
    assert Payment.objects.count() == Cover.objects.count() == 4
    assert set(Attempt.objects.filter(bill__in=bills[:4]).values_list("state", flat=True)) == {"paid"}
    assert town.violations() == []


def test_the_set_writes_what_the_single_way_writes(clock: FixedClock, alipay: Outside) -> None:
    alone, *others = bills_of(3, clock)
    first = told(alipay, alone)
    take_report(actor=ear(alipay.channel), channel=alipay.channel, report=first.report, raw=first.raw, clock=clock)

    take_together(actor=EAR, tellings=[told(alipay, bill) for bill in others], clock=clock)

    assert [_written(bill) for bill in others] == [_written(alone)] * 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger_entry WHERE cause_kind = 'payment' GROUP BY xact ORDER BY 1")
        assert cursor.fetchall() == [(1,), (2,)]


def _written(bill: Bill) -> list[object]:
    """Everything but numbers of rows and of the other side."""
    now = Bill.objects.get(pk=bill.pk)
    payment, capture = Payment.objects.get(bill_id=bill.pk), Capture.objects.get(bill_id=bill.pk)
    delivery, cover = Delivery.objects.get(capture=capture), Cover.objects.get(bill_id=bill.pk)
    entry = Entry.objects.get(pk=payment.entry_id)
    transfers = entry.transfers.order_by("position").values_list("debit_account", "credit_account", "amount_fen")
    assert (capture.entry_id, now.settled_entry_id, cover.because_entry_id) == (entry.pk,) * 3
    assert payment.capture_id == capture.pk and delivery.raw == "as it came"
    return [
        now.state, now.settled_at, payment.channel, payment.shape, payment.method, payment.amount_fen, payment.paid_at,
        payment.received_at, payment.collected_by, capture.amount_fen, capture.place, capture.reason, capture.paid_at,
        delivery.verdict, delivery.reason, delivery.judged_at, cover.cover_from, cover.cover_until, cover.paid_at,
        entry.actor, entry.cause_kind, entry.effective_on, list(transfers),
        Attempt.objects.get(bill_id=bill.pk).resolved_at,
    ]  # fmt: skip


def test_one_that_cannot_be_taken_in_spoils_no_other(clock: FixedClock, alipay: Outside) -> None:
    good, bad, other = (told(alipay, bill) for bill in bills_of(3, clock))
    bad = Telling(bad.channel, replace(bad.report, event_id="x" * 200), bad.raw)

    said = take_together(actor=EAR, tellings=[good, bad, other], clock=clock)

    assert said[0] == said[2] == SETTLED and isinstance(said[1], Exception)
    assert Payment.objects.count() == 2 and not Delivery.objects.filter(report__event_id="x" * 200).exists()
    assert town.violations() == []


def test_a_bill_that_somebody_holds_keeps_the_others_not(clock: FixedClock, alipay: Outside) -> None:
    held, free, another = bills_of(3, clock)
    tellings = [told(alipay, bill) for bill in (held, free, another)]
    locked, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            lock_bill(held.pk)
            locked.set()
            done.wait(20)
        connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    locked.wait(20)
    try:
        said = take_together(actor=EAR, tellings=tellings, clock=clock)
    finally:
        done.set()
        holder.join()

    # Stored for the worker, who judges it when nobody holds the bill any more.
    assert said == [None, SETTLED, SETTLED]
    assert Delivery.objects.get(verdict=None).report["trade_no"] == tellings[0].report.trade_no


def test_whoever_comes_meanwhile_goes_together_and_hears_his_own_verdict(
    clock: FixedClock, alipay: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    bills = bills_of(12, clock)
    tellings = [told(alipay, bill, amount_fen=bill.payable_fen + number % 3) for number, bill in enumerate(bills)]
    queue, said, sizes = Gathering(), dict[int, Verdict | None](), list[int]()

    def take(**asked: Any) -> list[Verdict | Exception | None]:
        sizes.append(len(asked["tellings"]))
        deadline = time.monotonic() + 20
        while sum(sizes) + len(queue) < len(bills) and time.monotonic() < deadline:
            time.sleep(0.01)
        return take_together(**asked)

    def tell(number: int) -> None:
        said[number] = queue.take(tellings[number], clock)
        connections.close_all()

    monkeypatch.setattr(gathering, "take_together", take)
    threads = [threading.Thread(target=tell, args=(number,)) for number in range(len(bills))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    wrong = Verdict(Outcome.HOLD, Reason.WRONG_AMOUNT)
    assert said == {number: wrong if number % 3 else SETTLED for number in range(len(bills))}
    assert len(sizes) == 2 and sum(sizes) == len(bills)
    assert Bill.objects.filter(state=BillState.SETTLED).count() == 4
    assert town.violations() == []
