"""Making logins, granting and ending roles, signing in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import connection, transaction

from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.staff.models import USERNAME_MAX, Grant, Login, Role, SignInAttempt
from canbao.staff.refusals import SignInFailed, SignInLocked

ATTEMPTS_MAX = 5
LOCK_TIME = timedelta(minutes=15)


def create_login(*, actor: Scope, username: str, display_name: str, password: str, language: str = "zh-hans") -> Login:
    actor.require(Capability.MANAGE_STAFF)
    login = Login(username=username, display_name=display_name, language=language)
    login.set_password(password)
    login.save(force_insert=True)
    return login


def grant_role(
    *, actor: Scope, login: Login, role: Role, area_code: str, from_on: date, until_on: date | None = None
) -> Grant:
    """Half-open days: `until_on` is the first day without the role."""
    actor.require(Capability.MANAGE_STAFF, area_code)
    return Grant.objects.create(login=login, role=role, area_code=area_code, from_on=from_on, until_on=until_on)


def sign_in(*, username: str, password: str, clock: Clock) -> Login:
    """The login, if the password is right; SignInFailed, or SignInLocked after five failures in a row."""
    if len(username) > USERNAME_MAX:
        # No login has such a name, and no attempt at one can be kept.
        raise SignInFailed
    now = clock.now()
    with transaction.atomic(), connection.cursor() as cursor:
        # Attempts at one name queue up, or many sent at once would all be judged before any is counted.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('sign-in ' || %s))", [username])
        locked_until = _locked_until(username)
        locked = locked_until is not None and now < locked_until
        login = None if locked else _login_with(username, password)
        if not locked:
            SignInAttempt.objects.create(username=username, at=now, succeeded=login is not None)
    if locked_until is not None and locked:
        raise SignInLocked(locked_until)
    if login is None:
        raise SignInFailed
    return login


def _locked_until(username: str) -> datetime | None:
    """A quarter of an hour after the last of five failures in a row that lie within one."""
    latest = SignInAttempt.objects.filter(username=username).order_by("-at", "-id")[:ATTEMPTS_MAX]
    attempts = list(latest.values_list("at", "succeeded"))
    if len(attempts) < ATTEMPTS_MAX or any(succeeded for _, succeeded in attempts):
        return None
    last, first = attempts[0][0], attempts[-1][0]
    return last + LOCK_TIME if last - first < LOCK_TIME else None


def _login_with(username: str, password: str) -> Login | None:
    login = Login.objects.filter(username=username, is_active=True).first()
    if login is None:
        # The same work as for a login that exists, so that the time taken does not tell.
        make_password(password)
        return None
    return login if check_password(password, login.password) else None


def create_demo_logins(*, actor: Scope, names: Sequence[tuple[str, str]], password: str) -> list[Login]:
    """Logins (user name, display name) that share one password, hashed once because hashing is slow on purpose."""
    actor.require(Capability.MANAGE_STAFF)
    hashed = make_password(password)
    return Login.objects.bulk_create(
        Login(username=username, display_name=display_name, password=hashed, is_demo=True)
        for username, display_name in names
    )
