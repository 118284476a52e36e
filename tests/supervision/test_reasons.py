"""Who is not enrolled and why; of how many people a rate speaks."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from canbao.enrolment import actions
from canbao.enrolment.models import UnenrolledReason, WhyNot
from canbao.enrolment.refusals import AlreadyEnrolled, EvidenceMissing, NumberInEvidence, ReasonExpired
from canbao.kernel.clock import FixedClock
from canbao.registry.models import Resident
from canbao.registry.refusals import ResidentNotFound
from canbao.staff.models import Change
from canbao.supervision import queries
from tests import town

pytestmark = pytest.mark.django_db


def record(person: Resident, reason: WhyNot, clock: FixedClock, evidence: str = "", until: date | None = None) -> None:
    actions.record_reason(
        actor=town.EAST_CLERK, resident_id=person.pk, benefit_year=2025, reason=reason, evidence=evidence,
        expires_on=until, clock=clock,
    )  # fmt: skip


def listed(clock: FixedClock, reason: str | None = None) -> list[tuple[str, str | None]]:
    narrowing = queries.Narrowing(reason=reason)
    roll = queries.Roll(town.CLERK, town.POLICY, town.COUNTY, clock, queries.Step.UNENROLLED, narrowing)
    rows = roll.part(None, 10)
    assert roll.count() == len(rows)
    return [(row.name, row.reason) for row in rows]


@pytest.fixture
def people(clock: FixedClock) -> list[Resident]:
    """One enrolled; three not; two insured otherwise by the register; one who has no tie to the place."""
    born = date(1980, 3, 1)
    town.enrolled("甲", born)
    town.resident("职工", born, employee_insured=True)
    town.resident("外地", born, insured_elsewhere=True)
    town.resident("过客", born, hukou_area="320100")
    return [town.resident(name, born) for name in ("乙", "丙", "丁")]


def test_everybody_not_enrolled_is_listed_and_the_list_can_be_asked_by_reason(
    people: list[Resident], clock: FixedClock
) -> None:
    second, third, _ = people
    record(second, WhyNot.ARMY, clock, "入伍通知书")
    record(third, WhyNot.REFUSES, clock)

    assert listed(clock) == [("乙", "army"), ("丙", "refuses"), ("丁", None)]
    assert listed(clock, queries.NO_REASON) == [("丁", None)]
    assert listed(clock, "army") == [("乙", "army")]


def test_a_reason_that_expired_has_to_be_asked_again(people: list[Resident], clock: FixedClock) -> None:
    record(people[0], WhyNot.LOST_CONTACT, clock, until=clock.today() + timedelta(days=7))
    assert ("乙", "lost_contact") in listed(clock)

    clock.move(timedelta(days=7))
    assert ("乙", None) in listed(clock)


def test_the_next_person_follows_and_those_with_a_reason_are_left_out(
    people: list[Resident], clock: FixedClock
) -> None:
    record(people[1], WhyNot.UNKNOWN, clock)
    names, after = [], ("", 0)
    while found := queries.next_unenrolled(town.CLERK, town.POLICY, town.COUNTY, clock, after):
        names.append(found.name)
        after = (found.village_code, found.resident_id)

    assert names == ["乙", "丁"]
    assert queries.without_reason(town.CLERK, town.POLICY, town.COUNTY, clock) == 2


def test_the_tally_adds_up_and_shows_both_rates(people: list[Resident], clock: FixedClock) -> None:
    record(people[0], WhyNot.ARMY, clock, "入伍通知书")
    record(people[1], WhyNot.REFUSES, clock)
    row = queries.tally(town.CLERK, town.POLICY, town.COUNTY, clock).total

    assert (row.residents, row.employee_insured, row.insured_elsewhere, row.not_here) == (7, 1, 1, 1)
    assert (row.should, row.enrolled, row.excused, row.unexplained) == (4, 1, 1, 1)
    assert dict(row.by_reason) == {"army": 1, "refuses": 1}
    assert (row.percent, row.percent_after_excuses) == (Decimal("25.00"), Decimal("33.33"))
    assert (row.counted, row.percent_of_counted) == (None, None)


def test_the_tally_speaks_of_the_same_people_as_the_progress(people: list[Resident], clock: FixedClock) -> None:
    row = queries.tally(town.CLERK, town.POLICY, town.COUNTY, clock).total
    progress = queries.progress(town.CLERK, town.POLICY, town.COUNTY, clock).total

    assert (row.should, row.enrolled) == (progress.should, progress.enrolled)


def test_an_excuse_needs_evidence_and_the_database_says_so_too(people: list[Resident], clock: FixedClock) -> None:
    with pytest.raises(EvidenceMissing):
        record(people[0], WhyNot.PRISON, clock, "  ")
    record(people[0], WhyNot.REFUSES, clock)
    with pytest.raises(IntegrityError), transaction.atomic():
        UnenrolledReason.objects.update(reason="prison")


def test_what_is_refused(people: list[Resident], clock: FixedClock) -> None:
    with pytest.raises(ReasonExpired):
        record(people[0], WhyNot.UNKNOWN, clock, until=clock.today())
    for number in ("370481198003010018", "370481 19800301 001x", "３７０４８１１９８００３０１００１８"):
        with pytest.raises(NumberInEvidence):
            record(people[0], WhyNot.ARMY, clock, f"入伍通知书 {number}。")
    with pytest.raises(AlreadyEnrolled):
        record(Resident.objects.get(name="甲"), WhyNot.UNKNOWN, clock)
    with pytest.raises(ResidentNotFound):
        actions.record_reason(
            actor=town.OTHER_CLERK, resident_id=people[0].pk, benefit_year=2025, reason=WhyNot.UNKNOWN, evidence="",
            expires_on=None, clock=clock,
        )  # fmt: skip
    assert not UnenrolledReason.objects.exists()


def test_enrolling_ends_the_reason_whose_history_is_kept(people: list[Resident], clock: FixedClock) -> None:
    record(people[0], WhyNot.REFUSES, clock)
    town.enrol(people[0])
    assert not UnenrolledReason.objects.exists()
    (kept,) = Change.objects.filter(table_name="enrolment_unenrolledreason")
    assert (kept.kind, kept.old["reason"]) == ("delete", "refuses")


def test_a_later_reason_takes_the_place_of_the_earlier_whose_history_is_kept(
    people: list[Resident], clock: FixedClock
) -> None:
    record(people[0], WhyNot.REFUSES, clock)
    record(people[0], WhyNot.MOVED, clock, "户口迁移证")
    actions.withdraw_reason(actor=town.EAST_CLERK, resident_id=people[0].pk, benefit_year=2025)

    assert listed(clock, queries.NO_REASON)[0] == ("乙", None)
    kept = Change.objects.filter(table_name="enrolment_unenrolledreason").order_by("id")
    assert [(row.kind, row.old["reason"]) for row in kept] == [("update", "refuses"), ("delete", "moved")]
