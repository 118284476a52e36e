"""The end of what a request was bound to."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from canbao.kernel.binding import release


class ReleaseScope:
    """Binds the connection to nobody when the answer is written, whatever happened before."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        release()
        try:
            return self._get_response(request)
        finally:
            release()
