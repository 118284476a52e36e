"""The facts as the policy engine takes them, one by one and in batches."""

from __future__ import annotations

from datetime import date

import pytest

from canbao.enrolment import queries
from canbao.enrolment.models import Enrolment
from canbao.kernel.clock import FixedClock, shanghai
from canbao.registry import actions
from canbao.registry.models import Department, Resident
from canbao.registry.refusals import ResidentNotFound
from tests.registry.conftest import NEIGHBOUR, VILLAGE, scope

TENGZHOU = "370481-2025"


@pytest.fixture
def enrolled(zhang_guilan: Resident) -> Enrolment:
    for from_on, until_on, code in (
        (date(2020, 1, 1), date(2024, 11, 1), "subsistence_margin"),
        (date(2024, 11, 1), None, "subsistence_allowance"),
        (date(2024, 11, 2), None, "severe_disability"),
    ):
        actions.certify_category(
            clock=FixedClock(shanghai(2025, 1, 1)),
            actor=scope(VILLAGE), resident_id=zhang_guilan.pk, code=code,
            certified_by=Department.DISABLED_FEDERATION if "disability" in code else Department.CIVIL_AFFAIRS,
            from_on=from_on, until_on=until_on,
        )  # fmt: skip
    Resident.objects.filter(pk=zhang_guilan.pk).update(
        hukou_area=VILLAGE, covered_years=[2024, 2023], attributes={"note": 1}, last_cover_end=date(2024, 3, 31)
    )
    return Enrolment.objects.create(
        pooling_area="370400", resident=zhang_guilan, benefit_year=2025, policy_id=TENGZHOU,
        registered_on=date(2024, 11, 1), tier="low", repair_years=1,
    )  # fmt: skip


def test_facts_are_the_contract_s_person_as_of_registration(enrolled: Enrolment, zhang_guilan: Resident) -> None:
    assert queries.facts(scope(VILLAGE), zhang_guilan.pk, 2025) == {
        "person_id": str(zhang_guilan.pk),
        "birth_date": "1956-03-08",
        "sex": "female",
        "hukou_area": VILLAGE,
        "covered_years": [2023, 2024],
        "last_cover_end": "2024-03-31",
        "attributes": {"note": 1},
        "categories": ["subsistence_allowance"],
        "registered_on": "2024-11-01",
        "tier": "low",
        "repair_years": 1,
    }


def test_another_day_has_other_categories(enrolled: Enrolment, zhang_guilan: Resident) -> None:
    def categories(on: date) -> object:
        return queries.facts(scope(VILLAGE), zhang_guilan.pk, 2025, on=on).get("categories")

    assert categories(date(2024, 10, 31)) == ["subsistence_margin"]
    assert categories(date(2024, 11, 2)) == ["severe_disability", "subsistence_allowance"]
    assert categories(date(2019, 12, 31)) is None


def test_without_an_enrolment_the_last_day_before_the_year_counts(enrolled: Enrolment, zhang_guilan: Resident) -> None:
    later = queries.facts(scope(VILLAGE), zhang_guilan.pk, 2026)

    assert later["categories"] == ["severe_disability", "subsistence_allowance"]
    assert "registered_on" not in later


def test_facts_stay_inside_the_scope(enrolled: Enrolment, zhang_guilan: Resident) -> None:
    with pytest.raises(ResidentNotFound):
        queries.facts(scope(NEIGHBOUR), zhang_guilan.pk, 2025)
    assert list(queries.facts_batches(scope(NEIGHBOUR), TENGZHOU, "370481")) == []
    assert list(queries.facts_batches(scope(), TENGZHOU, "370481")) == []
    assert queries.count_enrolled(scope(NEIGHBOUR), TENGZHOU, "370481") == 0


@pytest.mark.parametrize("area", ["370400", "370481", "370481001", VILLAGE])
def test_a_batch_says_the_same_as_one_by_one(enrolled: Enrolment, zhang_guilan: Resident, area: str) -> None:
    single = queries.facts(scope(VILLAGE), zhang_guilan.pk, 2025)

    assert list(queries.facts_batches(scope(VILLAGE), TENGZHOU, area)) == [
        [(zhang_guilan.pk, enrolled.pk, VILLAGE, single)]
    ]
    assert queries.count_enrolled(scope("37"), TENGZHOU, area) == 1
    assert list(queries.facts_batches(scope(VILLAGE), TENGZHOU, NEIGHBOUR)) == []


def test_the_deceased_and_the_stopped_are_left_out(enrolled: Enrolment, zhang_guilan: Resident) -> None:
    actions.record_death(actor=scope(VILLAGE), resident_id=zhang_guilan.pk, died_on=date(2024, 12, 1))
    assert list(queries.facts_batches(scope(VILLAGE), TENGZHOU, "370481")) == []

    Resident.objects.filter(pk=zhang_guilan.pk).update(died_on=None)
    assert queries.count_enrolled(scope(VILLAGE), TENGZHOU, "370481") == 1
    Enrolment.objects.update(state="stopped", stopped_on=date(2024, 12, 1))
    assert list(queries.facts_batches(scope(VILLAGE), TENGZHOU, "370481")) == []
