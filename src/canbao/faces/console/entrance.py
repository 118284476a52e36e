"""Signing in and out, and the first page after it."""

from __future__ import annotations

from django.contrib.auth import logout as end_session
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from canbao.faces.console.entering import enter, in_its_language
from canbao.faces.console.work import items_of, tiles_of, waiting_for
from canbao.faces.led_back import only_posted
from canbao.faces.sitting import ENDED
from canbao.faces.visit import address_of, clock, for_staff, holds_nul, login_of, show, way_back
from canbao.kernel.scope import Scope
from canbao.staff import queries as staff
from canbao.staff.actions import record_event
from canbao.staff.actions import sign_in as check_sign_in
from canbao.staff.capabilities import Capability
from canbao.staff.models import Login, LoginEventKind
from canbao.staff.refusals import OneTimeOver, SignInFailed, SignInLocked


def _on(request: HttpRequest) -> HttpResponseRedirect:
    """To where the visitor wanted to go before signing in."""
    return way_back(request, reverse("console:home"))


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if isinstance(request.user, Login):
        return _on(request)
    refusal = None
    username = request.POST.get("username", "").strip()
    if request.method == "POST" and not holds_nul(request):
        try:
            login = check_sign_in(
                username=username, password=request.POST.get("password", ""), clock=clock(),
                address=address_of(request),
            )  # fmt: skip
        except (SignInFailed, SignInLocked, OneTimeOver) as refused:
            refusal = refused
        else:
            return in_its_language(request, login, enter(request, login, _on(request).url))
    context = {
        "refusal": refusal,
        "username": username,
        "next": _on(request).url,
        "ended": request.session.pop(ENDED, None) if request.method != "POST" else None,
    }
    return render(request, "faces/console/sign_in.html", context, status=422 if refusal else 200)


@only_posted("console:home", None)
def sign_out(request: HttpRequest) -> HttpResponse:
    if isinstance(request.user, Login):
        record_event(login=request.user, kind=LoginEventKind.SIGNED_OUT, clock=clock(), address=address_of(request))
    end_session(request)
    return redirect("console:sign-in")


@require_safe
@for_staff(None)
def home(request: HttpRequest, scope: Scope) -> HttpResponse:
    """What waits for the visitor; the counts of whole places follow in a request of their own."""
    login = login_of(request)
    held = staff.capabilities_of(login, clock())
    context = {
        "tiles": tiles_of(login),
        "items": items_of(login),
        "sees_progress": Capability.SEE_PROGRESS in held,
    }
    return show(request, "faces/console/home.html", "home", context)


@require_safe
@for_staff(Capability.SEE_PROGRESS)
def waiting(request: HttpRequest, scope: Scope) -> HttpResponse:
    """People at each step, place by place: a part of the home page, and a page of its own without scripts."""
    context = {"work": waiting_for(request)}
    if request.headers.get("HX-Request"):
        return render(request, "faces/console/waiting_places.html", context)
    return show(request, "faces/console/waiting.html", "home", context)
