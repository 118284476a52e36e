"""A resident applies for a refund, sees how it stands and where the money goes, and may take the wish back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.test import Client, override_settings

from canbao.billing import actions as billing
from canbao.billing.models import Bill
from canbao.kernel.clock import FixedClock, SystemClock
from canbao.kernel.personal import id_check_digit
from canbao.payments import actions
from canbao.payments.models import Payment, RefundApplication
from canbao.registry import actions as registry
from canbao.staff import actions as staff
from tests import town
from tests.town import books, clock

__all__ = ["books", "clock"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("books")]
HEAD = "37048119800301102"
NUMBER = HEAD + id_check_digit(HEAD)
SHIFT = (date(2024, 11, 1) - SystemClock().today()).days
ASKED = {"rule": "employee", "applicant_name": "张桂兰", "relation": "本人", "evidence": "职工参保凭证"}


@pytest.fixture
def payment(clock: FixedClock) -> Payment:
    person = registry.NewResident(
        name="张桂兰", birth_on=date(1980, 3, 1), sex="female", village_code=town.EAST, id_number=NUMBER,
        facts={"hukou_area": town.COUNTY, "residence_area": town.EAST, "covered_years": list(range(2017, 2025))},
    )  # fmt: skip
    row = registry.register_resident(actor=town.FUND_OFFICE, person=person)
    town.enrol(row)
    bill = billing.issue_bill(actor=town.CLERK, resident_id=row.pk, benefit_year=town.YEAR, clock=clock)
    return actions.take_counter_payment(
        actor=town.CLERK, bill_id=bill.pk, amount_fen=bill.payable_fen, key="k", clock=clock
    )


@pytest.fixture
def resident(payment: Payment) -> Client:
    """Somebody who has shown that he knows name and number."""
    with override_settings(CLOCK_SHIFT_DAYS=SHIFT):
        client = Client()
        opened = client.post("/pay", {"policy": town.POLICY, "name": "张桂兰", "id_number": NUMBER})
        assert opened["Location"] == f"/pay/bills/{payment.bill_id}"
        yield client


def page(client: Client, payment: Payment, language: str = "zh-hans") -> str:
    client.cookies["django_language"] = language
    return client.get(f"/pay/bills/{payment.bill_id}/refund").content.decode()


def test_a_resident_applies_and_sees_every_step_until_the_money_is_there(
    resident: Client, payment: Payment, clock: FixedClock
) -> None:
    address = f"/pay/bills/{payment.bill_id}"
    assert "申请退费" in resident.get(address).content.decode()
    assert "当面退现金" in page(resident, payment)
    refused = resident.post(f"{address}/refund", {**ASKED, "evidence": " "})
    assert refused.status_code == 422 and not RefundApplication.objects.exists()
    assert resident.post(f"{address}/refund", ASKED)["Location"] == f"{address}/refund"
    shown = page(resident, payment)
    assert "正在办理" in shown and "撤回申请" in shown and payment.receipt_no in shown
    assert "Under way" in page(resident, payment, "en")

    row = RefundApplication.objects.get()
    actions.check_refund_application(actor=town.CLERK, application_id=row.pk, finding="属实", clock=clock)
    row.refresh_from_db()
    staff.approve(actor=replace(town.CLERK, actor_id=77), approval_id=row.approval_id or 0, clock=clock)
    assert "已批准，正在退" in page(resident, payment)
    opened = resident.post("/pay", {"policy": town.POLICY, "name": "张桂兰", "id_number": NUMBER})
    assert opened["Location"] == address, "found by name and number still"
    refunded = resident.get(address).content.decode()
    assert "已退费" in refunded and "怎么付" not in refunded
    actions.send_by_hand(actor=town.CLERK, application_id=row.pk, reference="退 0012", clock=clock)
    actions.refund_came_back(actor=town.CLERK, application_id=row.pk, clock=clock)
    assert "退款被退回" in page(resident, payment)
    actions.send_refund_again(actor=town.CLERK, application_id=row.pk, clock=clock)
    actions.send_by_hand(actor=town.CLERK, application_id=row.pk, reference="退 0013", clock=clock)
    clock.move(timedelta(hours=1))
    actions.refund_arrived(actor=town.CLERK, application_id=row.pk, clock=clock)
    assert "钱已退到" in page(resident, payment) and "The money has arrived" in page(resident, payment, "en")
    assert Bill.objects.get(pk=payment.bill_id).state == "refunded"


def test_what_nobody_has_checked_can_be_taken_back_and_applied_for_again(resident: Client, payment: Payment) -> None:
    address = f"/pay/bills/{payment.bill_id}/refund"
    resident.post(address, ASKED)
    assert resident.post(address, ASKED).status_code == 422
    assert resident.post(f"{address}/withdraw").status_code == 302
    assert RefundApplication.objects.get().state == "withdrawn"
    assert "申请已撤回" in page(resident, payment)
    assert resident.post(address, ASKED).status_code == 302
    assert RefundApplication.objects.filter(state="taken").count() == 1


def test_what_the_counter_took_in_is_not_the_browsers_to_take_back(
    resident: Client, payment: Payment, clock: FixedClock
) -> None:
    actions.take_refund_application(
        actor=town.CLERK, receipt_no=payment.receipt_no, asked=actions.Asked(**ASKED), clock=clock
    )
    assert "撤回申请" not in page(resident, payment)
    resident.post(f"/pay/bills/{payment.bill_id}/refund/withdraw")
    assert RefundApplication.objects.get().state == "taken"


def test_a_stranger_with_the_address_sees_and_does_nothing(payment: Payment) -> None:
    stranger, address = Client(), f"/pay/bills/{payment.bill_id}/refund"
    assert stranger.get(address).status_code == stranger.post(address, ASKED).status_code == 404
    assert stranger.post(f"{address}/withdraw").status_code == 404
    assert not RefundApplication.objects.exists()
