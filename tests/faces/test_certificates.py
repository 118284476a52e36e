"""Certificates as a clerk gets them: a PDF, a whole number only where it is logged, and refusals that say why."""

from __future__ import annotations

import re
from collections.abc import Callable

import pypdfium2
import pytest
from django.test import Client

from canbao.certificates.models import Certificate
from canbao.kernel.clock import FixedClock
from canbao.ledger import actions as ledger
from canbao.payments.models import Payment
from canbao.staff.models import Access
from tests import town as money
from tests.faces.conftest import person_named
from tests.faces.test_console import html_of, issued, page_of, pay_form

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]


@pytest.fixture
def payment(clerk: Client) -> Payment:
    """刘玉珍 has paid."""
    person = person_named("刘玉珍")
    clerk.post(page_of(person, "pay"), pay_form(issued(clerk, person)))
    return Payment.objects.get(resident=person)


def words_of(content: bytes) -> str:
    return "".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(content))


def test_the_persons_page_offers_it_and_the_number_is_masked(clerk: Client, payment: Payment) -> None:
    address = f"/console/receipts/{payment.receipt_no}/certificate"
    assert address in html_of(clerk, page_of(payment.resident))
    answer = clerk.post(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    said = words_of(answer.content)
    assert str(payment.resident.id_number) in said
    assert payment.resident.id_number.unmasked not in said
    assert not Access.objects.filter(screen="certificate").exists()


def test_a_whole_number_on_paper_is_logged_and_asks_for_the_right(
    clerk: Client, signed_in: SignIn, payment: Payment
) -> None:
    address = f"/console/receipts/{payment.receipt_no}/certificate"
    said = words_of(clerk.post(address, {"numbers": "full"}).content)
    assert payment.resident.id_number.unmasked in said
    line = Access.objects.get(screen="certificate")
    assert (line.resident_id, line.what, line.purpose) == (payment.resident_id, "number", "certificate")
    tax = signed_in("tax.tengzhou")
    assert tax.post(address).status_code == 200
    refused = tax.post(address, {"numbers": "full"})
    assert refused.status_code == 422
    assert "没有办理这件事的权限" in refused.content.decode()
    assert Access.objects.filter(screen="certificate").count() == 1


def test_money_given_back_is_a_page_that_says_so(clerk: Client, payment: Payment) -> None:
    ledger.reverse(
        actor=money.FUND_OFFICE, pooling_area=payment.pooling_area, entry_id=payment.entry_id, because="test",
        clock=FixedClock(money.IN_WINDOW),
    )  # fmt: skip
    refused = clerk.post(f"/console/receipts/{payment.receipt_no}/certificate")
    assert refused.status_code == 422
    assert "已退还" in refused.content.decode()


def test_a_village_is_printed_in_one_file_and_the_log_says_how_many(clerk: Client, payment: Payment) -> None:
    page = html_of(clerk, "/console/certificates?policy=370481-2025&area=370481")
    count = int(re.search(r"打印 ([\d,]+) 份", page)[1].replace(",", ""))
    answer = clerk.post("/console/certificates", {"policy": "370481-2025", "area": "370481"})
    assert answer.status_code == 200
    assert len(pypdfium2.PdfDocument(answer.content)) == count == Certificate.objects.count()
    line = Access.objects.get(screen="certificate")
    assert (line.what, line.people) == ("list", count)


def test_a_place_where_nobody_has_paid_says_so(clerk: Client, payment: Payment) -> None:
    empty = "370481" + "999"
    other = next(
        code for code in re.findall(r'value="(370481\d{3})"', html_of(clerk, "/console/certificates"))
        if code != payment.resident.village_code[:9] and code != empty
        and not Payment.objects.filter(resident__village_code__startswith=code).exists()
    )  # fmt: skip
    page = html_of(clerk, f"/console/certificates?policy=370481-2025&area={other}")
    assert "这里还没有可以开的缴费证明" in page
    refused = clerk.post("/console/certificates", {"policy": "370481-2025", "area": other})
    assert refused.status_code == 422
    assert not Certificate.objects.exists()
