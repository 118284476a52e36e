"""Whole lists enrolled in one act: who is and who is not, twice, by two clerks at once, and undone."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, connection

from canbao.billing import actions as billing
from canbao.enrolment import actions, queries
from canbao.enrolment.models import Enrolment, EnrolmentBatch, EnrolmentChange, EnrolmentState, WhyNot
from canbao.enrolment.queries import Plan
from canbao.enrolment.refusals import AlreadyEnrolled
from canbao.kernel.clock import FixedClock
from canbao.kernel.refusals import Refusal
from canbao.registry import actions as registry
from canbao.registry.models import Resident
from tests import town
from tests.enrolment.test_races import CLERKS, at_once
from tests.registry.conftest import number

BORN, TODAY = date(1961, 5, 1), date(2024, 11, 1)
PLAN = Plan(town.POLICY, TODAY, "town")


def village(count: int = 5) -> list[Resident]:
    return [town.resident(f"李{chr(0x4E00 + n)}", date(1970 + n % 30, 5, 1)) for n in range(count)]


def enrol_all(people: list[Resident], clock: FixedClock, plan: Plan = PLAN, **further: Any) -> actions.Outcome:
    asked: dict[str, Any] = {"actor": town.CLERK, "area_code": town.EAST, **further}
    return actions.enrol_many(resident_ids=[one.pk for one in people], plan=plan, clock=clock, **asked)


def why(judged: queries.Judged) -> dict[str, str]:
    return {one.name: one.why.code for one in judged.turned}


@pytest.mark.django_db
def test_a_list_is_enrolled_as_each_would_be_alone(clock: FixedClock) -> None:
    first, *others = village()
    alone = actions.enrol(
        actor=town.CLERK, resident_id=first.pk, benefit_year=town.YEAR, policy_id=town.POLICY, tier=None,
        registered_on=TODAY, clock=clock, route="town",
    )  # fmt: skip

    outcome = enrol_all(others, clock)

    assert outcome.batch is not None
    assert (outcome.batch.people, outcome.judged.already, outcome.judged.turned) == (4, 0, [])
    kept = ("pooling_area", "benefit_year", "policy_id", "tier", "registered_on", "route", "payable_from", "state")
    for row in Enrolment.objects.exclude(pk=alone.pk):
        assert [getattr(row, column) for column in kept] == [getattr(alone, column) for column in kept]
        note = EnrolmentChange.objects.get(enrolment=row)
        assert (note.kind, note.actor_name, note.detail) == ("enrolled", "孙会计", f"成批登记{outcome.batch.pk}")


@pytest.mark.django_db
def test_a_preview_writes_nothing_and_says_what_will_be_done(clock: FixedClock) -> None:
    people = village()
    seen = queries.judge_roll(town.CLERK, PLAN, [one.pk for one in people])

    assert (len(seen.ready), Enrolment.objects.count(), EnrolmentBatch.objects.count()) == (5, 0, 0)
    assert enrol_all(people, clock).judged == seen


@pytest.mark.django_db
def test_the_same_call_twice_enrols_nobody_again(clock: FixedClock) -> None:
    people = village()
    enrol_all(people, clock)
    again = enrol_all(people, clock)

    assert (again.batch, again.judged.already, again.judged.ready) == (None, 5, [])
    assert (Enrolment.objects.count(), EnrolmentChange.objects.count(), EnrolmentBatch.objects.count()) == (5, 5, 1)


@pytest.mark.django_db
def test_who_cannot_be_enrolled_stays_out_with_the_reason_that_enrol_would_give(clock: FixedClock) -> None:
    dead, employee, soldier, refuses, lost, fine = village(6)
    registry.record_death(actor=town.CLERK, resident_id=dead.pk, died_on=date(2024, 10, 1))
    Resident.objects.filter(pk=employee.pk).update(employee_insured=True)
    for person, reason in ((soldier, WhyNot.ARMY), (refuses, WhyNot.REFUSES), (lost, WhyNot.LOST_CONTACT)):
        actions.record_reason(
            actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, reason=reason, evidence="x",
            expires_on=None, clock=clock,
        )  # fmt: skip

    outcome = enrol_all([dead, employee, soldier, refuses, lost, fine], clock)

    assert why(outcome.judged) == {
        dead.name: "deceased", employee.name: "not_eligible.employee_insured", soldier.name: "reason_holds.army",
        refuses.name: "reason_holds.refuses",
    }  # fmt: skip
    assert {row.resident_id for row in Enrolment.objects.all()} == {lost.pk, fine.pk}


@pytest.mark.django_db
def test_a_number_that_is_enrolled_in_another_pooling_area_is_not_enrolled_again(clock: FixedClock) -> None:
    def of(village_code: str, place: str) -> Resident:
        new = registry.NewResident(
            name="双参", birth_on=BORN, sex="female", village_code=village_code, id_number=number(BORN),
            facts={"hukou_area": place, "residence_area": village_code},
        )  # fmt: skip
        return registry.register_resident(
            actor=town.FUND_OFFICE if place == town.COUNTY else town.TIERS_CLERK, person=new
        )

    there = of(town.TIERS_VILLAGE, "370702")
    actions.enrol(
        actor=town.TIERS_CLERK, resident_id=there.pk, benefit_year=town.YEAR, policy_id=town.TIERS_POLICY, tier="low",
        registered_on=TODAY, clock=clock,
    )  # fmt: skip
    outcome = enrol_all([of(town.EAST, town.COUNTY)], clock)

    assert outcome.batch is None
    assert why(outcome.judged) == {"双参": "enrolled_elsewhere"}
    assert outcome.judged.turned[0].why.zh == "该居民2025年度已在潍坊市参保登记，不能重复参保。"


@pytest.mark.django_db
def test_people_outside_the_scope_are_not_there(clock: FixedClock) -> None:
    people = [*village(2), town.resident("西", BORN, village=town.WEST)]

    with pytest.raises(Refusal) as refused:
        enrol_all(people, clock, actor=town.EAST_CLERK)
    assert (refused.value.code, Enrolment.objects.count()) == ("resident_not_found", 0)


@pytest.mark.django_db
def test_the_roll_of_a_village_and_of_its_schools(clock: FixedClock) -> None:
    east = town.resident("东", BORN)
    dead = town.resident("故", BORN)
    registry.record_death(actor=town.CLERK, resident_id=dead.pk, died_on=date(2024, 10, 1))
    town.resident("西", BORN, village=town.WEST)

    assert queries.roll(town.CLERK, town.POLICY, town.EAST, None) == [east.pk]
    assert queries.roll(town.EAST_CLERK, town.POLICY, town.COUNTY, None) == [east.pk]

    pupil = registry.register_resident(
        actor=town.TIERS_CLERK,
        person=registry.NewResident(
            name="生", birth_on=date(2005, 1, 1), sex="male", village_code=town.TIERS_VILLAGE,
            facts={"student": "university", "school_area": "370702"},
        ),
    )  # fmt: skip
    assert queries.roll(town.TIERS_CLERK, town.TIERS_POLICY, "370702", "college") == [pupil.pk]
    assert queries.roll(town.TIERS_CLERK, town.TIERS_POLICY, town.TIERS_VILLAGE, "college") == []
    with pytest.raises(Refusal) as refused:
        queries.roll(town.TIERS_CLERK, town.TIERS_POLICY, "370702", "wechat")
    assert refused.value.code == "wrong_route"


@pytest.mark.django_db
def test_an_undone_batch_counts_as_if_it_had_never_been(clock: FixedClock, books: None) -> None:
    people = village()
    batch = enrol_all(people, clock).batch
    assert batch is not None
    billing.undo_batch(actor=town.CLERK, batch_id=batch.pk, clock=clock)

    assert {row.state for row in Enrolment.objects.all()} == {EnrolmentState.STOPPED}
    # Who had never enrolled here would otherwise count as somebody who stopped.
    assert queries.standing_of(town.CLERK, people[0], town.YEAR) == "renewing"
    assert queries.latest_stopped(town.CLERK, people[0].pk, town.YEAR) is None
    again = enrol_all(people, clock)
    assert again.batch is not None
    assert again.batch.people == 5
    with pytest.raises(Refusal) as refused:
        billing.undo_batch(actor=town.CLERK, batch_id=batch.pk, clock=clock)
    assert refused.value.code == "batch_undone"


@pytest.mark.django_db
def test_a_batch_with_a_bill_is_not_undone_and_says_why(clock: FixedClock, books: None) -> None:
    people = village()
    batch = enrol_all(people, clock).batch
    assert batch is not None
    bill = billing.issue_bill(actor=town.CLERK, resident_id=people[0].pk, benefit_year=town.YEAR, clock=clock)

    with pytest.raises(Refusal) as refused:
        billing.undo_batch(actor=town.CLERK, batch_id=batch.pk, clock=clock)
    assert (refused.value.code, refused.value.zh) == (
        "batch_billed", "这批人已开应缴单：未缴1张，已结清0张，不能整批撤销。",
    )  # fmt: skip
    assert Enrolment.objects.filter(state="live").count() == 5
    billing.void_bill(actor=town.CLERK, bill_id=bill.pk, reason="试", clock=clock)
    billing.undo_batch(actor=town.CLERK, batch_id=batch.pk, clock=clock)
    assert Enrolment.objects.filter(state="live").count() == 0


@pytest.mark.django_db
def test_a_batch_of_another_place_is_not_there(clock: FixedClock) -> None:
    batch = enrol_all(village(), clock).batch
    assert batch is not None

    with pytest.raises(Refusal) as refused:
        billing.undo_batch(actor=town.OTHER_CLERK, batch_id=batch.pk, clock=clock)
    assert refused.value.code == "batch_not_found"
    assert list(queries.batches(town.OTHER_CLERK, town.POLICY)) == []
    assert list(queries.batches(town.CLERK, town.POLICY)) == [batch]


@pytest.mark.django_db(transaction=True)
def test_clerks_who_enrol_one_village_at_once_enrol_each_person_once(clock: FixedClock) -> None:
    people = village(150)

    assert at_once(lambda: enrol_all(people, clock)) == ["done"] * CLERKS
    assert Enrolment.objects.count() == EnrolmentChange.objects.count() == 150
    batch = EnrolmentBatch.objects.get()
    assert batch.people == 150
    assert set(Enrolment.objects.values_list("batch", flat=True)) == {batch.pk}


@pytest.mark.django_db(transaction=True)
def test_the_locks_of_a_list_are_few(clock: FixedClock) -> None:
    """One lock a number would fill the server's lock table; and a single enrolment takes one of the same."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT enrolment_lock_of(int8send(n), 2025)) FROM generate_series(1, 20000) n")
        assert cursor.fetchone()[0] == 1024


