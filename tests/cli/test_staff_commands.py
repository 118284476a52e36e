"""`canbao staff` makes the first login of a new installation, which can then sign in, and refuses in one sentence."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, identify_hasher

from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import SystemClock
from canbao.kernel.scope import program
from canbao.staff import actions, queries
from canbao.staff.codes import code_at
from canbao.staff.models import Grant, Login
from canbao.staff.refusals import SignInFailed
from tests import town
from tests.cli.commands import call

PASSWORD = "three quiet herons"
ADD = ("staff", "add", "lin", "--name", "林经办", "--role", "medical_insurance_clerk", "--area", town.COUNTY)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command works on the database of the test, in the town of the tests."""

    @contextmanager
    def database() -> Iterator[None]:
        yield

    monkeypatch.setattr("canbao.cli.start.database", database)
    monkeypatch.setattr("canbao.cli.books.product_clock", SystemClock)
    town.build_town()


def _type(monkeypatch: pytest.MonkeyPatch, password: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))


def test_a_login_that_was_added_signs_in_and_may_work_in_its_area_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, settings: object
) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]  # type: ignore[attr-defined]
    _type(monkeypatch, PASSWORD)

    status, said, _ = call(capsys, *ADD)

    assert (status, "by the operator at the command line" in said) == (0, True)
    login = actions.sign_in(username="lin", password=PASSWORD, clock=SystemClock())
    assert isinstance(identify_hasher(login.password), Argon2PasswordHasher)
    scope = queries.scope_of(login, "take_payment", SystemClock())
    assert scope.covers(town.COUNTY) and not scope.covers("370000")


def test_one_more_role_is_granted_until_a_day(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _type(monkeypatch, PASSWORD)
    call(capsys, *ADD)

    status, _, _ = call(
        capsys, "staff", "grant", "lin", "--role", "statistics", "--area", town.COUNTY, "--until", "2099-01-01"
    )

    assert status == 0
    assert sorted(Grant.objects.values_list("role", "until_on__year")) == [
        ("medical_insurance_clerk", None), ("statistics", 2099),
    ]  # fmt: skip


def test_a_role_is_not_granted_twice(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    _type(monkeypatch, PASSWORD)
    call(capsys, *ADD)

    status, _, error = call(capsys, "staff", "grant", "lin", "--role", "medical_insurance_clerk", "--area", town.COUNTY)

    assert status == 1 and "already: nothing was granted" in error and error.count("\n") == 1
    assert Grant.objects.count() == 1


def test_a_password_and_a_second_factor_are_taken_back_at_the_machine(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _type(monkeypatch, PASSWORD)
    call(capsys, *ADD)
    login, phone = Login.objects.get(), SystemClock()
    secret = actions.begin_second_factor(login=login).secret
    actions.confirm_second_factor(login=login, code=code_at(secret, phone.now()), phone=phone, clock=phone)

    status, said, _ = call(capsys, "staff", "reset-second-factor", "lin")
    assert status == 0 and "the next sign-in sets up a new one" in said and queries.second_factor_of(login) is None
    status, _, error = call(capsys, "staff", "reset-second-factor", "lin")
    assert status == 1 and "there is nothing to take off" in error

    status, said, _ = call(capsys, "staff", "reset-password", "lin")
    given = said.split("one-time password of lin: ")[1].split()[0]
    assert status == 0 and actions.sign_in(username="lin", password=given, clock=phone).one_time_until is not None
    with pytest.raises(SignInFailed):
        actions.sign_in(username="lin", password=PASSWORD, clock=phone)


@pytest.mark.parametrize(
    ("password", "says"),
    [("short", "too short"), ("123456789012", "entirely numeric"), ("", "too short"), ("password1234", "too common")],
)
def test_a_weak_password_makes_no_login(
    password: str, says: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _type(monkeypatch, password)

    status, _, error = call(capsys, *ADD)

    assert status == 1 and "the password is too weak" in error and says in error
    assert not Login.objects.exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((*ADD[:6], "king", *ADD[7:]), "choose one of medical_insurance_clerk,"),
        ((*ADD[:8], "999999"), "there is no area 999999"),
        ((*ADD[:8], "37"), "there is no area 37"),
        (("staff", "grant", "ghost", *ADD[5:]), "there is no login ghost"),
        ((*ADD,), "is there already"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(
    words: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if "already" in says:
        actions.create_login(
            actor=program("test", Capability.MANAGE_STAFF),
            username="lin",
            display_name="林",
            password=PASSWORD,
            clock=SystemClock(),
        )
    _type(monkeypatch, PASSWORD)

    status, _, error = call(capsys, *words)

    assert status == 1 and says in error and error.count("\n") == 1
    assert not Grant.objects.exists()
