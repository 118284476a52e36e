"""Channels that lead to a cashier and tell signed: one contract for WeChat Pay, Alipay and UnionPay alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from canbao.billing import actions as billing
from canbao.billing.models import Bill
from canbao.demo.outside.side import CLOSED
from canbao.entitlement.models import Cover
from canbao.kernel.clock import FixedClock
from canbao.payments.models import Alarm, Attempt, Capture, Channel, Delivery, Payment
from canbao.payments.partners.partner import Heard
from canbao.registry.models import Resident
from tests import town
from tests.payments.outside import Outside, outside

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("books")]
KINDS = ("wechat_pay", "alipay", "union_pay")


@pytest.fixture
def bill(clock: FixedClock) -> Bill:
    person = town.enrolled("张桂兰", date(1980, 5, 1))
    return billing.issue_bill(actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, clock=clock)


@pytest.fixture(params=KINDS)
def out(request: pytest.FixtureRequest, clock: FixedClock) -> Outside:
    return outside(clock, request.param)


def test_a_payment_told_once_settles_the_bill_and_starts_the_cover(out: Outside, bill: Bill) -> None:
    attempt = out.begin(bill.pk)
    trade = out.trade(attempt)
    out.side.pay(trade)
    answer = out.tell(out.telling(trade))

    bill.refresh_from_db()
    attempt.refresh_from_db()
    payment = Payment.objects.get()
    assert (answer.status, attempt.state, bill.state) == (200, "paid", "settled")
    assert (payment.amount_fen, payment.channel, payment.shape) == (bill.payable_fen, out.channel.code, "redirect")
    assert payment.paid_at == trade.paid_at
    assert Cover.objects.get().cover_from == date(2025, 1, 1)


def test_the_same_told_many_times_is_one_payment(out: Outside, bill: Bill) -> None:
    trade = out.trade(out.begin(bill.pk))
    out.side.pay(trade)
    once = out.telling(trade)
    answers = [out.tell(once) for _ in range(3)] + [out.tell(out.telling(trade)) for _ in range(3)]

    assert {answer.status for answer in answers} == {200}
    assert (Payment.objects.count(), Capture.objects.count()) == (1, 1)


def test_what_is_forged_changed_or_old_changes_nothing_but_a_counter(
    out: Outside, bill: Bill, clock: FixedClock
) -> None:
    trade = out.trade(out.begin(bill.pk))
    out.side.pay(trade)
    good = out.telling(trade)
    changed = replace(good, body=good.body.replace(b"2", b"3", 1))
    stranger = replace(out.side, private=_another_key())
    forged = out.__class__(out.channel, stranger, clock).telling(trade)
    for false in (changed, forged, Heard({}, b"{}"), Heard({}, b"\xff\x00")):
        assert out.tell(false).status == 401
    clock.move(timedelta(minutes=6))
    assert out.tell(good).status == 401

    assert Delivery.objects.count() == Capture.objects.count() == 0
    assert Alarm.objects.get().count == 5


def test_another_amount_is_held_and_the_bill_stays_open(out: Outside, bill: Bill) -> None:
    trade = out.trade(out.begin(bill.pk))
    out.side.pay(trade, bill.payable_fen - 100)

    assert out.tell(out.telling(trade)).status == 200
    bill.refresh_from_db()
    capture = Capture.objects.get()
    assert (bill.state, capture.place, capture.reason) == ("issued", "held", "wrong_amount")


def test_of_two_channels_at_once_one_pays_and_the_other_is_held(out: Outside, bill: Bill, clock: FixedClock) -> None:
    other = outside(clock, KINDS[(KINDS.index(out.side.kind) + 1) % 3])
    first, second = out.trade(out.begin(bill.pk)), other.trade(other.begin(bill.pk))
    out.side.pay(first)
    other.side.pay(second)

    assert out.tell(out.telling(first)).status == other.tell(other.telling(second)).status == 200
    held = Capture.objects.get(place="held")
    assert Payment.objects.count() == 1 and (held.reason, held.channel_id) == ("double", other.channel.pk)


def test_one_transaction_with_two_stories_moves_nothing_more(out: Outside, bill: Bill) -> None:
    trade = out.trade(out.begin(bill.pk))
    out.side.pay(trade)
    out.tell(out.telling(trade))
    trade.paid_fen += 100

    answer = out.tell(out.telling(trade, event_id="another"))
    assert answer.body not in (b"success", b"ok", b'{"code":"SUCCESS"}')
    assert Capture.objects.count() == 1
    assert Alarm.objects.get().kind == "conflict"


def test_money_for_another_merchant_is_not_ours(out: Outside, bill: Bill) -> None:
    trade = out.trade(out.begin(bill.pk))
    out.side.pay(trade)
    out.side.merchant_id = "another"

    assert out.tell(out.telling(trade)).status == 200
    trade.paid_fen += 100
    assert out.tell(out.telling(trade)).status == 200, "whatever they say of it"
    assert Capture.objects.count() == 0
    assert Alarm.objects.get().kind == "alien"


def test_money_for_an_attempt_that_nobody_made_is_held(out: Outside, bill: Bill) -> None:
    trade = out.trade(out.begin(bill.pk))
    trade.trade_no = "f" * 32
    out.side.pay(trade)
    out.tell(out.telling(trade))

    capture = Capture.objects.get()
    assert (capture.place, capture.reason, capture.bill_id) == ("held", "unknown_bill", None)


def test_success_after_closed_is_asked_about_and_then_counts(out: Outside, bill: Bill) -> None:
    attempt = out.begin(bill.pk)
    trade = out.trade(attempt)
    out.tell(out.telling(trade, CLOSED))
    attempt.refresh_from_db()
    assert attempt.state == "closed"
    out.side.pay(trade)
    assert out.tell(out.telling(trade)).status == 200
    attempt.refresh_from_db()
    assert (attempt.state, attempt.ask_at) == ("unknown", out.clock.now())
    assert Payment.objects.count() == 0

    assert out.ask(attempt).state == "paid"
    assert Payment.objects.count() == 1


def test_nothing_told_at_all_is_found_out_by_asking(out: Outside, bill: Bill, clock: FixedClock) -> None:
    attempt = out.begin(bill.pk)
    trade = out.trade(attempt)
    assert attempt.ask_at == clock.now() + timedelta(seconds=15)
    assert out.ask(attempt).state == "sent"
    out.side.pay(trade)

    clock.move(timedelta(seconds=20))
    paid = out.ask(attempt)
    assert (paid.state, paid.ask_at) == ("paid", None)
    out.tell(out.telling(trade))
    assert Payment.objects.count() == 1


def test_no_answer_is_unknown_and_never_failed(out: Outside, bill: Bill, clock: FixedClock) -> None:
    attempt = out.begin(bill.pk)
    out.reachable = False
    asked = []
    while attempt.ask_at is not None:
        clock.moment = attempt.ask_at
        attempt = out.ask(attempt)
        asked.append(clock.now() - attempt.created_at)
        assert attempt.state == "unknown"

    assert [span.total_seconds() for span in asked[:7]] == [15, 30, 60, 180, 600, 1800, 5400]
    assert timedelta(hours=23) < asked[-1] <= timedelta(hours=24, minutes=4)


def test_an_order_whose_answer_is_lost_is_sent_again_under_its_name(clock: FixedClock, bill: Bill) -> None:
    out = outside(clock, "wechat_pay")
    out.answers_arrive = False
    attempt = out.begin(bill.pk)
    assert (attempt.state, attempt.pay_url) == ("unknown", "")
    out.answers_arrive = True
    again = out.begin(bill.pk)

    assert (again.pk, again.state) == (attempt.pk, "sent")
    assert list(out.side.trades) == [attempt.trade_no]


def test_what_nobody_paid_in_time_is_closed(out: Outside, bill: Bill, clock: FixedClock) -> None:
    attempt = out.begin(bill.pk)
    out.trade(attempt)
    clock.move(timedelta(minutes=31))

    assert out.ask(attempt).state == "closed"


def test_the_time_of_payment_decides_and_not_that_of_its_telling(out: Outside, bill: Bill, clock: FixedClock) -> None:
    from canbao.policy import policies

    last = policies.get(town.POLICY).closes.replace(tzinfo=clock.now().tzinfo)
    clock.moment = last - timedelta(minutes=1)
    trade = out.trade(out.begin(bill.pk))
    clock.moment = last - timedelta(seconds=1)
    out.side.pay(trade)
    clock.moment = last + timedelta(hours=2)
    out.tell(out.telling(trade))

    payment = Payment.objects.get()
    assert payment.paid_at == trade.paid_at and payment.received_at == clock.now()
    assert Cover.objects.get().in_window


def test_money_after_a_death_is_held(out: Outside, bill: Bill, clock: FixedClock) -> None:
    trade = out.trade(out.begin(bill.pk))
    Resident.objects.filter(pk=bill.resident_id).update(died_on=clock.today())
    out.side.pay(trade)
    out.tell(out.telling(trade))

    assert Capture.objects.get().reason == "after_death"


def test_money_for_a_reissued_bill_settles_the_one_in_its_place(out: Outside, bill: Bill) -> None:
    trade = out.trade(out.begin(bill.pk))
    Resident.objects.filter(pk=bill.resident_id).update(covered_years=[2023, 2024])
    successor = billing.reissue_bill(actor=town.CLERK, bill_id=bill.pk, clock=out.clock)
    assert (successor.replaces_id, successor.payable_fen) == (bill.pk, bill.payable_fen)
    out.side.pay(trade)
    out.tell(out.telling(trade))

    assert Payment.objects.get().bill_id == successor.pk


def test_money_for_a_void_bill_is_held(out: Outside, bill: Bill) -> None:
    trade = out.trade(out.begin(bill.pk))
    billing.void_bill(actor=town.CLERK, bill_id=bill.pk, reason="开错", clock=out.clock)
    out.side.pay(trade)
    out.tell(out.telling(trade))

    assert Capture.objects.get().reason == "void_bill"


def test_keys_are_sealed_and_an_attempt_names_no_person(out: Outside, bill: Bill) -> None:
    attempt = out.begin(bill.pk, paid_by="relative", payer_name="李小明")
    row = Channel.objects.values().get()

    assert b"PRIVATE" not in bytes(row["own_keys_sealed"])
    assert "李小明" not in attempt.pay_url
    assert Attempt.objects.get().payer_name == "李小明"


def _another_key() -> str:
    from canbao.payments.partners.rsa import new_pair

    return new_pair()[0]
