"""What settled a bill goes back: by the notice's rule, decided by a second person, once, with cover and certificate."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from canbao.billing import actions as billing
from canbao.billing.models import MOVES, Bill
from canbao.certificates import actions as certificates
from canbao.certificates import queries as papers
from canbao.enrolment import queries as enrolment
from canbao.entitlement import queries as entitlement
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.refusals import Refusal
from canbao.ledger import chart
from canbao.ledger import queries as ledger
from canbao.payments import actions, refund_rules
from canbao.payments.jobs import round_of_questions
from canbao.payments.models import Capture, Payment, Refund, RefundApplication
from canbao.payments.models.refunds import APPLICATION_MOVES
from canbao.policy import policies
from canbao.policy.notice import RefundRule
from canbao.registry import actions as registry
from canbao.staff import actions as staff
from tests import town
from tests.payments.outside import outside

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("books")]
TAKER = replace(town.CLERK, actor_id=76, actor_name="赵窗口")
HEAD = replace(town.CLERK, actor_id=77, actor_name="宋主任")
SAID = actions.Asked("employee", "张桂兰", "本人", "职工参保凭证")


def paid(clock: FixedClock, name: str = "张桂兰", method: str = "cash", born: date = date(1980, 5, 1)) -> Payment:
    person = town.enrolled(name, born)
    bill = billing.issue_bill(actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, clock=clock)
    return actions.take_counter_payment(
        actor=town.CLERK, bill_id=bill.pk, amount_fen=bill.payable_fen, key=name, method=method, clock=clock
    )


def applied(payment: Payment, clock: FixedClock, rule: str = "employee") -> RefundApplication:
    return actions.take_refund_application(
        actor=TAKER, receipt_no=payment.receipt_no, asked=replace(SAID, rule=rule), clock=clock
    )


def approved(payment: Payment, clock: FixedClock, rule: str = "employee") -> RefundApplication:
    row = applied(payment, clock, rule)
    row = actions.check_refund_application(actor=town.CLERK, application_id=row.pk, finding="属实", clock=clock)
    staff.approve(actor=HEAD, approval_id=row.approval_id or 0, clock=clock)
    row.refresh_from_db()
    return row


def fen(account: chart.Account) -> int:
    return ledger.balance(town.FUND_OFFICE, account).fen


def test_a_yes_takes_bill_cover_and_enrolment_back_and_owes_the_sum(clock: FixedClock) -> None:
    payment = paid(clock)
    person, sum_fen = payment.resident_id, payment.amount_fen
    certificate = certificates.certify(actor=town.CLERK, receipt_no=payment.receipt_no, clock=clock)
    row = approved(payment, clock)

    bill = Bill.objects.get(pk=payment.bill_id)
    assert (bill.state, bill.refunded_at, bill.refund_entry_id) == ("refunded", clock.now(), row.entry_id)
    assert entitlement.cover_of(town.CLERK, person, town.YEAR) is None
    assert enrolment.enrolment_of(town.CLERK, person, town.YEAR) is None
    assert fen(chart.refund_due(town.FUND, "counter")) == -sum_fen
    assert fen(chart.counter_money(town.FUND, "cash", 12)) == sum_fen
    assert fen(chart.income(town.FUND, town.YEAR, "contribution")) == 0
    assert fen(chart.resident_receivable(town.FUND, town.YEAR)) == 0
    paper = papers.verified(certificate.code)
    assert paper is not None and not paper.stands
    with pytest.raises(Refusal, match="given_back"):
        certificates.certify(actor=town.CLERK, receipt_no=payment.receipt_no, clock=clock)
    with pytest.raises(Refusal, match="already_applied"):
        applied(payment, clock)


def test_money_of_a_counter_goes_back_by_hand_bounces_and_goes_again(clock: FixedClock) -> None:
    row = approved(paid(clock, method="pos"), clock)
    with pytest.raises(Refusal, match="words_missing"):
        actions.send_by_hand(actor=town.CLERK, application_id=row.pk, reference=" ", clock=clock)
    with pytest.raises(Refusal, match="wrong_step"):
        actions.refund_arrived(actor=town.CLERK, application_id=row.pk, clock=clock)
    actions.send_by_hand(actor=town.CLERK, application_id=row.pk, reference="POS 0012", clock=clock)
    actions.refund_came_back(actor=town.CLERK, application_id=row.pk, clock=clock)
    actions.send_refund_again(actor=town.CLERK, application_id=row.pk, clock=clock)
    actions.send_by_hand(actor=town.CLERK, application_id=row.pk, reference="POS 0013", clock=clock)
    refund = actions.refund_arrived(actor=town.CLERK, application_id=row.pk, clock=clock)

    assert (refund.state, refund.tries, refund.reference) == ("returned", 2, "POS 0013")
    assert fen(chart.refund_due(town.FUND, "counter")) == fen(chart.counter_money(town.FUND, "pos", 12)) == 0
    with pytest.raises(Refusal, match="wrong_step"):
        actions.refund_arrived(actor=town.CLERK, application_id=row.pk, clock=clock)


def test_money_of_a_channel_goes_back_through_it(clock: FixedClock) -> None:
    out, other = outside(clock, "wechat_pay"), outside(clock, "alipay")
    person = town.enrolled("张桂兰", date(1980, 5, 1))
    bill = billing.issue_bill(actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, clock=clock)
    trade, second = out.trade(out.begin(bill.pk)), other.trade(other.begin(bill.pk))
    out.side.pay(trade)
    out.tell(out.telling(trade))
    row = approved(Payment.objects.get(), clock)
    with pytest.raises(Refusal, match="wrong_step"):
        actions.send_by_hand(actor=town.CLERK, application_id=row.pk, reference="x", clock=clock)
    trade.bounces = True
    round_of_questions(out.call, clock)
    refund = Refund.objects.get()
    assert refund.state == "bounced"
    trade.bounces = False
    actions.send_refund_again(actor=town.CLERK, application_id=row.pk, clock=clock)
    clock.move(timedelta(minutes=1))
    round_of_questions(out.call, clock)

    refund.refresh_from_db()
    assert (refund.state, refund.tries) == ("returned", 2)
    assert fen(chart.channel_money(town.FUND, out.channel.code)) == 0
    # A second payment that was under way settles nothing any more.
    other.side.pay(second)
    other.tell(other.telling(second))
    assert Capture.objects.get(place="held").reason == "void_bill"


def test_who_takes_checks_and_decides(clock: FixedClock) -> None:
    payment = paid(clock)
    row = applied(payment, clock)
    with pytest.raises(Refusal, match="already_applied"):
        applied(payment, clock)
    with pytest.raises(Refusal, match="words_missing"):
        actions.refuse_refund_application(actor=town.CLERK, application_id=row.pk, because="", clock=clock)
    row = actions.check_refund_application(actor=town.CLERK, application_id=row.pk, finding="", clock=clock)
    with pytest.raises(Refusal, match="not_by_yourself"):
        staff.approve(actor=town.CLERK, approval_id=row.approval_id or 0, clock=clock)
    with pytest.raises(Refusal, match="decided_by_taker"):
        staff.approve(actor=TAKER, approval_id=row.approval_id or 0, clock=clock)
    staff.withdraw(actor=town.CLERK, approval_id=row.approval_id or 0, clock=clock)
    row.refresh_from_db()
    assert row.state == "taken"
    row = actions.check_refund_application(actor=town.CLERK, application_id=row.pk, finding="", clock=clock)
    staff.refuse(actor=HEAD, approval_id=row.approval_id or 0, reason="凭证不符", clock=clock)
    row.refresh_from_db()
    assert (row.state, row.refused_because) == ("refused", "凭证不符")
    again = applied(payment, clock)
    actions.withdraw_refund_application(actor=TAKER, application_id=again.pk, clock=clock)
    assert Bill.objects.get(pk=payment.bill_id).state == "settled"
    with pytest.raises(Refusal, match="refund_application_not_found"):
        actions.check_refund_application(actor=town.OTHER_CLERK, application_id=row.pk, finding="", clock=clock)


def test_the_rules_of_the_notice_decide(clock: FixedClock) -> None:
    payment = paid(clock)
    for rule, code in (("holiday", "no_refund_rule"), ("died", "death_not_registered")):
        with pytest.raises(Refusal, match=code):
            applied(payment, clock, rule)
    clock.move(shanghai(2025, 1, 2, 9) - clock.now())
    with pytest.raises(Refusal, match="refund_too_late"):
        applied(payment, clock, "employee")
    # A death counts by its own day, so the family may come after the new year.
    registry.record_death(actor=town.CLERK, resident_id=payment.resident_id, died_on=date(2024, 12, 31))
    assert approved(payment, clock, "died").state == "approved"
    late = town_payment(clock)
    registry.record_death(actor=town.CLERK, resident_id=late.resident_id, died_on=date(2025, 1, 1))
    with pytest.raises(Refusal, match="refund_too_late"):
        applied(late, clock, "died")
    assert approved(late, clock, "double").state == "approved"


def town_payment(clock: FixedClock) -> Payment:
    """Of somebody else, paid now."""
    return paid(clock, "孙二", born=date(1975, 2, 2))


def test_aid_that_was_found_brings_a_new_bill(clock: FixedClock) -> None:
    payment = paid(clock)
    town.certify(payment.resident, "subsistence_allowance")
    approved(payment, clock, "aided")
    assert enrolment.enrolment_of(town.CLERK, payment.resident_id, town.YEAR) is not None
    bill = billing.issue_bill(actor=town.CLERK, resident_id=payment.resident_id, benefit_year=town.YEAR, clock=clock)
    assert (bill.state, bill.payable_fen, bill.pk == payment.bill_id) == ("settled", 0, False)
    assert entitlement.cover_of(town.CLERK, payment.resident_id, town.YEAR) is not None


@pytest.mark.parametrize("before", ["cover", None])
def test_a_rule_may_count_to_the_first_day_of_cover_or_have_no_end(before: str | None) -> None:
    rule = RefundRule.model_validate(
        {"name": {"zh": "甲", "en": "A"}, "before": before, "evidence": [{"zh": "乙", "en": "B"}], "source": "x"}
    )
    policy = policies.get(town.POLICY)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(refund_rules, "rules_of", lambda policy: {"a": rule})

        def allowed(day: date) -> bool:
            try:
                refund_rules.require_allowed(policy, "a", applied_on=day, died_on=None, cover_from=date(2025, 5, 3))
            except Refusal:
                return False
            return True

        assert [allowed(date(2025, 5, 2)), allowed(date(2025, 5, 3))] == [True, before is None]


def test_states_move_as_declared_and_what_was_taken_in_stays(clock: FixedClock) -> None:
    row = approved(paid(clock), clock)
    assert not APPLICATION_MOVES["approved"] and not MOVES["refunded"]
    for table, pk, moves, now in (
        ("payments_refundapplication", row.pk, APPLICATION_MOVES, "approved"),
        ("billing_bill", row.payment.bill_id, MOVES, "refunded"),
    ):
        for change in (*(f"state = '{state}'" for state in moves if state != now), "pooling_area = '370700'"):
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"UPDATE {table} SET {change} WHERE id = %s", [pk])
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table} WHERE id = %s", [pk])


def test_no_words_about_a_refund_hold_a_whole_number(clock: FixedClock) -> None:
    payment, holding = paid(clock), "身份证 37048119900307 0026"
    with pytest.raises(Refusal, match="proof_holds_number"):
        actions.take_refund_application(
            actor=TAKER, receipt_no=payment.receipt_no, asked=replace(SAID, evidence=holding), clock=clock
        )
    row = applied(payment, clock)
    with pytest.raises(Refusal, match="proof_holds_number"):
        actions.check_refund_application(actor=town.CLERK, application_id=row.pk, finding=holding, clock=clock)
    with pytest.raises(Refusal, match="proof_holds_number"):
        actions.refuse_refund_application(actor=town.CLERK, application_id=row.pk, because=holding, clock=clock)
    row.refresh_from_db()
    assert row.state == "taken"