def in_both_cities(first: int = 0, count: int = 1) -> list[tuple[Resident, Resident]]:
    """People who are in the register of two pooling areas under one number."""
    found = []
    for n in range(first, first + count):
        known = {"name": f"双{chr(0x4E00 + n)}", "birth_on": BORN, "sex": "female", "id_number": number(BORN, 2 * n)}
        one = registry.NewResident(**known, village_code=town.EAST, facts={"hukou_area": town.COUNTY})
        other = registry.NewResident(**known, village_code=town.TIERS_VILLAGE, facts={"residence_area": "370702"})
        found.append(
            (
                registry.register_resident(actor=town.CLERK, person=one),
                registry.register_resident(actor=town.TIERS_CLERK, person=other),
            )
        )
    return found


def copied(people: list[Resident], policy: str = town.POLICY) -> None:
    actions.copy_enrolments(
        actor=town.FUND_OFFICE if policy == town.POLICY else town.TIERS_CLERK,
        rows=[(one.pooling_area, one.pk, town.YEAR, policy, None, 0, TODAY, "live") for one in people],
    )


@pytest.mark.django_db
@pytest.mark.parametrize("count", [3, 150], ids=["by INSERT", "by COPY"])
def test_a_copied_list_enrols_nobody_who_is_enrolled_in_another_pooling_area(clock: FixedClock, count: int) -> None:
    people = in_both_cities(count=count)
    copied([people[-1][1]], town.TIERS_POLICY)

    with pytest.raises(Refusal) as refused:
        copied([one for one, _ in people])
    assert refused.value.code == "enrolled_elsewhere"
    assert Enrolment.objects.filter(pooling_area=town.FUND).count() == 0

    copied([one for one, _ in people[:-1]])
    assert Enrolment.objects.filter(pooling_area=town.FUND).count() == count - 1


