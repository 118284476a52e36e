"""Enrolling, changing, stopping: one live enrolment per resident and year."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from canbao.enrolment import actions, queries
from canbao.enrolment.models import Enrolment, EnrolmentChange
from canbao.enrolment.refusals import AlreadyEnrolled, Deceased, NotEligible, NotEnrolled, NoTiers, OtherPoolingArea
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.refusals import Refusal
from canbao.registry import actions as registry
from canbao.registry.models import Resident
from canbao.registry.refusals import ResidentNotFound
from tests.registry.conftest import NEIGHBOUR, VILLAGE, scope

CLOCK = FixedClock(shanghai(2024, 11, 1, 9))
TENGZHOU = "370481-2025"


def enrol(
    resident: Resident, *, village: str = VILLAGE, policy_id: str = TENGZHOU, tier: str | None = None
) -> Enrolment:
    return actions.enrol(
        actor=scope(village), resident_id=resident.pk, benefit_year=2025, policy_id=policy_id, tier=tier,
        registered_on=date(2024, 11, 1), clock=CLOCK,
    )  # fmt: skip


@pytest.fixture
def local(zhang_guilan: Resident) -> Resident:
    Resident.objects.filter(pk=zhang_guilan.pk).update(hukou_area=VILLAGE, residence_area=VILLAGE)
    return zhang_guilan


def test_a_resident_is_enrolled_once_a_year_until_stopped(local: Resident) -> None:
    first = enrol(local)

    with pytest.raises(AlreadyEnrolled):
        enrol(local)
    actions.stop(
        actor=scope(VILLAGE), resident_id=local.pk, benefit_year=2025, stopped_on=date(2024, 11, 5), reason="迁出",
        clock=CLOCK,
    )  # fmt: skip
    assert queries.enrolment_of(scope(VILLAGE), local.pk, 2025) is None
    second = enrol(local)
    assert [row.pk for row in queries.enrolments_of(scope(VILLAGE), local.pk)] == [second.pk, first.pk]


def test_the_database_holds_one_live_enrolment_even_without_the_action(local: Resident) -> None:
    usual = {
        "pooling_area": "370400", "resident": local, "benefit_year": 2025, "policy_id": TENGZHOU,
        "registered_on": date(2024, 11, 1),
    }  # fmt: skip
    Enrolment.objects.create(**usual)
    for changes, constraint in (
        ({}, "enrolment_one_live_per_year"),
        ({"benefit_year": 2026}, "enrolment_year_of_policy"),
        ({"state": "stopped"}, "enrolment_stopped_has_day"),
        ({"state": "stopped", "stopped_on": date(2024, 10, 31)}, "enrolment_stopped_has_day"),
        ({"state": "stopped", "stopped_on": date(2024, 11, 1), "tier": "mid"}, "enrolment_tier"),
    ):
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            Enrolment.objects.create(**{**usual, **changes})
    Enrolment.objects.create(**usual, state="stopped", stopped_on=date(2024, 11, 1))


def test_an_enrolment_cannot_point_into_another_pooling_area(local: Resident) -> None:
    with pytest.raises(IntegrityError, match="enrolment_resident"), transaction.atomic():
        Enrolment.objects.create(
            pooling_area="140600",
            resident=local,
            benefit_year=2025,
            policy_id=TENGZHOU,
            registered_on=date(2024, 11, 1),
        )
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_clerk_of_another_village_enrols_changes_and_sees_nothing(local: Resident) -> None:
    with pytest.raises(ResidentNotFound):
        enrol(local, village=NEIGHBOUR)
    enrol(local)
    assert queries.enrolment_of(scope(NEIGHBOUR), local.pk, 2025) is None
    with pytest.raises(NotEnrolled):
        actions.change_tier(actor=scope(NEIGHBOUR), resident_id=local.pk, benefit_year=2025, tier="low", clock=CLOCK)


def test_changes_are_noted_with_who_and_when_and_cannot_be_altered(local: Resident) -> None:
    enrol(local)
    actions.stop(
        actor=scope(VILLAGE), resident_id=local.pk, benefit_year=2025, stopped_on=date(2024, 11, 5), reason="迁出",
        clock=CLOCK,
    )  # fmt: skip

    noted = EnrolmentChange.objects.order_by("id")
    assert [(change.kind, change.actor_name, change.at, change.detail) for change in noted] == [
        ("enrolled", "郭会计", CLOCK.now(), ""), ("stopped", "郭会计", CLOCK.now(), "迁出"),
    ]  # fmt: skip
    for alter in (lambda: EnrolmentChange.objects.update(detail=""), lambda: EnrolmentChange.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            alter()


def test_where_the_policy_has_no_tiers_none_can_be_chosen(local: Resident) -> None:
    with pytest.raises(NoTiers):
        enrol(local, tier="low")
    enrol(local)
    with pytest.raises(NoTiers):
        actions.change_tier(actor=scope(VILLAGE), resident_id=local.pk, benefit_year=2025, tier="low", clock=CLOCK)
    assert Enrolment.objects.get().tier is None


def test_whom_the_policy_does_not_take_is_refused_with_the_reason(local: Resident) -> None:
    Resident.objects.filter(pk=local.pk).update(employee_insured=True)
    with pytest.raises(NotEligible) as refused:
        enrol(local)
    assert refused.value.code == "not_eligible.employee_insured"

    Resident.objects.filter(pk=local.pk).update(employee_insured=False)
    with pytest.raises(OtherPoolingArea):
        enrol(local, policy_id="140600-2025")
    registry.record_death(actor=scope(VILLAGE), resident_id=local.pk, died_on=date(2024, 10, 30))
    with pytest.raises(Deceased):
        enrol(local)


@pytest.mark.django_db(transaction=True)
def test_two_clerks_at_once_enrol_a_resident_once(local: Resident) -> None:
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def clerk() -> None:
        start.wait()
        try:
            enrol(local)
            outcomes.append("enrolled")
        except Refusal as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    clerks = [threading.Thread(target=clerk) for _ in range(2)]
    for thread in clerks:
        thread.start()
    for thread in clerks:
        thread.join()

    assert sorted(outcomes) == ["already_enrolled", "enrolled"]
