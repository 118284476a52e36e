"""What changed between the bill and the counter: a bill that today's register no longer gives is not taken."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection

from canbao.billing import actions as billing
from canbao.billing import standing
from canbao.billing.models import Bill
from canbao.enrolment import actions as enrolment
from canbao.entitlement.models import Cover
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.refusals import Refusal
from canbao.payments import actions
from canbao.payments.actions import settling
from canbao.payments.models import Payment
from canbao.policy import policies, quote
from canbao.registry import actions as registry
from canbao.registry.models import Resident
from tests import town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


def issued(person: Resident, clock: FixedClock) -> Bill:
    return billing.issue_bill(actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, clock=clock)


def take(bill: Bill, clock: FixedClock, actor: Any = town.CLERK) -> Payment:
    return actions.take_counter_payment(
        actor=actor, bill_id=bill.pk, amount_fen=bill.payable_fen, key=f"{bill.pk}", clock=clock
    )


def refused(bill: Bill, clock: FixedClock) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        take(bill, clock)
    assert not Payment.objects.exists()
    assert not Cover.objects.exists()
    return refusal.value


def now(person: Resident, **facts: object) -> None:
    Resident.objects.filter(pk=person.pk).update(**facts)


def test_who_became_an_employee_after_issue_pays_nothing_and_is_told_why(clock: FixedClock) -> None:
    person = town.enrolled("王建国", date(1980, 3, 1))
    bill = issued(person, clock)
    now(person, employee_insured=True)
    refusal = refused(bill, clock)

    assert refusal.code == "not_eligible_now"
    assert "职工" in refusal.zh and "employee" in refusal.en


def test_who_was_certified_after_issue_pays_only_after_a_new_bill(clock: FixedClock) -> None:
    person = town.enrolled("王建国", date(1980, 3, 1))
    bill = issued(person, clock)
    town.certify(person, "subsistence_allowance")
    refusal = refused(bill, clock)

    assert refusal.code == "bill_outdated"
    assert "0元" in refusal.zh and "重新开单" in refusal.todo[0]
    assert billing.reissue_bill(actor=town.CLERK, bill_id=bill.pk, clock=clock).state == "settled"


def test_other_days_of_cover_make_a_bill_outdated_too(clock: FixedClock) -> None:
    """The sum is the same after the window, but years without cover mean a longer wait than the bill's facts say."""
    late = FixedClock(shanghai(2025, 2, 10, 9))
    person = town.enrolled("王建国", date(1980, 3, 1))
    bill = issued(person, late)
    now(person, attributes={}, last_cover_end=date(2024, 12, 31))
    refusal = refused(bill, late)

    assert refusal.code == "bill_outdated"
    assert "待遇时间" in refusal.zh


def test_facts_that_make_no_difference_do_not_stop_the_counter(clock: FixedClock) -> None:
    person = town.enrolled("王建国", date(1980, 3, 1))
    bill = issued(person, clock)
    now(person, residence_area=town.WEST, attributes={"note": "1"})

    assert take(bill, clock).amount_fen == 40000


def test_facts_that_no_policy_can_read_stop_the_counter(clock: FixedClock) -> None:
    person = town.enrolled("王建国", date(1980, 3, 1))
    bill = issued(person, clock)
    town.certify_unread(person)

    assert refused(bill, clock).code == "not_eligible_now"


def test_another_tier_is_another_bill(clock: FixedClock) -> None:
    person = town.with_tier("高志强", "low")
    low = billing.issue_bill(actor=town.TIERS_CLERK, resident_id=person.pk, benefit_year=town.YEAR, clock=clock)
    high = billing.change_tier(
        actor=town.TIERS_CLERK, resident_id=person.pk, benefit_year=town.YEAR, tier="high", clock=clock
    )
    low.refresh_from_db()
    assert high is not None

    assert (low.state, high.state, high.replaces_id) == ("void", "issued", low.pk)
    assert high.payable_fen > low.payable_fen
    with pytest.raises(Refusal) as refusal:
        take(low, clock, town.TIERS_CLERK)
    assert refusal.value.code == "bill_void"
    assert take(high, clock, town.TIERS_CLERK).amount_fen == high.payable_fen


def test_a_repair_charge_paid_late_does_not_move_the_day_of_settlement(
    clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Aided inside the window, one year repaired, the repair paid after it: the counter asks what the bill says."""
    policy = policies.get("370124-2025").carried_to(2027)
    monkeypatch.setattr(policies, "get", lambda policy_id: policy)
    facts = {
        "birth_date": "1980-03-01", "hukou_area": "370124", "residence_area": "370124001",
        "categories": ["poverty_alleviated"], "covered_years": [2019, 2020, 2021, 2022, 2023, 2024],
        "registered_on": policy.opens.date().isoformat(), "repair_years": 1,
    }  # fmt: skip
    answer = quote(policy, facts)
    assert (answer.personal_fen, bool(answer.repair_fen), answer.eligible) == (0, True, True)
    bill = Bill(
        policy_id=policy.id, facts=facts, facts_digest="", quoted_on=None, class_code=answer.klass,
        standard_fen=answer.standard_fen, personal_fen=0, repair_fen=answer.repair_fen, award=answer.award,
    )  # fmt: skip
    from canbao.billing.drafts import lines_of

    late = shanghai(policy.closes.year, 12, 31, 9).replace(year=policy.benefit_year, month=5, day=5)
    today = standing.answer_at(bill, late, facts)

    assert standing.stands(bill, tuple(lines_of(answer)), today, facts, late)
    assert today.benefit_start == answer.benefit_start


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["death", "stop"])
def test_a_death_or_a_stop_waits_for_a_payment_under_way(
    clock: FixedClock, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """The register is read under a lock: what is recorded meanwhile comes after the payment, never inside it."""
    person = town.enrolled("王建国", date(1980, 3, 1))
    bill = issued(person, clock)
    order: list[str] = []
    begun, real = threading.Event(), settling.payment_moves

    def recorded() -> None:
        begun.wait(30)
        try:
            _WHAT[what](person, clock)
            order.append(what)
        finally:
            connection.close()

    other = threading.Thread(target=recorded)

    def slow(*args: Any) -> Any:
        begun.set()
        other.join(timeout=0.7)
        order.append("payment")
        return real(*args)

    monkeypatch.setattr(settling, "payment_moves", slow)
    other.start()
    take(bill, clock)
    other.join(timeout=30)

    assert order == ["payment", what]


def _die(person: Resident, clock: FixedClock) -> None:
    registry.record_death(actor=town.CLERK, resident_id=person.pk, died_on=date(2024, 10, 31))


def _stop(person: Resident, clock: FixedClock) -> None:
    enrolment.stop(
        actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, stopped_on=date(2024, 11, 1),
        reason="职工参保", clock=clock,
    )  # fmt: skip


_WHAT: dict[str, Callable[[Resident, FixedClock], None]] = {"death": _die, "stop": _stop}
