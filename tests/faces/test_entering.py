"""The way in through the pages: password, code, a password of one's own, binding a phone; and how a session ends."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from canbao.demo.logins import PASSWORD
from canbao.faces.visit import clock
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import FixedClock, SystemClock
from canbao.kernel.scope import program
from canbao.staff import actions, queries
from canbao.staff.codes import code_at
from canbao.staff.models import Login, Session

ADMINISTRATOR = program("test", Capability.MANAGE_STAFF)
SIGN_IN, HOME = "/console/sign-in", "/console/"
HEAD = "head.tengzhou"
pytestmark = pytest.mark.usefixtures("town")


@pytest.fixture
def office(settings: Any) -> None:
    settings.SECOND_FACTOR = frozenset({"office"})


@pytest.fixture
def head(db: None) -> Login:
    return Login.objects.get(username=HEAD)


def _sign_in(client: Client, username: str = HEAD, password: str = PASSWORD, wanted: str = "/console/progress") -> Any:
    return client.post(SIGN_IN, {"username": username, "password": password, "next": wanted})


def _bound(login: Login) -> str:
    """The secret of a phone bound an hour ago, so that the present code is unused."""
    secret = actions.begin_second_factor(login=login).secret
    earlier = FixedClock(SystemClock().now() - timedelta(hours=1))
    actions.confirm_second_factor(login=login, code=code_at(secret, earlier.now()), phone=earlier, clock=clock())
    return secret


def _now(secret: str) -> str:
    return code_at(secret, SystemClock().now())


def test_the_demo_signs_in_with_the_password_alone(client: Client, db: None) -> None:
    answer = _sign_in(client)

    assert (answer.status_code, answer["Location"]) == (302, "/console/progress")
    assert client.get(HOME).status_code == 200


def test_where_the_office_asks_a_phone_is_bound_at_the_first_sign_in(client: Client, office: None, head: Login) -> None:
    assert _sign_in(client)["Location"] == "/console/sign-in/phone"
    assert client.get(HOME)["Location"].startswith(SIGN_IN), "nobody is signed in between the steps"
    page = client.get("/console/sign-in/phone").content.decode()
    secret = actions.begin_second_factor(login=head).secret
    assert "<svg" in page and secret in re.sub(r"\s", "", page)

    assert client.post("/console/sign-in/phone", {"code": "000000"}).status_code == 422
    answer = client.post("/console/sign-in/phone", {"code": _now(secret)}).content.decode()

    assert len(re.findall(r"<code>[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}</code>", answer)) == 10
    assert 'href="/console/progress"' in answer
    assert client.get(HOME).status_code == 200


def test_afterwards_the_code_is_asked_for(client: Client, head: Login) -> None:
    secret = _bound(head)

    assert _sign_in(client)["Location"] == "/console/sign-in/code"
    assert client.get(HOME)["Location"].startswith(SIGN_IN)
    assert "验证码不正确" in client.post("/console/sign-in/code", {"code": "000000"}).content.decode()
    answer = client.post("/console/sign-in/code", {"code": _now(secret)})

    assert answer["Location"] == "/console/progress" and client.get(HOME).status_code == 200
    again = Client()
    _sign_in(again)
    assert again.post("/console/sign-in/code", {"code": _now(secret)}).status_code == 422, "each code once"


@pytest.mark.parametrize("step", ["code", "password", "phone"])
def test_no_step_is_reached_past_the_one_before(client: Client, head: Login, office: None, step: str) -> None:
    assert client.get(f"/console/sign-in/{step}")["Location"] == SIGN_IN
    _bound(head)
    actions.reset_password(actor=ADMINISTRATOR, login=head, clock=clock())
    assert _sign_in(client).status_code == 422
    assert client.get(f"/console/sign-in/{step}")["Location"] == SIGN_IN


def test_a_code_skipped_leads_back_to_the_code(client: Client, head: Login) -> None:
    _bound(head)
    password = actions.reset_password(actor=ADMINISTRATOR, login=head, clock=clock())
    _sign_in(client, password=password)

    new = {"new": "another one, just as long", "again": "another one, just as long"}
    assert client.post("/console/sign-in/password", new)["Location"] == "/console/sign-in/code"
    head.refresh_from_db()
    assert head.one_time_until is not None


def test_what_was_begun_ends_after_ten_minutes_and_with_another_password(
    client: Client, head: Login, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = _bound(head)
    _sign_in(client)
    actions.reset_password(actor=ADMINISTRATOR, login=head, clock=clock())
    assert client.post("/console/sign-in/code", {"code": _now(secret)})["Location"] == SIGN_IN

    village = Login.objects.get(username="village.tengzhou")
    secret = _bound(village)
    _sign_in(client, village.username)
    later = FixedClock(clock().now() + timedelta(minutes=10))
    monkeypatch.setattr("canbao.faces.console.entering.clock", lambda: later)
    assert client.post("/console/sign-in/code", {"code": _now(secret)})["Location"] == SIGN_IN


def test_a_password_that_was_handed_over_is_changed_at_first(client: Client, head: Login) -> None:
    password = actions.reset_password(actor=ADMINISTRATOR, login=head, clock=clock())
    assert _sign_in(client, password=password)["Location"] == "/console/sign-in/password"
    assert client.get(HOME)["Location"].startswith(SIGN_IN)
    for new, again in (("short", "short"), (password, password), ("one that is long enough", "another")):
        answer = client.post("/console/sign-in/password", {"new": new, "again": again})
        assert answer.status_code == 422 and 'role="alert"' in answer.content.decode()

    new = "one that is long enough"
    answer = client.post("/console/sign-in/password", {"new": new, "again": new})

    assert answer["Location"] == "/console/progress" and client.get(HOME).status_code == 200
    assert _sign_in(Client(), password=new)["Location"] == "/console/progress"


def test_a_session_ends_after_idle_time_and_says_so(
    clerk: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk.get(HOME)
    begun = clock().now()
    wait = FixedClock(begun)
    monkeypatch.setattr("canbao.faces.sitting.clock", lambda: wait)
    for _ in range(3):
        wait.move(timedelta(seconds=settings.SESSION_IDLE_SECONDS - 5))
        assert clerk.get(HOME).status_code == 200, "who goes on working stays"
    for _ in range(2):
        wait.move(timedelta(seconds=settings.SESSION_IDLE_SECONDS / 2))
        clerk.get("/console/sitting")
        clerk.get("/console/waiting", headers={"HX-Request": "true"})

    answer = clerk.get(HOME)

    assert answer["Location"] == "/console/sign-in?next=%2Fconsole%2F", "what the page asks by itself is no work"
    assert "没有操作" in clerk.get(answer["Location"]).content.decode()
    assert "没有操作" not in clerk.get(answer["Location"]).content.decode()


def test_no_session_outlasts_a_working_day(clerk: Client, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    clerk.get(HOME)
    wait = FixedClock(clock().now())
    monkeypatch.setattr("canbao.faces.sitting.clock", lambda: wait)
    hours = 0
    while clerk.get(HOME).status_code == 200:
        hours += 1
        wait.move(timedelta(hours=1))
        settings.SESSION_IDLE_SECONDS = 2 * 3600

    assert hours == settings.SESSION_COOKIE_AGE / 3600 == 8
    assert "已满一个工作日" in clerk.get(SIGN_IN).content.decode()


def test_the_page_learns_how_long_is_left_and_goes_on(clerk: Client, settings: Any) -> None:
    clerk.get(HOME)
    known = clerk.get("/console/sitting").json()

    assert 0 < known["left"] <= settings.SESSION_IDLE_SECONDS and known["csrf"]
    assert clerk.post("/console/sitting").json()["left"] > 0
    assert Client().get("/console/sitting").json() == {"left": 0, "csrf": ""}
    assert f'data-left="{settings.SESSION_IDLE_SECONDS}"' in clerk.get(HOME).content.decode()


def test_own_sessions_are_seen_and_the_others_ended(head: Login) -> None:
    here, there = Client(HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"), Client()
    for client in (here, there):
        _sign_in(client)
    page = here.get("/console/account").content.decode()
    assert "Firefox · Windows" in page and "未知设备" in page and "127.0.0.1" in page
    assert queries.sessions_of(head, clock()).count() == 2

    assert "已结束 1 处登录" in here.post("/console/account/end-others", follow=True).content.decode()

    assert here.get(HOME).status_code == 200 and there.get(HOME).status_code == 302
    assert Session.objects.filter(login_id=head.pk).count() == 1


def test_a_changed_password_leaves_only_this_session(head: Login) -> None:
    here, there = Client(), Client()
    for client in (here, there):
        _sign_in(client)
    wrong = {"old": "wrong", "new": "one that is long enough", "again": "one that is long enough"}
    assert here.post("/console/account/password", wrong).status_code == 422
    here.post("/console/account/password", {**wrong, "old": PASSWORD})

    assert here.get(HOME).status_code == 200 and there.get(HOME).status_code == 302


def test_a_phone_can_be_bound_of_ones_own_accord(head: Login, client: Client) -> None:
    _sign_in(client)
    client.get("/console/account/phone")
    secret = actions.begin_second_factor(login=head).secret
    page = client.post("/console/account/phone", {"code": _now(secret)}).content.decode()
    first = re.findall(r"<code>([A-Z2-7-]{19})</code>", page)
    assert len(first) == 10
    assert client.get("/console/account/phone")["Location"] == "/console/account"

    # The phone's next code, half a minute ahead.
    ahead = code_at(secret, SystemClock().now() + timedelta(seconds=30))
    page = client.post("/console/account/codes", {"code": ahead}).content.decode()
    assert len(set(re.findall(r"<code>([A-Z2-7-]{19})</code>", page)) - set(first)) == 10
    assert "没有用" in client.get("/console/account").content.decode()


def test_who_is_granted_power_must_bind_a_phone(client: Client, office: None, db: None) -> None:
    village = Login.objects.get(username="village.tengzhou")
    assert _sign_in(client, village.username)["Location"] == "/console/progress"

    from canbao.staff.models import Role

    actions.grant_role(
        actor=ADMINISTRATOR,
        login=village,
        role=Role.MEDICAL_INSURANCE_HEAD,
        area_code="370481",
        from_on=date(2024, 1, 1),
    )
    assert _sign_in(Client(), village.username)["Location"] == "/console/sign-in/phone"


def test_no_step_can_lead_out_of_the_product(client: Client, head: Login) -> None:
    secret = _bound(head)
    _sign_in(client, wanted="https://elsewhere.example/")

    assert client.post("/console/sign-in/code", {"code": _now(secret)})["Location"] == HOME


def test_the_pages_of_the_way_in_speak_english(client: Client, head: Login, office: None) -> None:
    from tests.faces.pages import stray_chinese

    client.cookies["django_language"] = "en"
    _sign_in(client)
    assert stray_chinese(client.get("/console/sign-in/phone").content.decode()) == []
