"""On what an application is judged: by the register where it knows the person, with what he states beside it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from canbao.enrolment import actions, queries, refusals
from canbao.enrolment.models import Application, ApplicationKind
from canbao.enrolment.queries import Differs
from canbao.kernel.clock import FixedClock
from canbao.policy import policies, quote
from canbao.registry import actions as registry
from canbao.registry import queries as people
from canbao.registry.codes import FactKind
from canbao.registry.models import Resident
from tests import town

pytestmark = pytest.mark.django_db
NUMBER, CHANGE = "370481199003070026", ApplicationKind.CHANGE


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path


def known(**facts: Any) -> Resident:
    """Whoever has the number of the applications here."""
    new = registry.NewResident(
        name="李新", birth_on=date(1990, 3, 7), sex="female", village_code=town.EAST, id_number=NUMBER,
        facts={"hukou_area": town.COUNTY, "residence_area": town.EAST, **facts},
    )  # fmt: skip
    return registry.register_resident(actor=town.FUND_OFFICE, person=new)


def grounds(clock: FixedClock, **asked: Any) -> queries.Grounds:
    row = Application.objects.get(pk=town.applied(clock, **asked)[0])
    return queries.grounds_of(town.EAST_CLERK, row, clock.today())


def test_the_register_decides_and_the_claim_stands_beside_it(clock: FixedClock) -> None:
    known(employee_insured=True, covered_years=[2023, 2024])
    found = grounds(clock)

    assert quote(policies.get(town.POLICY), found.facts, on=clock.today()).reason == "employee_insured"
    assert found.differs == [Differs("employee_insured", None, True)]
    assert (found.registered, found.standing, found.elsewhere) == (True, "renewing", [])


def test_what_the_applicant_claims_without_the_register_is_shown_and_does_not_count(clock: FixedClock) -> None:
    person = known()
    town.certify(person, "extreme_poverty")
    facts = {"hukou_area": town.COUNTY, "categories": ["subsistence_allowance"], "disability_grade": 1}
    found = grounds(clock, facts=facts)

    assert found.facts["categories"] == ["extreme_poverty"] and "disability_grade" not in found.facts
    assert {one.column for one in found.differs} == {"categories", "disability_grade"}


def test_whom_the_register_does_not_know_is_judged_by_what_he_states(clock: FixedClock) -> None:
    found = grounds(clock)
    assert (found.registered, found.differs, found.facts["hukou_area"]) == (False, [], town.COUNTY)


def test_who_is_enrolled_in_another_area_is_named_before_anybody_decides(clock: FixedClock) -> None:
    there = town.with_tier("李新", "low", date(1990, 3, 7))
    there.id_number = NUMBER
    there.save()
    assert grounds(clock).elsewhere == ["潍坊市"]


def test_a_change_is_judged_as_the_register_will_be(clock: FixedClock) -> None:
    known(residence_permit="ordinary", permit_relation="holder", student="pupil", school_area=town.COUNTY)
    found = grounds(
        clock, kind=CHANGE, ends=(FactKind.STUDENT,), facts={"hukou_area": town.COUNTY, "hukou_kind": "urban"}
    )
    assert "student" not in found.facts and found.facts["hukou_kind"] == "urban"
    assert found.facts["residence_permit"] == "ordinary"


@pytest.mark.parametrize("dated", [True, False])
def test_an_approved_change_ends_what_is_over(clock: FixedClock, dated: bool) -> None:
    person = known() if dated else known(residence_permit="ordinary", permit_relation="holder")
    if dated:
        permit = registry.NewFact(kind=FactKind.PERMIT, from_on=date(2024, 1, 1), until_on=date(2026, 1, 1),
                                  code="ordinary", detail="holder")  # fmt: skip
        registry.begin_fact(actor=town.FUND_OFFICE, resident_id=person.pk, fact=permit, clock=clock)
    applied, _ = town.applied(clock, kind=CHANGE, ends=(FactKind.PERMIT,))
    actions.approve_application(actor=town.EAST_CLERK, application_id=applied, clock=clock)

    person.refresh_from_db()
    assert person.residence_permit == "none"
    (fact,) = people.facts_of(town.FUND_OFFICE, person.pk)
    assert (fact.kind, fact.until_on) == ("permit", clock.today())


def test_nothing_is_both_stated_and_over_and_only_a_change_ends_anything(clock: FixedClock) -> None:
    known()
    permit = {"residence_area": town.EAST, "residence_permit": "ordinary", "hukou_area": town.COUNTY}
    with pytest.raises(refusals.EndsWhatIsStated):
        town.applied(clock, kind=CHANGE, ends=(FactKind.PERMIT,), facts=permit)
    with pytest.raises(refusals.EndsWithoutChange):
        town.applied(clock, ends=(FactKind.STUDENT,))
    applied, _ = town.applied(clock)
    with pytest.raises(IntegrityError), transaction.atomic():
        Application.objects.filter(pk=applied).update(ends=["student"])


def test_nobody_is_enrolled_after_his_death_by_whatever_way(clock: FixedClock) -> None:
    person = known()
    Resident.objects.filter(pk=person.pk).update(died_on=date(2024, 10, 1))
    row = (person.pooling_area, person.pk, 2025, town.POLICY, None, 0, clock.today(), "live")
    with pytest.raises(refusals.Deceased):
        actions.copy_enrolments(actor=town.FUND_OFFICE, rows=[row])
