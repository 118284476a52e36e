"""From a file to the register: previewed, approved by a second person, written wholly or not at all."""

from __future__ import annotations

from datetime import date

import pytest

from canbao.intake.actions import batches, working
from canbao.intake.judging import Judged
from canbao.intake.models import Batch, Piece, Population, Row, State
from canbao.intake.queries import batches as lists
from canbao.intake.reading.mapping import Assigned
from canbao.intake.sources import source
from canbao.intake.sources.source import Context
from canbao.kernel.clock import FixedClock
from canbao.kernel.refusals import Refusal
from canbao.registry import actions as registry
from canbao.registry.models import Household, Resident, ResidentCategory, ResidentFact
from canbao.staff import actions as staff
from tests.intake.conftest import (
    CLERK,
    COUNTY,
    EAST,
    OTHER,
    REVIEWER,
    WEST,
    applied,
    handed_in,
    outcomes,
    person,
    previewed,
    rows,
)
from tests.intake.sheets import number, xlsx

pytestmark = pytest.mark.usefixtures("town")
ZHANG = number()
WANG, LI = number(date(1960, 1, 2), 15), number(date(2001, 3, 4), 18)
HEAD = ["户号", "户主姓名", "姓名", "公民身份号码", "与户主关系", "村居", "户口性质"]
POPULATION = [
    HEAD,
    ["1", "张桂兰", "张桂兰", ZHANG, "户主", "安居社区", "农业"],
    ["1", "张桂兰", "王建国", WANG, "配偶", "安居", "农业"],
    ["2", "李秀英", "李秀英", LI, "户主", "通盛社区", "居民"],
]


def test_people_and_their_households_come_into_the_register(clock: FixedClock) -> None:
    made = applied(previewed("household_population", POPULATION, clock), clock)

    assert (made.state, made.new, made.approver_name) == (State.APPLIED, 3, "周复核")
    zhang, wang, li = Resident.objects.order_by("birth_on", "name").filter(pooling_area="370400")[:3]
    found = {each.name: each for each in (zhang, wang, li)}
    assert found["王建国"].household_id == found["张桂兰"].household_id != found["李秀英"].household_id
    assert {home.head_name for home in Household.objects.all()} == {"张桂兰", "李秀英"}
    assert (found["王建国"].kinship, found["王建国"].sex, found["王建国"].village_code) == ("spouse", "male", EAST)
    assert found["李秀英"].village_code == WEST
    assert found["李秀英"].pinyin == "lixiuying"
    assert [row.resident_id for row in rows(made)] == [found[name].pk for name in ("张桂兰", "王建国", "李秀英")]


def test_the_preview_says_of_every_row_what_it_would_do_and_does_nothing(clock: FixedClock) -> None:
    person("赵秀兰", date(1970, 1, 1), 22)
    person("王建军", date(1960, 1, 2), 15)
    grid = [*POPULATION, ["3", "", "赵六", ZHANG[:-1] + "1", "", "安居社区", ""], ["合计", "4 人"],
            ["4", "", "钱七", number(date(1999, 9, 9), 3), "", "不存在村", ""], POPULATION[1],
            ["", "", "赵秀兰", number(date(1970, 1, 1), 22), "", "安居社区", ""]]  # fmt: skip

    made = previewed("household_population", grid, clock)

    assert outcomes(made) == [
        ("new", ""), ("changed", ""), ("new", ""), ("refused", "id_check_digit"), ("skipped", "total"),
        ("refused", "village_unknown"), ("refused", "twice_in_file"), ("same", ""),
    ]  # fmt: skip
    assert (made.new, made.changed, made.same, made.refused, made.skipped) == (2, 1, 1, 3, 1)
    changed = rows(made)[1]
    assert changed.changes == {
        "name": ["王建军", "王建国"], "kinship": [None, "spouse"], "hukou_kind": [None, "rural"],
        "household_id": [None, "张桂兰"],
    }  # fmt: skip
    assert changed.masked == "3704**********" + WANG[-4:]
    assert Resident.objects.get(pk=changed.resident_id).name == "王建军"


def test_of_a_row_that_holds_a_household_all_are_written_or_nobody(clock: FixedClock) -> None:
    second, third = number(date(1960, 1, 2), 15), number(date(2010, 3, 4), 18)
    head = ["户主姓名", "户主身份证号", "村（居）", "成员1姓名", "成员1身份证号"]
    grid = [
        head,
        ["张桂兰", ZHANG, "安居社区", "王建国", second[:-1] + "?"],
        ["李秀英", LI, "安居社区", "王小丽", third],
    ]
    made = previewed("household_population", grid, clock)
    assert outcomes(made)[:2] == [("refused", "row_not_whole"), ("refused", "id_characters")]
    assert [outcome for outcome, _ in outcomes(made)[2:]] == ["new", "new"]
    (fault,) = lists.faults_of(rows(made)[0])
    assert "王建国" in fault.text() and "王建国" in fault.text("en")
    applied(made, clock)
    assert set(Resident.objects.values_list("name", flat=True)) == {"李秀英", "王小丽"}


