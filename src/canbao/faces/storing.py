"""What a browser or a proxy may keep of our pages: nothing that speaks of a person."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

API = "/api/"


class NoStore:
    """Forbids to store pages of the console, answers of the interface and answers to what somebody sent."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        if request.method == "POST" or request.path.startswith((reverse("console:home"), API)):
            response["Cache-Control"] = "no-store"
        return response
