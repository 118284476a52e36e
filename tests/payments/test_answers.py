"""What a channel hears and what counts as proof: nothing is acknowledged before it is stored, and no browser pays."""

from __future__ import annotations

from datetime import date

import pytest

from canbao.billing import actions as billing
from canbao.billing.models import Bill
from canbao.kernel.clock import FixedClock
from canbao.payments import actions
from canbao.payments.actions import hearing, together
from canbao.payments.models import Delivery, Payment
from tests import town
from tests.payments.outside import Outside, outside

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("books")]


@pytest.fixture
def bill(clock: FixedClock) -> Bill:
    person = town.enrolled("张桂兰", date(1980, 5, 1))
    return billing.issue_bill(actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, clock=clock)


@pytest.fixture
def out(clock: FixedClock) -> Outside:
    return outside(clock, "wechat_pay")


def test_what_could_not_be_stored_is_not_acknowledged(
    out: Outside, bill: Bill, monkeypatch: pytest.MonkeyPatch
) -> None:
    def disk_full(*args: object) -> None:
        raise OSError("no space")

    trade = out.trade(out.begin(bill.pk))
    out.side.pay(trade)
    with monkeypatch.context() as broken:
        for way in (together, hearing):
            broken.setattr(way, "_judged", disk_full)
        with pytest.raises(OSError, match="no space"):
            out.tell(out.telling(trade))
    assert (Delivery.objects.count(), Payment.objects.count()) == (0, 0)


def test_one_notice_is_stored_once(out: Outside, bill: Bill) -> None:
    trade = out.trade(out.begin(bill.pk))
    out.side.pay(trade)
    once = out.telling(trade)
    assert [out.tell(once).status for _ in range(3)] == [200, 200, 200]
    assert Delivery.objects.count() == 1


def test_a_browser_that_comes_back_proves_nothing(out: Outside, bill: Bill, clock: FixedClock) -> None:
    attempt = out.begin(bill.pk)
    actions.look_again(actor=actions.payer(), attempt=attempt, clock=clock)
    attempt.refresh_from_db()
    bill.refresh_from_db()
    assert (attempt.state, bill.state, Payment.objects.count()) == ("sent", "issued", 0)