def test_no_number_stands_in_clear_in_a_row_or_a_piece(clock: FixedClock) -> None:
    made = previewed("household_population", [*POPULATION, POPULATION[1]], clock)

    text = "".join(str(list(row.__dict__.values())) for row in rows(made)) + str(made.__dict__)
    sealed = b"".join(bytes(piece.sealed) for piece in Piece.objects.filter(batch=made))
    assert not any(each in text for each in (ZHANG, WANG, LI))
    assert ZHANG.encode() not in sealed and b"PK\x03\x04" not in sealed


def test_the_same_file_again_is_nothing_new_and_says_so(clock: FixedClock) -> None:
    content = xlsx(POPULATION)
    arguments = {"actor": CLERK, "source_code": "household_population", "area_code": COUNTY, "file_name": "a.xlsx"}
    first = batches.hand_in(**arguments, content=content, clock=clock)

    with pytest.raises(Refusal) as caught:
        batches.hand_in(**arguments, content=content, clock=clock)

    assert caught.value.code == "handed_in_before"
    assert getattr(caught.value, "batch_id", None) == first.pk
    batches.withdraw(actor=CLERK, batch_id=first.pk, clock=clock)
    assert batches.hand_in(**arguments, content=content, clock=clock).pk != first.pk
    assert not Piece.objects.filter(batch=first).exists()


def test_applying_again_changes_nothing(clock: FixedClock) -> None:
    made = applied(previewed("household_population", POPULATION, clock), clock)

    working.apply(batch_id=made.pk, clock=clock)

    assert Resident.objects.count() == 3


def test_nobody_approves_his_own_list(clock: FixedClock) -> None:
    made = previewed("household_population", POPULATION, clock)
    approval = batches.submit(actor=CLERK, batch_id=made.pk, clock=clock)

    with pytest.raises(Refusal):
        staff.approve(actor=CLERK, approval_id=approval.pk, clock=clock)

    made.refresh_from_db()
    assert made.state == State.WAITING
    staff.refuse(actor=REVIEWER, approval_id=approval.pk, reason="村居不全", clock=clock)
    made.refresh_from_db()
    assert made.state == State.PREVIEWED


def test_a_register_that_changed_since_the_preview_stops_the_whole_list(clock: FixedClock) -> None:
    made = previewed("household_population", POPULATION, clock)
    approval = batches.submit(actor=CLERK, batch_id=made.pk, clock=clock)
    person()
    staff.approve(actor=REVIEWER, approval_id=approval.pk, clock=clock)

    working.apply(batch_id=made.pk, clock=clock)

    made.refresh_from_db()
    assert (made.state, made.fault) == (State.OUTDATED, "outdated")
    assert "第 2 行" in made.fault_zh
    assert Resident.objects.count() == 1
    batches.preview_again(actor=CLERK, batch_id=made.pk)
    working.preview(batch_id=made.pk, clock=clock)
    made.refresh_from_db()
    assert (made.new, made.changed) == (2, 1)
    assert applied(made, clock).state == State.APPLIED


