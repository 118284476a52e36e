"""Lists of what holds for some days: periods begin, follow each other and end as they do for one person."""

from __future__ import annotations

from datetime import date

import pytest

from canbao.intake.actions import undoing, working
from canbao.intake.models import Batch, State
from canbao.kernel.clock import FixedClock, shanghai
from canbao.registry import queries as registry
from canbao.registry.models import Resident, ResidentFact
from canbao.staff import actions as staff
from tests.intake.conftest import CLERK, COUNTY, REVIEWER, applied, outcomes, person, previewed
from tests.intake.sheets import number

pytestmark = pytest.mark.usefixtures("town")
ZHANG, LI = number(), number(date(2001, 3, 4), 18)
EMPLOYEES = ["姓名", "社会保障号码", "参保日期", "停保日期", "单位名称"]
PERMITS = ["姓名", "身份证号", "居住证种类", "持证人关系", "发证日期", "有效期至"]


def held(resident: Resident) -> list[tuple[str, str, str | None]]:
    """Kind, first day and first day after it, in order."""
    found = ResidentFact.objects.filter(resident=resident).order_by("kind", "from_on")
    return [(each.kind, str(each.from_on), each.until_on and str(each.until_on)) for each in found]


def columns(resident: Resident) -> tuple[object, ...]:
    resident.refresh_from_db()
    return (
        resident.employee_insured, resident.insured_elsewhere, resident.student, resident.school_area,
        resident.residence_permit, resident.permit_relation,
    )  # fmt: skip


def undone(made: Batch, clock: FixedClock) -> Batch:
    approval = undoing.ask_undo(actor=CLERK, batch_id=made.pk, clock=clock)
    staff.approve(actor=REVIEWER, approval_id=approval.pk, clock=clock)
    working.undo(batch_id=made.pk, clock=clock)
    made.refresh_from_db()
    return made


def test_employee_periods_follow_each_other_and_say_who_is_insured_on_a_day(clock: FixedClock) -> None:
    zhang = person()
    grid = [
        EMPLOYEES,
        ["张桂兰", ZHANG, "2020-01-01", "", "一厂"],
        ["张桂兰", ZHANG, "2023年7月1日", "2024-10-31", "二厂"],
    ]

    made = applied(previewed("employee_insured", grid, clock), clock)

    kind = "employee_insurance"
    assert outcomes(made) == [("new", ""), ("changed", "")]
    assert held(zhang) == [(kind, "2020-01-01", "2023-07-01"), (kind, "2023-07-01", "2024-11-01")]
    assert columns(zhang)[0] is False
    assert registry.dated_facts_on(zhang, date(2024, 10, 31)) == {"employee_insured": True}
    assert outcomes(previewed("employee_insured", [*grid, ["李秀英", LI, "2024-01-01", "", ""]], clock)) == [
        ("same", ""), ("same", ""), ("refused", "not_in_register"),
    ]  # fmt: skip


def test_a_period_that_was_open_is_ended_and_one_that_overlaps_is_refused(clock: FixedClock) -> None:
    zhang = person()
    first = applied(previewed("employee_insured", [EMPLOYEES[:3], ["张桂兰", ZHANG, "2020-01-01"]], clock), clock)
    assert columns(zhang)[0] is True
    ending = [EMPLOYEES, ["张桂兰", ZHANG, "2020-01-01", "2024-08-31", ""]]
    second = applied(previewed("employee_insured", ending, clock), clock)

    assert (columns(zhang)[0], held(zhang)) == (False, [("employee_insurance", "2020-01-01", "2024-09-01")])
    odd = [EMPLOYEES, ["张桂兰", ZHANG, "2019-01-01", "2020-06-30", ""], ["张桂兰", ZHANG, "1950-01-01", "", ""],
           ["张桂兰", ZHANG, "2024-10-01", "2024-09-01", ""]]  # fmt: skip
    assert outcomes(previewed("employee_insured", odd, clock)) == [
        ("refused", "period_overlaps"), ("refused", "from_before_birth"), ("refused", "until_before_from"),
    ]  # fmt: skip
    assert undone(first, clock).fault == "built_on"
    assert undone(second, clock).state == State.UNDONE and held(zhang)[0][2] is None
    assert undone(first, clock).state == State.UNDONE
    assert (columns(zhang)[0], held(zhang)) == (False, [])


