"""One bill through every shape of channel, the whole way: paid, in the books, covered, certified, and given back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest

from canbao.billing import actions as billing
from canbao.billing.models import Bill
from canbao.certificates import actions as certificates
from canbao.certificates import queries as papers
from canbao.demo.outside import bank_side, push_side
from canbao.entitlement import queries as entitlement
from canbao.kernel.clock import FixedClock
from canbao.ledger import chart
from canbao.ledger import queries as ledger
from canbao.payments import actions
from canbao.payments.jobs import round_of_questions
from canbao.payments.models import Payment, Refund, RefundApplication
from canbao.payments.partners.partner import Called, CallFailed, Heard
from canbao.payments.queries import debits
from canbao.staff import actions as staff
from tests import town
from tests.payments.outside import bank, outside
from tests.payments.test_debits import bank_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("books")]
TAKER = replace(town.CLERK, actor_id=76, actor_name="赵窗口")
HEAD = replace(town.CLERK, actor_id=77, actor_name="宋主任")


def nobody(called: Called) -> Heard:
    raise CallFailed("a person does it")


@dataclass
class Way:
    """How the money of a bill came: where the books have it, and who answers when it is sent back."""

    shape: str
    money: chart.Account
    call: Callable[[Called], Heard] = nobody


def by_redirect(kind: str) -> Callable[[Bill, FixedClock], Way]:
    def pay(bill: Bill, clock: FixedClock) -> Way:
        out = outside(clock, kind)
        trade = out.trade(out.begin(bill.pk))
        out.side.pay(trade)
        assert out.tell(out.telling(trade)).status == 200
        return Way("redirect", chart.channel_money(town.FUND, out.channel.code), out.call)

    return pay


def by_push(algorithm: str) -> Callable[[Bill, FixedClock], Way]:
    def pay(bill: Bill, clock: FixedClock) -> Way:
        out = bank(clock, algorithm)
        trade = push_side.take(out.side, "S1", bill.payable_fen)
        assert out.tell(push_side.telling(out.side, trade, bill.pk)).status == 200
        return Way("push", chart.channel_money(town.FUND, out.channel.code), out.call)

    return pay


def by_file(bill: Bill, clock: FixedClock) -> Way:
    channel = bank_of()
    actions.sign_debit(
        actor=town.CLERK, resident_id=bill.resident_id, channel_id=channel.pk, agreement_no="DK-0001", holder="张桂兰",
        signed_on=date(2024, 10, 1), clock=clock,
    )  # fmt: skip
    run = actions.make_run(actor=town.CLERK, channel_id=channel.pk, area_code=town.COUNTY, clock=clock)
    answer = bank_side.answered(debits.file_of(run), clock.now(), "all")
    actions.take_answer(actor=town.CLERK, content=answer, clock=clock)
    return Way("file", chart.channel_money(town.FUND, channel.code))


def by_list(bill: Bill, clock: FixedClock) -> Way:
    channel = bank_of("village", "collective_list", None)
    made = actions.make_list(
        actor=town.EAST_CLERK, channel_id=channel.pk, area_code=town.EAST, institution="东村", bill_ids=[bill.pk],
        clock=clock,
    )  # fmt: skip
    actions.record_transfer(
        actor=town.CLERK, list_id=made.pk, amount_fen=made.sum_fen, reference="R-1", paid_at=clock.now(), clock=clock
    )
    return Way("collective", chart.channel_money(town.FUND, channel.code))


def by_counter(method: str) -> Callable[[Bill, FixedClock], Way]:
    def pay(bill: Bill, clock: FixedClock) -> Way:
        actions.take_counter_payment(
            actor=town.CLERK, bill_id=bill.pk, amount_fen=bill.payable_fen, key="k", method=method, clock=clock
        )
        return Way("counter", chart.counter_money(town.FUND, method, town.CLERK.actor_id or 0))

    return pay


WAYS = {
    "redirect: WeChat Pay": by_redirect("wechat_pay"),
    "redirect: Alipay": by_redirect("alipay"),
    "redirect: UnionPay": by_redirect("union_pay"),
    "push: RSA": by_push("rsa"),
    "push: SM2": by_push("sm2"),
    "file": by_file,
    "collective": by_list,
    "counter: cash": by_counter("cash"),
    "counter: card": by_counter("pos"),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_bill_is_paid_booked_covered_certified_and_given_back(way: str, clock: FixedClock) -> None:
    person = town.enrolled("张桂兰", date(1980, 5, 1))
    bill = billing.issue_bill(actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, clock=clock)
    came = WAYS[way](bill, clock)

    payment = Payment.objects.get()
    assert (payment.shape, payment.amount_fen) == (came.shape, bill.payable_fen)
    assert fen(came.money) == bill.payable_fen
    cover = entitlement.cover_of(town.CLERK, person.pk, town.YEAR)
    assert cover is not None and cover.cover_from == date(2025, 1, 1)
    paper = certificates.certify(actor=town.CLERK, receipt_no=payment.receipt_no, clock=clock)
    assert stands(paper.code)

    row = decided(payment, clock)
    assert fen(came.money) == bill.payable_fen, "it is owed, and has not left yet"
    clock.move(timedelta(minutes=1))
    round_of_questions(came.call, clock)
    if came.call is nobody:
        actions.send_by_hand(actor=town.CLERK, application_id=row.pk, reference="T-1", clock=clock)
        actions.refund_came_back(actor=town.CLERK, application_id=row.pk, clock=clock)
        actions.send_refund_again(actor=town.CLERK, application_id=row.pk, clock=clock)
        actions.send_by_hand(actor=town.CLERK, application_id=row.pk, reference="T-2", clock=clock)
        actions.refund_arrived(actor=town.CLERK, application_id=row.pk, clock=clock)

    refund = Refund.objects.get()
    assert (refund.state, refund.returned_at) == ("returned", clock.now())
    assert Bill.objects.get(pk=bill.pk).state == "refunded"
    assert fen(came.money) == fen(chart.refund_due(town.FUND, payment.channel)) == 0
    assert fen(chart.income(town.FUND, town.YEAR, "contribution")) == 0
    assert entitlement.cover_of(town.CLERK, person.pk, town.YEAR) is None
    assert not stands(paper.code)


def decided(payment: Payment, clock: FixedClock) -> RefundApplication:
    """Taken in, checked and approved, by three people."""
    asked = actions.Asked("employee", "张桂兰", "本人", "职工参保凭证")
    row = actions.take_refund_application(actor=TAKER, receipt_no=payment.receipt_no, asked=asked, clock=clock)
    row = actions.check_refund_application(actor=town.CLERK, application_id=row.pk, finding="属实", clock=clock)
    staff.approve(actor=HEAD, approval_id=row.approval_id or 0, clock=clock)
    row.refresh_from_db()
    return row


def fen(account: chart.Account) -> int:
    return ledger.balance(town.FUND_OFFICE, account).fen


def stands(code: str) -> bool:
    paper = papers.verified(code)
    return paper is not None and paper.stands