def test_a_fault_in_the_middle_writes_nothing(clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    made = previewed("household_population", POPULATION, clock)
    approval = batches.submit(actor=CLERK, batch_id=made.pk, clock=clock)
    staff.approve(actor=REVIEWER, approval_id=approval.pk, clock=clock)
    written: list[int] = []

    effect = source("household_population").effect
    write = effect.write

    def fails(context: Context, judged: Judged) -> None:
        write(context, judged)
        written.append(Resident.objects.count())
        raise RuntimeError("the power is gone")

    monkeypatch.setattr(effect, "write", fails)
    working.apply(batch_id=made.pk, clock=clock)

    made.refresh_from_db()
    assert written == [3]
    assert (made.state, made.fault, Resident.objects.count()) == (State.FAILED, "interrupted", 0)


def test_columns_are_remembered_for_files_of_the_same_layout(clock: FixedClock) -> None:
    first = handed_in("deaths", [["姓名", "身份证号", "何日"], ["张桂兰", ZHANG, ""]], clock)
    with pytest.raises(Refusal) as caught:
        batches.set_columns(actor=CLERK, batch_id=first.pk, mapping=(), clock=clock)
    assert caught.value.code == "columns_missing"
    made = handed_in("deaths", [["姓名", "身份证号", "何日"], ["张桂兰", ZHANG, "2024-10-01"]], clock)
    assert [key for _, key, _ in made.mapping] == ["name", "id_number"]
    wanted = (Assigned(0, "name", None), Assigned(1, "id_number", None), Assigned(2, "died_on", None))
    batches.set_columns(actor=CLERK, batch_id=made.pk, mapping=wanted, clock=clock)
    again = handed_in("deaths", [["姓名", "身份证号", "何日"], ["李秀英", LI, "2024-10-02"]], clock)
    assert [key for _, key, _ in again.mapping] == ["name", "id_number", "died_on"]


def test_deaths_are_registered_and_odd_ones_refused(clock: FixedClock) -> None:
    zhang, li = person(), person("李秀英", date(2001, 3, 4), 18)
    registry.record_death(actor=CLERK, resident_id=li.pk, died_on=date(2024, 1, 1))
    grid = [["姓名", "身份证号", "死亡日期"], ["张桂兰", ZHANG, "2024.10.1"], ["李秀英", LI, "2024-01-01"],
            ["王建国", WANG, "2024-10-01"]]  # fmt: skip

    made = applied(previewed("deaths", grid, clock), clock)

    assert outcomes(made) == [("changed", ""), ("same", ""), ("refused", "not_in_register")]
    zhang.refresh_from_db()
    assert zhang.died_on == date(2024, 10, 1)


@pytest.mark.parametrize(("died", "code"), [("2024-12-01", "in_the_future"), ("1950-01-01", "died_before_birth")])
def test_a_day_of_death_that_cannot_be_is_refused(clock: FixedClock, died: str, code: str) -> None:
    person()

    made = previewed("deaths", [["姓名", "身份证号", "死亡日期"], ["张桂兰", ZHANG, died]], clock)

    assert outcomes(made) == [("refused", code)]


def test_a_name_that_is_not_the_registers_is_refused_without_telling_it(clock: FixedClock) -> None:
    person()

    made = previewed("deaths", [["姓名", "身份证号", "死亡日期"], ["张桂芳", ZHANG, "2024-10-01"]], clock)

    assert outcomes(made) == [("refused", "name_differs")]
    assert "桂兰" not in str(rows(made)[0].reasons)


def test_employee_periods_say_who_is_insured_today(clock: FixedClock) -> None:
    zhang, li = person(), person("李秀英", date(2001, 3, 4), 18, employee_insured=True)
    grid = [["姓名", "社会保障号码", "参保日期", "停保日期"], ["张桂兰", ZHANG, "2023年7月1日", ""],
            ["李秀英", LI, "2020-01-01", "2024-08-31"]]  # fmt: skip

    applied(previewed("employee_insured", grid, clock), clock)

    zhang.refresh_from_db()
    li.refresh_from_db()
    assert (zhang.employee_insured, li.employee_insured) == (True, False)


def test_rolls_and_pensions_set_what_they_say(clock: FixedClock) -> None:
    zhang, li = person(), person("李秀英", date(2001, 3, 4), 18)
    applied(previewed("university_rolls", [["姓名", "身份证号", "学生类别"], ["李秀英", LI, "本科"]], clock), clock)
    applied(previewed("pensions", [["姓名", "身份证号", "领取日期"], ["张桂兰", ZHANG, 43831]], clock), clock)

    li.refresh_from_db()
    zhang.refresh_from_db()
    assert (li.student, li.school_area) == ("university", COUNTY)
    (fact,) = ResidentFact.objects.filter(resident_id=zhang.pk)
    assert (fact.kind, fact.from_on, fact.until_on, fact.source) == (
        "pension", date(2020, 1, 1), None, "human_resources",
    )  # fmt: skip


def test_newborns_join_their_mothers_household(clock: FixedClock) -> None:
    applied(previewed("household_population", POPULATION, clock), clock)
    grid = [
        ["姓名", "性别", "出生日期", "母亲身份证号"],
        ["李小宝", "男", "2024-10-20", LI],
        ["王小宝", "女", "2024-10-21", number(sequence=8)],
    ]

    made = applied(previewed("newborns", grid, clock), clock)

    assert outcomes(made) == [("new", ""), ("refused", "mother_unknown")]
    child, mother = Resident.objects.get(name="李小宝"), Resident.objects.get(name="李秀英")
    assert (child.household_id, child.village_code, child.id_number) == (mother.household_id, WEST, None)
    later = previewed("newborns", [*grid[:2], ["备注", ""]], clock)
    assert outcomes(later)[0] == ("same", "")


def test_a_department_certifies_its_categories_and_no_others(clock: FixedClock) -> None:
    zhang = person()
    grid = [["姓名", "身份证号", "救助类型", "认定日期"], ["张桂兰", ZHANG, "农村低保", "2024-10-01"],
            ["张桂兰", ZHANG, "重度残疾人", "2024-10-01"]]  # fmt: skip

    made = applied(previewed("categories", grid, clock, department="civil_affairs"), clock)

    assert outcomes(made) == [("new", ""), ("refused", "not_certified_here")]
    held = ResidentCategory.objects.get(resident=zhang)
    assert (held.code, held.certified_by, held.from_on, held.until_on) == (
        "subsistence_allowance", "civil_affairs", date(2024, 10, 1), None,
    )  # fmt: skip
    ending = [
        ["姓名", "身份证号", "救助类型", "起始日期", "终止日期"],
        ["张桂兰", ZHANG, "低保", "2024-10-15", "2025-01-01"],
    ]
    ended = applied(previewed("categories", ending, clock, department="civil_affairs"), clock)
    assert outcomes(ended) == [("changed", "")]
    held.refresh_from_db()
    assert held.until_on == date(2025, 1, 1)


def test_populations_are_kept_by_place_and_year(clock: FixedClock) -> None:
    grid = [["地区", "年份", "常住人口", "户籍人口"], ["荆河街道", 2023, "98,765", 90123],
            ["通盛社区", "2023", 3000, ""], ["外地镇", 2023, 1, 1],
            ["荆河街道", 1066, 1, 1], ["荆河街道", 2022, 10_000_000_000, 1], ["总计", "", 101765, ""]]  # fmt: skip

    made = applied(previewed("town_populations", grid, clock), clock)

    assert outcomes(made) == [("new", ""), ("new", ""), ("refused", "area_unknown"), ("refused", "year_implausible"),
                              ("refused", "people_implausible"), ("skipped", "total")]  # fmt: skip
    assert {(each.area_code, each.year, each.people, each.hukou_people) for each in Population.objects.all()} == {
        ("370481001", 2023, 98765, 90123), (WEST, 2023, 3000, None),
    }  # fmt: skip


def test_lists_of_other_places_are_not_there(clock: FixedClock) -> None:
    made = handed_in("deaths", [["姓名", "身份证号", "死亡日期"], ["张桂兰", ZHANG, "2024-10-01"]], clock)

    assert lists.batches(OTHER) == []
    with pytest.raises(Refusal) as caught:
        batches.withdraw(actor=OTHER, batch_id=made.pk, clock=clock)
    assert caught.value.code == "batch_not_found"
    assert Batch.objects.get().state == State.MAPPING
    assert Row.objects.count() == 0


def test_somebody_who_moved_in_before_birth_is_refused_before_the_database_does(clock: FixedClock) -> None:
    grid = [[*HEAD, "迁入日期"], [*POPULATION[1], "1962-05-07"], [*POPULATION[2], "1960-01-02"]]

    made = applied(previewed("household_population", grid, clock), clock)

    assert outcomes(made) == [("refused", "moved_before_birth"), ("new", "")]
    assert Resident.objects.get().name == "王建国"


def test_a_known_person_without_a_household_joins_the_one_of_the_list(clock: FixedClock) -> None:
    wang = person("王建国", date(1960, 1, 2), 15)

    applied(previewed("household_population", POPULATION, clock), clock)

    wang.refresh_from_db()
    assert wang.household_id == Resident.objects.get(name="张桂兰").household_id is not None


def test_the_head_of_a_household_may_change(clock: FixedClock) -> None:
    applied(previewed("household_population", POPULATION, clock), clock)
    swapped = [HEAD, [*POPULATION[1][:4], "配偶", *POPULATION[1][5:]], [*POPULATION[2][:4], "户主", *POPULATION[2][5:]]]

    applied(previewed("household_population", swapped, clock), clock)

    assert {each.name: each.kinship for each in Resident.objects.exclude(name="李秀英")} == {
        "张桂兰": "spouse", "王建国": "head",
    }  # fmt: skip
    both = previewed("household_population", [swapped[0], swapped[2], POPULATION[1]], clock)
    assert outcomes(both) == [("same", ""), ("refused", "second_head")]


def test_one_person_under_two_numbers_is_said_once(clock: FixedClock) -> None:
    """The register merged two rows; a list that still knows both says the second time nothing."""
    kept, merged = person(), person(sequence=4)
    registry.merge_residents(actor=CLERK, kept_id=kept.pk, merged_id=merged.pk, reason="同一人", clock=clock)
    grid = [
        ["姓名", "身份证号", "死亡日期"],
        ["张桂兰", number(sequence=4), "2024-10-01"],
        ["张桂兰", ZHANG, "2024-09-01"],
    ]
    made = applied(previewed("deaths", grid, clock), clock)

    assert [(row.outcome, row.reason, row.resident_id) for row in rows(made)] == [
        ("changed", "", kept.pk), ("refused", "twice_in_file", None),
    ]  # fmt: skip
    kept.refresh_from_db()
    assert str(kept.died_on) == "2024-10-01"
