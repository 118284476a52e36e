"""One's own login: password, phone, recovery codes, where one is signed in, and how long this session lasts."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from canbao.faces.console.entering import new_password, phone_to_bind
from canbao.faces.led_back import only_posted
from canbao.faces.sitting import seconds_left
from canbao.faces.visit import address_of, clock, for_staff, login_of, show
from canbao.kernel.clock import SystemClock
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.staff import actions
from canbao.staff import queries as staff
from canbao.staff.models import Login, LoginEventKind

EVENTS_SHOWN = 20


@require_safe
@for_staff(None)
def account(request: HttpRequest, scope: Scope) -> HttpResponse:
    return _page(request)


def _page(request: HttpRequest, refusal: Refusal | None = None, at: str = "") -> HttpResponse:
    login = login_of(request)
    factor = staff.second_factor_of(login)
    context = {
        "factor": factor,
        "codes_left": staff.recovery_codes_left(login),
        "sessions": staff.sessions_of(login, clock()),
        "own_key": request.session.session_key,
        "events": staff.events_of(login)[:EVENTS_SHOWN],
        "refusal": refusal,
        "at": at,
    }
    return show(request, "faces/console/account.html", "account", context, status=422 if refusal else 200)


@only_posted("console:account")
@for_staff(None)
def change_password(request: HttpRequest, scope: Scope) -> HttpResponse:
    login = login_of(request)
    try:
        actions.change_password(
            login=login, old=request.POST.get("old", ""), new=new_password(request), clock=clock(),
            address=address_of(request), keep=request.session.session_key,
        )  # fmt: skip
    except Refusal as refusal:
        return _page(request, refusal, "password")
    update_session_auth_hash(request, login)
    messages.success(request, gettext("密码已修改，其他地方的登录已经结束。"))
    return redirect("console:account")


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(None)
def bind_phone(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Binding a phone of one's own accord; the recovery codes are shown on the page that answers."""
    login = login_of(request)
    if staff.second_factor_of(login) is not None:
        return redirect("console:account")
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            codes = actions.confirm_second_factor(
                login=login, code=request.POST.get("code", ""), phone=SystemClock(), clock=clock(),
                address=address_of(request),
            )  # fmt: skip
        except Refusal as refused:
            refusal = refused
        else:
            return show(request, "faces/console/account_codes.html", "account", {"codes": codes})
    context = {"refusal": refusal, **phone_to_bind(login)}
    return show(request, "faces/console/account_phone.html", "account", context, status=422 if refusal else 200)


@only_posted("console:account")
@for_staff(None)
def new_codes(request: HttpRequest, scope: Scope) -> HttpResponse:
    """New recovery codes, for a code of the phone."""
    login = login_of(request)
    try:
        actions.check_code(
            login=login, code=request.POST.get("code", ""), phone=SystemClock(), clock=clock(),
            address=address_of(request),
        )  # fmt: skip
        codes = actions.renew_recovery_codes(login=login, clock=clock(), address=address_of(request))
    except Refusal as refusal:
        return _page(request, refusal, "phone")
    return show(request, "faces/console/account_codes.html", "account", {"codes": codes})


@only_posted("console:account")
@for_staff(None)
def end_others(request: HttpRequest, scope: Scope) -> HttpResponse:
    login = login_of(request)
    ended = actions.end_sessions(login=login, keep=request.session.session_key)
    if ended:
        actions.record_event(
            login=login, kind=LoginEventKind.SESSIONS_ENDED, clock=clock(), address=address_of(request)
        )
    said = ngettext("已结束 %(n)s 处登录。", "已结束 %(n)s 处登录。", ended) % {"n": ended}
    messages.success(request, said)
    return redirect("console:account")


@require_http_methods(["GET", "POST"])
def sitting(request: HttpRequest) -> HttpResponse:
    """Seconds until this session ends, and the token that forms send now; asked by the page itself.

    A POST is a person who goes on working. After signing in anew elsewhere, an open page goes on with the new token.
    """
    signed_in = isinstance(request.user, Login)
    return JsonResponse({"left": seconds_left(request), "csrf": get_token(request) if signed_in else ""})
