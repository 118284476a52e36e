"""Who lives with whom, where, and who is the head."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from canbao.areas import queries as areas
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.registry import queries
from canbao.registry.actions.facts import NewFact, begin_fact
from canbao.registry.codes import FactKind, Kinship, Source
from canbao.registry.models import Household, Resident
from canbao.registry.refusals import HeadMoves, HouseholdNotFound, KinshipMissing, NotAMember, OutsideArea


def register_household(*, actor: Scope, village_code: str, head_name: str) -> Household:
    actor.require(Capability.KEEP_REGISTER)
    return Household.objects.create(
        pooling_area=pooling_area_for(actor, village_code), village_code=village_code, head_name=head_name
    )


@transaction.atomic
def name_head(*, actor: Scope, household_id: int, resident_id: int) -> Household:
    """The member becomes the head; who was it before becomes a member like others. NotAMember for anybody else.

    What the others are to the new head is not known from what they were to the old one: it has to be taken down anew.
    """
    actor.require(Capability.KEEP_REGISTER)
    household = _locked_household(actor, household_id)
    person = queries.locked_resident(actor, resident_id)
    if person.household_id != household.pk:
        raise NotAMember
    members = Resident.objects.filter(pooling_area=household.pooling_area, household=household)
    members.filter(kinship=Kinship.HEAD).exclude(id=person.pk).update(kinship=Kinship.OTHER)
    person.kinship = Kinship.HEAD
    person.save(update_fields=["kinship"])
    household.head_name = person.name
    household.save(update_fields=["head_name"])
    return household


@transaction.atomic
def move_resident(
    *,
    actor: Scope,
    resident_id: int,
    village_code: str,
    household_id: int | None,
    kinship: Kinship | None,
    from_on: date,
    clock: Clock,
) -> Resident:
    """To another village or household of the same pooling area; residence changes from the day on.

    With no household the person lives alone in a new one. HeadMoves while others stay who need a head; KinshipMissing
    for a household without saying what the person is to its head; OutsideArea for another pooling area.
    """
    actor.require(Capability.KEEP_REGISTER)
    person = queries.locked_resident(actor, resident_id)
    if pooling_area_for(actor, village_code) != person.pooling_area:
        raise OutsideArea
    if person.kinship == Kinship.HEAD and person.household_id != household_id and _others(person):
        raise HeadMoves
    if household_id is None:
        household = register_household(actor=actor, village_code=village_code, head_name=person.name)
        kinship = Kinship.HEAD
    else:
        household = _locked_household(actor, household_id)
        if kinship in (None, Kinship.HEAD) and person.household_id != household.pk:
            raise KinshipMissing
    if village_code != person.village_code:
        residence = NewFact(kind=FactKind.RESIDENCE, from_on=from_on, area_code=village_code, source=Source.RESIDENT)
        begin_fact(actor=actor, resident_id=person.pk, fact=residence, clock=clock)
        person.refresh_from_db()
    number = person.id_number
    person.household, person.village_code = household, village_code
    person.kinship = kinship or person.kinship
    # The end of a number is found by village, so it moves along.
    person.id_number = number.unmasked if number else None
    person.save(update_fields=["household", "village_code", "kinship", "number_sealed", "number_index", "number_tail"])
    return person


def _others(person: Resident) -> bool:
    """Whether somebody alive shares the household."""
    living = Resident.objects.filter(pooling_area=person.pooling_area, household=person.household, died_on=None)
    return person.household is not None and living.exclude(id=person.pk).exists()


def pooling_area_for(actor: Scope, village_code: str) -> str:
    """The code of the pooling area that the village lies in; OutsideArea if the actor may not work there."""
    fund = areas.pooling_area_of(village_code)
    if fund is None or not actor.covers(village_code):
        raise OutsideArea
    return fund.code


def _locked_household(actor: Scope, household_id: int) -> Household:
    if queries.household(actor, household_id) is None:
        raise HouseholdNotFound
    return Household.objects.select_for_update(of=("self",), no_key=True).get(id=household_id)
