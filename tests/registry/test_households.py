"""A household: its head, who is what to the head, who comes and goes, and the whole of it moving; who left is kept."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection

from canbao.areas.models import Area, AreaLevel
from canbao.kernel.binding import bound
from canbao.kernel.clock import FixedClock, shanghai
from canbao.registry import actions, queries
from canbao.registry.actions import NewResident
from canbao.registry.codes import FactKind, Kinship
from canbao.registry.impossible import MoveAhead
from canbao.registry.models import FormerMember, Household, Resident, ResidentFact
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

from .conftest import NEIGHBOUR, VILLAGE, number_of, scope

CLERK = scope("370481")
TODAY = FixedClock(shanghai(2024, 11, 1, 9, 30))
JUNE = date(2024, 6, 1)


@pytest.fixture
def family(zhang_guilan: Resident, shan_xiongfei: Resident) -> Household:
    """张桂兰, the head, with her son."""
    moved = actions.move_resident(
        actor=CLERK, resident_id=zhang_guilan.pk, village_code=VILLAGE, household_id=None, kinship=None, from_on=JUNE,
        clock=TODAY,
    )  # fmt: skip
    assert moved.household is not None
    actions.move_resident(
        actor=CLERK, resident_id=shan_xiongfei.pk, village_code=VILLAGE, household_id=moved.household.pk,
        kinship=Kinship.CHILD, from_on=JUNE, clock=TODAY,
    )  # fmt: skip
    return moved.household


def move(family: Household, village: str, actor: object = CLERK, address: str = "") -> Household:
    return actions.move_household(
        actor=actor, household_id=family.pk, village_code=village, address=address, from_on=JUNE, clock=TODAY,
    )  # type: ignore[arg-type]  # fmt: skip


def test_kinship_is_said_of_members_and_the_head_is_named(
    family: Household, zhang_guilan: Resident, shan_xiongfei: Resident
) -> None:
    def say(person: Resident, kinship: Kinship) -> None:
        actions.say_kinship(actor=CLERK, resident_id=person.pk, kinship=kinship)

    say(shan_xiongfei, Kinship.CHILD_IN_LAW)
    with pytest.raises(HeadMoves):
        say(zhang_guilan, Kinship.PARENT)
    with pytest.raises(KinshipMissing):
        say(shan_xiongfei, Kinship.HEAD)
    shan_xiongfei.refresh_from_db()
    assert shan_xiongfei.kinship == "child_in_law"

    actions.record_death(actor=CLERK, resident_id=shan_xiongfei.pk, died_on=JUNE)
    with pytest.raises(HeadNotLiving):
        actions.name_head(actor=CLERK, household_id=family.pk, resident_id=shan_xiongfei.pk)


def test_nobody_moves_before_the_day(family: Household, shan_xiongfei: Resident) -> None:
    tomorrow = date(2024, 11, 2)
    with pytest.raises(MoveAhead):
        actions.move_resident(
            actor=CLERK, resident_id=shan_xiongfei.pk, village_code=NEIGHBOUR, household_id=None, kinship=None,
            from_on=tomorrow, clock=TODAY,
        )  # fmt: skip
    with pytest.raises(MoveAhead):
        actions.move_household(
            actor=CLERK, household_id=family.pk, village_code=NEIGHBOUR, address="", from_on=tomorrow, clock=TODAY
        )
    shan_xiongfei.refresh_from_db()
    assert (shan_xiongfei.village_code, shan_xiongfei.household_id) == (VILLAGE, family.pk)
    assert not ResidentFact.objects.exists()


def test_who_has_no_household_is_nothing_to_a_head(zhang_guilan: Resident) -> None:
    with pytest.raises(NotAMember):
        actions.say_kinship(actor=CLERK, resident_id=zhang_guilan.pk, kinship=Kinship.CHILD)


def test_a_merged_row_is_changed_no_more(family: Household, zhang_guilan: Resident, shan_xiongfei: Resident) -> None:
    actions.merge_residents(
        actor=CLERK,
        kept_id=zhang_guilan.pk,
        merged_id=shan_xiongfei.pk,
        reason="同一人",
        differs_because="录错",
        clock=TODAY,
    )
    for wanted in (
        lambda: actions.say_kinship(actor=CLERK, resident_id=shan_xiongfei.pk, kinship=Kinship.CHILD),
        lambda: actions.name_head(actor=CLERK, household_id=family.pk, resident_id=shan_xiongfei.pk),
    ):
        with pytest.raises(MergedRow):
            wanted()


def test_the_whole_household_moves_with_its_residence_and_is_found_there(
    family: Household, zhang_guilan: Resident, shan_xiongfei: Resident
) -> None:
    move(family, NEIGHBOUR, address="  解放路  12号 ")

    family.refresh_from_db()
    assert (family.village_code, family.address) == (NEIGHBOUR, "解放路 12号")
    for person in (zhang_guilan, shan_xiongfei):
        person.refresh_from_db()
        assert (person.village_code, person.household_id, person.residence_area) == (NEIGHBOUR, family.pk, NEIGHBOUR)
        assert ResidentFact.objects.get(resident=person, kind=FactKind.RESIDENCE).from_on == JUNE
        tail = number_of(person)[-4:]
        assert [card.resident_id for card in queries.find_residents(scope(NEIGHBOUR), tail)] == [person.pk]
    assert not FormerMember.objects.exists(), "nobody left the household"


def test_a_household_does_not_move_where_or_as_it_must_not(family: Household, shan_xiongfei: Resident) -> None:
    Area.objects.create(
        code="370702001201", name="潍城村", level=AreaLevel.VILLAGE, prefix="370702001201", parent_id="370481001"
    )
    with pytest.raises(AlreadyThere):
        move(family, VILLAGE)
    for village in ("370702001201", "999999999999"):
        with pytest.raises(OutsideArea):
            move(family, village)
    with pytest.raises(HouseholdNotFound):
        move(family, NEIGHBOUR, actor=scope(NEIGHBOUR))
    with pytest.raises(OutsideArea):
        move(family, NEIGHBOUR, actor=scope(VILLAGE))
    # One member is looked after in the neighbouring village: who sees one village cannot move both.
    Resident.objects.filter(pk=shan_xiongfei.pk).update(village_code=NEIGHBOUR)
    third = "370481001010"
    Area.objects.create(code=third, name="第三村", level=AreaLevel.VILLAGE, prefix=third, parent_id="370481001")
    half = scope(VILLAGE, third)
    with bound(half), pytest.raises(MembersElsewhere):
        move(family, third, actor=half)
    assert not Resident.objects.filter(village_code=third).exists()


def test_who_left_is_remembered_whoever_moved_him(
    family: Household, zhang_guilan: Resident, shan_xiongfei: Resident
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE registry_resident SET household_id = NULL, kinship = NULL WHERE id = %s",
                       [shan_xiongfei.pk])  # fmt: skip

    row = FormerMember.objects.get()
    assert (row.resident_id, row.household_id, row.kinship) == (shan_xiongfei.pk, family.pk, "child")
    told = queries.household_events(CLERK, family.pk)
    (gone,) = [event for event in told if event.table == "registry_formermember"]
    assert gone.row["name"] == "单雄飞"
    # Who may not see the person any more reads that somebody left, and not who.
    Resident.objects.filter(pk=shan_xiongfei.pk).update(village_code=NEIGHBOUR)
    (gone,) = [event for event in queries.household_events(scope(VILLAGE), family.pk) if event.gone]
    assert (gone.row["name"], gone.row["resident_id"]) == ("", None)
    with pytest.raises(HouseholdNotFound):
        queries.household_events(scope(NEIGHBOUR), family.pk)


def test_nobody_writes_by_hand_who_left(family: Household, zhang_guilan: Resident) -> None:
    with pytest.raises(Exception, match="permission denied"):
        FormerMember.objects.create(
            pooling_area="370400", household=family, resident=zhang_guilan, until_at=TODAY.now(), by="x"
        )


def test_an_address_is_kept(family: Household) -> None:
    actions.record_address(actor=scope(VILLAGE), household_id=family.pk, address="荆河路 1 号")
    family.refresh_from_db()
    assert family.address == "荆河路 1 号"
    with pytest.raises(HouseholdNotFound):
        actions.record_address(actor=scope(NEIGHBOUR), household_id=family.pk, address="x")


def test_a_newcomer_is_registered_into_the_household(family: Household) -> None:
    born = date(2024, 10, 30)
    child = actions.register_resident(
        actor=CLERK,
        person=NewResident(
            name="张小宝", birth_on=born, sex="male", village_code=VILLAGE, household_id=family.pk,
            facts={"kinship": Kinship.GRANDCHILD},
        ),
    )  # fmt: skip
    assert child in queries.household_members(CLERK, family.pk)
