"""The way in after the password: a code, a new password where the old one was handed over, and binding a phone.

Between the steps nobody is signed in. The session remembers for ten minutes whose password was right, and forgets it
when that password changes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from canbao.faces.qr import qr_svg
from canbao.faces.sitting import begin
from canbao.faces.visit import address_of, clock, holds_nul
from canbao.kernel.clock import SystemClock
from canbao.kernel.refusals import Refusal
from canbao.staff import actions
from canbao.staff import queries as staff
from canbao.staff.codes import key_uri
from canbao.staff.models import Login, LoginEventKind
from canbao.staff.refusals import PasswordsDiffer

ENTERING = "entering"
_LASTS = timedelta(minutes=10)
P = ParamSpec("P")
StepView = Callable[Concatenate[HttpRequest, Login, P], HttpResponse]


def enter(request: HttpRequest, login: Login, wanted: str) -> HttpResponse:
    """The first step after the right password. `wanted` is the address to be led to in the end."""
    request.session[ENTERING] = {
        "login": login.pk,
        "hash": login.get_session_auth_hash(),
        "until": (clock().now() + _LASTS).isoformat(),
        "coded": False,
        "wanted": wanted,
    }
    return _next(request, login)


def _entering(request: HttpRequest) -> Login | None:
    """Whose password was right a little while ago."""
    known = request.session.get(ENTERING)
    if known is None or clock().now() >= datetime.fromisoformat(known["until"]):
        return None
    login = staff.login_with_id(known["login"])
    return login if login is not None and login.get_session_auth_hash() == known["hash"] else None


def step(view: StepView[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """A view for whoever gave the right password; anybody else begins at the beginning."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        login = None if holds_nul(request) else _entering(request)
        return redirect("console:sign-in") if login is None else view(request, login, *args, **kwargs)

    return guarded


def _next(request: HttpRequest, login: Login) -> HttpResponse:
    if staff.second_factor_of(login) is not None and not request.session[ENTERING]["coded"]:
        return redirect("console:sign-in-code")
    if login.one_time_until is not None:
        return redirect("console:sign-in-password")
    if staff.must_set_up_second_factor(login, clock()):
        return redirect("console:sign-in-phone")
    return HttpResponseRedirect(_in(request, login))


def _in(request: HttpRequest, login: Login) -> str:
    """Sign in, and say where to go."""
    wanted = str(request.session.pop(ENTERING)["wanted"])
    begin(request, login)
    actions.record_event(login=login, kind=LoginEventKind.SIGNED_IN, clock=clock(), address=address_of(request))
    return wanted


def in_its_language(request: HttpRequest, login: Login, response: HttpResponse) -> HttpResponse:
    """Whoever has not chosen a language gets that of the login."""
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, login.language, samesite="Lax")
    return response


@step
def code(request: HttpRequest, login: Login) -> HttpResponse:
    """The code of the phone, or one on paper."""
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            actions.check_code(
                login=login, code=request.POST.get("code", ""), phone=SystemClock(), clock=clock(),
                address=address_of(request),
            )  # fmt: skip
        except Refusal as refused:
            refusal = refused
        else:
            request.session[ENTERING] = {**request.session[ENTERING], "coded": True}
            return in_its_language(request, login, _next(request, login))
    return _page(request, "sign_in_code", refusal)


@step
def password(request: HttpRequest, login: Login) -> HttpResponse:
    """A password of one's own, in the place of one that was handed over."""
    if staff.second_factor_of(login) is not None and not request.session[ENTERING]["coded"]:
        return redirect("console:sign-in-code")
    if login.one_time_until is None:
        return _next(request, login)
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            actions.set_own_password(login=login, new=new_password(request), clock=clock(), address=address_of(request))
        except Refusal as refused:
            refusal = refused
        else:
            request.session[ENTERING] = {**request.session[ENTERING], "hash": login.get_session_auth_hash()}
            return in_its_language(request, login, _next(request, login))
    return _page(request, "sign_in_password", refusal, login=login)


def new_password(request: HttpRequest) -> str:
    """What was written twice. PasswordsDiffer."""
    new = request.POST.get("new", "")
    if new != request.POST.get("again", ""):
        raise PasswordsDiffer
    return new


@step
def phone(request: HttpRequest, login: Login) -> HttpResponse:
    """Binding a phone at the first sign-in; the recovery codes are shown on the page that answers."""
    if not staff.must_set_up_second_factor(login, clock()) or login.one_time_until is not None:
        return _next(request, login)
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
            wanted = _in(request, login)
            page = _page(request, "sign_in_recovery", None, codes=codes, wanted=wanted)
            return in_its_language(request, login, page)
    return _page(request, "sign_in_phone", refusal, **phone_to_bind(login))


def phone_to_bind(login: Login) -> dict[str, Any]:
    """What the page for binding a phone shows: the QR code, and the secret to be typed instead."""
    secret = actions.begin_second_factor(login=login).secret
    groups = [secret[start : start + 4] for start in range(0, len(secret), 4)]
    return {"qr": qr_svg(key_uri(secret, login.username)), "secret_groups": groups}


def _page(request: HttpRequest, name: str, refusal: Refusal | None, **context: Any) -> HttpResponse:
    context = {"refusal": refusal, "back": reverse("console:sign-in"), **context}
    return render(request, f"faces/console/{name}.html", context, status=422 if refusal else 200)
