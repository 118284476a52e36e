"""Making logins, granting and ending roles, signing in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError, transaction
from django.db.models import F, Q

from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.staff.actions.attempts import judged
from canbao.staff.actions.events import record_event
from canbao.staff.actions.passwords import ONE_TIME_LASTS
from canbao.staff.models import USERNAME_MAX, Grant, Login, LoginEventKind, Role, Stage
from canbao.staff.refusals import AlreadyGranted, MustStayApart, OneTimeOver, SignInFailed

APART = frozenset({Role.AUDITOR.value, Role.SYSTEM_ADMINISTRATOR.value})
"""Who looks at what others did, and who gives others their rights, does none of their work and not the other's."""


def create_login(
    *, actor: Scope, username: str, display_name: str, password: str, clock: Clock, area_code: str | None = None,
    one_time: bool = False, language: str = "zh-hans",
) -> Login:  # fmt: skip
    """A login of the office `area_code`. A one-time password is one that the actor knows: it is changed at first."""
    actor.require(Capability.MANAGE_STAFF, area_code)
    login = Login(username=username, display_name=display_name, language=language, area_code=area_code)
    login.set_password(password)
    login.one_time_until = clock.now() + ONE_TIME_LASTS if one_time else None
    with transaction.atomic():
        login.save(force_insert=True)
        record_event(login=login, kind=LoginEventKind.MADE, clock=clock, actor=actor)
    return login


def grant_role(
    *, actor: Scope, login: Login, role: Role, area_code: str, from_on: date, until_on: date | None = None,
    clock: Clock | None = None, asked_by: str = "",
) -> Grant:  # fmt: skip
    """Half-open days: `until_on` is the first day without the role. `asked_by`: whom the actor said yes to.

    AlreadyGranted if some of the days are, MustStayApart for an auditor or administrator who would do other work too.
    """
    actor.require(Capability.MANAGE_STAFF, area_code)
    try:
        with transaction.atomic():
            # Two who grant at once wait for each other here.
            Login.objects.select_for_update(no_key=True).get(pk=login.pk)
            require_separate(login, role, from_on, until_on)
            return Grant.objects.create(
                login=login, role=role, area_code=area_code, from_on=from_on, until_on=until_on,
                granted_by_id=actor.actor_id, granted_by=actor.actor_name, granted_at=clock.now() if clock else None,
                asked_by=asked_by,
            )  # fmt: skip
    except IntegrityError as error:
        raise (AlreadyGranted() if "staff_grant_once_a_day" in str(error) else error) from error


def sign_in(*, username: str, password: str, clock: Clock, address: str = "") -> Login:
    """The login, if the password is right; SignInFailed, SignInLocked after too many failures, OneTimeOver.

    This is the first step of the way in: a second factor and a new password may follow (canbao.faces.console.entering).
    """
    if len(username) > USERNAME_MAX:
        # No login has such a name, and no attempt at one can be kept.
        raise SignInFailed
    login = judged(username, Stage.PASSWORD, address, clock, lambda: _login_with(username, password))
    if login is None:
        raise SignInFailed
    if login.one_time_until is not None and login.one_time_until <= clock.now():
        raise OneTimeOver
    return login


def _login_with(username: str, password: str) -> Login | None:
    login = Login.objects.filter(username=username, is_active=True).first()
    if login is None:
        # The same work as for a login that exists, so that the time taken does not tell.
        make_password(password)
        return None
    return login if check_password(password, login.password) else None


def require_separate(login: Login, role: Role, from_on: date, until_on: date | None) -> None:
    """MustStayApart where one of two roles of the same days audits or keeps logins: neither goes with other work."""
    meets = Q(until_on=None) | Q(until_on__gt=from_on)
    if until_on is not None:
        meets &= Q(from_on__lt=until_on)
    # A grant that was ended before it began holds no day.
    held = Grant.objects.filter(meets, login=login).exclude(role=role).exclude(until_on__lte=F("from_on"))
    if role not in APART:
        held = held.filter(role__in=APART)
    other = held.order_by("pk").first()
    if other is not None:
        raise MustStayApart(Role(other.role).label if other.role in APART else role.label)


def create_demo_logins(*, actor: Scope, names: Sequence[tuple[str, str, str | None]], password: str) -> list[Login]:
    """Logins (user name, display name, area) that share one password, hashed once: hashing is slow on purpose."""
    actor.require(Capability.MANAGE_STAFF)
    hashed = make_password(password)
    return Login.objects.bulk_create(
        Login(username=username, display_name=display_name, password=hashed, is_demo=True, area_code=area_code)
        for username, display_name, area_code in names
    )
