"""At the door: the village's own route, and the tier on the same screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from canbao.enrolment.models import Enrolment
from canbao.policy import policies
from canbao.registry.models import Resident
from canbao.staff.models import Grant, Role
from tests.faces.test_console import html_of

pytestmark = pytest.mark.django_db
POLICY = "370700-2025"


def test_a_cadre_enrols_by_the_route_of_villages_and_asks_for_the_tier(signed_in: Callable[[str], Client]) -> None:
    cadre = signed_in("village.weifang")
    village = Grant.objects.get(login__username="village.weifang", role=Role.VILLAGE_CADRE).area_code
    adult = Resident.objects.filter(
        village_code__startswith=village, birth_on__year__range=(1970, 1990), died_on=None, student="none",
        employee_insured=False, insured_elsewhere=False, hukou_area__startswith="3707",
    ).first()  # fmt: skip
    assert adult is not None, "the demo has nobody there"
    Enrolment.objects.filter(resident=adult).delete()
    sent = {"policy": POLICY, "area": village, "resident": adult.pk}

    assert 'name="tier"' in html_of(cadre, f"/console/unenrolled/visit?policy={POLICY}&area={village}")
    refused = cadre.post("/console/unenrolled/enrol", sent)
    assert refused.status_code == 422 and "没有选缴费档次" in refused.content.decode()
    assert not Enrolment.objects.filter(resident=adult).exists()

    assert cadre.post("/console/unenrolled/enrol", {**sent, "tier": "high"}).status_code == 302
    made = Enrolment.objects.get(resident=adult, benefit_year=2025)
    assert (made.route, made.tier) == ("community_school", "high")


def test_a_public_form_asks_nobody_for_the_day_of_registration(client: Client, town: None) -> None:
    policy = policies.get("140600-2025")
    assert any(question.column == "registered_on" for question in policy.questions)
    village = Resident.objects.filter(village_code__startswith="1406")[0].village_code
    page = html_of(client, f"/apply/140600-2025/{village}")
    assert 'name="born_y"' in page and "登记日期" not in page
