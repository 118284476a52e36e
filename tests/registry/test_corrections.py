"""A death recorded, corrected and taken back by two people; a certification that was never true."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from canbao.billing import actions as billing
from canbao.billing.models import Bill
from canbao.kernel.clock import FixedClock
from canbao.kernel.refusals import Refusal
from canbao.registry import actions, queries
from canbao.registry.models import CategoryTakenBack, Resident, ResidentCategory
from canbao.registry.refusals import DeathAhead, DeathBeforeBirth, MergedRow, NumberTaken, ReasonMissing
from canbao.registry.refused_corrections import (
    CategoryAfterDeath,
    CategoryOfAnotherAge,
    NoDeath,
    ProofHoldsNumber,
    ProofMissing,
    SameDeath,
)
from canbao.staff import actions as staff
from canbao.staff.models import Approval
from tests import town
from tests.registry.conftest import number

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]
BORN, DIED = date(1961, 5, 1), date(2024, 10, 3)
SECOND = replace(town.CLERK, actor_id=99, actor_name="沈复核")
PROOF = "居民死亡医学证明"


def ask(person: Resident, clock: FixedClock, died_on: date = DIED, proof: str = PROOF, reason: str = "") -> Approval:
    return actions.ask_to_record_death(
        actor=town.CLERK, resident_id=person.pk, died_on=died_on, proof=proof, reason=reason, page="", clock=clock
    )


def take_back(person: Resident, clock: FixedClock, reason: str = "本人到场", proof: str = "身份证") -> Approval:
    return actions.ask_to_take_back_death(
        actor=town.CLERK, resident_id=person.pk, reason=reason, proof=proof, page="", clock=clock
    )


def yes(wish: Approval, clock: FixedClock) -> None:
    staff.approve(actor=SECOND, approval_id=wish.pk, clock=clock)


def died(person: Resident) -> date | None:
    person.refresh_from_db()
    return person.died_on


def bill_of(person: Resident, clock: FixedClock) -> Bill:
    return billing.issue_bill(actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, clock=clock)


def test_a_death_waits_for_a_second_person_and_bills_follow_it_both_ways(clock: FixedClock) -> None:
    person = town.enrolled("王建国", BORN)
    wish = ask(person, clock)
    assert died(person) is None and person.name not in wish.summary_zh
    with pytest.raises(Refusal) as own:
        staff.approve(actor=town.CLERK, approval_id=wish.pk, clock=clock)
    assert own.value.code == "not_by_yourself"
    with pytest.raises(Refusal) as twice:
        ask(person, clock)
    assert twice.value.code == "already_asked"

    yes(wish, clock)
    assert died(person) == DIED
    with pytest.raises(Refusal) as dead:
        bill_of(person, clock)
    assert dead.value.code == "deceased"

    yes(take_back(person, clock), clock)
    assert died(person) is None
    assert bill_of(person, clock).state == "issued"
    said = [
        (event.before.get("died_on"), event.after.get("died_on")) for event in queries.events(town.CLERK, person.pk)
    ]
    assert ("2024-10-03", None) in said and (None, "2024-10-03") in said


def test_the_day_of_a_death_is_corrected_with_a_reason(clock: FixedClock) -> None:
    person = town.resident("王建国", BORN)
    yes(ask(person, clock), clock)
    with pytest.raises(SameDeath):
        ask(person, clock)
    with pytest.raises(ReasonMissing):
        ask(person, clock, date(2024, 10, 2))
    yes(ask(person, clock, date(2024, 10, 2), reason="证明上是2日"), clock)
    assert died(person) == date(2024, 10, 2)


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"proof": " "}, ProofMissing),
        ({"proof": "见 370481196105010010"}, ProofHoldsNumber),
        ({"died_on": date(2090, 1, 1)}, DeathAhead),
        ({"died_on": date(1960, 1, 1)}, DeathBeforeBirth),
    ],
)
def test_a_death_that_cannot_be_or_rests_on_nothing_is_not_asked(
    clock: FixedClock, wrong: dict[str, Any], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        ask(town.resident("王建国", BORN), clock, **wrong)
    assert not Approval.objects.exists()


def test_no_death_is_taken_back_of_the_living_of_a_merged_row_or_where_the_number_lives_again(
    clock: FixedClock,
) -> None:
    person, other = town.resident("王建国", BORN), town.resident("王建国", BORN)
    with pytest.raises(NoDeath):
        take_back(person, clock)
    its = number(BORN, 77)
    Resident.objects.filter(pk=person.pk).update(died_on=DIED)
    for row in (person, other):
        row.refresh_from_db()
        row.id_number = its
        row.save()
    with pytest.raises(NumberTaken):
        actions.take_back_death(actor=town.CLERK, resident_id=person.pk)
    Resident.objects.filter(pk=person.pk).update(merged_into=other)
    with pytest.raises(MergedRow):
        take_back(person, clock)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE registry_resident SET merged_into_id = NULL WHERE id = %s", [person.pk])


def certify(person: Resident, code: str, from_on: date, clock: FixedClock) -> ResidentCategory:
    return actions.certify_category(
        actor=town.CLERK, resident_id=person.pk, code=code, certified_by=CERTIFIES[code], from_on=from_on, clock=clock
    )


CERTIFIES: dict[str, Any] = {
    "orphan": "civil_affairs", "unsupported_child": "civil_affairs", "subsistence_allowance": "civil_affairs",
}  # fmt: skip


def test_a_category_fits_age_and_life(clock: FixedClock) -> None:
    old, child = town.resident("王建国", BORN), town.resident("王小", date(2015, 5, 1))
    with pytest.raises(CategoryOfAnotherAge) as refusal:
        certify(old, "orphan", date(2024, 1, 1), clock)
    assert "62" in refusal.value.zh and "62" in refusal.value.en
    certify(child, "orphan", date(2024, 1, 1), clock)
    actions.record_death(actor=town.CLERK, resident_id=old.pk, died_on=DIED)
    with pytest.raises(CategoryAfterDeath):
        certify(old, "subsistence_allowance", DIED, clock)
    certify(old, "subsistence_allowance", date(2024, 9, 1), clock)


def test_a_category_that_no_bill_rests_on_is_taken_back_at_once(clock: FixedClock) -> None:
    row = certify(town.resident("王建国", BORN), "subsistence_allowance", date(2024, 1, 1), clock)
    sent: dict[str, Any] = {"actor": town.CLERK, "category_id": row.pk, "page": "", "clock": clock}
    with pytest.raises(ReasonMissing):
        billing.take_back_category(**sent, reason="")
    assert billing.take_back_category(**sent, reason="认错了人") is None
    assert not ResidentCategory.objects.exists()
    gone = CategoryTakenBack.objects.get()
    assert (gone.code, gone.reason, gone.by) == ("subsistence_allowance", "认错了人", town.CLERK.actor_name)
    assert queries.categories_taken_back(town.CLERK, row.resident_id) == [gone]


def person_locked_before_bills(queries: CaptureQueriesContext) -> bool:
    said = [query["sql"] for query in queries.captured_queries]
    locks = next(at for at, sql in enumerate(said) if "registry_resident" in sql and "FOR NO KEY UPDATE" in sql)
    return locks < next(at for at, sql in enumerate(said) if 'FROM "billing_bill"' in sql)


def test_where_a_bill_rests_on_it_a_second_person_decides_and_the_bill_is_issued_anew(clock: FixedClock) -> None:
    person = town.enrolled("王建国", BORN, category="poverty_monitored_margin")
    first = bill_of(person, clock)
    row = ResidentCategory.objects.get(resident=person)
    with CaptureQueriesContext(connection) as asked:
        wish = billing.take_back_category(actor=town.CLERK, category_id=row.pk, reason="认错了人", page="", clock=clock)
    assert person_locked_before_bills(asked)
    assert wish is not None and ResidentCategory.objects.exists()
    with CaptureQueriesContext(connection) as carried_out:
        yes(wish, clock)
    assert person_locked_before_bills(carried_out)
    first.refresh_from_db()
    assert not ResidentCategory.objects.exists()
    if first.state == "void":
        again = Bill.objects.get(resident=person, state="issued")
        assert again.payable_fen > first.payable_fen
    else:
        assert first.state == "settled"
    assert CategoryTakenBack.objects.get().by == "沈复核"
