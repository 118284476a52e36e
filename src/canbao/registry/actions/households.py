"""Who lives with whom, where, and who is the head."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from canbao.areas import queries as areas
from canbao.kernel.binding import bound
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.registry import queries
from canbao.registry.actions.facts import NewFact, begin_fact
from canbao.registry.codes import FactKind, Kinship, Source
from canbao.registry.impossible import MoveAhead, NoSuchVillage
from canbao.registry.models import Household, Resident
from canbao.registry.refusals import (
    AlreadyThere,
    HeadMoves,
    HeadNotLiving,
    HouseholdNotFound,
    KinshipMissing,
    MembersElsewhere,
    MergedRow,
    NotAMember,
    OutsideArea,
)

ADDRESS_MAX = 100


def register_household(*, actor: Scope, village_code: str, head_name: str) -> Household:
    actor.require(Capability.KEEP_REGISTER)
    return Household.objects.create(
        pooling_area=pooling_area_for(actor, village_code), village_code=village_code, head_name=head_name
    )


@transaction.atomic
def name_head(*, actor: Scope, household_id: int, resident_id: int) -> Household:
    """The member becomes the head; who was it before becomes a member like others. NotAMember for anybody else,
    HeadNotLiving for a dead member, MergedRow for a row that counts no more.

    What the others are to the new head is not known from what they were to the old one: it has to be taken down anew.
    """
    actor.require(Capability.KEEP_REGISTER)
    if queries.household(actor, household_id) is None:
        raise HouseholdNotFound
    person = _locked_living_row(actor, resident_id)
    household = _locked_household(actor, household_id)
    if person.household_id != household.pk:
        raise NotAMember
    if person.died_on is not None:
        raise HeadNotLiving
    members = Resident.objects.filter(pooling_area=household.pooling_area, household=household)
    members.filter(kinship=Kinship.HEAD).exclude(id=person.pk).update(kinship=Kinship.OTHER)
    person.kinship = Kinship.HEAD
    person.save(update_fields=["kinship"])
    household.head_name = person.name
    household.save(update_fields=["head_name"])
    return household


@transaction.atomic
def say_kinship(*, actor: Scope, resident_id: int, kinship: Kinship) -> Resident:
    """What the member is to the head. NotAMember without a household; HeadMoves for the head himself, KinshipMissing
    for `head`: who is the head is said by `name_head`.
    """
    actor.require(Capability.KEEP_REGISTER)
    person = _locked_living_row(actor, resident_id)
    if person.household_id is None:
        raise NotAMember
    if kinship == Kinship.HEAD:
        raise KinshipMissing
    if person.kinship == Kinship.HEAD:
        raise HeadMoves
    person.kinship = kinship
    person.save(update_fields=["kinship"])
    return person


@transaction.atomic
def record_address(*, actor: Scope, household_id: int, address: str) -> Household:
    """Street and house, at most 100 characters; empty takes it away. HouseholdNotFound outside the scope."""
    actor.require(Capability.KEEP_REGISTER)
    household = _locked_household(actor, household_id)
    household.address = " ".join(address.split())[:ADDRESS_MAX]
    household.save(update_fields=["address"])
    return household


@transaction.atomic
def move_household(
    *, actor: Scope, household_id: int, village_code: str, address: str, from_on: date, clock: Clock
) -> Household:
    """Everybody alive in it to another village of the same pooling area; their residence changes from the day on.

    MoveAhead for a day to come, OutsideArea for another pooling area or a village outside the scope, AlreadyThere for
    the village it is in, MembersElsewhere while somebody of the household is looked after where the actor sees nobody.
    """
    actor.require(Capability.KEEP_REGISTER)
    _require_begun(from_on, clock)
    found = queries.household(actor, household_id)
    if found is None:
        raise HouseholdNotFound
    if pooling_area_for(actor, village_code) != found.pooling_area:
        raise OutsideArea
    if village_code == found.village_code:
        raise AlreadyThere
    living = {"pooling_area": found.pooling_area, "household": found, "died_on": None, "merged_into": None}
    rows = queries.visible(actor).filter(**living).select_for_update(of=("self",), no_key=True)
    members = list(rows.order_by("id"))
    with bound(actor.deputed(Capability.KEEP_REGISTER, found.pooling_area)):
        if Resident.objects.filter(**living).count() != len(members):
            raise MembersElsewhere
    household = _locked_household(actor, household_id)
    for person in members:
        _to_village(actor, person, village_code, from_on, clock)
        person.save(update_fields=["village_code", *_NUMBER])
    household.village_code, household.address = village_code, " ".join(address.split())[:ADDRESS_MAX]
    household.save(update_fields=["village_code", "address"])
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
    for a household without saying what the person is to its head; OutsideArea for another pooling area; MoveAhead for
    a day to come.
    """
    actor.require(Capability.KEEP_REGISTER)
    _require_begun(from_on, clock)
    person = _locked_living_row(actor, resident_id)
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
    _to_village(actor, person, village_code, from_on, clock)
    person.household, person.kinship = household, kinship or person.kinship
    person.save(update_fields=["household", "village_code", "kinship", *_NUMBER])
    return person


_NUMBER = ("number_sealed", "number_index", "number_tail")


def _require_begun(from_on: date, clock: Clock) -> None:
    """MoveAhead for a day to come: village and household change at once, and the clerks who see the person with it."""
    if from_on > clock.today():
        raise MoveAhead


def _to_village(actor: Scope, person: Resident, village_code: str, from_on: date, clock: Clock) -> None:
    """Set, not saved but for the residence."""
    if village_code != person.village_code:
        residence = NewFact(kind=FactKind.RESIDENCE, from_on=from_on, area_code=village_code, source=Source.RESIDENT)
        begin_fact(actor=actor, resident_id=person.pk, fact=residence, clock=clock)
        person.refresh_from_db()
    number = person.id_number
    person.village_code = village_code
    # The end of a number is found by village, so it moves along.
    person.id_number = number.unmasked if number else None


def _locked_living_row(actor: Scope, resident_id: int) -> Resident:
    """MergedRow for a row that is kept under another one."""
    person = queries.locked_resident(actor, resident_id)
    if person.merged_into_id is not None:
        raise MergedRow
    return person


def _others(person: Resident) -> bool:
    """Whether somebody alive shares the household."""
    living = Resident.objects.filter(
        pooling_area=person.pooling_area, household=person.household, died_on=None, merged_into=None
    )
    return person.household is not None and living.exclude(id=person.pk).exists()


def pooling_area_for(actor: Scope, village_code: str) -> str:
    """The code of the pooling area that the village lies in; OutsideArea if the actor may not work there, NoSuchVillage
    for a code that is no village's.
    """
    fund = areas.pooling_area_of(village_code)
    if fund is None or not actor.covers(village_code):
        raise OutsideArea
    if not areas.is_village(village_code):
        raise NoSuchVillage
    return fund.code


def _locked_household(actor: Scope, household_id: int) -> Household:
    if queries.household(actor, household_id) is None:
        raise HouseholdNotFound
    return Household.objects.select_for_update(of=("self",), no_key=True).get(id=household_id)
