"""Every address of the product."""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from canbao.faces.open_api.api import api


def healthz(request: HttpRequest) -> HttpResponse:
    """200 if a request can be served with the database behind it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain")


urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz),
    path("language", set_language, name="set_language"),
    path("api/v1/", api.urls),
    path("callbacks/", include("canbao.faces.callbacks.urls")),
    path("console/", include("canbao.faces.console.urls")),
    path("", include("canbao.faces.portal.urls")),
]
