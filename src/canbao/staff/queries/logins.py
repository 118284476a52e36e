"""The scope of a login: where it may look for a purpose, and what it may do there."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from django.conf import settings
from django.db.models import F, Q, QuerySet

from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope, area_prefix
from canbao.staff.capabilities import CAPABILITIES, Capability
from canbao.staff.demands import demands_second_factor
from canbao.staff.models import Grant, Login, LoginEvent, RecoveryCode, Role, SecondFactor, Session


def _valid(day: date) -> Q:
    return Q(from_on__lte=day) & (Q(until_on=None) | Q(until_on__gt=day))


def grants_of(login: Login, on: date) -> QuerySet[Grant]:
    return Grant.objects.filter(_valid(on), login=login).order_by("area_code", "role")


def scope_of(login: Login, purpose: str, clock: Clock) -> Scope:
    """What a login may see for a purpose (a capability): the areas of today's grants whose role holds it.

    Its `capabilities` are those every one of these grants has, so none reaches into an area it was not granted for.
    ValueError if the purpose is no capability.
    """
    wanted = Capability(purpose)
    grants = [grant for grant in grants_of(login, clock.today()) if wanted in CAPABILITIES[Role(grant.role)]]
    if not login.is_active:
        grants = []
    held = [CAPABILITIES[Role(grant.role)] for grant in grants]
    return Scope(
        actor_id=login.pk,
        actor_name=login.display_name,
        roles=frozenset(grant.role for grant in grants),
        prefixes=_widest({area_prefix(grant.area_code) for grant in grants}),
        purpose=wanted,
        capabilities=frozenset(str(c) for c in frozenset.intersection(*held)) if held else frozenset(),
    )


def colleagues_of(scope: Scope) -> QuerySet[Grant, int]:
    """Ids of the logins that hold or held one of the scope's roles in exactly an area for which its actor has it."""
    own = Grant.objects.filter(login_id=scope.actor_id or 0, role__in=scope.roles)
    same = Q(pk__in=())
    for grant in own:
        if scope.covers(grant.area_code):
            same |= Q(role=grant.role, area_code=grant.area_code)
    held = Q(until_on=None) | Q(until_on__gt=F("from_on"))
    return Grant.objects.filter(same, held).values_list("login_id", flat=True)


def holders(scope: Scope, roles: Collection[str], day: date) -> list[tuple[Login, Grant]]:
    """Who holds one of the roles inside the scope on the day, by area and name."""
    rows = Grant.objects.filter(_valid(day), scope.q("area_code"), role__in=roles, login__is_active=True)
    ordered = rows.select_related("login").order_by("area_code", "login__display_name", "pk")
    return [(grant.login, grant) for grant in ordered]


def reach_of(login: Login, clock: Clock) -> Scope:
    """Where a login works at all, whatever its roles: to see again what it did itself. It holds no capability."""
    grants = list(grants_of(login, clock.today())) if login.is_active else []
    prefixes = _widest({area_prefix(grant.area_code) for grant in grants})
    return Scope(actor_id=login.pk, actor_name=login.display_name, prefixes=prefixes, purpose="own work")


def _widest(prefixes: set[str]) -> tuple[str, ...]:
    return tuple(sorted(p for p in prefixes if not any(p != q and p.startswith(q) for q in prefixes)))


def capabilities_of(login: Login, clock: Clock) -> frozenset[str]:
    """What the login may do somewhere: which menu entries make sense. Not a permission for any area; ask `scope_of`."""
    if not login.is_active:
        return frozenset()
    held = [CAPABILITIES[Role(grant.role)] for grant in grants_of(login, clock.today())]
    return frozenset(str(capability) for capabilities in held for capability in capabilities)


def login_named(username: str) -> Login:
    """Login.DoesNotExist if there is none."""
    return Login.objects.get(username=username)


def demo_logins(on: date) -> list[tuple[Login, list[Grant]]]:
    """The logins of the demo with their grants, to be printed at the start."""
    return [(login, list(grants_of(login, on))) for login in Login.objects.filter(is_demo=True).order_by("id")]


def login_with_id(login_id: int) -> Login | None:
    """An active login."""
    return Login.objects.filter(pk=login_id, is_active=True).first()


def second_factor_of(login: Login) -> SecondFactor | None:
    """None until its phone is bound."""
    return SecondFactor.objects.filter(login=login, confirmed_at__isnull=False).first()


def must_set_up_second_factor(login: Login, clock: Clock) -> bool:
    return second_factor_of(login) is None and demands_second_factor(grants_of(login, clock.today()))


def recovery_codes_left(login: Login) -> int:
    return RecoveryCode.objects.filter(login=login, used_at=None).count()


def sessions_of(login: Login, clock: Clock) -> QuerySet[Session]:
    """Where this login is signed in at the moment, the latest first."""
    now = clock.now()
    begun = now - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    seen = now - timedelta(seconds=settings.SESSION_IDLE_SECONDS)
    return Session.objects.filter(login_id=login.pk, begun_at__gt=begun, seen_at__gt=seen).order_by("-seen_at")


def events_of(login: Login) -> QuerySet[LoginEvent]:
    """What happened to a login, the latest first."""
    return LoginEvent.objects.filter(login=login).order_by("-at", "-pk")
