"""The console's ways back: from a form that was not sent, from a refusal, from a bill issued by mistake."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from canbao.billing.models import Bill, BillState
from canbao.demo.logins import PASSWORD
from canbao.payments.models import Payment
from tests.faces.conftest import person_named
from tests.faces.test_console import html_of, issued, page_of, pay_form

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]


def test_a_session_that_ends_while_money_is_taken_leads_back_to_the_person(clerk: Client) -> None:
    person = person_named("刘玉珍")
    form = pay_form(issued(clerk, person))
    clerk.post("/console/sign-out")

    asked = clerk.post(page_of(person, "pay"), form)
    sent = {"username": "clerk.tengzhou", "password": PASSWORD, "next": page_of(person, "pay")}
    signed = clerk.post(asked["Location"], sent, follow=True)

    assert signed.redirect_chain[-1] == (page_of(person), 302)
    assert "未收款，请重新收款" in signed.content.decode()
    assert not Payment.objects.exists()


@pytest.mark.parametrize("name", ["enrol", "choose-tier", "issue-bill", "void-bill"])
def test_an_address_of_a_form_leads_to_the_person_and_writes_nothing(clerk: Client, name: str) -> None:
    person = person_named("刘玉珍")

    response = clerk.get(page_of(person, name), follow=True)

    assert response.redirect_chain == [(page_of(person), 302)]
    assert "什么都没有写入" in response.content.decode()
    assert not Bill.objects.exists()


def test_the_address_of_issuing_all_leads_to_the_preview(clerk: Client) -> None:
    response = clerk.get("/console/bills/issue", follow=True)

    assert response.redirect_chain == [("/console/bills", 302)]
    assert "什么都没有写入" in response.content.decode()


def test_a_refused_payment_is_found_again_by_the_address_of_the_person(clerk: Client) -> None:
    person = person_named("刘玉珍")

    html = clerk.post(page_of(person, "pay"), pay_form(issued(clerk, person)) | {"amount_fen": "1"}).content.decode()

    assert f'data-address="{page_of(person)}"' in html


def test_money_can_be_taken_without_scripts(clerk: Client) -> None:
    person = person_named("刘玉珍")
    page = page_of(person, "take-payment")
    assert f'href="{page}"' in issued(clerk, person)

    form = pay_form(html_of(clerk, page))
    assert clerk.post(page_of(person, "pay"), form).status_code == 302

    assert Payment.objects.get().amount_fen == 20000
    assert clerk.get(page)["Location"] == page_of(person)


def test_a_bill_issued_by_mistake_is_voided_with_a_reason(clerk: Client) -> None:
    person = person_named("刘玉珍")
    assert "作废应缴单" in issued(clerk, person)
    bill = Bill.objects.get(resident=person)

    unsaid = clerk.post(page_of(person, "void-bill"), {"bill": bill.pk, "reason": " "})
    assert unsaid.status_code == 422 and "请写明原因" in unsaid.content.decode()

    clerk.post(page_of(person, "void-bill"), {"bill": bill.pk, "reason": "登记错了人"})

    bill.refresh_from_db()
    assert bill.state == BillState.VOID
    assert "已登记，还没有开应缴单" in html_of(clerk, page_of(person))


def test_a_paid_bill_is_not_voided_and_the_page_says_where_money_is_given_back(clerk: Client) -> None:
    person = person_named("刘玉珍")
    clerk.post(page_of(person, "pay"), pay_form(issued(clerk, person)))
    bill = Bill.objects.get(resident=person)

    html = html_of(clerk, page_of(person))

    assert "作废应缴单" not in html and "申请退费" in html
    assert clerk.post(page_of(person, "void-bill"), {"bill": bill.pk, "reason": "错"}).status_code == 422


def test_nothing_is_worked_out_for_somebody_who_died(clerk: Client) -> None:
    html = html_of(clerk, page_of(person_named("赵阿婆")))

    assert "去世，不再参保缴费" in html
    for shown in ("下一步", "seg-covered", "payers-bar", "为什么", "参保登记</button>"):
        assert shown not in html, shown


@pytest.mark.parametrize("year", [2024, 2031])
def test_the_year_that_is_shown_is_the_one_that_is_marked(clerk: Client, year: int) -> None:
    html = html_of(clerk, reverse("console:person-year", args=[person_named("刘玉珍").pk, year]))

    years = html[html.index('class="years"') :]
    assert re.findall(r'aria-current="page">(\d{4}) 年度', years[: years.index("</nav>")]) == [str(year)]
    assert "2025 年度" in years


def test_a_receipt_has_the_amount_in_capitals_and_a_name_without_a_number(clerk: Client) -> None:
    person = person_named("刘玉珍")
    clerk.post(page_of(person, "pay"), pay_form(issued(clerk, person)))
    payment = Payment.objects.get()
    number, name = payment.collected_by.split(" ", 1)
    assert number == str(payment.collector_id)

    for path in (reverse("console:receipt", args=[payment.receipt_no]), page_of(person)):
        html = html_of(clerk, path)
        assert f">{name}</dd>" in html and payment.collected_by not in html
    assert "贰佰元整" in html_of(clerk, reverse("console:receipt", args=[payment.receipt_no]))


def test_a_quotation_from_elsewhere_is_named_before_it_is_opened(clerk: Client) -> None:
    html = html_of(clerk, page_of(person_named("刘玉珍")))

    named = re.findall(r"原文 <span[^>]*>([^<]*)</span>", html)
    cited = re.findall(r"<cite>([^<]*)</cite>", html)
    assert any(text in cited for text in named), named
    assert any(text not in cited for text in named), named


def test_who_issues_no_bills_voids_none(signed_in: SignIn, clerk: Client) -> None:
    person = person_named("刘玉珍")
    issued(clerk, person)
    township = signed_in("township.tengzhou")

    assert "作废应缴单" not in html_of(township, page_of(person))
    bill = Bill.objects.get(resident=person)
    assert township.post(page_of(person, "void-bill"), {"bill": bill.pk, "reason": "错"}).status_code == 403


def test_the_bill_of_one_person_is_not_voided_on_the_page_of_another(clerk: Client) -> None:
    issued(clerk, person_named("刘玉珍"))
    bill = Bill.objects.get()

    path = reverse("console:void-bill", args=[person_named("单雄飞").pk, 2025])

    assert clerk.post(path, {"bill": bill.pk, "reason": "错"}).status_code == 404
