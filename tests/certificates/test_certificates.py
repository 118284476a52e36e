"""A certificate says what was paid, is one a payment, is read back from its paper, and tells a guesser nothing."""

from __future__ import annotations

import re
from datetime import date, timedelta

import numpy
import pypdfium2
import pytest
import zxingcpp
from django.db import IntegrityError, connection, transaction
from django.test import Client

from canbao.billing import actions as billing
from canbao.certificates import actions, printing, queries
from canbao.certificates.models import CODE_LENGTH, Certificate
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.refusals import Refusal
from canbao.ledger import actions as ledger
from canbao.payments import actions as payments
from canbao.payments.models import Payment
from canbao.policy import policies
from tests import town

pytestmark = [pytest.mark.django_db]
ADDRESS = "https://insurance.example/verify"
DPI_OF_A_SCAN = 150


def paid(clock: FixedClock, name: str = "张桂兰", village: str = town.EAST) -> Payment:
    """Somebody of 63 who paid 200 yuan in cash."""
    person = town.enrolled(name, date(1961, 5, 1), village)
    bill = billing.issue_bill(actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, clock=clock)
    return payments.take_counter_payment(
        actor=town.CLERK, bill_id=bill.pk, amount_fen=20000, key=f"first {bill.pk}", clock=clock
    )


def give_back(payment: Payment, clock: FixedClock) -> None:
    ledger.reverse(
        actor=town.FUND_OFFICE, pooling_area=town.FUND, entry_id=payment.entry_id, because="test", clock=clock
    )


def shown(certificates: list[Certificate], **further: object) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(printing.pdf(queries.papers(town.CLERK, certificates), ADDRESS, **further))


def text_of(document: pypdfium2.PdfDocument, page: int = 0) -> str:
    """Without the spaces that typesetting puts between scripts."""
    return re.sub(r"\s+", "", document[page].get_textpage().get_text_bounded())


@pytest.mark.usefixtures("books")
def test_the_paper_says_what_was_paid_and_its_code_leads_to_the_public_page(clock: FixedClock) -> None:
    payment = paid(clock)
    certificate = actions.certify(actor=town.CLERK, receipt_no=payment.receipt_no, clock=clock)
    document = shown([certificate])
    said = text_of(document)
    for part in (
        "张桂兰",
        "2025年",
        "400元",
        "200元",
        "贰佰元整",
        "2024年11月1日09:30",
        payment.receipt_no,
        "孙会计",
    ):
        assert part in said, part
    assert "2025年1月1日–2025年12月31日" in said
    assert printing.shown_code(certificate.code) in said
    picture = numpy.asarray(document[0].render(scale=DPI_OF_A_SCAN / 72, grayscale=True).to_numpy()).squeeze()
    read = zxingcpp.read_barcode(picture)
    assert read is not None
    assert read.text == f"{ADDRESS}/{certificate.code}"


def test_a_payment_has_one_certificate_however_often_it_is_printed(clock: FixedClock) -> None:
    payment = paid(clock)
    first = actions.certify(actor=town.CLERK, receipt_no=payment.receipt_no, clock=clock)
    again = actions.certify(actor=town.EAST_CLERK, receipt_no=payment.receipt_no, clock=clock)
    assert (again.pk, again.code) == (first.pk, first.code)
    assert len(first.code) == CODE_LENGTH
    with pytest.raises(IntegrityError), transaction.atomic():
        Certificate.objects.create(
            pooling_area=town.FUND, payment=payment, resident_id=payment.resident_id, code="0" * CODE_LENGTH,
            issued_at=clock.now(), issued_by="x",
        )  # fmt: skip


def test_two_certificates_never_share_a_code(clock: FixedClock) -> None:
    made = [
        actions.certify(actor=town.CLERK, receipt_no=paid(clock, name).receipt_no, clock=clock)
        for name in ("张桂兰", "李秀英")
    ]
    assert made[0].code != made[1].code


def test_a_stranger_with_the_code_sees_no_more_than_the_paper_needs(clock: FixedClock, client: Client) -> None:
    payment = paid(clock)
    certificate = actions.certify(actor=town.CLERK, receipt_no=payment.receipt_no, clock=clock)
    answer = client.get(f"/verify/{certificate.code}")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "证明属实" in page
    assert "张**" in page
    assert payment.receipt_no in page
    assert "张桂兰" not in page
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("typed", ["lower", "dashes", "misread"])
def test_a_code_is_understood_as_people_type_it(clock: FixedClock, client: Client, typed: str) -> None:
    certificate = actions.certify(actor=town.CLERK, receipt_no=paid(clock).receipt_no, clock=clock)
    spelled = {
        "lower": certificate.code.lower(),
        "dashes": f" {printing.shown_code(certificate.code)} ",
        "misread": certificate.code.replace("0", "O").replace("1", "l"),
    }[typed]
    answer = client.post("/verify", {"code": spelled}, follow=True)
    assert (answer.status_code, "证明属实" in answer.content.decode()) == (200, True)


