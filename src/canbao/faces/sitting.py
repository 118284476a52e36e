"""How long a session of staff lasts: until it was idle for a while, and never past a working day.

What the page itself asks for in the background keeps nobody signed in: only what a person does counts.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth import login as begin_session
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from canbao.faces.visit import address_of, clock
from canbao.staff.models import Login
from canbao.staff.models.entry import DEVICE_MAX
from canbao.staff.sessions import SITTING

ENDED = "sitting_ended"
"""Under this key a new session says why the one before it ended: `idle` or `day`."""
_WRITTEN_AFTER = timedelta(seconds=60)


def begin(request: HttpRequest, login: Login) -> None:
    """Start the session of a login that has shown all it must."""
    begin_session(request, login, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session.clear_expired()
    _sit(request)


def _sit(request: HttpRequest) -> None:
    now = clock().now().isoformat()
    device = str(request.META.get("HTTP_USER_AGENT", ""))[:DEVICE_MAX]
    request.session[SITTING] = {"begun": now, "seen": now, "device": device, "address": address_of(request)}


def seconds_left(request: HttpRequest) -> int:
    """Until the session ends if nothing more is done; 0 for a visitor."""
    sitting = request.session.get(SITTING)
    if sitting is None or not isinstance(request.user, Login):
        return 0
    return max(0, round((_ends(sitting)[0] - clock().now()).total_seconds()))


def _ends(sitting: dict[str, str]) -> tuple[datetime, str]:
    """When a session ends, and why."""
    idle = datetime.fromisoformat(sitting["seen"]) + timedelta(seconds=settings.SESSION_IDLE_SECONDS)
    day = datetime.fromisoformat(sitting["begun"]) + timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return min((idle, "idle"), (day, "day"))


class EndOldSessions:
    """Ends a session of staff that is over, and notes that one is in use. After the middleware that knows the user."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # A visitor without the cookie has no session, and his page no need to vary by it.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and SESSION_KEY in request.session:
            self._look(request)
        return self._get_response(request)

    def _look(self, request: HttpRequest) -> None:
        sitting = request.session.get(SITTING)
        if sitting is None:
            _sit(request)
            return
        now = clock().now()
        ends, why = _ends(sitting)
        if now >= ends:
            request.session.flush()
            request.session[ENDED] = why
            request.user = AnonymousUser()
        elif _is_a_deed(request) and now - datetime.fromisoformat(sitting["seen"]) >= _WRITTEN_AFTER:
            request.session[SITTING] = {**sitting, "seen": now.isoformat()}


def _is_a_deed(request: HttpRequest) -> bool:
    if request.method == "POST":
        return True
    return "HX-Request" not in request.headers and request.path != reverse("console:sitting")
