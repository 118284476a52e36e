"""How a visitor wants pages to look: language and print size, in cookies that say nothing about the visitor."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from canbao.faces.templatetags.kit import LARGE_PRINT_COOKIE

LARGE_PRINT = "large_print"
YEAR_OF_SECONDS = 365 * 24 * 3600


def keep(response: HttpResponse, *, language: str = "", large: str = "") -> None:
    """Remember the wishes that are given for a year; `large` is 1 or 0."""
    if language:
        name = settings.LANGUAGE_COOKIE_NAME
        response.set_cookie(name, language, max_age=YEAR_OF_SECONDS, samesite="Lax")
    if large:
        response.set_cookie(LARGE_PRINT_COOKIE, large, max_age=YEAR_OF_SECONDS, samesite="Lax")


def switches_display(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """The form that carries the replies may switch language and print size: a redirect would lose the replies."""

    @wraps(view)
    def switching(request: HttpRequest) -> HttpResponse:
        language, large = request.POST.get("language", ""), request.POST.get(LARGE_PRINT, "")
        language = language if language in dict(settings.LANGUAGES) else ""
        large = large if large in ("0", "1") else ""
        if language:
            translation.activate(language)
        if large:
            request.COOKIES[LARGE_PRINT_COOKIE] = large
        response = view(request)
        keep(response, language=language, large=large)
        return response

    return switching
