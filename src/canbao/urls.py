"""Every address of the product."""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path
from django.views import defaults
from django.views.i18n import set_language

from canbao.faces.open_api.api import api
from canbao.faces.open_api.problems import Problem

MACHINES = "/api/"
"""Whoever asks here reads problem details, also where no operation is reached."""


def healthz(request: HttpRequest) -> HttpResponse:
    """200 if a request can be served with the database behind it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the request itself is broken, such as a host name that cannot be one."""
    if not request.path.startswith(MACHINES):
        return defaults.bad_request(request, exception)
    zh, en = (
        "请求的格式不对，没有处理。请检查请求头和地址。",
        "The request is malformed, so nothing was done. Check its headers and its address.",
    )
    return Problem(400, "bad_request", zh, en).response(request)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: no such address."""
    if not request.path.startswith(MACHINES):
        return defaults.page_not_found(request, exception)
    zh, en = (
        "没有这个地址。接口的地址见 /api/v1/docs。",
        "There is no such address. The addresses of the interface stand at /api/v1/docs.",
    )
    return Problem(404, "not_found", zh, en).response(request)


handler400 = bad_request
handler404 = page_not_found

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz),
    path("language", set_language, name="set_language"),
    path("api/v1/", api.urls),
    path("callbacks/", include("canbao.faces.callbacks.urls")),
    path("console/", include("canbao.faces.console.urls")),
    path("", include("canbao.faces.portal.urls")),
]
