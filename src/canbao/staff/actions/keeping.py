"""Keeping logins: roles granted and ended, logins switched off and on, phones taken off; by two where it matters."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from canbao.areas import queries as areas
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock, day_en, day_zh
from canbao.kernel.scope import Scope
from canbao.staff.actions.approvals import ask_approval
from canbao.staff.actions.events import record_event
from canbao.staff.actions.keepers import require_keeper
from canbao.staff.actions.logins import create_login, grant_role, require_separate
from canbao.staff.actions.passwords import end_sessions, one_time_password
from canbao.staff.actions.second_factor import remove_second_factor
from canbao.staff.approvals import Kind
from canbao.staff.demands import is_powerful
from canbao.staff.models import USERNAME_MAX, Approval, Grant, Login, LoginEventKind, Role, SecondFactor
from canbao.staff.queries.locks import locked_until
from canbao.staff.refusals import (
    AlreadyGranted,
    GrantDaysWrong,
    GrantNotFound,
    LoginNotFound,
    NameTaken,
    NameUnfit,
    NotForYourself,
    NotLocked,
    SecondFactorMissing,
)

DISPLAY_NAME_MAX = 60
_NAME_SIGNS = "abcdefghijklmnopqrstuvwxyz0123456789._-"


def make_login(*, actor: Scope, username: str, display_name: str, area_code: str, clock: Clock) -> tuple[Login, str]:
    """A login of an office without any role, and its one-time password, said this once.

    Refuses `name_unfit`, `name_taken`, and as `Scope.require`.
    """
    actor.require(Capability.MANAGE_STAFF, area_code)
    username, display_name = username.strip(), display_name.strip()
    fits = 0 < len(username) <= USERNAME_MAX and all(sign in _NAME_SIGNS for sign in username)
    if not fits or not 0 < len(display_name) <= DISPLAY_NAME_MAX:
        raise NameUnfit
    password = one_time_password()
    try:
        with transaction.atomic():
            made = create_login(
                actor=actor, username=username, display_name=display_name, password=password, clock=clock,
                area_code=area_code, one_time=True,
            )  # fmt: skip
    except IntegrityError:
        raise NameTaken from None
    return made, password


def ask_grant(
    *, actor: Scope, login: Login, role: Role, area_code: str, from_on: date, until_on: date | None, clock: Clock,
    page: str = "",
) -> Grant | Approval:  # fmt: skip
    """Grant a role, or ask a second person to, if the role is powerful. Half-open days, from today on at the earliest.

    Refuses `not_for_yourself`, `grant_days_wrong`, `already_granted`, `must_stay_apart`, `already_asked`, and as
    `Scope.require`.
    """
    actor.require(Capability.MANAGE_STAFF, area_code)
    _require_grantable(actor, login, role, area_code, from_on, until_on, clock)
    if not is_powerful(role):
        return grant_role(
            actor=actor, login=login, role=role, area_code=area_code, from_on=from_on, until_on=until_on, clock=clock
        )
    place = areas.full_name(area_code)
    until_zh = "" if until_on is None else f"，到{day_zh(until_on)}前"
    until_en = "" if until_on is None else f" until before {day_en(until_on)}"
    return ask_approval(
        actor=actor, kind=GRANT.code, area_code=area_code, key=f"{login.pk} {role} {area_code}",
        subject={
            "login": login.pk, "role": role.value, "from_on": from_on.isoformat(),
            "until_on": until_on and until_on.isoformat(),
        },
        summary=(
            f"授予 {login.display_name}（{login.username}）{_named(role, 'zh-hans')} · {place}，"
                f"从{day_zh(from_on)}起{until_zh}",
            f"Grant {login.display_name} ({login.username}) the role {_named(role, 'en')} in {place} from "
            f"{day_en(from_on)}{until_en}",
        ),
        clock=clock, page=page,
    )  # fmt: skip


def end_grant(*, actor: Scope, login: Login, grant_id: int, until_on: date, clock: Clock) -> Grant:
    """End a role on a day from today on, the first without it; one that has not begun by then never begins.

    Refuses `grant_not_found`, `grant_days_wrong`, and as `Scope.require`.
    """
    actor.require(Capability.MANAGE_STAFF)
    with transaction.atomic():
        grant = Grant.objects.select_for_update().filter(pk=grant_id, login=login).first()
        if grant is None:
            raise GrantNotFound
        actor.require(Capability.MANAGE_STAFF, grant.area_code)
        if until_on < clock.today() or (grant.until_on is not None and grant.until_on <= clock.today()):
            raise GrantDaysWrong
        grant.until_on = max(until_on, grant.from_on)
        grant.save(update_fields=("until_on",))
    return grant


def disable_login(*, actor: Scope, login: Login, clock: Clock) -> None:
    """Switch a login off, such as that of a leaver: it cannot sign in, its sessions and its program's tokens end.

    Refuses `not_for_yourself`, and as `require_keeper`.
    """
    require_keeper(actor, login, clock.today())
    _require_another(actor, login)
    with transaction.atomic():
        login.is_active = False
        login.save(update_fields=("is_active",))
        end_sessions(login=login)
        record_event(login=login, kind=LoginEventKind.DISABLED, clock=clock, actor=actor)


def enable_login(*, actor: Scope, login: Login, clock: Clock) -> None:
    """Switch it on again, with whatever it is granted today. Refuses as `disable_login`."""
    require_keeper(actor, login, clock.today())
    _require_another(actor, login)
    with transaction.atomic():
        login.is_active = True
        login.save(update_fields=("is_active",))
        record_event(login=login, kind=LoginEventKind.ENABLED, clock=clock, actor=actor)


def unlock_login(*, actor: Scope, login: Login, clock: Clock) -> None:
    """Let it sign in again before the lock ends by itself: the failures so far count no more, and stay on record.

    Refuses `not_locked`, and as `disable_login`.
    """
    require_keeper(actor, login, clock.today())
    _require_another(actor, login)
    if locked_until(login.username, clock.now()) is None:
        raise NotLocked
    record_event(login=login, kind=LoginEventKind.UNLOCKED, clock=clock, actor=actor)


def ask_factor_reset(*, actor: Scope, login: Login, clock: Clock, page: str = "") -> Approval:
    """Ask a second person to take the second factor off. Refuses `no_second_factor`, `already_asked`."""
    require_keeper(actor, login, clock.today())
    if not SecondFactor.objects.filter(login=login, confirmed_at__isnull=False).exists():
        raise SecondFactorMissing
    return ask_approval(
        actor=actor, kind=FACTOR_RESET.code, area_code=_office(actor, login), key=str(login.pk),
        subject={"login": login.pk},
        summary=(
            f"解除 {login.display_name}（{login.username}）的手机验证器",
            f"Take the second factor off {login.display_name} ({login.username})",
        ),
        clock=clock, page=page,
    )  # fmt: skip


def _require_grantable(
    actor: Scope, login: Login, role: Role, area_code: str, from_on: date, until_on: date | None, clock: Clock
) -> None:
    _require_another(actor, login)
    if from_on < clock.today() or (until_on is not None and until_on <= from_on):
        raise GrantDaysWrong
    meets = Q(until_on=None) | Q(until_on__gt=from_on)
    if until_on is not None:
        meets &= Q(from_on__lt=until_on)
    if Grant.objects.filter(meets, login=login, role=role, area_code=area_code).exists():
        raise AlreadyGranted
    require_separate(login, role, from_on, until_on)


def _require_another(actor: Scope, login: Login) -> None:
    if actor.actor_id == login.pk:
        raise NotForYourself


def _office(actor: Scope, login: Login) -> str:
    """Where the wish is decided: the login's office, or the place of one of its roles."""
    if login.area_code:
        return login.area_code
    held = login.grants.order_by("pk").values_list("area_code", flat=True).first()
    if held is None:
        raise LoginNotFound
    return held


