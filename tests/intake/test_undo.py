"""A list that was applied is undone by two people, wholly or not at all; old files and rows go."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from canbao.intake.actions import batches, removing, undoing, working
from canbao.intake.judging import mapping_of
from canbao.intake.models import Batch, Piece, Population, Row, State
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.refusals import Refusal
from canbao.registry import actions as registry
from canbao.registry import queries as people
from canbao.registry.models import FormerMember, Household, Resident, ResidentCategory
from canbao.staff import actions as staff
from tests.intake.conftest import CLERK, COUNTY, OTHER, REVIEWER, WEST, applied, outcomes, person, previewed
from tests.intake.sheets import Grid, csv_bytes, number

pytestmark = pytest.mark.usefixtures("town")
ZHANG, WANG = number(), number(date(1960, 1, 2), 15)
HEAD = ["户号", "户主姓名", "姓名", "公民身份号码", "与户主关系", "村居", "户口性质"]
POPULATION: Grid = [
    HEAD,
    ["1", "张桂兰", "张桂兰", ZHANG, "户主", "安居社区", "农业"],
    ["1", "张桂兰", "王建国", WANG, "配偶", "通盛社区", "农业"],
]


def undone(made: Batch, clock: FixedClock) -> Batch:
    approval = undoing.ask_undo(actor=CLERK, batch_id=made.pk, clock=clock)
    staff.approve(actor=REVIEWER, approval_id=approval.pk, clock=clock)
    working.undo(batch_id=made.pk, clock=clock)
    made.refresh_from_db()
    return made


def register() -> list[tuple[object, ...]]:
    fields = ("id", "name", "pinyin", "village_code", "kinship", "household_id", "hukou_kind", "died_on", "attributes")
    return sorted(Resident.objects.values_list(*fields))


def test_a_population_is_undone_to_the_register_as_it_was(clock: FixedClock) -> None:
    person("王建军", date(1960, 1, 2), 15)
    before = register()
    made = applied(previewed("household_population", POPULATION, clock), clock)
    assert Resident.objects.get(name="王建国").village_code == WEST

    assert undone(made, clock).state == State.UNDONE

    assert register() == before
    remembered = FormerMember.objects.get().household_id
    assert [each.pk for each in Household.objects.all()] == [remembered]
    assert not Piece.objects.filter(batch=made).exists()
    assert applied(previewed("household_population", POPULATION, clock), clock).new == 1


def test_who_is_moved_by_a_list_and_back_is_found_by_the_last_four(clock: FixedClock) -> None:
    person("王建国", date(1960, 1, 2), 15)
    made = applied(previewed("household_population", POPULATION, clock), clock)

    moved = [found.resident_id for found in people.find_residents(CLERK, WANG[-4:], 9)]
    undone(made, clock)
    back = [found.resident_id for found in people.find_residents(CLERK, WANG[-4:], 9)]

    assert moved == back == [Resident.objects.get(name="王建国").pk]


def test_what_something_rests_on_is_not_undone_and_the_row_is_named(clock: FixedClock) -> None:
    made = applied(previewed("household_population", POPULATION, clock), clock)
    wang = Resident.objects.get(name="王建国")
    registry.certify_category(
        clock=FixedClock(shanghai(2025, 1, 1)),
        actor=CLERK,
        resident_id=wang.pk,
        code="extreme_poverty",
        certified_by="civil_affairs",
        from_on=date(2024, 1, 1),
    )
    before = register()

    undone(made, clock)

    assert (made.state, made.fault, register()) == (State.APPLIED, "built_on", before)
    assert "第 3 行" in made.fault_zh and "资助类别" in made.fault_zh


def test_who_was_changed_since_keeps_the_list_in_force(clock: FixedClock) -> None:
    zhang = person()
    made = applied(
        previewed("deaths", [["姓名", "身份证号", "死亡日期"], ["张桂兰", ZHANG, "2024-10-01"]], clock), clock
    )
    Resident.objects.filter(pk=zhang.pk).update(died_on=date(2024, 10, 2))

    undone(made, clock)

    assert (made.state, made.fault) == (State.APPLIED, "built_on")
    Resident.objects.filter(pk=zhang.pk).update(died_on=date(2024, 10, 1))
    assert undone(made, clock).state == State.UNDONE
    zhang.refresh_from_db()
    assert zhang.died_on is None


def test_categories_and_populations_are_put_back(clock: FixedClock) -> None:
    zhang = person()
    certified = [["姓名", "身份证号", "救助类型", "起始日期"], ["张桂兰", ZHANG, "低保", "2024-10-01"]]
    first = applied(previewed("categories", certified, clock, department="civil_affairs"), clock)
    ending = [
        ["姓名", "身份证号", "救助类型", "起始日期", "终止日期"],
        ["张桂兰", ZHANG, "低保", "2024-10-15", "2025-01-01"],
    ]
    second = applied(previewed("categories", ending, clock, department="civil_affairs"), clock)
    town = [["地区", "年份", "常住人口"], ["荆河街道", 2022, 90], ["荆河街道", 2023, 100]]
    third = applied(previewed("town_populations", town, clock), clock)
    town[2][2] = 120
    fourth = applied(previewed("town_populations", town, clock), clock)

    assert undone(first, clock).fault == "built_on"
    assert undone(second, clock).state == State.UNDONE
    assert ResidentCategory.objects.get(resident=zhang).until_on is None
    assert undone(first, clock).state == State.UNDONE
    assert not ResidentCategory.objects.exists()
    assert outcomes(fourth) == [("same", ""), ("changed", "")]
    assert undone(third, clock).fault == "built_on"
    assert undone(fourth, clock).state == State.UNDONE
    assert sorted(Population.objects.values_list("year", "people")) == [(2022, 90), (2023, 100)]


def test_nobody_undoes_alone_and_a_no_leaves_it_as_it_is(clock: FixedClock) -> None:
    made = applied(previewed("household_population", POPULATION, clock), clock)
    approval = undoing.ask_undo(actor=CLERK, batch_id=made.pk, clock=clock)
    with pytest.raises(Refusal):
        staff.approve(actor=CLERK, approval_id=approval.pk, clock=clock)
    staff.refuse(actor=REVIEWER, approval_id=approval.pk, reason="名单没有错", clock=clock)

    made.refresh_from_db()
    assert (made.state, Resident.objects.count()) == (State.APPLIED, 2)
    with pytest.raises(Refusal) as caught:
        undoing.ask_undo(actor=OTHER, batch_id=made.pk, clock=clock)
    assert caught.value.code == "batch_not_found"


def test_old_files_and_rows_are_deleted_and_the_same_file_is_still_known(clock: FixedClock) -> None:
    content = csv_bytes(POPULATION)
    arguments = {"actor": CLERK, "source_code": "household_population", "area_code": COUNTY, "file_name": "b.csv"}
    written = batches.hand_in(**arguments, content=content, clock=clock)
    batches.set_columns(actor=CLERK, batch_id=written.pk, mapping=mapping_of(written), clock=clock)
    working.preview(batch_id=written.pk, clock=clock)
    written.refresh_from_db()
    applied(written, clock)
    left = previewed("deaths", [["姓名", "身份证号", "死亡日期"], ["张桂兰", ZHANG, "2024-10-01"]], clock)
    asked = previewed("pensions", [["姓名", "身份证号", "领取日期"], ["张桂兰", ZHANG, "2020-01-01"]], clock)
    batches.submit(actor=CLERK, batch_id=asked.pk, clock=clock)

    assert removing.remove_old(clock=FixedClock(clock.now() + timedelta(days=89))) == 0
    later = FixedClock(clock.now() + timedelta(days=91))
    assert (removing.remove_old(clock=later), removing.remove_old(clock=later)) == (2, 0)

    for each in (written, left, asked):
        each.refresh_from_db()
    assert (written.state, left.state, asked.state) == (State.APPLIED, State.WITHDRAWN, State.WAITING)
    assert not Piece.objects.filter(batch__in=(written, left)).exists() and not bytes(written.content_key)
    assert {row.batch_id for row in Row.objects.all()} == {asked.pk}
    with pytest.raises(Refusal) as caught:
        batches.hand_in(**arguments, content=content, clock=later)
    assert caught.value.code == "handed_in_before"
    with pytest.raises(Refusal) as caught:
        undoing.ask_undo(actor=CLERK, batch_id=written.pk, clock=later)
    assert caught.value.code == "rows_removed"
