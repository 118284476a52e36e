"""Whom a roll names and the register does not know: the township registers each, or says why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from canbao.enrolment import actions, queries, refusals
from canbao.enrolment.models import Newcomer
from canbao.kernel.clock import FixedClock
from canbao.kernel.refusals import Refusal
from canbao.registry import actions as registry
from canbao.registry.models import Resident
from tests import town

pytestmark = pytest.mark.django_db
NOBODY_ELSE = replace(town.CLERK, prefixes=("370482",))


def register(row: Newcomer, clock: FixedClock, village: str = town.EAST) -> Newcomer:
    return actions.register_newcomer(actor=town.EAST_CLERK, newcomer_id=row.pk, village_code=village, clock=clock)


def test_a_roll_that_names_a_county_waits_before_its_villages_and_nobody_else(clock: FixedClock) -> None:
    row = town.newcomer()
    for scope in (town.EAST_CLERK, town.CLERK, town.FUND_OFFICE):
        assert list(queries.newcomers_waiting(scope)) == [row]
    assert not queries.newcomers(NOBODY_ELSE) and not queries.newcomers(town.TIERS_CLERK)
    assert str(row.id_number) == "3704**********0015"


def test_registered_he_studies_as_the_roll_says_and_the_school_enrols_him(clock: FixedClock) -> None:
    row = register(town.newcomer(), clock)
    person = Resident.objects.get(pk=row.resident_id)

    assert (person.name, person.village_code, person.student, person.school_area) == (
        "宗新", town.EAST, "pupil", town.COUNTY,
    )  # fmt: skip
    assert (row.state, row.decided_by) == ("registered", "吴会计")
    assert person.pk in queries.roll(town.CLERK, town.POLICY, town.COUNTY, None)
    with pytest.raises(refusals.NewcomerDecided):
        register(row, clock)


def test_whom_the_register_knows_by_now_is_taken_as_he_is(clock: FixedClock) -> None:
    row = town.newcomer()
    known = registry.register_resident(
        actor=town.FUND_OFFICE,
        person=registry.NewResident(
            name="宗新", birth_on=row.birth_on, sex="male", village_code=town.WEST, id_number=row.id_number.unmasked
        ),
    )
    assert register(row, clock).resident_id == known.pk
    known.refresh_from_db()
    assert (known.student, known.village_code) == ("pupil", town.WEST)


def test_another_name_under_the_number_and_another_village_are_refused(clock: FixedClock) -> None:
    row = town.newcomer()
    with pytest.raises(Refusal) as refused:
        register(row, clock, town.WEST)
    assert refused.value.code == "outside_your_area"
    registry.register_resident(
        actor=town.FUND_OFFICE,
        person=registry.NewResident(
            name="别人", birth_on=row.birth_on, sex="male", village_code=town.WEST, id_number=row.id_number.unmasked
        ),
    )
    with pytest.raises(refusals.PersonDiffers):
        register(row, clock)


def test_dismissed_with_a_reason_or_withdrawn_with_the_list(clock: FixedClock) -> None:
    row = town.newcomer()
    with pytest.raises(refusals.ReasonMissing):
        actions.dismiss_newcomer(actor=town.EAST_CLERK, newcomer_id=row.pk, reason=" ", clock=clock)
    actions.dismiss_newcomer(actor=town.EAST_CLERK, newcomer_id=row.pk, reason="已转学到外省", clock=clock)
    again = town.newcomer()
    assert again.pk != row.pk and town.newcomer().pk == again.pk, "the same roll again names nobody twice"

    actions.withdraw_newcomers(actor=town.FUND_OFFICE, pooling_area=town.FUND, batch_id=1)
    states = Newcomer.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["dismissed", "withdrawn"]
    assert date(2024, 11, 1) == again.proposed_on
