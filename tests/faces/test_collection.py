"""The pages of collectors and of the tax office: mandates, listed codes, slips, bank files, lists, checked receipts."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from canbao.billing import actions as billing
from canbao.billing.models import Bill
from canbao.demo.outside import agreements, bank_side
from canbao.faces.visit import clock
from canbao.payments.models import CollectiveList, DebitRun, Deposit, ListedCode, Mandate, Payment, ReceiptMessage
from canbao.staff import queries as staff
from canbao.staff.models import Login
from tests.faces.conftest import person_named

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
POLICY, COUNTY = "370481-2025", "370481"


def bill_of(name: str) -> Bill:
    scope = staff.scope_of(Login.objects.get(username="clerk.tengzhou"), "issue_bills", clock())
    return billing.issue_bill(actor=scope, resident_id=person_named(name).pk, benefit_year=2025, clock=clock())


def year_of(bill: Bill) -> str:
    return reverse("console:person-year", args=[bill.resident_id, 2025])


def paid_by(client: Client, bill: Bill, method: str = "cash") -> str:
    asked = {"bill": bill.pk, "amount_fen": bill.payable_fen, "key": f"k{bill.pk}", "method": method}
    return client.post(f"{year_of(bill)}/pay", asked, follow=True).content.decode()


def decided(client: Client) -> None:
    """The second tax officer says yes to what waits."""
    page = client.get("/console/approvals").content.decode()
    number = re.search(r"/console/approvals/(\d+)", page)
    assert number, "nothing waits for the second officer"
    client.post(f"/console/approvals/{number[1]}/approve")


def test_a_cadre_collects_with_his_mandate_and_hands_the_cash_in(signed_in: SignIn) -> None:
    cadre, bill = signed_in("village.tengzhou"), bill_of("刘玉珍")
    page = paid_by(cadre, bill)
    message = ReceiptMessage.objects.get(payment__bill_id=bill.pk)
    assert "给居民的短信" in page and message.text in page
    payment = Payment.objects.get(bill_id=bill.pk)
    drawer = cadre.get("/console/drawer").content.decode()
    assert payment.receipt_no in drawer and "代征〔2024〕" in drawer

    slip = {
        "fund": "370400", "receipt": [payment.pk], "bank": "农业银行", "slip_no": "A-1", "amount": "100",
        "deposited_on": clock().today().isoformat(),
    }  # fmt: skip
    refused = cadre.post("/console/drawer/hand-in", slip)
    assert refused.status_code == 422 and "缴款单的照片" in refused.content.decode()
    answer = cadre.post("/console/drawer/hand-in", {**slip, "picture": io.BytesIO(b"%PDF-1.4 slip")}, follow=True)

    made = Deposit.objects.get()
    assert "短款" in answer.content.decode() and made.over_fen == 10000 - bill.payable_fen
    kept = cadre.get(f"/console/deposits/{made.pk}/picture")
    assert kept.content == b"%PDF-1.4 slip" and kept["Content-Security-Policy"] == "sandbox"
    assert "短款 · 长款" in signed_in("tax.tengzhou").get("/console/drawers").content.decode()
    assert cadre.get("/console/drawers").status_code == 403


def test_without_a_mandate_no_money_is_offered_to_be_taken(signed_in: SignIn) -> None:
    bill = bill_of("单雄飞")
    Mandate.objects.update(ended_at=clock().now())
    cadre = signed_in("village.tengzhou")

    assert 'data-opens="take-payment"' not in cadre.get(year_of(bill)).content.decode()
    assert "没有这个地方的代收委托" in paid_by(cadre, bill)
    assert "没有有效的代收委托" in cadre.get("/console/drawer").content.decode()


def test_two_tax_officers_give_a_mandate_and_one_ends_it(signed_in: SignIn) -> None:
    first, second = signed_in("tax.tengzhou"), signed_in("tax2.tengzhou")
    neighbour = Login.objects.get(username="village.other")
    area = neighbour.grants.get().area_code
    asked = {
        "collector": f"{neighbour.pk} {area}", "contract_no": "代征1号", "from_on": "2024-11-01",
        "until_on": "2025-01-01",
        "day_limit": "5000", "open_limit": "1,000.50",
    }  # fmt: skip
    assert first.post("/console/mandates/ask", {**asked, "until_on": "2024-01-01"}).status_code == 422
    first.post("/console/mandates/ask", asked)
    decided(second)

    row = Mandate.objects.get(login_id=neighbour.pk)
    assert (row.day_limit_fen, row.open_limit_fen, row.ended_at) == (500000, 100050, None)
    first.post("/console/mandates/end", {"mandate": row.pk})
    row.refresh_from_db()
    assert row.ended_at is not None


def test_a_listed_code_is_offered_at_the_counter_and_found_by_anybody(signed_in: SignIn, client: Client) -> None:
    first = signed_in("tax.tengzhou")
    asked = {"area": COUNTY, "content": "https://qr.test/7", "bank": "日照银行", "posted_at": "大厅"}
    first.post("/console/codes/ask", asked)
    assert "不在名单里" in client.post("/codes", {"content": "https://qr.test/7"}).content.decode()
    decided(signed_in("tax2.tengzhou"))

    code, bill = ListedCode.objects.get(), bill_of("单雄飞")
    assert "日照银行" in client.post("/codes", {"content": " https://qr.test/7 "}).content.decode()
    assert f"code {code.pk}" in signed_in("clerk.tengzhou").get(year_of(bill)).content.decode()
    paid_by(signed_in("clerk.tengzhou"), bill, f"code {code.pk}")
    assert Payment.objects.get(bill_id=bill.pk).listed_code_id == code.pk
    first.post("/console/codes/unlist", {"code": code.pk})
    assert "不在名单里" in client.post("/codes", {"content": "https://qr.test/7"}).content.decode()


def test_a_receipt_is_checked_by_its_code_alone(signed_in: SignIn, client: Client) -> None:
    bill = bill_of("周有田")
    paid_by(signed_in("clerk.tengzhou"), bill)
    message = ReceiptMessage.objects.get(payment__bill_id=bill.pk)

    page = client.get(f"/verify/{message.code}").content.decode()

    assert message.payment.receipt_no in page and "周有田" not in page
    assert client.get(f"/verify/{message.payment.receipt_no}").status_code == 404
    assert client.get(f"/verify/{'0' * 20}").status_code == 404


def test_a_bank_file_goes_out_and_its_answer_comes_in(signed_in: SignIn) -> None:
    agreements._agree_by_hand("http://127.0.0.1:9")
    tax, bill = signed_in("tax.tengzhou"), bill_of("刘玉珍")
    bank = re.search(r'<option value="(\d+)">模拟银行代扣', tax.get(year_of(bill)).content.decode())
    assert bank
    agreement = {"bank": bank[1], "agreement_no": "DK-0001", "holder": "某人", "signed_on": "2024-11-01"}
    assert "代扣签约已登记" in tax.post(f"{year_of(bill)}/debit", agreement, follow=True).content.decode()

    tax.post("/console/debits/make", {"bank": bank[1], "area": COUNTY})
    run = DebitRun.objects.get()
    content = tax.get(f"/console/debits/{run.pk}/file").content
    bad = io.BytesIO(bank_side.answered(content, clock().now(), "wrong_total"))
    assert "合计" in tax.post("/console/debits/answer", {"file": bad}).content.decode()
    good = io.BytesIO(bank_side.answered(content, clock().now(), "all"))
    page = tax.post("/console/debits/answer", {"file": good}, follow=True).content.decode()

    assert "已入账" in page
    assert Payment.objects.get(bill_id=bill.pk).method == "debit"


def test_a_village_pays_for_its_list_and_prints_it_with_receipts(signed_in: SignIn) -> None:
    agreements._agree_by_hand("http://127.0.0.1:9")
    cadre, tax = signed_in("village.tengzhou"), signed_in("tax.tengzhou")
    bill = bill_of("刘玉珍")
    place = {"policy": POLICY, "area": person_named("刘玉珍").village_code}
    assert str(bill.pk) in cadre.get("/console/collective/new", place).content.decode()
    cadre.post("/console/collective/make", {**place, "institution": "本村", "bill": [bill.pk]})
    row = CollectiveList.objects.get()
    transfer = {"amount": "1", "reference": "R-1", "paid_at": "2024-11-20T00:00"}
    assert cadre.post(f"/console/collective/{row.pk}/transfer", transfer).status_code == 403
    assert "金额不符" in tax.post(f"/console/collective/{row.pk}/transfer", transfer).content.decode()

    exact = {**transfer, "amount": str(row.sum_fen / 100)}
    tax.post(f"/console/collective/{row.pk}/transfer", exact)

    receipt = Payment.objects.get(bill_id=bill.pk).receipt_no
    assert receipt in cadre.get(f"/console/collective/{row.pk}/print").content.decode()
