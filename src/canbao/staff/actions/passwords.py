"""Passwords: changing one's own, and one-time passwords that somebody else hands over."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.staff.actions.attempts import judged
from canbao.staff.actions.events import record_event
from canbao.staff.actions.keepers import require_keeper
from canbao.staff.models import Login, LoginEventKind, Session, Stage
from canbao.staff.refusals import PasswordUnchanged, PasswordWeak, PasswordWrong

ONE_TIME_LASTS = timedelta(days=7)
_LETTERS, _GROUPS, _GROUP = "abcdefghjkmnpqrstuvwxyz23456789", 4, 4


def one_time_password() -> str:
    """Random, in groups, of letters and digits that are not taken for each other: about 79 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))


def require_strong(login: Login, password: str) -> None:
    """PasswordWeak, with every reason."""
    try:
        validate_password(password, login)
    except ValidationError as weak:
        raise PasswordWeak([str(fault.code) for fault in weak.error_list]) from None


def change_password(
    *, login: Login, old: str, new: str, clock: Clock, address: str = "", keep: str | None = None
) -> None:
    """Let a login change its own password, and end its sessions but the one with the key `keep`.

    Refuses `password_wrong` for the old one, `password_weak`, `password_unchanged`, and SignInLocked.
    """
    right = judged(
        login.username, Stage.PASSWORD, address, clock, lambda: True if check_password(old, login.password) else None
    )
    if right is None:
        raise PasswordWrong
    set_own_password(login=login, new=new, clock=clock, address=address, keep=keep)


def set_own_password(*, login: Login, new: str, clock: Clock, address: str = "", keep: str | None = None) -> None:
    """The new password of somebody who has just shown the old one. Refuses as `change_password`."""
    require_strong(login, new)
    if check_password(new, login.password):
        raise PasswordUnchanged
    with transaction.atomic():
        login.set_password(new)
        login.one_time_until = None
        login.save(update_fields=("password", "one_time_until"))
        end_sessions(login=login, keep=keep)
        record_event(login=login, kind=LoginEventKind.PASSWORD_CHANGED, clock=clock, address=address)


def reset_password(*, actor: Scope, login: Login, clock: Clock) -> str:
    """A one-time password for a login that lost its own, said this once; it ends all its sessions.

    It lasts for ONE_TIME_LASTS and is changed at the first sign-in.
    """
    require_keeper(actor, login, clock.today())
    password = one_time_password()
    with transaction.atomic():
        login.set_password(password)
        login.one_time_until = clock.now() + ONE_TIME_LASTS
        login.save(update_fields=("password", "one_time_until"))
        end_sessions(login=login)
        record_event(login=login, kind=LoginEventKind.PASSWORD_RESET, clock=clock, actor=actor)
    return password


def end_sessions(*, login: Login, keep: str | None = None) -> int:
    """End the sessions of a login but the one with the key `keep`; how many ended."""
    ended, _ = Session.objects.filter(login_id=login.pk).exclude(session_key=keep or "").delete()
    return ended
