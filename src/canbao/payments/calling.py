"""Sends a request to the other side: five seconds, an answer of 64 KiB at most, no redirect followed."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from typing import IO
from urllib.parse import urlsplit

from canbao.payments.partners.partner import Called, CallFailed, Heard

SECONDS_MAX = 5
BYTES_MAX = 64 * 1024


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)
# A partner on this machine is a simulated one: no proxy of the environment knows it.
_STRAIGHT = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))
_HERE = ("127.0.0.1", "::1", "localhost")


def over_http(called: Called) -> Heard:
    """The answer of any status. CallFailed where none came."""
    request = urllib.request.Request(
        called.url, data=called.body or None, headers=dict(called.headers), method=called.method
    )
    opener = _STRAIGHT if urlsplit(called.url).hostname in _HERE else _OPENER
    try:
        with opener.open(request, timeout=SECONDS_MAX) as answer:
            return _heard(answer)
    except urllib.error.HTTPError as fault:
        with fault:
            return _heard(fault)
    except (OSError, http.client.HTTPException, ValueError) as fault:
        raise CallFailed(type(fault).__name__) from fault


def _heard(answer: http.client.HTTPResponse | urllib.error.HTTPError) -> Heard:
    body = answer.read(BYTES_MAX + 1)
    if len(body) > BYTES_MAX:
        raise CallFailed("too long")
    return Heard({name.lower(): value for name, value in answer.headers.items()}, body, answer.status or 0)
