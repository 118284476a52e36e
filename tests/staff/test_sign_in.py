"""Signing in, and what five failures do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.scope import program
from canbao.staff import actions
from canbao.staff.models import Login, SignInAttempt
from canbao.staff.refusals import SignInFailed, SignInLocked

PASSWORD = "a long enough password"
ADMINISTRATOR = program("test", Capability.MANAGE_STAFF)
pytestmark = pytest.mark.django_db


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(shanghai(2024, 11, 1, 9))


@pytest.fixture
def login(clock: FixedClock) -> Login:
    return actions.create_login(
        actor=ADMINISTRATOR, username="clerk", display_name="林经办", password=PASSWORD, clock=clock
    )


def _fail(clock: FixedClock, username: str = "clerk") -> None:
    with pytest.raises(SignInFailed):
        actions.sign_in(username=username, password="wrong", clock=clock)


def test_the_right_password_signs_in(login: Login, clock: FixedClock) -> None:
    assert actions.sign_in(username="clerk", password=PASSWORD, clock=clock) == login


def test_four_failures_do_not_lock_and_a_success_forgets_them(login: Login, clock: FixedClock) -> None:
    for _ in range(2):
        for _ in range(4):
            _fail(clock)
        assert actions.sign_in(username="clerk", password=PASSWORD, clock=clock) == login


def test_five_failures_lock_for_a_quarter_of_an_hour(login: Login, clock: FixedClock) -> None:
    for _ in range(5):
        _fail(clock)

    clock.move(timedelta(minutes=14, seconds=59))
    with pytest.raises(SignInLocked) as refused:
        actions.sign_in(username="clerk", password=PASSWORD, clock=clock)
    assert "09:15" in refused.value.text("en")
    clock.move(timedelta(seconds=1))
    assert actions.sign_in(username="clerk", password=PASSWORD, clock=clock) == login


def test_an_unknown_name_is_treated_like_a_known_one(clock: FixedClock) -> None:
    for _ in range(5):
        _fail(clock, "nobody")
    with pytest.raises(SignInLocked):
        actions.sign_in(username="nobody", password="wrong", clock=clock)


def test_a_login_that_was_switched_off_cannot_sign_in(login: Login, clock: FixedClock) -> None:
    Login.objects.filter(pk=login.pk).update(is_active=False)

    with pytest.raises(SignInFailed):
        actions.sign_in(username="clerk", password=PASSWORD, clock=clock)
    assert SignInAttempt.objects.filter(username="clerk", succeeded=False).count() == 1


def test_the_demo_logins_share_one_password(clock: FixedClock) -> None:
    made = actions.create_demo_logins(
        actor=ADMINISTRATOR, names=[("one", "甲", None), ("two", "乙", None)], password=PASSWORD
    )

    assert [actions.sign_in(username=login.username, password=PASSWORD, clock=clock) for login in made] == made
    assert all(login.is_demo for login in made)


def test_fifty_failures_lock_an_address_whatever_the_names(login: Login, clock: FixedClock) -> None:
    for number in range(50):
        with pytest.raises(SignInFailed):
            actions.sign_in(username=f"name{number}", password="wrong", clock=clock, address="203.0.113.7")

    with pytest.raises(SignInLocked):
        actions.sign_in(username="clerk", password=PASSWORD, clock=clock, address="203.0.113.7")
    assert actions.sign_in(username="clerk", password=PASSWORD, clock=clock, address="203.0.113.8") == login
    assert actions.sign_in(username="clerk", password=PASSWORD, clock=clock) == login, "an unknown address counts none"
    clock.move(timedelta(minutes=15))
    assert actions.sign_in(username="clerk", password=PASSWORD, clock=clock, address="203.0.113.7") == login


def test_the_lock_says_nothing_about_whether_a_name_exists(login: Login, clock: FixedClock) -> None:
    said = {}
    for username in ("clerk", "nobody"):
        for _ in range(5):
            _fail(clock, username)
        with pytest.raises(SignInLocked) as refused:
            actions.sign_in(username=username, password=PASSWORD, clock=clock)
        said[username] = refused.value.text("en")

    assert said["clerk"] == said["nobody"]
