"""The second factor: binding a phone, its codes, the codes on paper, and taking it off.

Codes are told by the machine's own clock, which a phone shares, and never by the demo's.
"""

from __future__ import annotations

import base64
import hashlib
import secrets

from django.db import transaction

from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.staff import codes
from canbao.staff.actions.attempts import judged
from canbao.staff.actions.events import record_event
from canbao.staff.actions.keepers import require_keeper
from canbao.staff.models import Login, LoginEventKind, RecoveryCode, SecondFactor, Stage
from canbao.staff.refusals import CodeWrong, SecondFactorMissing

RECOVERY_CODES, RECOVERY_BYTES = 10, 10


def begin_second_factor(*, login: Login) -> SecondFactor:
    """The secret to bind a phone with, the same until it is confirmed. A confirmed one is left as it is."""
    with transaction.atomic():
        # Of two pages opened at once, both show one secret.
        Login.objects.select_for_update(no_key=True).get(pk=login.pk)
        found = SecondFactor.objects.filter(login=login).first()
        if found is None:
            found = SecondFactor(login=login)
            found.secret = codes.new_secret()
            found.save(force_insert=True)
    return found


def confirm_second_factor(*, login: Login, code: str, phone: Clock, clock: Clock, address: str = "") -> list[str]:
    """Bind the phone that shows this code, and give the recovery codes, this once. Refuses `code_wrong`, SignInLocked.

    `phone` is the machine's own clock, `clock` the program's.
    """

    def judge() -> list[str] | None:
        factor = _locked(login, confirmed=False)
        step = codes.step_of(factor.secret, code, phone.now(), factor.last_step)
        if step is None:
            return None
        factor.confirmed_at, factor.last_step = clock.now(), step
        factor.save(update_fields=("confirmed_at", "last_step"))
        return _new_recovery_codes(login)

    on_paper = judged(login.username, Stage.CODE, address, clock, judge)
    if on_paper is None:
        raise CodeWrong
    record_event(login=login, kind=LoginEventKind.FACTOR_SET_UP, clock=clock, address=address)
    return on_paper


def check_code(*, login: Login, code: str, phone: Clock, clock: Clock, address: str = "") -> None:
    """Accept a code of the phone or one on paper, each once. Refuses `code_wrong`, SignInLocked.

    The times of `phone` and `clock` as for `confirm_second_factor`.
    """

    def judge() -> str | None:
        factor = _locked(login, confirmed=True)
        step = codes.step_of(factor.secret, code, phone.now(), factor.last_step)
        if step is not None:
            factor.last_step = step
            factor.save(update_fields=("last_step",))
            return Stage.CODE
        unused = RecoveryCode.objects.filter(login=login, digest=_digest(login, code), used_at=None)
        return LoginEventKind.RECOVERY_CODE_USED if unused.update(used_at=clock.now()) else None

    how = judged(login.username, Stage.CODE, address, clock, judge)
    if how is None:
        raise CodeWrong
    if how == LoginEventKind.RECOVERY_CODE_USED:
        record_event(login=login, kind=LoginEventKind.RECOVERY_CODE_USED, clock=clock, address=address)


def renew_recovery_codes(*, login: Login, clock: Clock, address: str = "") -> list[str]:
    """New recovery codes, shown this once; the old ones are worth nothing from now on."""
    with transaction.atomic():
        _locked(login, confirmed=True)
        on_paper = _new_recovery_codes(login)
    record_event(login=login, kind=LoginEventKind.RECOVERY_CODES_MADE, clock=clock, address=address)
    return on_paper


def remove_second_factor(*, actor: Scope, login: Login, clock: Clock) -> None:
    """Take the second factor off a login, which sets up a new one when it signs in next. Refuses `no_second_factor`."""
    require_keeper(actor, login, clock.today())
    with transaction.atomic():
        RecoveryCode.objects.filter(login=login).delete()
        removed, _ = SecondFactor.objects.filter(login=login, confirmed_at__isnull=False).delete()
        if not removed:
            raise SecondFactorMissing
        record_event(login=login, kind=LoginEventKind.FACTOR_RESET, clock=clock, actor=actor)


def _locked(login: Login, *, confirmed: bool) -> SecondFactor:
    found = SecondFactor.objects.select_for_update().filter(login=login, confirmed_at__isnull=not confirmed).first()
    if found is None:
        raise SecondFactorMissing
    return found


def _new_recovery_codes(login: Login) -> list[str]:
    RecoveryCode.objects.filter(login=login).delete()
    made = [_spoken(base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode()) for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(login=login, digest=_digest(login, code)) for code in made)
    return made


def _spoken(text: str) -> str:
    """In groups of four, to be copied by hand."""
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def _digest(login: Login, code: str) -> bytes:
    """Of a code with 80 random bits, so a slow hash would guard nothing more. Capitals and dashes do not matter."""
    plain = "".join(character for character in code.upper() if character.isalnum())
    return hashlib.sha256(f"canbao recovery {login.pk} {plain}".encode()).digest()
