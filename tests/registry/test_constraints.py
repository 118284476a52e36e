"""What the database refuses; each refusal beside a row that it takes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from canbao.kernel.clock import FixedClock, shanghai
from canbao.registry import actions, bulk
from canbao.registry.actions import NewResident
from canbao.registry.models import Department, Household, Resident, ResidentCategory
from canbao.registry.refusals import (
    BadIdNumber,
    CategoryOverlaps,
    DeathBeforeBirth,
    NumberTaken,
    OutsideArea,
    ResidentNotFound,
)

from .conftest import NEIGHBOUR, VILLAGE, number, number_of, scope

BORN = date(1956, 3, 8)
# A number as somebody might write it there by hand.
PLAIN = {"number_sealed": b"37048119560308998X", "number_index": b"1" * 16, "number_tail": b"1" * 16}


def row(**changes: Any) -> dict[str, Any]:
    usual = {
        "pooling_area": "370400", "village_code": VILLAGE, "name": "陈守义", "pinyin": "chenshouyi", "initials": "csy",
        "birth_on": BORN, "sex": "male", "id_number": number(BORN, 999),
    }  # fmt: skip
    if "number_sealed" in changes:
        del usual["id_number"]
    return {**usual, **changes}


@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("registry_resident_number", {"document_kind": "passport", "id_number": None}),
        ("registry_resident_number_sealed", PLAIN),
        ("registry_resident_number", {**PLAIN, "number_index": None}),
        ("registry_resident_phone", {"phone_index": b"1" * 16}),
        ("registry_resident_phone_sealed", {"phone_sealed": b"13800000000", "phone_index": b"1" * 16}),
        ("registry_resident_bank_card_sealed", {"bank_card_sealed": b"6222020000000000000"}),
        ("registry_resident_death", {"died_on": date(1956, 3, 7)}),
        ("registry_resident_hukou_since", {"hukou_since": date(1956, 3, 7)}),
        ("registry_resident_village", {"village_code": "370481001"}),
        ("registry_resident_lies_in", {"village_code": "370124001019"}),
        ("registry_resident_hukou_area", {"hukou_area": "3704"}),
        ("registry_resident_disability", {"disability_grade": 5}),
        ("registry_resident_student", {"student": "graduate"}),
        ("registry_resident_residence_permit", {"residence_permit": "tourist"}),
        ("registry_resident_name", {"name": ""}),
    ],
)
def test_the_database_refuses_what_cannot_be_true(tengzhou: None, constraint: str, changes: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Resident.objects.create(**row(**changes))
    Resident.objects.create(**row())


def test_a_document_that_is_no_resident_id_needs_no_check_digit(tengzhou: None) -> None:
    Resident.objects.create(**row(document_kind="foreign_permanent", id_number="CAN000965120109"))


def test_two_people_without_a_number_do_not_collide(tengzhou: None) -> None:
    for name in ("李小满", "李小芒"):
        Resident.objects.create(**row(name=name, id_number=None))


def test_one_live_resident_per_number_and_pooling_area(tengzhou: None) -> None:
    first = Resident.objects.create(**row())

    with pytest.raises(IntegrityError, match="registry_one_live_resident_per_number"), transaction.atomic():
        Resident.objects.create(**row())
    Resident.objects.filter(pk=first.pk).update(died_on=date(2024, 1, 1))
    Resident.objects.create(**row())


def test_a_household_of_another_pooling_area_is_refused(tengzhou: None) -> None:
    near = Household.objects.create(pooling_area="370400", village_code=VILLAGE, head_name="陈守义")
    far = Household.objects.create(pooling_area="140600", village_code="140602001014", head_name="陈守义")

    Resident.objects.create(**row(household=near, kinship="head"))
    with pytest.raises(IntegrityError, match="registry_resident_household"), transaction.atomic():
        Resident.objects.create(**row(household=far, kinship="head", id_number=None))
        _check_deferred()


def test_a_category_is_certified_once_for_a_day(zhang_guilan: Resident) -> None:
    def certify(from_on: date, until_on: date | None, code: str = "subsistence_allowance") -> ResidentCategory:
        return actions.certify_category(
            clock=FixedClock(shanghai(2025, 1, 1)),
            actor=scope(VILLAGE), resident_id=zhang_guilan.pk, code=code, certified_by=Department.CIVIL_AFFAIRS,
            from_on=from_on, until_on=until_on,
        )  # fmt: skip

    certify(date(2023, 1, 1), date(2024, 1, 1))
    with pytest.raises(CategoryOverlaps):
        certify(date(2023, 12, 31), None)
    certify(date(2024, 1, 1), None)
    certify(date(2023, 6, 1), None, code="subsistence_margin")


def test_a_category_needs_a_code_a_department_and_days_in_order(zhang_guilan: Resident) -> None:
    usual = {
        "pooling_area": "370400", "resident": zhang_guilan, "code": "orphan", "certified_by": "civil_affairs",
        "from_on": date(2024, 1, 1), "until_on": None,
    }  # fmt: skip
    for changes in ({"code": "Orphan"}, {"certified_by": "police"}, {"until_on": date(2024, 1, 1)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ResidentCategory.objects.create(**{**usual, **changes})
    ResidentCategory.objects.create(**usual)


def test_actions_say_politely_what_the_database_refuses(zhang_guilan: Resident) -> None:
    def person(**changes: Any) -> NewResident:
        usual = {"name": "陈守义", "birth_on": BORN, "sex": "male", "village_code": VILLAGE}
        return NewResident(**{**usual, **changes})

    clerk = scope(VILLAGE)
    with pytest.raises(BadIdNumber):
        actions.register_resident(actor=clerk, person=person(id_number="370481195603089981"))
    with pytest.raises(NumberTaken):
        actions.register_resident(actor=clerk, person=person(id_number=number_of(zhang_guilan), sex="female"))
    with pytest.raises(OutsideArea):
        actions.register_resident(actor=clerk, person=person(village_code=NEIGHBOUR))
    with pytest.raises(DeathBeforeBirth):
        actions.record_death(actor=clerk, resident_id=zhang_guilan.pk, died_on=date(1956, 3, 7))
    with pytest.raises(ResidentNotFound):
        actions.record_death(actor=scope(NEIGHBOUR), resident_id=zhang_guilan.pk, died_on=date(2024, 3, 7))
    assert actions.register_resident(actor=clerk, person=person(id_number=number(BORN, 999))).initials == "csy"


def test_a_list_by_copy_is_checked_as_a_single_row_is(tengzhou: None) -> None:
    (key,) = bulk.next_resident_ids(1)
    values = dict.fromkeys(bulk.RESIDENT_COLUMNS) | row(id=key, residence_permit="none", student="none")
    values |= {
        "document_kind": "resident_id", "employee_insured": False, "insured_elsewhere": False, "covered_years": [2024],
        "attributes": "{}", "invented": True,
    }  # fmt: skip
    wrong = {**values, "id_number": "370481195603089981"}

    with pytest.raises(BadIdNumber), transaction.atomic():
        bulk.copy_residents(actor=scope(VILLAGE, "3704"), rows=[[wrong[column] for column in bulk.RESIDENT_COLUMNS]])
    bulk.copy_residents(actor=scope(VILLAGE, "3704"), rows=[[values[column] for column in bulk.RESIDENT_COLUMNS]])
    assert Resident.objects.get(pk=key).covered_years == [2024]


def _check_deferred() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
