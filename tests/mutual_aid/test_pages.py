"""The pages of mutual aid, asked without a browser."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from canbao.kernel.clock import FixedClock
from canbao.mutual_aid.actions import network
from canbao.payments import actions as payments
from canbao.staff.models import Grant, Login, Role
from tests.journeys.walk import at
from tests.mutual_aid.families import (
    BUREAU,
    FUND,
    NOVEMBER,
    POLICY,
    billed,
    confirmed,
    enrolled,
    holder,
    number_of,
    tie,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(clock: FixedClock) -> Client:
    login = Login.objects.create(username="aid.clerk", display_name="沈经办")
    Grant.objects.create(login=login, role=Role.MEDICAL_INSURANCE_CLERK, area_code=FUND, from_on=date(2024, 1, 1))
    client = Client()
    client.force_login(login)
    return client


def test_a_tie_takes_back_its_own_confirmation_only(clerk: Client, clock: FixedClock) -> None:
    member = enrolled("沈小妹")
    hold = confirmed(member, holder("沈建国"), clock)
    other = tie(member, holder("沈爱国"), clock, "兄弟姐妹")

    with at(NOVEMBER):
        answer = clerk.post(f"/console/mutual-aid/ties/{other.pk}/move", {"way": "revoke"})
        hold.refresh_from_db()
        assert (answer.status_code, hold.state) == (422, "held")
        clerk.post(f"/console/mutual-aid/ties/{hold.relative_id}/move", {"way": "revoke"})

    hold.refresh_from_db()
    assert hold.state == "released"


def test_a_name_is_found_however_it_is_spaced(clerk: Client, clock: FixedClock) -> None:
    member, pays = enrolled("沈小妹"), holder()
    assert member.id_number and pays.id_number
    form = {
        "policy": POLICY, "holder_name": "沈 建国", "holder_number": pays.id_number.unmasked, "member_name": "沈 小妹",
        "member_number": member.id_number.unmasked, "relation": "子女", "kinship": "户口簿",
        "member_said": "本人到窗口", "holder_said": "本人到窗口",
    }  # fmt: skip

    with at(NOVEMBER):
        assert clerk.post("/console/mutual-aid/ties/new", form).status_code == 302
    bill = billed(member, clock)
    found = payments.find_bill(
        actor=BUREAU, policy_id=POLICY, name="沈 小妹", id_number=member.id_number.unmasked, client="", clock=clock
    )
    assert found == bill


def test_one_address_does_not_shut_out_the_others(
    clock: FixedClock, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PRODUCTION = True
    monkeypatch.setattr(network, "BY_CLIENT", 1)

    def ask(address: str) -> str:
        form = {"policy": POLICY, "name": "沈某", "id_number": number_of(date(1980, 1, 1))}
        return Client().post("/aid", form, HTTP_X_FORWARDED_FOR=address).content.decode()

    assert "没有查到" in ask("203.0.113.1")
    assert "没有查到" not in ask("203.0.113.1")
    assert "没有查到" in ask("203.0.113.2")
