"""Sixteen counters take the same bill at once, with the control that shows what the guards are for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection

from canbao.billing import actions as billing
from canbao.billing.models import Bill
from canbao.kernel.clock import FixedClock
from canbao.kernel.refusals import Refusal
from canbao.ledger import actions as ledger
from canbao.ledger.models import Entry
from canbao.payments import actions
from canbao.payments.actions import settling
from canbao.payments.models import Payment
from tests import town

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
