"""Counts that are kept are those of this moment: whatever changes one marks its village."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection

from canbao.billing import actions as billing
from canbao.enrolment import actions as enrolment
from canbao.enrolment.models import WhyNot
from canbao.kernel.clock import FixedClock
from canbao.payments import actions as payments
from canbao.registry import actions as registry
from canbao.registry.models import Resident, ResidentCategory
from canbao.supervision import counts, invariants, queries
from canbao.supervision.models import TouchedVillage, VillageCount
from tests import town

pytestmark = pytest.mark.django_db


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The villages of every count, as they were counted."""
    done: list[list[str]] = []
    keep = counts._Place.keep

    def noting(self: counts._Place, rows: list[tuple[str, list[int]]]) -> None:
        done.append([village for village, _ in rows])
        keep(self, rows)

    monkeypatch.setattr(counts._Place, "keep", noting)
    return done


def _total(clock: FixedClock) -> queries.ProgressRow:
    return queries.progress(town.CLERK, town.POLICY, town.COUNTY, clock).total


def test_a_village_that_nothing_touched_is_not_counted_again(clock: FixedClock, counted: list[list[str]]) -> None:
    town.resident("东", date(1980, 1, 1))
    town.resident("西", date(1980, 1, 2), village=town.WEST)

    assert [_total(clock).should for _ in range(2)] == [2, 2]
    assert queries.waiting(town.CLERK, town.POLICY, town.COUNTY, clock).unenrolled == 2
    town.resident("西二", date(1980, 1, 3), village=town.WEST)
    assert _total(clock).should == 3

    assert counted == [[town.EAST, town.WEST], [town.WEST]]
    assert not TouchedVillage.objects.exists()


def _die(person: Resident, clock: FixedClock) -> None:
    registry.record_death(actor=town.FUND_OFFICE, resident_id=person.pk, died_on=date(2024, 9, 1))


def _certify(person: Resident, clock: FixedClock) -> None:
    town.certify(person, "extreme_poverty")


def _excuse(person: Resident, clock: FixedClock) -> None:
    enrolment.record_reason(
        actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, reason=WhyNot.ARMY, evidence="证明",
        expires_on=None, clock=clock,
    )  # fmt: skip


def _enrol(person: Resident, clock: FixedClock) -> None:
    enrolment.enrol(
        actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, policy_id=town.POLICY, tier=None,
        registered_on=clock.today(), clock=clock,
    )  # fmt: skip


def _bill(person: Resident, clock: FixedClock) -> None:
    _enrol(person, clock)
    billing.issue_bill(actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, clock=clock)


def _pay(person: Resident, clock: FixedClock) -> None:
    _enrol(person, clock)
    bill = billing.issue_bill(actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, clock=clock)
    payments.take_counter_payment(actor=town.CLERK, bill_id=bill.pk, amount_fen=40000, key="a", clock=clock)


@pytest.mark.parametrize("deed", [_die, _certify, _excuse, _enrol, _bill, _pay])
def test_whatever_is_counted_marks_its_village(
    clock: FixedClock, counted: list[list[str]], deed: Callable[[Resident, FixedClock], None]
) -> None:
    person = town.resident("东", date(1980, 1, 1))
    town.resident("西", date(1980, 1, 2), village=town.WEST)
    _total(clock)

    deed(person, clock)
    before = invariants.check()
    _total(clock)

    assert counted[1:] == [[town.EAST]]
    assert (before, invariants.check()) == ([], [])


def test_who_moves_marks_both_villages_and_a_new_name_none(clock: FixedClock, counted: list[list[str]]) -> None:
    person = town.resident("东", date(1980, 1, 1))
    town.resident("西", date(1980, 1, 2), village=town.WEST)
    _total(clock)

    Resident.objects.filter(pk=person.pk).update(name="改名")
    _total(clock)
    Resident.objects.filter(pk=person.pk).update(village_code=town.WEST)
    rows = queries.progress(town.CLERK, town.POLICY, town.COUNTY, clock).rows

    assert counted[1:] == [[town.EAST, town.WEST]]
    assert [(row.name, row.should) for row in rows] == [("西镇", 2)]


def test_a_category_ends_by_itself_on_its_day(clock: FixedClock, counted: list[list[str]]) -> None:
    person = town.enrolled("东", date(2014, 1, 1), category="orphan")
    town.resident("西", date(1980, 1, 2), village=town.WEST)
    tomorrow = FixedClock(clock.now() + timedelta(days=1))
    ResidentCategory.objects.filter(resident_id=person.pk).update(until_on=tomorrow.today())

    assert [_total(at).aided for at in (clock, tomorrow)] == [1, 0]
    assert counted == [[town.EAST, town.WEST], [town.EAST]]
    assert set(VillageCount.objects.values_list("as_of", flat=True)) == {tomorrow.today()}


def test_what_another_policy_counted_is_stale_once_a_mark_is_taken(clock: FixedClock) -> None:
    person = town.resident("东", date(1980, 1, 1))
    _total(clock)
    other = VillageCount.objects.get()
    other.policy_id, other.counted_by = "370481-2026", "another"
    other.save(force_insert=True)

    _die(person, clock)

    assert _total(clock).should == 0
    assert set(VillageCount.objects.values_list("policy_id", "stale")) == {(town.POLICY, False), ("370481-2026", True)}


def test_a_clerk_of_one_village_counts_nothing_of_the_next(clock: FixedClock, counted: list[list[str]]) -> None:
    town.resident("东", date(1980, 1, 1))
    town.resident("西", date(1980, 1, 2), village=town.WEST)

    queries.progress(town.OTHER_CLERK, town.POLICY, town.COUNTY, clock)

    assert counted == [[town.WEST]]
    assert _total(clock).should == 2


def test_a_kept_count_that_is_not_true_is_found(clock: FixedClock) -> None:
    town.resident("东", date(1980, 1, 1))
    _total(clock)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE supervision_villagecount SET numbers[1] = 7")

    (found,) = invariants.check()

    assert (found.invariant, found.subject) == ("S1", f"village {town.EAST} under {town.POLICY}")
    assert "should 7 not 1" in found.what
