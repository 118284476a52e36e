"""Progress counts people; the notice's targets decide by how many a place is behind."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from canbao.billing import actions as billing
from canbao.kernel.clock import FixedClock
from canbao.kernel.scope import Scope
from canbao.payments import actions as payments
from canbao.policy import policies
from canbao.supervision import queries
from canbao.supervision.queries import people_missing, percent_of
from tests import town

pytestmark = pytest.mark.django_db


def test_a_place_without_people_has_no_rows(clock: FixedClock) -> None:
    found = queries.progress(town.CLERK, town.POLICY, town.COUNTY, clock)

    assert (found.rows, found.total.should, found.total.settled_percent) == ((), 0, None)


def test_each_township_counts_its_own_people_at_each_step(clock: FixedClock) -> None:
    town.resident("未登记", date(1980, 1, 1))
    town.enrolled("未缴", date(1980, 1, 2))
    town.enrolled("孤儿", date(2014, 1, 3), category="orphan")
    paying = town.enrolled("已缴", date(1980, 1, 4), village=town.WEST)
    billing.issue_bills(actor=town.CLERK, policy_id=town.POLICY, area_code=town.COUNTY, clock=clock)
    bill = billing.issue_bill(actor=town.CLERK, resident_id=paying.pk, benefit_year=town.YEAR, clock=clock)
    payments.take_counter_payment(actor=town.CLERK, bill_id=bill.pk, amount_fen=40000, key="a", clock=clock)

    found = queries.progress(town.CLERK, town.POLICY, town.COUNTY, clock)
    steps = {
        row.name: (row.should, row.enrolled, row.billed, row.settled, row.covered, row.aided, row.aided_settled)
        for row in (*found.rows, found.total)
    }

    assert steps == {
        "东镇": (3, 2, 2, 1, 1, 1, 1),
        "西镇": (1, 1, 1, 1, 1, 0, 0),
        "滕州市": (4, 3, 3, 2, 2, 1, 1),
    }


def test_the_dead_the_employee_insured_and_strangers_are_not_in_the_denominator(clock: FixedClock) -> None:
    from canbao.registry import actions as registry

    town.resident("在册", date(1980, 1, 1))
    town.resident("职工", date(1980, 1, 2), employee_insured=True)
    town.resident("外地", date(1980, 1, 3), hukou_area="130102", residence_area=town.EAST)
    dead = town.resident("已故", date(1940, 1, 4))
    registry.record_death(actor=town.FUND_OFFICE, resident_id=dead.pk, died_on=date(2024, 9, 1))

    assert queries.progress(town.CLERK, town.POLICY, town.COUNTY, clock).total.should == 1


def test_a_village_clerk_sees_his_village_and_nothing_of_the_next(clock: FixedClock) -> None:
    town.resident("东", date(1980, 1, 1))
    town.resident("西", date(1980, 1, 2), village=town.WEST)

    found = queries.progress(town.OTHER_CLERK, town.POLICY, town.COUNTY, clock)

    assert [(row.name, row.should) for row in found.rows] == [("西镇", 1)]


def test_a_township_is_broken_down_to_its_villages(clock: FixedClock) -> None:
    town.resident("东", date(1980, 1, 1))

    found = queries.progress(town.CLERK, town.POLICY, town.EAST_TOWN, clock)

    assert [(row.area_code, row.name) for row in found.rows] == [(town.EAST, "东村")]


def test_where_the_notice_sets_no_figure_nobody_is_behind(clock: FixedClock) -> None:
    town.resident("东", date(1980, 1, 1))
    (target,) = queries.progress(town.CLERK, town.POLICY, town.COUNTY, clock).total.targets

    assert (target.configured, target.behind_by_people, target.of_people) == (False, None, 1)


@pytest.mark.parametrize("policy_id", policies.ids())
def test_every_policy_can_be_measured(clock: FixedClock, policy_id: str) -> None:
    found = queries.progress(town.FUND_OFFICE, policy_id, policies.get(policy_id).area, clock)

    assert {target.code for target in found.total.targets} == set(policies.get(policy_id).targets)


@pytest.mark.parametrize(
    ("percent", "whole", "reached", "missing"),
    [("98", 100, 97, 1), ("98", 100, 98, 0), ("98", 51, 49, 1), ("100", 3, 2, 1), ("95", 0, 0, 0), ("95", 20, 20, 0)],
)
def test_behind_by_people_is_how_many_more_it_takes(percent: str, whole: int, reached: int, missing: int) -> None:
    assert people_missing(Decimal(percent), whole, reached) == missing


def test_a_percentage_is_never_rounded_up_to_everybody() -> None:
    assert percent_of(99_999, 100_000) == Decimal("99.99")
    assert percent_of(1, 1) == Decimal("100.00")


def test_who_should_be_enrolled_and_is_not_is_listed_by_village_page_by_page(clock: FixedClock) -> None:
    town.enrolled("已登记", date(1980, 1, 1))
    town.resident("职工", date(1980, 1, 2), employee_insured=True)
    for name, village in (("西一", town.WEST), ("东一", town.EAST), ("东二", town.EAST)):
        town.resident(name, date(1980, 1, 3), village=village)

    def names(scope: Scope, area: str, after: tuple[str, int] | None = None) -> tuple[int, list[str]]:
        roll = queries.Roll(scope, town.POLICY, area, clock, queries.Step.UNENROLLED)
        return roll.count(), [row.name for row in roll.part(after, 2)]

    roll = queries.Roll(town.CLERK, town.POLICY, town.COUNTY, clock, queries.Step.UNENROLLED)
    assert names(town.CLERK, town.COUNTY) == (3, ["东一", "东二"])
    second, third = roll.part(None, 3)[1:]
    assert names(town.CLERK, town.COUNTY, (second.village_code, second.resident_id)) == (3, ["西一"])
    back = roll.part((third.village_code, third.resident_id), 9, back=True)
    assert [row.name for row in back] == ["东二", "东一"]
    assert (roll.count(most=2), roll.count(most=4)) == (2, 3)
    assert names(town.CLERK, town.WEST) == (1, ["西一"])
    assert names(town.OTHER_CLERK, town.COUNTY) == (1, ["西一"])
    assert names(town.OTHER_CLERK, town.EAST) == (0, [])


def test_a_target_counts_every_step_of_its_own_group(clock: FixedClock) -> None:
    town.resident("未登记", date(1980, 1, 1))
    town.enrolled("已登记", date(1980, 1, 2))
    (target,) = queries.progress(town.CLERK, town.POLICY, town.COUNTY, clock).total.targets

    assert (target.counts.should, target.counts.enrolled, target.counts.billed) == (2, 1, 0)
    assert (target.of_people, target.reached) == (2, target.counts.settled)


def test_categories_read_for_a_whole_fund_are_those_looked_up_one_by_one(clock: FixedClock) -> None:
    born = date(1980, 1, 1)
    for name, category, grade in (
        ("甲", "extreme_poverty", None), ("乙", "severe_disability", 3), ("丙", "severe_disability", 1),
        ("丁", None, None),
    ):  # fmt: skip
        town.enrolled(name, born, category=category, disability_grade=grade)

    county = queries.progress(town.CLERK, town.POLICY, town.COUNTY, clock).total
    village = queries.progress(town.CLERK, town.POLICY, town.EAST, clock).total

    assert (county.should, county.enrolled, county.aided) == (village.should, village.enrolled, village.aided)
    assert (county.enrolled, county.aided) == (4, 2)
