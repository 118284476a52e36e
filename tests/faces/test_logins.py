"""The pages of logins: making one, granting, two people for power, resets, leavers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from canbao.faces.visit import clock
from canbao.kernel.capabilities import Capability
from canbao.kernel.scope import program
from canbao.staff import actions
from canbao.staff.models import Approval, Login, Role
from tests.faces.conftest import person_named
from tests.faces.pages import stray_chinese

pytestmark = pytest.mark.usefixtures("town")
SignedIn = Callable[[str], Client]


@pytest.fixture
def keeper(signed_in: SignedIn) -> Client:
    return signed_in("administrator")


def _grant(client: Client, login: Login, role: Role, area: str = "370481") -> Any:
    sent = {"role": role.value, "area": area, "from_on": "", "until_on": ""}
    return client.post(f"/console/logins/{login.pk}/grant", sent, follow=True)


def test_a_login_is_made_granted_and_signs_in(keeper: Client) -> None:
    page = keeper.post(
        "/console/logins/new", {"username": "new.clerk", "display_name": "新经办", "area": "370481"}
    ).content.decode()
    password = re.findall(r"<code[^>]*>([a-z0-9-]{19})</code>", page)[0]
    made = Login.objects.get(username="new.clerk")

    assert "已授权" in _grant(keeper, made, Role.VILLAGE_CADRE).content.decode()
    listed = keeper.get("/console/logins?q=new.clerk").content.decode()
    assert "新经办" in listed and "村居经办人员" in listed
    assert password not in keeper.get(f"/console/logins/{made.pk}").content.decode(), "shown once"

    visitor = Client()
    sent = {"username": "new.clerk", "password": password}
    assert visitor.post("/console/sign-in", sent)["Location"] == "/console/sign-in/password"
    own = {"new": "one that is long enough", "again": "one that is long enough"}
    visitor.post("/console/sign-in/password", own)
    assert visitor.get("/console/people").status_code == 200


def test_power_takes_a_second_person_on_the_approvals_page(keeper: Client, signed_in: SignedIn) -> None:
    cadre = Login.objects.get(username="village.other")
    assert "已提交审批" in _grant(keeper, cadre, Role.MEDICAL_INSURANCE_REVIEWER).content.decode()
    wish = Approval.objects.get(kind="staff.grant")
    head = signed_in("head.tengzhou")
    page = head.get("/console/approvals").content.decode()
    assert "村居" not in page and "医保复核人员" in page
    detail = head.get(f"/console/approvals/{wish.pk}").content.decode()
    assert "同意并办理" in detail
    assert "同意并办理" not in keeper.get(f"/console/approvals/{wish.pk}").content.decode()

    head.post(f"/console/approvals/{wish.pk}/approve")

    assert cadre.grants.filter(role=Role.MEDICAL_INSURANCE_REVIEWER).get().asked_by == "系统管理员 · 许管理"


def test_another_administrator_may_decide_what_the_first_asked(keeper: Client) -> None:
    cadre = Login.objects.get(username="village.other")
    _grant(keeper, cadre, Role.MEDICAL_INSURANCE_HEAD)
    wish = Approval.objects.get(kind="staff.grant")
    other = Login.objects.create(username="second.admin", display_name="另一管理员", area_code="370000")
    actions.grant_role(
        actor=program("test", Capability.MANAGE_STAFF), login=other, role=Role.SYSTEM_ADMINISTRATOR,
        area_code="370000", from_on=clock().today(),
    )  # fmt: skip
    second = Client()
    second.force_login(other)

    assert "等我审批" in second.get("/console/").content.decode()
    assert second.post(f"/console/approvals/{wish.pk}/approve").status_code == 302
    assert cadre.grants.filter(role=Role.MEDICAL_INSURANCE_HEAD).exists()


def test_a_role_is_ended_and_a_leaver_switched_off(keeper: Client, signed_in: SignedIn) -> None:
    login = Login.objects.get(username="village.other")
    cadre, grant = signed_in("village.other"), login.grants.get()
    path = f"/console/people/{person_named('刘玉珍').pk}"
    assert cadre.get("/console/people").status_code == 200 and cadre.get(path).status_code == 404

    keeper.post(f"/console/logins/{login.pk}/grants/{grant.pk}/end", {"until_on": clock().today().isoformat()})
    assert cadre.get("/console/people").status_code == 403
    keeper.post(f"/console/logins/{login.pk}/disable")
    assert cadre.get("/console/").status_code == 302


def test_refusals_stand_on_the_page(keeper: Client) -> None:
    login = Login.objects.get(username="village.other")
    answer = keeper.post(
        f"/console/logins/{login.pk}/grant",
        {"role": "village_cadre", "area": "370481", "from_on": "2001-01-01", "until_on": ""},
    )
    assert answer.status_code == 422 and "授权的日期不对" in answer.content.decode()
    own = Login.objects.get(username="administrator")
    assert "授予岗位" not in keeper.get(f"/console/logins/{own.pk}").content.decode()
    assert keeper.post(f"/console/logins/{own.pk}/disable").status_code == 422
    assert keeper.post(f"/console/logins/{login.pk}/grant", {"role": "king", "area": "370481"}).status_code == 404


def test_who_may_only_look_gets_no_button(signed_in: SignedIn) -> None:
    login = Login.objects.get(username="village.other")
    for name in ("auditor", "head.tengzhou"):
        client = signed_in(name)
        page = client.get(f"/console/logins/{login.pk}").content.decode()
        assert "村居经办人员" in page and "授予" not in page and "停用" not in page
        assert client.post(f"/console/logins/{login.pk}/disable").status_code == 403
        assert "新建账号" not in client.get("/console/logins").content.decode()
    assert signed_in("clerk.tengzhou").get("/console/logins").status_code == 403


def test_another_office_is_not_there(signed_in: SignedIn) -> None:
    elsewhere = Login.objects.get(username="clerk.shanghai")
    head = signed_in("head.tengzhou")
    assert head.get(f"/console/logins/{elsewhere.pk}").status_code == 404
    assert "clerk.shanghai" not in head.get("/console/logins").content.decode()


def test_the_pages_speak_english(keeper: Client) -> None:
    keeper.cookies["django_language"] = "en"
    login = Login.objects.get(username="village.other")
    for path in ("/console/logins", "/console/logins/new", f"/console/logins/{login.pk}", "/console/account"):
        assert stray_chinese(keeper.get(path).content.decode()) == [], path


def test_a_button_says_what_it_does_and_the_trail_what_was_done(keeper: Client) -> None:
    keeper.cookies["django_language"] = "en"
    path = f"/console/logins/{Login.objects.get(username='village.other').pk}"
    page = keeper.get(path).content.decode()
    assert "Disable this login" in page and "Login disabled" not in page

    keeper.post(f"{path}/disable")
    page = keeper.get(path).content.decode()
    assert "Enable this login" in page and "Login disabled" in page and "Login enabled" not in page
