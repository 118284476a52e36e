"""A department certifies, and ends, only what is its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.refusals import Refusal
from canbao.policy import policies
from canbao.policy.certifiers import certifiers
from canbao.policy.codes import CATEGORIES
from canbao.registry import actions
from canbao.registry.codes import AS_NOTICES_NAME_THEM, Department
from canbao.registry.models import ResidentCategory
from canbao.registry.queries.certifiers import certified_at
from canbao.staff.models import Role
from tests import town

pytestmark = pytest.mark.django_db
DAY = date(2024, 1, 1)


CERTIFIES = certified_at(town.COUNTY)


def test_every_category_is_certified_by_somebody_everywhere() -> None:
    for policy in policies.all():
        found = certified_at(policy.area)
        assert set(found) == set(Department.values) <= set(Role.values)
        assert set().union(*found.values()) >= set(CATEGORIES), policy.id


def test_whoever_certifies_by_a_notice_is_a_department_of_the_register() -> None:
    for policy in (None, *policies.all()):
        assert {by for many in certifiers(policy).values() for by in many} <= set(AS_NOTICES_NAME_THEM), policy


def test_the_office_records_only_what_that_department_certifies(clock: FixedClock) -> None:
    person = town.resident("王建国", date(1980, 3, 1))
    with pytest.raises(Refusal) as refused:
        actions.certify_category(
            clock=FixedClock(shanghai(2025, 1, 1)), actor=town.CLERK, resident_id=person.pk, code="severe_disability",
            certified_by=Department.VETERANS_AFFAIRS, from_on=DAY,
        )  # fmt: skip
    assert refused.value.code == "not_certified_here" and not ResidentCategory.objects.exists()


@pytest.mark.parametrize("department", list(Department))
def test_a_department_certifies_its_own_and_nothing_else(clock: FixedClock, department: Department) -> None:
    child, old = town.resident("王建国", date(2010, 3, 1)), town.resident("王建国", date(1930, 3, 1))
    actor = replace(town.CLERK, roles=frozenset({department.value}))
    for by, codes in CERTIFIES.items():
        for code in sorted(codes):
            person = old if code == "advanced_age" else child
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
