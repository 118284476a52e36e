"""Logins and what they are granted: the list, one login, and what its keeper does to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from canbao.areas import queries as areas
from canbao.faces.console.places import AREA_CODE, choices_of
from canbao.faces.led_back import NOTHING_WRITTEN
from canbao.faces.visit import clock, for_staff, login_of, show
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.staff import actions
from canbao.staff import queries as staff
from canbao.staff.capabilities import Capability
from canbao.staff.demands import is_powerful
from canbao.staff.models import Approval, Login, Role
from canbao.staff.refusals import GrantDaysWrong, LoginNotFound

ON_A_PAGE, EVENTS_SHOWN = 100, 30
P = ParamSpec("P")
LoginView = Callable[Concatenate[HttpRequest, Scope, Login, P], HttpResponse]


@require_safe
@for_staff(Capability.SEE_STAFF)
def logins(request: HttpRequest, scope: Scope) -> HttpResponse:
    sought = request.GET.get("q", "").strip()
    page = Paginator(staff.keeping.logins(scope, sought), ON_A_PAGE).get_page(request.GET.get("page"))
    today = clock().today()
    held = {
        login.pk: [each for each in staff.keeping.held_by(login, today) if each.state != staff.keeping.ENDED]
        for login in page
    }
    names = areas.names({each.grant.area_code for found in held.values() for each in found})
    locked = staff.locked_of([login.username for login in page], clock().now())
    rows = [
        (
            login,
            locked.get(login.username),
            [(each, names.get(each.grant.area_code, each.grant.area_code)) for each in held[login.pk]],
        )
        for login in page
    ]
    context = {
        "rows": rows,
        "page": page,
        "sought": sought,
        "query": urlencode({"q": sought}),
        "may_manage": Capability.MANAGE_STAFF in staff.capabilities_of(login_of(request), clock()),
    }
    return show(request, "faces/console/logins.html", "logins", context)


@require_safe
@for_staff(Capability.SEE_STAFF)
def login(request: HttpRequest, scope: Scope, login_id: int) -> HttpResponse:
    return _page(request, _found(scope, login_id))


def _found(scope: Scope, login_id: int) -> Login:
    try:
        return staff.keeping.login(scope, login_id)
    except LoginNotFound:
        raise Http404 from None


def _page(request: HttpRequest, found: Login, refusal: Refusal | None = None) -> HttpResponse:
    keeper = staff.scope_of(login_of(request), Capability.MANAGE_STAFF, clock())
    today = clock().today()
    held = staff.keeping.held_by(found, today)
    wanted = request.POST.get("area", "")
    manages = bool(keeper.prefixes) and found.pk != keeper.actor_id
    context = {
        "login": found,
        "office": areas.full_name(found.area_code) if found.area_code else "",
        "held": [(each, areas.full_name(each.grant.area_code), keeper.covers(each.grant.area_code)) for each in held],
        "factor": staff.second_factor_of(found),
        "locked": staff.locked_until(found.username, clock().now()),
        "events": staff.events_of(found)[:EVENTS_SHOWN],
        "manages": manages,
        "keeps": manages and staff.keeping.keeps(keeper, found, today),
        "roles": [(role, str(role.label), is_powerful(role)) for role in Role],
        "choices": choices_of(keeper, wanted if AREA_CODE.fullmatch(wanted) else "") if manages else [],
        "filled": {name: request.POST.get(name, "") for name in ("role", "area", "from_on", "until_on")},
        "today": today,
        "refusal": refusal,
    }
    return show(request, "faces/console/login.html", "logins", context, status=422 if refusal else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(Capability.MANAGE_STAFF)
def new(request: HttpRequest, scope: Scope) -> HttpResponse:
    """A new login; its one-time password is shown on the page that answers."""
    filled = {name: request.POST.get(name, "") for name in ("username", "display_name", "area")}
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            made, password = actions.make_login(
                actor=scope, username=filled["username"], display_name=filled["display_name"],
                area_code=_area(filled["area"]), clock=clock(),
            )  # fmt: skip
        except Refusal as refused:
            refusal = refused
        else:
            return _one_time(request, made, password)
    context = {"choices": choices_of(scope, filled["area"]), "filled": filled, "refusal": refusal}
    return show(request, "faces/console/login_new.html", "logins", context, status=422 if refusal else 200)


def _one_time(request: HttpRequest, made: Login, password: str) -> HttpResponse:
    return show(request, "faces/console/login_password.html", "logins", {"login": made, "password": password})


def _area(code: str) -> str:
    """The code of a division that is there. Http404."""
    if not AREA_CODE.fullmatch(code) or areas.area(code) is None:
        raise Http404
    return code


def done_to_login(view: LoginView[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """A view that does something to one login; a refusal stands on the login's page."""

    @for_staff(Capability.MANAGE_STAFF)
    def done(request: HttpRequest, scope: Scope, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        found = _found(scope, int(str(kwargs.pop("login_id"))))
        try:
            return view(request, scope, found, *args, **kwargs)
        except Refusal as refusal:
            return _page(request, found, refusal)

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method == "POST":
            return done(request, *args, **kwargs)
        messages.warning(request, str(NOTHING_WRITTEN))
        return redirect("console:login", login_id=kwargs["login_id"])

    return guarded


def _back(found: Login) -> HttpResponse:
    return redirect("console:login", login_id=found.pk)


@done_to_login
def grant(request: HttpRequest, scope: Scope, found: Login) -> HttpResponse:
    role = request.POST.get("role", "")
    if role not in Role.values:
        raise Http404
    made = actions.ask_grant(
        actor=scope, login=found, role=Role(role), area_code=_area(request.POST.get("area", "")),
        from_on=_day(request, "from_on") or clock().today(), until_on=_day(request, "until_on"), clock=clock(),
        page=reverse("console:login", kwargs={"login_id": found.pk}),
    )  # fmt: skip
    if isinstance(made, Approval):
        messages.success(request, gettext("这个岗位权限大，已提交审批：另一位有权的人同意后生效。"))
    else:
        messages.success(request, gettext("已授权。"))
    return _back(found)


def _day(request: HttpRequest, name: str) -> date | None:
    """GrantDaysWrong for what is no day."""
    text = request.POST.get(name, "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise GrantDaysWrong from None


@done_to_login
def end_grant(request: HttpRequest, scope: Scope, found: Login, grant_id: int) -> HttpResponse:
    until_on = _day(request, "until_on") or clock().today()
    actions.end_grant(actor=scope, login=found, grant_id=grant_id, until_on=until_on, clock=clock())
    messages.success(request, gettext("授权的结束日期已记下。"))
    return _back(found)


@done_to_login
def reset_password(request: HttpRequest, scope: Scope, found: Login) -> HttpResponse:
    return _one_time(request, found, actions.reset_password(actor=scope, login=found, clock=clock()))


@done_to_login
def reset_factor(request: HttpRequest, scope: Scope, found: Login) -> HttpResponse:
    page = reverse("console:login", kwargs={"login_id": found.pk})
    actions.ask_factor_reset(actor=scope, login=found, clock=clock(), page=page)
    messages.success(request, gettext("已提交审批：另一位有权的人同意后解除绑定。"))
    return _back(found)


@done_to_login
def unlock(request: HttpRequest, scope: Scope, found: Login) -> HttpResponse:
    actions.unlock_login(actor=scope, login=found, clock=clock())
    messages.success(request, gettext("已解除锁定，可以重新登录。"))
    return _back(found)


@done_to_login
def disable(request: HttpRequest, scope: Scope, found: Login) -> HttpResponse:
    actions.disable_login(actor=scope, login=found, clock=clock())
    messages.success(request, gettext("账号已停用，正在进行的登录已经结束。"))
    return _back(found)


@done_to_login
def enable(request: HttpRequest, scope: Scope, found: Login) -> HttpResponse:
    actions.enable_login(actor=scope, login=found, clock=clock())
    messages.success(request, gettext("账号已启用。"))
    return _back(found)
