"""Choosing another tier: the open bill follows in the same transaction, and a settled year stays."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from canbao.billing import actions
from canbao.billing.models import Bill
from canbao.enrolment import actions as enrolment
from canbao.enrolment import queries as enrolments
from canbao.kernel.clock import FixedClock
from canbao.kernel.refusals import Refusal
from canbao.payments.actions import take_counter_payment
from canbao.registry.models import Resident
from tests import town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


@pytest.fixture
def person(clock: FixedClock) -> Resident:
    return town.with_tier("高志强", "low")


def change(person: Resident, clock: FixedClock, tier: str = "high") -> Bill | None:
    return actions.change_tier(
        actor=town.TIERS_CLERK, resident_id=person.pk, benefit_year=town.YEAR, tier=tier, clock=clock
    )


def issue(person: Resident, clock: FixedClock) -> Bill:
    return actions.issue_bill(actor=town.TIERS_CLERK, resident_id=person.pk, benefit_year=town.YEAR, clock=clock)


def tier_of(person: Resident) -> str | None:
    found = enrolments.enrolment_of(town.TIERS_CLERK, person.pk, town.YEAR)
    assert found is not None
    return found.tier


def test_before_a_bill_only_the_enrolment_changes(person: Resident, clock: FixedClock) -> None:
    assert change(person, clock) is None
    assert (tier_of(person), Bill.objects.count()) == ("high", 0)


def test_a_settled_year_keeps_its_tier(person: Resident, clock: FixedClock) -> None:
    bill = issue(person, clock)
    take_counter_payment(actor=town.TIERS_CLERK, bill_id=bill.pk, amount_fen=bill.payable_fen, key="once", clock=clock)
    with pytest.raises(Refusal) as refusal:
        change(person, clock)

    assert (refusal.value.code, tier_of(person)) == ("paid_for_tier", "low")


def test_the_enrolment_cannot_change_its_tier_behind_a_bill(person: Resident, clock: FixedClock) -> None:
    """The action of the room below, called alone: the database refuses at commit."""
    issue(person, clock)
    with pytest.raises(IntegrityError, match="under a live bill"), transaction.atomic():
        enrolment.change_tier(
            actor=town.TIERS_CLERK, resident_id=person.pk, benefit_year=town.YEAR, tier="high", clock=clock
        )
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    assert tier_of(person) == "low"


def test_there_and_back_again_is_allowed(person: Resident, clock: FixedClock) -> None:
    first = issue(person, clock)
    change(person, clock)
    last = change(person, clock, "low")
    assert last is not None

    assert (last.payable_fen, last.state, Bill.objects.count()) == (first.payable_fen, "issued", 3)


def test_if_the_new_bill_is_refused_the_tier_stays(person: Resident, clock: FixedClock) -> None:
    issue(person, clock)
    Resident.objects.filter(pk=person.pk).update(employee_insured=True)
    with pytest.raises(Refusal) as refusal:
        change(person, clock)

    assert (refusal.value.code, tier_of(person)) == ("employee_insured", "low")
