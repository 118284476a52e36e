"""Sixteen counters take the same bill at once, with the control that shows what the guards are for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection

from canbao.billing import actions as billing
from canbao.billing.models import Bill
from canbao.kernel.clock import FixedClock
from canbao.kernel.refusals import Refusal
from canbao.ledger import actions as ledger
from canbao.ledger.models import Entry
from canbao.payments import actions
from canbao.payments.actions import hearing, settling
from canbao.payments.models import Attempt, Capture, Channel, Delivery, Payment
from canbao.payments.partners.partner import Heard
from tests import town
from tests.payments.outside import Outside, outside

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("books")]
COUNTERS = 16


@pytest.fixture
def bill(clock: FixedClock) -> Bill:
    person = town.enrolled("张桂兰", date(1961, 5, 1))
    return billing.issue_bill(actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, clock=clock)


def at_once(work: Callable[[int], Payment]) -> list[int | str]:
    """What each counter got: the id of a payment, or the code of a refusal."""
    start = threading.Barrier(COUNTERS)
    got: list[int | str] = []

    def counter(number: int) -> None:
        try:
            start.wait()
            got.append(work(number).pk)
        except Refusal as refusal:
            got.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=counter, args=(number,)) for number in range(COUNTERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(got) == COUNTERS
    return got


def take(bill: Bill, clock: FixedClock, key: str) -> Payment:
    return actions.take_counter_payment(actor=town.CLERK, bill_id=bill.pk, amount_fen=20000, key=key, clock=clock)


@pytest.fixture
def postings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the payment entries that somebody tried to post."""
    tried: list[str] = []
    real = ledger.post

    def counting(**kwargs: object) -> Entry:
        tried.append(kwargs["draft"].idem)  # type: ignore[attr-defined]
        return real(**kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(settling.ledger, "post", counting)
    return tried


def test_sixteen_counters_take_one_bill_once(bill: Bill, clock: FixedClock, postings: list[str]) -> None:
    got = at_once(lambda number: take(bill, clock, key=f"counter {number}"))

    assert sorted(map(str, got)) == sorted([str(Payment.objects.get().pk), *["already_paid"] * (COUNTERS - 1)])
    assert len(postings) == 1


def test_sixteen_clicks_on_one_button_are_one_payment_for_all(
    bill: Bill, clock: FixedClock, postings: list[str]
) -> None:
    got = at_once(lambda number: take(bill, clock, key="one click"))

    assert got == [Payment.objects.get().pk] * COUNTERS
    assert len(postings) == 1


def test_without_the_lock_several_would_post_and_the_unique_keys_still_let_one_through(
    bill: Bill, clock: FixedClock, postings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control. Everybody looks at the open bill before anybody writes: the race that the lock closes."""
    looked = threading.Barrier(COUNTERS)

    def only_look(bill_id: int) -> Bill:
        seen = Bill.objects.get(pk=bill_id)
        looked.wait(timeout=60)
        return seen

    monkeypatch.setattr(settling, "lock_bill", only_look)
    got = at_once(lambda number: take(bill, clock, key=f"counter {number}"))

    assert len(postings) > 1
    assert Payment.objects.count() == 1
    assert [code for code in got if isinstance(code, int)] == [Payment.objects.get().pk]


def at_once_heard(work: Callable[[int], int]) -> list[int]:
    """The status that each of sixteen deliveries was answered with."""
    start = threading.Barrier(COUNTERS)
    got: list[int] = []

    def delivery(number: int) -> None:
        try:
            start.wait()
            got.append(work(number))
        finally:
            connection.close()

    threads = [threading.Thread(target=delivery, args=(number,)) for number in range(COUNTERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(got) == COUNTERS
    return got


@pytest.mark.parametrize("gathered", [True, False])
@pytest.mark.parametrize("same_event", [True, False])
def test_sixteen_tellings_at_once_are_one_payment(
    bill: Bill, clock: FixedClock, same_event: bool, gathered: bool
) -> None:
    """Gathered in one process, or each in a process of its own as far as the database can tell."""
    out = outside(clock, "wechat_pay")
    trade = out.trade(out.begin(bill.pk))
    out.side.pay(trade)
    told = [out.telling(trade, event_id="one" if same_event else f"event {number}") for number in range(COUNTERS)]

    tell = out.tell if gathered else out.tell_alone

    assert set(at_once_heard(lambda number: tell(told[number]).status)) == {200}
    actions.judge_left_over(actor=actions.ear(out.channel), clock=FixedClock(clock.now() + timedelta(minutes=1)))
    assert (Payment.objects.count(), Capture.objects.count()) == (1, 1)
    assert Delivery.objects.count() == (1 if same_event else COUNTERS)


def test_two_channels_at_once_pay_once_and_hold_the_rest(bill: Bill, clock: FixedClock) -> None:
    outs = [outside(clock, kind) for kind in ("wechat_pay", "alipay", "union_pay")]
    told = []
    for out in outs:
        trade = out.trade(out.begin(bill.pk))
        out.side.pay(trade)
        told.append((out, out.telling(trade)))

    answers = at_once_heard(lambda number: told[number % 3][0].tell(told[number % 3][1]).status)
    assert set(answers) == {200}
    actions.judge_left_over(actor=actions.ear(outs[0].channel), clock=FixedClock(clock.now() + timedelta(minutes=1)))
    assert sorted(Capture.objects.values_list("place", flat=True)) == ["held", "held", "settled"]


def test_without_the_lock_of_the_bill_the_unique_keys_still_let_one_through(
    bill: Bill, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: three channels look at the open bill before any of them writes."""
    outs = [outside(clock, kind) for kind in ("wechat_pay", "alipay", "union_pay")]
    told = []
    for out in outs:
        trade = out.trade(out.begin(bill.pk))
        out.side.pay(trade)
        told.append((out, out.telling(trade)))
    looked, seen = threading.Barrier(3), threading.local()

    def only_look(channel: Channel, trade_no: str) -> Attempt | None:
        found = Attempt.objects.select_related("bill").filter(channel=channel, trade_no=trade_no).first()
        if not getattr(seen, "once", False):
            seen.once = True
            looked.wait(timeout=60)
        return found

    monkeypatch.setattr(hearing, "_locked_attempt", only_look)
    settled: list[str] = []
    real = settling.post_payment

    def counting(*args: object, **further: object) -> Entry:
        settled.append("tried")
        return real(*args, **further)  # type: ignore[arg-type]

    monkeypatch.setattr(settling, "post_payment", counting)
    threads = [threading.Thread(target=_told, args=(out, heard)) for out, heard in told]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert len(settled) > 1
    assert Payment.objects.count() == 1


def _told(out: Outside, heard: Heard) -> None:
    try:
        # Without the lock a unique key takes the whole transaction back, as often as it is tried, or the books refuse.
        with suppress(IntegrityError, Refusal):
            out.tell_alone(heard)
    finally:
        connection.close()
