"""Passwords: what is too weak, changing one's own, and one-time passwords that somebody else hands over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.scope import program
from canbao.staff import actions
from canbao.staff.models import Login, Session
from canbao.staff.refusals import (
    OneTimeOver,
    PasswordUnchanged,
    PasswordWeak,
    PasswordWrong,
    SignInFailed,
    SignInLocked,
)

PASSWORD, NEW = "a long enough password", "another one, just as long"
ADMINISTRATOR = program("test", Capability.MANAGE_STAFF)
pytestmark = pytest.mark.django_db


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(shanghai(2024, 11, 1, 9))


@pytest.fixture
def login(clock: FixedClock) -> Login:
    return actions.create_login(
        actor=ADMINISTRATOR, username="lin.jingban", display_name="林经办", password=PASSWORD, clock=clock
    )


def _sessions(login: Login, clock: FixedClock) -> None:
    for key in ("here", "there", "elsewhere"):
        Session.objects.create(
            session_key=key, session_data="", expire_date=clock.now(), login_id=login.pk, begun_at=clock.now(),
            seen_at=clock.now(),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("password", "zh", "en"),
    [
        ("short", "不到 12 个字符", "fewer than 12"),
        ("password1234", "太常见了", "a common password"),
        ("482910573846", "全是数字", "entirely numeric"),
        ("lin.jingban1", "太像", "too similar"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(
    login: Login, clock: FixedClock, password: str, zh: str, en: str
) -> None:
    with pytest.raises(PasswordWeak) as weak:
        actions.set_own_password(login=login, new=password, clock=clock)

    assert zh in weak.value.text("zh-hans") and en in weak.value.text("en")
    login.refresh_from_db()
    assert actions.sign_in(username=login.username, password=PASSWORD, clock=clock) == login


def test_a_changed_password_ends_the_other_sessions(login: Login, clock: FixedClock) -> None:
    _sessions(login, clock)

    actions.change_password(login=login, old=PASSWORD, new=NEW, clock=clock, keep="here")

    assert list(Session.objects.values_list("session_key", flat=True)) == ["here"]
    assert actions.sign_in(username=login.username, password=NEW, clock=clock) == login
    with pytest.raises(SignInFailed):
        actions.sign_in(username=login.username, password=PASSWORD, clock=clock)


def test_the_same_password_is_no_new_one(login: Login, clock: FixedClock) -> None:
    with pytest.raises(PasswordUnchanged):
        actions.change_password(login=login, old=PASSWORD, new=PASSWORD, clock=clock)


def test_guessing_the_old_password_locks_as_signing_in_does(login: Login, clock: FixedClock) -> None:
    for _ in range(5):
        with pytest.raises(PasswordWrong):
            actions.change_password(login=login, old="wrong", new=NEW, clock=clock)

    with pytest.raises(SignInLocked):
        actions.change_password(login=login, old=PASSWORD, new=NEW, clock=clock)


def test_a_one_time_password_ends_all_sessions_and_lasts_seven_days(login: Login, clock: FixedClock) -> None:
    _sessions(login, clock)
    password = actions.reset_password(actor=ADMINISTRATOR, login=login, clock=clock)

    assert not Session.objects.exists() and len(password) == 19
    signed_in = actions.sign_in(username=login.username, password=password, clock=clock)
    assert signed_in.one_time_until == clock.now() + timedelta(days=7)
    clock.move(timedelta(days=7))
    with pytest.raises(OneTimeOver):
        actions.sign_in(username=login.username, password=password, clock=clock)


def test_a_password_of_ones_own_ends_the_one_time(login: Login, clock: FixedClock) -> None:
    actions.reset_password(actor=ADMINISTRATOR, login=login, clock=clock)

    actions.set_own_password(login=login, new=NEW, clock=clock)

    login.refresh_from_db()
    assert login.one_time_until is None
