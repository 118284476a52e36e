"""A department certifies, and ends, only what is its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.refusals import Refusal
from canbao.registry import actions
from canbao.registry.codes import CERTIFIES, Department
from canbao.registry.models import ResidentCategory
from canbao.staff.models import Role
from tests import town

pytestmark = pytest.mark.django_db
DAY = date(2024, 1, 1)


def test_the_departments_share_the_categories_out() -> None:
    assert set(CERTIFIES) == set(Department.values) <= set(Role.values)
    assert len(set().union(*CERTIFIES.values())) == sum(map(len, CERTIFIES.values())), "none is certified by two"


@pytest.mark.parametrize("department", list(Department))
def test_a_department_certifies_its_own_and_nothing_else(clock: FixedClock, department: Department) -> None:
    person = town.resident("王建国", date(1980, 3, 1))
    actor = replace(town.CLERK, roles=frozenset({department.value}))
    for by, codes in CERTIFIES.items():
        for code in sorted(codes):
            if by == department:
                row = actions.certify_category(
                    clock=FixedClock(shanghai(2025, 1, 1)),
                    actor=actor,
                    resident_id=person.pk,
                    code=code,
                    certified_by=department,
                    from_on=DAY,
                )
                actions.end_category(actor=actor, category_id=row.pk, until_on=date(2024, 2, 1))
                continue
            for said in (by, department):
                with pytest.raises(Refusal) as refused:
                    actions.certify_category(
                        clock=FixedClock(shanghai(2025, 1, 1)),
                        actor=actor,
                        resident_id=person.pk,
                        code=code,
                        certified_by=Department(said),
                        from_on=DAY,
                    )
                assert refused.value.code == "not_of_your_department"
    assert ResidentCategory.objects.count() == len(CERTIFIES[department])


def test_a_department_does_not_end_what_another_certified(clock: FixedClock) -> None:
    person = town.resident("王建国", date(1980, 3, 1))
    row = actions.certify_category(
        clock=FixedClock(shanghai(2025, 1, 1)),
        actor=town.CLERK, resident_id=person.pk, code="severe_disability",
        certified_by=Department.DISABLED_FEDERATION, from_on=DAY,
    )  # fmt: skip

    with pytest.raises(Refusal) as refused:
        actions.end_category(
            actor=replace(town.CLERK, roles=frozenset({Role.CIVIL_AFFAIRS.value})), category_id=row.pk,
            until_on=date(2024, 2, 1),
        )  # fmt: skip
    assert refused.value.code == "not_of_your_department"


def test_the_insurance_office_records_what_any_department_certified(clock: FixedClock) -> None:
    person = town.resident("王建国", date(1980, 3, 1))
    clerk = replace(town.CLERK, roles=frozenset({Role.MEDICAL_INSURANCE_CLERK.value, Role.CIVIL_AFFAIRS.value}))

    row = actions.certify_category(
        clock=FixedClock(shanghai(2025, 1, 1)),
        actor=clerk, resident_id=person.pk, code="severe_disability", certified_by=Department.DISABLED_FEDERATION,
        from_on=DAY,
    )  # fmt: skip
    assert row.certified_by == "disabled_federation"
