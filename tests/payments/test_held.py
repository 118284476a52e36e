"""Money that settled no bill: proposed by one, approved by another, back to the payer or to another bill; once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from canbao.billing import actions as billing
from canbao.billing.models import Bill
from canbao.kernel.clock import FixedClock
from canbao.kernel.refusals import Refusal
from canbao.ledger import chart
from canbao.ledger import queries as ledger
from canbao.payments import actions, queries
from canbao.payments.jobs import round_of_questions
from canbao.payments.models import Attempt, Capture, Payment, Refund
from canbao.staff import actions as staff
from tests import town
from tests.payments.outside import Outside, outside

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("books")]
KINDS = ("wechat_pay", "alipay", "union_pay")
HEAD = replace(town.CLERK, actor_id=77, actor_name="宋主任")


@pytest.fixture
def bill(clock: FixedClock) -> Bill:
    person = town.enrolled("张桂兰", date(1980, 5, 1))
    return billing.issue_bill(actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, clock=clock)


@pytest.fixture(params=KINDS)
def out(request: pytest.FixtureRequest, clock: FixedClock) -> Outside:
    return outside(clock, request.param)


def paid_twice(out: Outside, bill: Bill) -> Capture:
    """The bill is paid at the counter while somebody pays it online."""
    trade = out.trade(out.begin(bill.pk))
    actions.take_counter_payment(
        actor=town.CLERK, bill_id=bill.pk, amount_fen=bill.payable_fen, key="x", clock=out.clock
    )
    out.side.pay(trade)
    out.tell(out.telling(trade))
    return Capture.objects.get(reason="double")


def approved(capture: Capture, clock: FixedClock, way: str = "refund", bill_id: int | None = None) -> None:
    wish = actions.propose(actor=town.CLERK, capture_id=capture.pk, way=way, bill_id=bill_id, clock=clock)
    staff.approve(actor=HEAD, approval_id=wish.pk, clock=clock)


def fen(account: chart.Account) -> int:
    return ledger.balance(town.FUND_OFFICE, account).fen


def test_it_goes_back_when_a_second_person_says_yes(out: Outside, bill: Bill, clock: FixedClock) -> None:
    capture = paid_twice(out, bill)
    code, sum_fen = out.channel.code, bill.payable_fen
    held, due = chart.held_money(town.FUND, code, "double"), chart.refund_due(town.FUND, code)
    assert (fen(held), fen(due), fen(chart.channel_money(town.FUND, code))) == (-sum_fen, 0, sum_fen)

    approved(capture, clock)
    assert (fen(held), fen(due)) == (0, -sum_fen)
    assert round_of_questions(out.call, clock) == 1

    refund = Refund.objects.get()
    assert (refund.state, refund.returned_at) == ("returned", clock.now())
    assert (fen(due), fen(chart.channel_money(town.FUND, code))) == (0, 0)
    assert list(out.side.trade_of(capture.transaction_id).refunds) == [refund.number_there]  # type: ignore[union-attr]
    assert round_of_questions(out.call, clock) == 0


def test_nobody_approves_what_he_proposed_and_nothing_is_decided_twice(
    out: Outside, bill: Bill, clock: FixedClock
) -> None:
    capture = paid_twice(out, bill)
    wish = actions.propose(actor=town.CLERK, capture_id=capture.pk, way="refund", clock=clock)
    with pytest.raises(Refusal, match="not_by_yourself"):
        staff.approve(actor=town.CLERK, approval_id=wish.pk, clock=clock)
    with pytest.raises(Refusal, match="already_asked"):
        actions.propose(actor=HEAD, capture_id=capture.pk, way="refund", clock=clock)
    assert Refund.objects.count() == 0
    staff.approve(actor=HEAD, approval_id=wish.pk, clock=clock)

    with pytest.raises(Refusal, match="not_held"):
        actions.propose(actor=town.CLERK, capture_id=capture.pk, way="refund", clock=clock)


def test_a_refund_whose_answer_is_lost_is_sent_again_as_the_same_refund(
    out: Outside, bill: Bill, clock: FixedClock
) -> None:
    approved(paid_twice(out, bill), clock)
    out.answers_arrive = False
    round_of_questions(out.call, clock)
    refund = Refund.objects.get()
    assert refund.state == "sent"
    out.answers_arrive = True
    clock.move(timedelta(minutes=11))
    round_of_questions(out.call, clock)

    refund.refresh_from_db()
    trade = out.side.trade_of(refund.capture.transaction_id)
    assert trade is not None and (refund.state, len(trade.refunds)) == ("returned", 1)


@pytest.mark.parametrize("kind", ["wechat_pay", "union_pay"])
def test_a_refund_that_came_back_is_sent_once_more_under_a_new_number(kind: str, bill: Bill, clock: FixedClock) -> None:
    out = outside(clock, kind)
    capture = paid_twice(out, bill)
    approved(capture, clock)
    trade = out.side.trade_of(capture.transaction_id)
    assert trade is not None
    trade.bounces = True
    round_of_questions(out.call, clock)
    refund = Refund.objects.get()
    assert refund.state == "bounced"
    actions.resend_refund(actor=town.CLERK, capture_id=capture.pk, clock=clock)
    round_of_questions(out.call, clock)

    refund.refresh_from_db()
    assert (refund.state, refund.tries, len(trade.refunds)) == ("returned", 2, 2)
    with pytest.raises(Refusal, match="not_bounced"):
        actions.resend_refund(actor=town.CLERK, capture_id=capture.pk, clock=clock)


def test_it_settles_another_bill_of_exactly_its_sum(out: Outside, bill: Bill, clock: FixedClock) -> None:
    capture = paid_twice(out, bill)
    other = town.enrolled("王建国", date(1982, 5, 1))
    theirs = billing.issue_bill(actor=town.CLERK, resident_id=other.pk, benefit_year=town.YEAR, clock=clock)
    half = town.enrolled("刘玉珍", date(1961, 5, 1))
    smaller = billing.issue_bill(actor=town.CLERK, resident_id=half.pk, benefit_year=town.YEAR, clock=clock)
    with pytest.raises(Refusal, match="wrong_bill"):
        actions.propose(actor=town.CLERK, capture_id=capture.pk, way="settle", bill_id=smaller.pk, clock=clock)
    approved(capture, clock, "settle", theirs.pk)

    payment = Payment.objects.get(bill_id=theirs.pk)
    assert (payment.capture_id, payment.paid_at) == (capture.pk, capture.paid_at)
    assert fen(chart.held_money(town.FUND, out.channel.code, "double")) == 0


def test_a_clerk_of_another_city_finds_nothing(out: Outside, bill: Bill, clock: FixedClock) -> None:
    capture = paid_twice(out, bill)

    assert list(queries.held(town.TIERS_CLERK)) == []
    assert list(queries.held(town.EAST_CLERK)) == []
    assert [row.pk for row in queries.held(town.CLERK)] == [capture.pk]
    with pytest.raises(Refusal, match="money_not_found"):
        actions.propose(actor=town.TIERS_CLERK, capture_id=capture.pk, way="refund", clock=clock)


def test_the_worker_asks_what_is_due_and_nothing_else(out: Outside, bill: Bill, clock: FixedClock) -> None:
    attempt = out.begin(bill.pk)
    trade = out.trade(attempt)
    assert round_of_questions(out.call, clock) == 0
    out.side.pay(trade)
    clock.move(timedelta(seconds=16))

    assert round_of_questions(out.call, clock) == 1
    assert Attempt.objects.get().state == "paid"
    assert round_of_questions(out.call, clock) == 0


def test_the_status_page_counts_what_there_is(out: Outside, bill: Bill, clock: FixedClock) -> None:
    capture = paid_twice(out, bill)
    clock.move(timedelta(minutes=1))
    (row,) = queries.standings(town.CLERK, clock.now(), clock.today())

    assert (row.today, row.today_fen, row.held, row.held_fen) == (1, capture.amount_fen, 1, capture.amount_fen)
    assert row.late == capture.received_at - capture.paid_at
    assert queries.standings(town.TIERS_CLERK, clock.now(), clock.today()) == []
