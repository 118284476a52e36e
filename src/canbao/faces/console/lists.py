"""Lists of people to be visited: who is not enrolled, and who has not paid. By page, or whole for print."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from canbao.areas import queries as areas
from canbao.billing import queries as billing
from canbao.billing.models import LIVE
from canbao.faces.console.places import Chosen, chosen
from canbao.faces.visit import clock, for_staff, login_of, show
from canbao.faces.words import WHY_NOT
from canbao.kernel.scope import Scope, area_prefix
from canbao.staff import queries as staff
from canbao.staff.capabilities import Capability
from canbao.supervision import queries as supervision

PAGE_ROWS = 200
WHOLE_ROWS_MAX = 20_000
BOM = "\ufeff"


def page_of(request: HttpRequest, rows: Any) -> Page[Any]:
    """The page that the address asks for, the first or last for nonsense; the whole list with `all`, for print."""
    size = WHOLE_ROWS_MAX if request.GET.get("all") else PAGE_ROWS
    return Paginator(rows, size).get_page(request.GET.get("page", "1"))


def _download(request: HttpRequest, url_name: str) -> str:
    """Where the list is taken away from, for whoever may; empty for others."""
    held = staff.capabilities_of(login_of(request), clock())
    return reverse(url_name) if Capability.EXPORT_PEOPLE in held else ""


def csv_file(name: str, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> HttpResponse:
    """UTF-8 with BOM, so that spreadsheets read the Chinese."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response.write(BOM)
    writer = csv.writer(response)
    writer.writerow(columns)
    writer.writerows(rows)
    return response


@require_safe
@for_staff(Capability.FIND_PEOPLE)
def unpaid(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Who has an open bill, by village: the people whom somebody has to visit."""
    place = chosen(request, scope)
    page = page_of(request, billing.open_bills(scope, place.policy.id, place.area.code))
    names = areas.names({row.village_code for row in page})
    inside = billing.visible(scope).filter(village_code__startswith=area_prefix(place.area.code))
    held = staff.capabilities_of(login_of(request), clock())
    context = {
        "place": place,
        "rows": [(row, names.get(row.village_code, row.village_code)) for row in page],
        "page": page,
        "download": _download(request, "console:unpaid-export"),
        "billed": bool(page.object_list) or inside.filter(policy_id=place.policy.id, state__in=LIVE).exists(),
        "may_issue": Capability.ISSUE_BILLS in held,
    }
    return show(request, "faces/console/unpaid.html", "progress", context)


@dataclass(frozen=True)
class UnenrolledRows:
    """The people who are not enrolled, as a paginator slices them."""

    scope: Scope
    place: Chosen
    reason: str | None = None

    def _read(self, skip: int, limit: int) -> tuple[int, list[supervision.Unenrolled]]:
        policy_id, area_code = self.place.policy.id, self.place.area.code
        return supervision.unenrolled(
            self.scope, policy_id, area_code, clock(), skip=skip, limit=limit, reason=self.reason
        )

    def count(self) -> int:
        return self._read(0, 0)[0]

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, part: slice) -> list[supervision.Unenrolled]:
        return self._read(part.start or 0, part.stop - (part.start or 0))[1]


@require_safe
@for_staff(Capability.FIND_PEOPLE)
def unenrolled(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Who should be enrolled for the year and is not, by village."""
    place = chosen(request, scope)
    reason = reason_asked(request)
    held = staff.capabilities_of(login_of(request), clock())
    page = page_of(request, UnenrolledRows(scope, place, reason))
    names = areas.names({row.village_code for row in page})
    context = {
        "place": place,
        "rows": [(row, names.get(row.village_code, row.village_code)) for row in page],
        "page": page,
        "download": _download(request, "console:unenrolled-export"),
        "reasons": [(supervision.NO_REASON, gettext("还没有原因")), *WHY_NOT.items()],
        "reason": reason,
        "list_query": f"{place.query}&{urlencode({'reason': reason})}" if reason else place.query,
        "may_ask": Capability.KEEP_REASONS in held,
        "may_enrol": Capability.ENROL in held,
    }
    return show(request, "faces/console/unenrolled.html", "progress", context)


def reason_asked(request: HttpRequest) -> str | None:
    """The reason that the address asks for; None for all and for any other word."""
    wanted = request.GET.get("reason", "")
    return wanted if wanted in (supervision.NO_REASON, *WHY_NOT) else None
