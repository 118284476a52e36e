"""Facts with days: what holds on a day, what the engine is told, and how the record was known before it changed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from canbao.enrolment import queries as enrolment
from canbao.enrolment.models import Enrolment
from canbao.kernel.clock import FixedClock, shanghai
from canbao.registry import actions, queries
from canbao.registry.actions import NewFact, NewResident
from canbao.registry.codes import Department, DocumentChange, DocumentKind, FactKind, Kinship
from canbao.registry.impossible import FactFarAhead, UnknownArea
from canbao.registry.models import FormerDocument, Household, Resident, ResidentCategory, ResidentFact
from canbao.registry.refusals import (
    BadFact,
    CategoryOverlaps,
    EndBeforeBegin,
    FactBeforeBirth,
    FactNotFound,
    FactOverlaps,
    HeadMoves,
    HouseholdNotFound,
    KinshipMissing,
    NotAMember,
    NumberTaken,
)

from .conftest import NEIGHBOUR, VILLAGE, number, number_of, scope

CLERK = scope("370481001")
TODAY = FixedClock(shanghai(2024, 11, 1, 9))
JUNE, OCTOBER = date(2024, 6, 1), date(2024, 10, 1)


def begin(person: Resident, kind: FactKind, from_on: date, until_on: date | None = None, **values: Any) -> ResidentFact:
    fact = NewFact(kind=kind, from_on=from_on, until_on=until_on, **values)
    return actions.begin_fact(actor=CLERK, resident_id=person.pk, fact=fact, clock=TODAY)


def on(person: Resident, day: date, column: str) -> object:
    return queries.facts(CLERK, person.pk, day)[column]


def test_a_fact_holds_from_its_first_day_to_the_day_before_its_end(zhang_guilan: Resident) -> None:
    begin(zhang_guilan, FactKind.STUDENT, JUNE, OCTOBER, code="vocational", area_code="370481", detail="滕州一职")

    days = (date(2024, 5, 31), JUNE, date(2024, 9, 30), OCTOBER)
    assert [on(zhang_guilan, day, "student") for day in days] == [None, "vocational", "vocational", None]
    assert on(zhang_guilan, JUNE, "school_area") == "370481"


def test_a_new_fact_ends_the_open_one_of_its_kind(zhang_guilan: Resident) -> None:
    begin(zhang_guilan, FactKind.DISABILITY, JUNE, grade=3)
    begin(zhang_guilan, FactKind.DISABILITY, OCTOBER, grade=2)

    assert [on(zhang_guilan, day, "disability_grade") for day in (JUNE, date(2024, 9, 30), OCTOBER)] == [3, 3, 2]
    zhang_guilan.refresh_from_db()
    assert zhang_guilan.disability_grade == 2


def test_what_was_known_without_days_becomes_the_first_period(zhang_guilan: Resident) -> None:
    Resident.objects.filter(pk=zhang_guilan.pk).update(
        hukou_area=VILLAGE, hukou_kind="rural", hukou_since=date(2001, 5, 1), employee_insured=True
    )
    before = enrolment.facts(CLERK, zhang_guilan.pk, 2025, on=JUNE)

    begin(zhang_guilan, FactKind.HUKOU, OCTOBER, code="urban", area_code=NEIGHBOUR)
    begin(zhang_guilan, FactKind.EMPLOYEE_INSURANCE, date(2024, 12, 1))

    assert enrolment.facts(CLERK, zhang_guilan.pk, 2025, on=JUNE) == before
    after = enrolment.facts(CLERK, zhang_guilan.pk, 2025, on=OCTOBER)
    assert (after["hukou_area"], after["hukou_kind"], after["hukou_since"]) == (NEIGHBOUR, "urban", "2001-05-01")


def test_a_household_register_from_elsewhere_came_on_its_first_day(zhang_guilan: Resident) -> None:
    begin(zhang_guilan, FactKind.HUKOU, JUNE, area_code="410102001001")
    begin(zhang_guilan, FactKind.HUKOU, OCTOBER, area_code=VILLAGE)

    assert on(zhang_guilan, OCTOBER, "hukou_since") == OCTOBER
    begin(zhang_guilan, FactKind.HUKOU, date(2024, 10, 20), area_code=NEIGHBOUR)
    assert on(zhang_guilan, date(2024, 10, 20), "hukou_since") == OCTOBER


def test_the_engine_is_told_the_facts_of_the_day_of_registration(zhang_guilan: Resident) -> None:
    begin(zhang_guilan, FactKind.PERMIT, JUNE, OCTOBER, code="ordinary", detail="holder")
    begin(zhang_guilan, FactKind.DISABILITY, OCTOBER, grade=1)
    row = Enrolment.objects.create(
        pooling_area="370400", resident=zhang_guilan, benefit_year=2025, policy_id="370481-2025",
        registered_on=date(2024, 9, 30),
    )  # fmt: skip
    for registered_on, expected in (
        (date(2024, 9, 30), {"residence_permit": "ordinary"}),
        (OCTOBER, {"disability_grade": 1}),
    ):
        Enrolment.objects.filter(pk=row.pk).update(registered_on=registered_on)
        facts = enrolment.facts(CLERK, zhang_guilan.pk, 2025)
        assert facts.items() >= expected.items()
        assert ("residence_permit" in facts) is ("residence_permit" in expected)
        assert list(enrolment.facts_batches(CLERK, "370481-2025", "370481")) == [
            [(zhang_guilan.pk, row.pk, VILLAGE, facts)]
        ]


def test_what_cannot_be_true_is_refused_and_changes_nothing(zhang_guilan: Resident) -> None:
    begin(zhang_guilan, FactKind.STUDENT, JUNE, OCTOBER, code="pupil")

    for refusal, kind, from_on, until_on, values in (
        (FactOverlaps, FactKind.STUDENT, date(2024, 9, 1), None, {"code": "pupil"}),
        (FactBeforeBirth, FactKind.STUDENT, date(1956, 3, 7), None, {"code": "pupil"}),
        (EndBeforeBegin, FactKind.STUDENT, OCTOBER, OCTOBER, {"code": "pupil"}),
        (BadFact, FactKind.STUDENT, OCTOBER, None, {"code": "none"}),
        (BadFact, FactKind.DISABILITY, OCTOBER, None, {"grade": 5}),
        (BadFact, FactKind.HUKOU, OCTOBER, None, {"code": "rural"}),
        (BadFact, FactKind.RESIDENCE, OCTOBER, None, {"area_code": "3704"}),
        (BadFact, FactKind.PERMIT, OCTOBER, None, {"code": "ordinary"}),
        (BadFact, FactKind.PERMIT, OCTOBER, None, {"code": "ordinary", "detail": "x" * 61}),
        (BadFact, FactKind.STUDENT, OCTOBER, None, {"code": "x" * 21}),
        (BadFact, FactKind.RESIDENCE, OCTOBER, None, {"area_code": "3704810010081234"}),
        (UnknownArea, FactKind.RESIDENCE, OCTOBER, None, {"area_code": "999999"}),
        (UnknownArea, FactKind.HUKOU, OCTOBER, None, {"area_code": "370999001001"}),
        (FactFarAhead, FactKind.STUDENT, date(2025, 11, 3), None, {"code": "pupil"}),
    ):
        with pytest.raises(refusal), transaction.atomic():
            begin(zhang_guilan, kind, from_on, until_on, **values)
    assert ResidentFact.objects.count() == 1


def test_a_certification_does_not_end_inside_a_later_one(zhang_guilan: Resident) -> None:
    def certify(from_on: date, until_on: date | None) -> ResidentCategory:
        return actions.certify_category(
            clock=FixedClock(shanghai(2025, 1, 1)),
            actor=CLERK, resident_id=zhang_guilan.pk, code="extreme_poverty", certified_by=Department.CIVIL_AFFAIRS,
            from_on=from_on, until_on=until_on,
        )  # fmt: skip

    first = certify(date(2020, 1, 1), date(2021, 1, 1))
    certify(date(2022, 1, 1), None)
    with pytest.raises(CategoryOverlaps):
        actions.end_category(actor=CLERK, category_id=first.pk, until_on=date(2023, 1, 1))
    first.refresh_from_db()
    assert first.until_on == date(2021, 1, 1)


def test_a_fact_is_ended_and_taken_back_inside_the_scope_alone(zhang_guilan: Resident) -> None:
    row = begin(zhang_guilan, FactKind.DISABILITY, JUNE, grade=3)
    with pytest.raises(FactNotFound):
        actions.end_fact(actor=scope(NEIGHBOUR), fact_id=row.pk, until_on=OCTOBER, clock=TODAY)
    with pytest.raises(EndBeforeBegin):
        actions.end_fact(actor=CLERK, fact_id=row.pk, until_on=JUNE, clock=TODAY)

    actions.end_fact(actor=CLERK, fact_id=row.pk, until_on=OCTOBER, clock=TODAY)
    zhang_guilan.refresh_from_db()
    assert zhang_guilan.disability_grade is None and on(zhang_guilan, JUNE, "disability_grade") == 3

    actions.take_back_fact(actor=CLERK, fact_id=row.pk, clock=TODAY)
    assert on(zhang_guilan, JUNE, "disability_grade") is None


# Households


@pytest.fixture
def family(zhang_guilan: Resident, shan_xiongfei: Resident) -> Household:
    household = actions.register_household(actor=CLERK, village_code=VILLAGE, head_name="张桂兰")
    Resident.objects.filter(pk=zhang_guilan.pk).update(household=household, kinship="head")
    Resident.objects.filter(pk=shan_xiongfei.pk).update(household=household, kinship="child")
    return household


def move(person: Resident, household: Household | None, kinship: Kinship | None = None) -> Resident:
    return actions.move_resident(
        actor=CLERK, resident_id=person.pk, village_code=NEIGHBOUR, household_id=household and household.pk,
        kinship=kinship, from_on=OCTOBER, clock=TODAY,
    )  # fmt: skip


def test_a_household_has_one_head(family: Household, zhang_guilan: Resident, shan_xiongfei: Resident) -> None:
    with pytest.raises(IntegrityError, match="registry_one_head_in_a_household"), transaction.atomic():
        Resident.objects.filter(pk=shan_xiongfei.pk).update(kinship="head")
    with pytest.raises(IntegrityError, match="registry_resident_head"), transaction.atomic():
        Resident.objects.filter(pk=zhang_guilan.pk).update(household=None)

    household = actions.name_head(actor=CLERK, household_id=family.pk, resident_id=shan_xiongfei.pk)
    assert household.head_name == "单雄飞"
    assert [row.kinship for row in queries.household_members(CLERK, family.pk)] == ["head", "other"]


def test_who_is_no_member_cannot_be_the_head(family: Household, zhang_guilan: Resident) -> None:
    stranger = actions.register_resident(
        actor=CLERK, person=NewResident(name="甲", birth_on=JUNE, sex="male", village_code=VILLAGE)
    )
    with pytest.raises(NotAMember):
        actions.name_head(actor=CLERK, household_id=family.pk, resident_id=stranger.pk)
    with pytest.raises(HouseholdNotFound):
        actions.name_head(actor=scope(NEIGHBOUR), household_id=family.pk, resident_id=zhang_guilan.pk)


def test_who_moves_is_found_in_the_new_village_and_lived_in_the_old_one_before(
    family: Household, zhang_guilan: Resident, shan_xiongfei: Resident
) -> None:
    with pytest.raises(HeadMoves):
        move(zhang_guilan, None)

    moved = move(shan_xiongfei, None)

    assert (moved.village_code, moved.kinship) == (NEIGHBOUR, "head") and moved.household_id != family.pk
    tail = number_of(shan_xiongfei)[-4:]
    assert [card.name for card in queries.find_residents(scope(NEIGHBOUR), tail)] == ["单雄飞"]
    assert queries.find_residents(scope(VILLAGE), tail) == []
    assert on(moved, OCTOBER, "residence_area") == NEIGHBOUR and on(moved, JUNE, "residence_area") is None
    with pytest.raises(KinshipMissing):
        move(zhang_guilan, Household.objects.get(pk=moved.household_id))


# Documents


def test_a_newborn_gets_a_number_later_and_an_error_is_corrected(tengzhou: None) -> None:
    born = date(2024, 9, 9)
    child = actions.register_resident(
        actor=CLERK, person=NewResident(name="李小满", birth_on=born, sex="female", village_code=VILLAGE)
    )
    first, second = number(born, 900), number(born, 902)

    def give(digits: str) -> None:
        actions.change_document(
            actor=CLERK, resident_id=child.pk, kind=DocumentKind.RESIDENT_ID, number=digits,
            reason=DocumentChange.CORRECTED, clock=TODAY,
        )  # fmt: skip

    give(first)
    assert not FormerDocument.objects.exists()
    give(second)
    give(second)
    row = FormerDocument.objects.get()
    assert (row.id_number.unmasked, row.until_on) == (first, date(2024, 11, 1))
    for text in (first, second):
        assert [card.name for card in queries.find_residents(CLERK, text)] == ["李小满"]


def test_a_number_of_somebody_else_is_not_given(zhang_guilan: Resident, shan_xiongfei: Resident) -> None:
    Resident.objects.filter(pk=shan_xiongfei.pk).update(birth_on=zhang_guilan.birth_on, sex=zhang_guilan.sex)
    with pytest.raises(NumberTaken):
        actions.change_document(
            actor=CLERK, resident_id=shan_xiongfei.pk, kind=DocumentKind.RESIDENT_ID, number=number_of(zhang_guilan),
            reason=DocumentChange.CORRECTED, clock=TODAY,
        )  # fmt: skip
    assert not FormerDocument.objects.exists()


# History


@pytest.mark.django_db(transaction=True)
def test_the_record_is_shown_as_it_was_known(zhang_guilan: Resident) -> None:
    registered = queries.events(CLERK, zhang_guilan.pk)[0].at
    row = begin(zhang_guilan, FactKind.DISABILITY, JUNE, grade=3)
    actions.record_contact(actor=CLERK, resident_id=zhang_guilan.pk, phone="13805321234", bank_card=None)
    actions.take_back_fact(actor=CLERK, fact_id=row.pk, clock=TODAY)

    found = queries.events(CLERK, zhang_guilan.pk)
    assert [(event.table, event.gone) for event in found].count(("registry_residentfact", True)) == 1
    assert any(event.sealed == ("phone",) for event in found)
    assert not any("13805321234" in repr(event) or "sealed':" in repr(event) for event in found)
    known = queries.as_known(CLERK, zhang_guilan.pk, registered)
    assert known is not None and known.resident["disability_grade"] is None and known.facts == []
    assert queries.as_known(CLERK, zhang_guilan.pk, shanghai(1990, 1, 1)) is None


def test_a_fact_that_names_an_area_far_away_stands_in_the_history(zhang_guilan: Resident) -> None:
    """A school in another province is no reason to hide the fact, nor to fail on it."""
    school = NewFact(kind=FactKind.STUDENT, from_on=date(2024, 9, 1), code="university", area_code="140105")
    actions.begin_fact(actor=CLERK, resident_id=zhang_guilan.pk, fact=school, clock=TODAY)

    told = [event.row for event in queries.events(CLERK, zhang_guilan.pk)]
    assert any(row.get("area_code") == "140105" for row in told)
