"""A window that closes in principle is kept open: by two people, for an area, pinned to the bill, seen in the trace."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from canbao.billing import actions as billing
from canbao.billing import invariants as billing_invariants
from canbao.enrolment import actions, queries
from canbao.enrolment.models import WindowExtension
from canbao.entitlement import actions as entitlement_actions
from canbao.entitlement import queries as entitlement
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.refusals import Refusal
from canbao.payments import actions as payments
from canbao.policy import policies, quote
from canbao.policy.policy import Extension
from canbao.registry.models import Resident
from canbao.staff import actions as staff
from tests import town

AFTER = FixedClock(shanghai(2025, 1, 10, 9))
LATER = FixedClock(shanghai(2025, 1, 11, 9))
SECOND = replace(town.TIERS_CLERK, actor_id=99, actor_name="宋主任")
DOCUMENT = "潍医保发〔2025〕1号"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


def ask(area: str = town.TIERS_FUND, closes: date = date(2025, 1, 31), policy: str = town.TIERS_POLICY) -> int:
    return actions.ask_extension(
        actor=town.TIERS_CLERK if area.startswith("3707") else town.FUND_OFFICE,
        policy_id=policy, area_code=area, closes=closes, document=DOCUMENT, reason="系统停机三日", clock=AFTER,
    ).pk  # fmt: skip


def extend(area: str = town.TIERS_FUND, closes: date = date(2025, 1, 31)) -> None:
    staff.approve(actor=SECOND, approval_id=ask(area, closes), clock=AFTER)


@pytest.fixture
def adult(clock: FixedClock) -> Resident:
    return town.with_tier("高建军", "low")


def pay(person: Resident, clock: FixedClock) -> None:
    bill = billing.issue_bill(actor=town.TIERS_CLERK, resident_id=person.pk, benefit_year=2025, clock=clock)
    payments.take_counter_payment(
        actor=town.TIERS_CLERK, bill_id=bill.pk, amount_fen=bill.payable_fen, key=f"pay {person.pk}", clock=clock
    )


def test_who_pays_in_the_longer_window_does_not_wait(adult: Resident) -> None:
    extend()
    pay(adult, LATER)

    trace = entitlement.trace_person_year(town.TIERS_CLERK, adult.pk, 2025)
    assert trace.cover is not None and trace.bill is not None and trace.answer is not None
    assert trace.cover.waiting_months == 0
    assert (trace.cover.in_window, trace.cover.cover_from) == (True, date(2025, 1, 11))
    (step,) = [step for step in trace.answer.steps if step.rule == "window.extended"]
    assert DOCUMENT in step.text_zh and DOCUMENT in step.text_en
    assert trace.policy_unchanged and trace.bill.policy_digest != policies.get(town.TIERS_POLICY).digest


def test_without_it_the_same_payment_is_late(adult: Resident) -> None:
    pay(adult, LATER)

    cover = entitlement.cover_of(town.TIERS_CLERK, adult.pk, 2025)
    assert cover is not None and (cover.in_window, cover.waiting_months) == (False, 3)


def test_what_was_paid_before_the_decision_stays_as_it_was(adult: Resident) -> None:
    """A rebuild gives the very same cover: the bill is pinned to the policy without the extension."""
    pay(adult, LATER)
    extend()
    entitlement_actions.rebuild(actor=town.TIERS_CLERK, pooling_area=town.TIERS_FUND, benefit_year=2025)

    cover = entitlement.cover_of(town.TIERS_CLERK, adult.pk, 2025)
    assert cover is not None and not cover.in_window
    assert entitlement.trace_person_year(town.TIERS_CLERK, adult.pk, 2025).policy_unchanged


def test_an_open_bill_is_issued_anew_under_the_extension_by_the_next_run(adult: Resident) -> None:
    first = billing.issue_bill(actor=town.TIERS_CLERK, resident_id=adult.pk, benefit_year=2025, clock=AFTER)
    extend()
    run = billing.issue_bills(
        actor=town.TIERS_CLERK, policy_id=town.TIERS_POLICY, area_code=town.TIERS_FUND, clock=LATER
    )
    first.refresh_from_db()

    assert (run.reissued, first.state) == (1, "void")
    assert list(billing_invariants.check()) == []


def test_it_holds_in_its_area_alone(adult: Resident) -> None:
    extend(area="370702")

    own, city = (queries.policy_at(town.TIERS_POLICY, code) for code in (town.TIERS_VILLAGE, town.TIERS_FUND))
    assert (own.closes.date(), city.closes.date()) == (date(2025, 1, 31), date(2024, 12, 31))


def test_the_longest_of_several_holds(clock: FixedClock) -> None:
    extend(closes=date(2025, 1, 31))
    extend(area="370702", closes=date(2025, 2, 15))
    extend(area="370702", closes=date(2025, 1, 20))

    assert queries.policy_at(town.TIERS_POLICY, town.TIERS_VILLAGE).closes.date() == date(2025, 2, 15)


def test_nobody_decides_what_he_asked_himself(clock: FixedClock) -> None:
    asked = ask()
    with pytest.raises(Refusal) as refused:
        staff.approve(actor=town.TIERS_CLERK, approval_id=asked, clock=AFTER)

    assert refused.value.code == "not_by_yourself"
    assert queries.policy_at(town.TIERS_POLICY, town.TIERS_FUND) is policies.get(town.TIERS_POLICY)


@pytest.mark.parametrize(
    ("area", "policy", "closes", "code"),
    [
        (town.COUNTY, town.POLICY, date(2025, 1, 31), "window_is_fixed"),
        (town.TIERS_FUND, town.TIERS_POLICY, date(2024, 12, 31), "extension_unclear"),
        (town.TIERS_FUND, town.TIERS_POLICY, date(2026, 1, 1), "extension_unclear"),
        (town.TIERS_FUND, town.POLICY, date(2025, 1, 31), "other_pooling_area"),
    ],
)
def test_what_cannot_be_extended(clock: FixedClock, area: str, policy: str, closes: date, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        ask(area, closes, policy)
    assert refused.value.code == code


def test_an_extension_can_neither_be_changed_nor_taken_out(clock: FixedClock) -> None:
    extend()
    for change in (
        lambda: WindowExtension.objects.update(closes=date(2025, 3, 1)),
        lambda: WindowExtension.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_an_extended_policy_is_another_policy_only_in_its_window() -> None:
    own = policies.get(town.TIERS_POLICY)
    longer = own.extended_by(Extension(date(2025, 1, 31), DOCUMENT))
    person = {"birth_date": "1980-05-01", "hukou_area": "370702", "tier": "low", "covered_years": [2023, 2024]}
    inside, after = "2024-12-31T23:59:59", "2025-02-01T00:00:00"

    for moment in (inside, after):
        before, now = (quote(p, {**person, "paid_at": moment}).figures for p in (own, longer))
        assert before == now
    assert longer.digest != own.digest and longer is own.extended_by(Extension(date(2025, 1, 31), DOCUMENT))
    with pytest.raises(ValueError, match="not extended"):
        longer.extended_by(Extension(date(2025, 1, 31) - timedelta(days=1), DOCUMENT))