@pytest.mark.django_db(transaction=True)
def test_without_the_trigger_the_same_list_enrols_them_twice(clock: FixedClock, superuser_url: str) -> None:
    """The control: nothing else stands in the way of a copied list."""
    ((here, there),) = in_both_cities()
    copied([there], town.TIERS_POLICY)
    switch = "ALTER TABLE enrolment_enrolment {} TRIGGER enrolment_once_in_all_areas"
    with psycopg.connect(superuser_url, autocommit=True) as database:
        database.execute(switch.format("DISABLE"))
        try:
            copied([here])
        finally:
            database.execute(switch.format("ENABLE"))
    assert Enrolment.objects.filter(state="live").count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_cities_that_copy_one_person_at_once_enrol_him_once(clock: FixedClock) -> None:
    ((here, there),) = in_both_cities()
    turns = iter([(here, town.POLICY), (there, town.TIERS_POLICY)] * (CLERKS // 2))
    taking = threading.Lock()

    def copy_one() -> None:
        with taking:
            person, policy = next(turns)
        try:
            copied([person], policy)
        except IntegrityError:
            # A clerk of the same city was first.
            raise AlreadyEnrolled(town.YEAR) from None

    got = at_once(copy_one)
    assert got.count("done") == 1 and set(got) <= {"done", "already_enrolled", "enrolled_elsewhere"}
    assert Enrolment.objects.filter(state="live").count() == 1
