"""People nobody could be are taken by no way into the register."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from django.db import IntegrityError, transaction

from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.refusals import Refusal
from canbao.registry import actions
from canbao.registry.actions import NewResident
from canbao.registry.codes import Department, DocumentChange, DocumentKind
from canbao.registry.models import Resident
from tests import town
from tests.registry.conftest import number

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]
CLOCK, BORN = FixedClock(shanghai(2024, 11, 1)), date(1990, 3, 7)
MAN, WOMAN = number(BORN, 881), number(BORN, 882)
HE = NewResident(name="单一", birth_on=BORN, sex="male", village_code=town.EAST, id_number=MAN)


@pytest.mark.parametrize(
    ("person", "code"),
    [
        (replace(HE, sex="female"), "sex_differs"),
        (replace(HE, birth_on=date(1990, 3, 8)), "bad_id_number"),
        (replace(HE, id_number=None, birth_on=date(2024, 11, 2)), "birth_ahead"),
        (replace(HE, id_number=None, birth_on=date(1893, 12, 31)), "birth_too_early"),
        (replace(HE, id_number=None), "number_missing"),
        (replace(HE, village_code="370481"), "no_such_village"),
        (replace(HE, village_code=town.EAST_TOWN), "no_such_village"),
        (replace(HE, village_code="370481101999"), "no_such_village"),
        (replace(HE, village_code=""), "outside_area"),
    ],
)
def test_a_counter_takes_nobody_impossible(person: NewResident, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        actions.register_at_counter(actor=town.CLERK, person=person, clock=CLOCK)
    assert refused.value.code == code and refused.value.todo
    assert not Resident.objects.exists()


def test_no_way_gives_somebody_the_number_of_the_other_sex() -> None:
    with pytest.raises(Refusal) as refused:
        actions.register_resident(actor=town.CLERK, person=replace(HE, id_number=WOMAN))
    assert refused.value.code == "sex_differs"

    he = actions.register_resident(actor=town.CLERK, person=HE)
    with pytest.raises(Refusal) as refused:
        actions.change_document(
            actor=town.CLERK, resident_id=he.pk, kind=DocumentKind.RESIDENT_ID, number=WOMAN,
            reason=DocumentChange.CORRECTED, clock=CLOCK,
        )  # fmt: skip
    assert refused.value.code == "sex_differs"


def test_the_database_takes_no_birth_before_every_living_person() -> None:
    he = actions.register_resident(actor=town.CLERK, person=HE)
    with pytest.raises(IntegrityError), transaction.atomic():
        Resident.objects.filter(pk=he.pk).update(birth_on=date(1869, 12, 31))


def test_a_category_begins_within_a_year() -> None:
    he = actions.register_resident(actor=town.CLERK, person=HE)
    with pytest.raises(Refusal) as refused:
        actions.certify_category(
            actor=town.CLERK, resident_id=he.pk, code="orphan", certified_by=Department.CIVIL_AFFAIRS,
            from_on=date(2025, 11, 3), clock=CLOCK,
        )  # fmt: skip
    assert refused.value.code == "fact_far_ahead"