def test_what_was_registered_without_days_is_a_period_until_then_and_comes_back(clock: FixedClock) -> None:
    zhang = person(employee_insured=True)
    before = columns(zhang)
    grid = [EMPLOYEES, ["张桂兰", ZHANG, "2024-01-01", "2024-08-31", ""]]

    made = applied(previewed("employee_insured", grid, clock), clock)

    assert [each[1:] for each in held(zhang)] == [("1962-05-08", "2024-01-01"), ("2024-01-01", "2024-09-01")]
    assert columns(zhang)[0] is False
    undone(made, clock)
    assert (columns(zhang), held(zhang)) == (before, [])


def test_insured_elsewhere_is_known_for_its_days(clock: FixedClock) -> None:
    zhang = person()
    grid = [
        ["姓名", "身份证号", "参保日期", "停保日期", "参保地"],
        ["张桂兰", ZHANG, "2024-01-01", "2024-12-31", "济宁市"],
    ]

    applied(previewed("insured_elsewhere", grid, clock), clock)

    assert columns(zhang)[1] is True
    assert ResidentFact.objects.get().detail == "济宁市"
    assert registry.dated_facts_on(zhang, date(2025, 1, 1)) == {"insured_elsewhere": None}


def test_a_permit_is_valid_to_its_last_day_and_is_renewed(clock: FixedClock) -> None:
    zhang = person()
    first = [PERMITS, ["张桂兰", ZHANG, "居住证", "", "2023-11-01", "2024-10-31"]]
    applied(previewed("residence_permits", first, clock), clock)
    assert columns(zhang)[4:] == ("none", None)
    renewed = [PERMITS, ["张桂兰", ZHANG, "积分达标居住证", "配偶", "2024-11-01", "2025-10-31"]]

    made = applied(previewed("residence_permits", renewed, clock), clock)

    assert columns(zhang)[4:] == ("points_qualified", "spouse")
    undone(made, clock)
    assert (columns(zhang)[4:], len(held(zhang))) == (("none", None), 1)


def test_rolls_say_where_somebody_studies_and_the_next_years_roll_goes_on(clock: FixedClock) -> None:
    li = person("李秀英", date(2001, 3, 4), 18)
    grid = [["姓名", "身份证号", "学生类别", "学校名称", "入学日期", "毕业日期"],
            ["李秀英", LI, "本科", "枣庄学院", "2021-09-01", ""]]  # fmt: skip
    applied(previewed("university_rolls", grid, clock), clock)
    assert columns(li)[2:4] == ("university", COUNTY)
    undated = [["姓名", "身份证号", "学生类别", "年级"], ["李秀英", LI, "本科", "大四"]]

    assert outcomes(previewed("university_rolls", undated, clock)) == [("same", "")]
    leaves = [*grid[:1], ["李秀英", LI, "本科", "枣庄学院", "2021-09-01", "2025-06-30"]]
    applied(previewed("university_rolls", leaves, clock), clock)

    assert held(li) == [("student", "2021-09-01", "2025-07-01")]
    assert registry.dated_facts_on(li, date(2025, 7, 1))["student"] is None
    assert columns(li)[2] == "university"


def test_a_roll_without_days_begins_today(clock: FixedClock) -> None:
    li = person("李秀英", date(2001, 3, 4), 18)
    later = FixedClock(shanghai(2024, 11, 2, 9, 0))
    grid = [["姓名", "身份证号", "学生类别"], ["李秀英", LI, "本科"]]

    applied(previewed("university_rolls", grid, clock), clock)

    assert held(li) == [("student", "2024-11-01", None)]
    assert outcomes(previewed("university_rolls", [*grid, ["备注", "", ""]], later))[0] == ("same", "")


def test_a_list_of_several_periods_is_undone_as_a_whole(clock: FixedClock) -> None:
    zhang = person(employee_insured=True)
    before = columns(zhang)
    grid = [EMPLOYEES, ["张桂兰", ZHANG, "2020-01-01", "", ""], ["张桂兰", ZHANG, "2022-01-01", "", ""],
            ["张桂兰", ZHANG, "2024-01-01", "2024-06-30", ""]]  # fmt: skip
    made = applied(previewed("employee_insured", grid, clock), clock)
    assert [each[1] for each in held(zhang)] == ["1962-05-08", "2020-01-01", "2024-01-01"]

    assert undone(made, clock).state == State.UNDONE

    assert (columns(zhang), held(zhang)) == (before, [])
