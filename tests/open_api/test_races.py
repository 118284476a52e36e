"""Programs that send the same thing at the same moment."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from canbao.enrolment.models import Enrolment
from canbao.faces.open_api.actions import create_client
from canbao.kernel.clock import SystemClock
from canbao.staff import actions as staff
from canbao.staff.models import Role
from tests import town
from tests.faces.conftest import shift_to_campaign
from tests.open_api.conftest import ADMINISTRATOR, Program

PROGRAMS = 8
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def enrol(settings: object) -> Callable[[str], HttpResponse]:
    """Sends the enrolment of one new resident of the test's town under a key."""
    settings.CLOCK_SHIFT_DAYS = shift_to_campaign()  # type: ignore[attr-defined]
    town.build_town()
    person = town.resident("赵六", date(1980, 5, 1))
    login = staff.create_login(
        actor=ADMINISTRATOR, username="program", display_name="接口", password="unused here", clock=SystemClock()
    )
    staff.grant_role(
        actor=ADMINISTRATOR,
        login=login,
        role=Role.MEDICAL_INSURANCE_CLERK,
        area_code=town.COUNTY,
        from_on=date(2024, 1, 1),
    )
    made = create_client(actor=ADMINISTRATOR, login=login, scopes=["enrol"], clock=SystemClock())  # type: ignore[list-item]
    program = Program(made.client_id, made.secret).with_token()
    body = json.dumps({"resident_id": person.pk, "policy_id": town.POLICY})

    def send(key: str) -> HttpResponse:
        headers = {"Authorization": f"Bearer {program.token}", "Idempotency-Key": key}
        return Client().post("/api/v1/enrolments", body, content_type="application/json", headers=headers)

    return send


def _at_once(send: Callable[[str], HttpResponse], keys: list[str]) -> list[HttpResponse]:
    gate = Barrier(len(keys))

    def one(key: str) -> HttpResponse:
        gate.wait()
        try:
            return send(key)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(keys)) as threads:
        return list(threads.map(one, keys))


def test_twins_get_the_same_bytes_and_one_enrolment_is_made(enrol: Callable[[str], HttpResponse]) -> None:
    answers = _at_once(enrol, ["same"] * PROGRAMS)

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sorted(answer["Idempotency-Replayed"] for answer in answers) == ["false"] + ["true"] * (PROGRAMS - 1)
    assert Enrolment.objects.count() == 1


def test_without_a_common_key_all_but_one_are_refused(enrol: Callable[[str], HttpResponse]) -> None:
    """The control: these requests do meet, and only the key made them one."""
    answers = _at_once(enrol, [f"key-{number}" for number in range(PROGRAMS)])

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * (PROGRAMS - 1)
    assert Enrolment.objects.count() == 1