def _named(role: Role, language: str) -> str:
    from django.utils.translation import override

    with override(language):
        return str(role.label)


def _login_of(approval: Approval) -> Login:
    return Login.objects.get(pk=approval.subject["login"])


def _carry_out_grant(actor: Scope, approval: Approval, clock: Clock) -> Grant:
    """Days that went by while it waited are not made up for."""
    subject: dict[str, Any] = approval.subject
    login, role = _login_of(approval), Role(subject["role"])
    from_on = max(date.fromisoformat(subject["from_on"]), clock.today())
    until_on = date.fromisoformat(subject["until_on"]) if subject["until_on"] else None
    _require_grantable(actor, login, role, approval.area_code, from_on, until_on, clock)
    return grant_role(
        actor=actor, login=login, role=role, area_code=approval.area_code, from_on=from_on, until_on=until_on,
        clock=clock, asked_by=approval.asked_by,
    )  # fmt: skip


def _carry_out_reset(actor: Scope, approval: Approval, clock: Clock) -> None:
    login = _login_of(approval)
    _require_another(actor, login)
    remove_second_factor(actor=actor, login=login, clock=clock)


GRANT = Kind(
    "staff.grant", _("授予重要岗位"), asks=Capability.MANAGE_STAFF, carry_out=_carry_out_grant,
    decides=Capability.APPROVE_STAFF,
)  # fmt: skip
FACTOR_RESET = Kind(
    "staff.factor_reset", _("解除手机验证器"), asks=Capability.MANAGE_STAFF, carry_out=_carry_out_reset,
    decides=Capability.APPROVE_STAFF,
)  # fmt: skip