def test_every_wrong_code_gets_the_same_answer(clock: FixedClock, client: Client) -> None:
    certificate = actions.certify(actor=town.CLERK, receipt_no=paid(clock).receipt_no, clock=clock)
    near = certificate.code[:-1] + ("0" if certificate.code[-1] != "0" else "1")
    answers = {
        re.sub(r"<[^>]*>", "", page.content.decode())
        for code in (near, "0" * CODE_LENGTH, "short", "桂兰", certificate.code + "0")
        if (page := client.get(f"/verify/{code}")).status_code == 404
    }
    assert len(answers) == 1
    assert all("没有这份证明" in page for page in answers)
    assert client.post("/verify", {"code": "\0"}).status_code == 404
    assert client.post("/verify", {}).status_code == 404


def test_money_that_went_back_is_not_certified_and_ends_the_paper(clock: FixedClock, client: Client) -> None:
    kept, returned = paid(clock), paid(clock, "李秀英")
    certificate = actions.certify(actor=town.CLERK, receipt_no=returned.receipt_no, clock=clock)
    give_back(returned, clock)
    with pytest.raises(Refusal) as refusal:
        actions.certify(actor=town.CLERK, receipt_no=returned.receipt_no, clock=clock)
    assert refusal.value.code == "given_back"
    page = client.get(f"/verify/{certificate.code}").content.decode()
    assert "证明已失效" in page
    assert "证明属实" not in page
    made = actions.certify_place(actor=town.CLERK, policy_id=town.POLICY, area_code=town.COUNTY, clock=clock)
    assert [row.payment_id for row in made] == [kept.pk]


def test_a_place_is_certified_village_by_village_and_within_the_clerks_area(clock: FixedClock) -> None:
    west, east, other = (
        paid(clock, "王二", town.WEST), paid(clock, "赵四"), paid(clock, "李三")
    )  # fmt: skip
    made = actions.certify_place(actor=town.CLERK, policy_id=town.POLICY, area_code=town.COUNTY, clock=clock)
    assert [row.payment_id for row in made] == [other.pk, east.pk, west.pk]
    document = shown(made)
    assert len(document) == 3
    assert "王二" in text_of(document, 2)
    own = actions.certify_place(actor=town.EAST_CLERK, policy_id=town.POLICY, area_code=town.EAST, clock=clock)
    assert [row.code for row in own] == [row.code for row in made[:2]]
    with pytest.raises(Refusal) as refusal:
        actions.certify_place(actor=town.EAST_CLERK, policy_id=town.POLICY, area_code=town.WEST, clock=clock)
    assert refusal.value.code == "outside_your_area"
    with pytest.raises(Refusal) as unseen:
        actions.certify(actor=town.EAST_CLERK, receipt_no=west.receipt_no, clock=clock)
    assert unseen.value.code == "payment_not_found"


def test_more_than_one_file_holds_is_refused_with_the_number(
    clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("王二", "赵四"):
        paid(clock, name)
    monkeypatch.setattr(actions, "BATCH_MAX", 1)
    with pytest.raises(Refusal) as refusal:
        actions.certify_place(actor=town.CLERK, policy_id=town.POLICY, area_code=town.COUNTY, clock=clock)
    assert refusal.value.code == "too_many_certificates"
    assert "2" in refusal.value.zh
    assert not Certificate.objects.exists()


def test_nobody_has_paid_is_a_refusal(clock: FixedClock) -> None:
    with pytest.raises(Refusal) as refusal:
        actions.certify_place(actor=town.CLERK, policy_id=town.POLICY, area_code=town.COUNTY, clock=clock)
    assert refusal.value.code == "nothing_paid"


def test_where_the_notice_names_working_days_the_certificate_waits_for_them(clock: FixedClock) -> None:
    """SH-61: deducted on 2 December 2024, from 16 December on. The days come from the notice, for batch and single."""
    payment = paid(clock)
    payment.bill.policy_id = "310000-2025"
    payment.paid_at = shanghai(2024, 12, 2, 23, 59)
    assert queries.available_on(payment) == date(2024, 12, 16)
    payment.paid_at = shanghai(2024, 12, 3, 0, 0)
    assert queries.available_on(payment) == date(2024, 12, 17)


def test_the_batch_leaves_out_who_must_still_wait(clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = policies.get(town.POLICY)
    told = policies.get("310000-2025").notice.certificate
    monkeypatch.setitem(policy.notice.__dict__, "certificate", told)
    early = paid(clock)
    later = FixedClock(clock.now() + timedelta(days=3))
    late = paid(later, "李秀英")
    ripe = queries.available_on(early)
    assert ripe == date(2024, 11, 15)
    at = FixedClock(shanghai(2024, 11, 15, 9))
    before = FixedClock(shanghai(2024, 11, 14, 9))
    assert [row.pk for row in queries.certifiable(town.CLERK, policy, town.COUNTY, at.today())] == [early.pk]
    assert not queries.certifiable(town.CLERK, policy, town.COUNTY, before.today())
    with pytest.raises(Refusal) as refusal:
        actions.certify(actor=town.CLERK, receipt_no=late.receipt_no, clock=at)
    assert refusal.value.code == "not_yet"
    assert "2024年11月18日" in refusal.value.zh


def test_a_certificate_cannot_be_changed_or_dropped_by_the_program(clock: FixedClock) -> None:
    certificate = actions.certify(actor=town.CLERK, receipt_no=paid(clock).receipt_no, clock=clock)
    for statement in ("UPDATE certificates_certificate SET code = code", "DELETE FROM certificates_certificate"):
        with pytest.raises(Exception, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL ROLE canbao")
            cursor.execute(statement)
    assert Certificate.objects.get().code == certificate.code
