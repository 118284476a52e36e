"""Channels whose partner starts by himself: he pulls a bill, takes the money, and pushes a serial number."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from canbao.billing import actions as billing
from canbao.billing.models import Bill
from canbao.demo.outside import push_side
from canbao.demo.outside.agreed import agreed
from canbao.demo.outside.side import Side
from canbao.kernel.clock import FixedClock
from canbao.kernel.personal import id_check_digit
from canbao.payments import actions
from canbao.payments.actions.agreeing import setup_of
from canbao.payments.models import Alarm, Capture, Channel, Delivery, Payment
from canbao.payments.partners import signed_push
from canbao.payments.partners.partner import Answer, Heard
from canbao.registry import actions as registry
from tests import town
from tests.payments.outside import pairs

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("books")]
HEAD = "37048119800301102"
NUMBER = HEAD + id_check_digit(HEAD)


@pytest.fixture
def bank(clock: FixedClock) -> tuple[Channel, Side]:
    return agreed(
        policy_id=town.POLICY, code="ccb_device", kind="signed_push", address="https://bank.test", pairs=pairs(),
        open_from=date(2024, 9, 1), now=clock.now,
    )  # fmt: skip


@pytest.fixture
def bill(clock: FixedClock) -> Bill:
    person = registry.NewResident(
        name="张桂兰", birth_on=date(1980, 3, 1), sex="female", village_code=town.EAST, id_number=NUMBER,
        facts={"hukou_area": town.COUNTY, "residence_area": town.EAST, "covered_years": list(range(2017, 2025))},
    )  # fmt: skip
    row = registry.register_resident(actor=town.FUND_OFFICE, person=person)
    town.enrol(row)
    return billing.issue_bill(actor=town.CLERK, resident_id=row.pk, benefit_year=town.YEAR, clock=clock)


def tell(bank: tuple[Channel, Side], heard: Heard, clock: FixedClock) -> Answer:
    return actions.hear(channel=bank[0], heard=heard, clock=clock)


def pulled(bank: tuple[Channel, Side], clock: FixedClock, name: str, number: str) -> dict[str, object]:
    channel, side = bank
    answer = actions.pull_bill(channel=channel, heard=push_side.pull(side, name, number), clock=clock)
    theirs = replace(setup_of(channel), partner_key=side.theirs, partner_key_id=side.theirs_id)
    return signed_push.genuine(theirs, Heard(answer.headers, answer.body), clock.now())


def test_a_bill_is_pulled_paid_and_pushed(bank: tuple[Channel, Side], bill: Bill, clock: FixedClock) -> None:
    told = pulled(bank, clock, "张桂兰", NUMBER)
    assert told == {"bill": bill.pk, "amount_fen": bill.payable_fen, "item": ""}
    trade = push_side.take(bank[1], "S1", bill.payable_fen)
    answer = tell(bank, push_side.telling(bank[1], trade, bill.pk), clock)

    payment = Payment.objects.get()
    assert json.loads(answer.body) == {"accepted": True}
    assert (payment.bill_id, payment.shape, payment.channel) == (bill.pk, "push", "ccb_device")
    assert pulled(bank, clock, "张桂兰", NUMBER)["refused"] == "already_paid"


@pytest.mark.parametrize(("name", "number"), [("别人", NUMBER), ("张桂兰", "370481198003011000"), ("张桂兰", "")])
def test_a_wrong_name_and_a_wrong_number_are_refused_alike(
    bank: tuple[Channel, Side], bill: Bill, clock: FixedClock, name: str, number: str
) -> None:
    assert pulled(bank, clock, name, number)["refused"] == "nobody_found"


def test_a_serial_number_counts_once(bank: tuple[Channel, Side], bill: Bill, clock: FixedClock) -> None:
    trade = push_side.take(bank[1], "S1", bill.payable_fen)
    answers = [tell(bank, push_side.telling(bank[1], trade, bill.pk), clock) for _ in range(3)]
    assert {answer.status for answer in answers} == {200}
    trade.paid_fen -= 100

    assert tell(bank, push_side.telling(bank[1], trade, bill.pk), clock).status == 409
    assert (Payment.objects.count(), Capture.objects.count(), Delivery.objects.count()) == (1, 1, 1)
    assert Alarm.objects.get().kind == "conflict"


@pytest.mark.parametrize(
    ("less", "item", "other_bill", "reason"),
    [(100, "", 0, "wrong_amount"), (0, "特殊人群", 0, "wrong_item"), (0, "", 10**6, "unknown_bill")],
)
def test_what_does_not_fit_is_held(
    bank: tuple[Channel, Side], bill: Bill, clock: FixedClock, less: int, item: str, other_bill: int, reason: str
) -> None:
    trade = push_side.take(bank[1], "S1", bill.payable_fen - less)
    assert tell(bank, push_side.telling(bank[1], trade, bill.pk + other_bill, item), clock).status == 200

    assert (Payment.objects.count(), Capture.objects.get().reason) == (0, reason)


def test_who_is_not_the_partner_learns_nothing(bank: tuple[Channel, Side], bill: Bill, clock: FixedClock) -> None:
    channel, side = bank
    good = push_side.pull(side, "张桂兰", NUMBER)
    changed = replace(good, body=good.body.replace(b"name", b"nama"))
    stranger = replace(side, key_id="another")
    for false in (changed, push_side.pull(stranger, "张桂兰", NUMBER), Heard({}, b"")):
        assert actions.pull_bill(channel=channel, heard=false, clock=clock).status == 401
    clock.move(timedelta(minutes=6))
    assert actions.pull_bill(channel=channel, heard=good, clock=clock).status == 401
