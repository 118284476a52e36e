"""Lists of people at a step: who is not enrolled, who has not paid. By page, or whole for print."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from canbao.areas import queries as areas
from canbao.billing import queries as billing
from canbao.billing.models import LIVE
from canbao.enrolment import queries as enrolment
from canbao.faces.console.filters import fields_of, narrowing_asked, narrowing_of, query_of
from canbao.faces.console.paging import PAGE_ROWS as PAGE_ROWS
from canbao.faces.console.paging import Key, Page, page_of
from canbao.faces.console.people import gone_is_404
from canbao.faces.console.places import Chosen, chosen
from canbao.faces.led_back import only_posted
from canbao.faces.templatetags.kit import said
from canbao.faces.typed import key_typed
from canbao.faces.visit import clock, for_staff, login_of, show
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope, area_prefix
from canbao.registry import actions as registry_actions
from canbao.registry import queries as registry
from canbao.staff import queries as staff
from canbao.staff.capabilities import Capability
from canbao.supervision.actions import drop_filter, save_filter
from canbao.supervision.queries import Listed, Roll, Step, saved_filters

BOM = "\ufeff"
_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


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
    writer.writerows([no_formula(cell) for cell in row] for row in rows)
    return response


def no_formula(cell: object) -> object:
    """A spreadsheet reads a text that begins so as a formula, whoever typed it; behind an apostrophe it stays one."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_BEGINS_FORMULA) else cell


def roll_of(request: HttpRequest, scope: Scope, place: Chosen, step: Step) -> Roll:
    """The people of the place at the step, narrowed as the address asks."""
    return Roll(scope, place.policy.id, place.area.code, clock(), step, narrowing_asked(request))


@dataclass(frozen=True)
class Rolled:
    """A roll as pages are cut from it."""

    roll: Roll

    def count(self, most: int) -> int:
        return self.roll.count(most)

    def part(self, at: Key | None, limit: int, *, back: bool) -> list[Listed]:
        if at is None:
            return self.roll.part(None, limit)
        village, resident_id = at
        return self.roll.part((str(village), int(resident_id)), limit, back=back)

    def key(self, row: Listed) -> Key:
        return row.village_code, row.resident_id


def _shown(request: HttpRequest, place: Chosen, roll: Roll) -> dict[str, Any]:
    """What the pages of all rolls have in common."""
    page: Page[Listed] = page_of(request, Rolled(roll))
    names = areas.names({row.village_code for row in page})
    narrowed = query_of(roll.narrowing)
    return {
        "place": place,
        "page": page,
        "rows": [(row, names.get(row.village_code, row.village_code)) for row in page],
        "fields": fields_of(roll.narrowing, reasons=roll.step == Step.UNENROLLED),
        "narrowing": roll.narrowing,
        "filters": saved_filters(roll.scope, roll.step),
        "step": roll.step.value,
        "owner": roll.scope.actor_id,
        "narrowed": narrowed,
        "list_query": f"{place.query}&{narrowed}" if narrowed else place.query,
    }


@require_safe
@for_staff(Capability.FIND_PEOPLE)
def unpaid(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Who has an open bill, by village: the people whom somebody has to visit."""
    place = chosen(request, scope)
    shown = _shown(request, place, roll_of(request, scope, place, Step.UNPAID))
    inside = billing.visible(scope).filter(village_code__startswith=area_prefix(place.area.code))
    held = staff.capabilities_of(login_of(request), clock())
    context = {
        **shown,
        "download": _download(request, "console:unpaid-export"),
        "billed": bool(shown["rows"]) or inside.filter(policy_id=place.policy.id, state__in=LIVE).exists(),
        "may_issue": Capability.ISSUE_BILLS in held,
        "closes": enrolment.policy_at(place.policy.id, place.area.code).closes.date(),
        "may_call": Capability.KEEP_REASONS in held,
    }
    return show(request, "faces/console/unpaid.html", "progress", context)


@require_safe
@for_staff(Capability.FIND_PEOPLE)
def unenrolled(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Who should be enrolled for the year and is not, by village."""
    place = chosen(request, scope)
    held = staff.capabilities_of(login_of(request), clock())
    context = {
        **_shown(request, place, roll_of(request, scope, place, Step.UNENROLLED)),
        "download": _download(request, "console:unenrolled-export"),
        "may_ask": Capability.KEEP_REASONS in held,
        "may_enrol": Capability.ENROL in held,
    }
    return show(request, "faces/console/unenrolled.html", "progress", context)


@only_posted("console:person", None)
@for_staff(Capability.KEEP_REASONS)
@gone_is_404
def call(request: HttpRequest, scope: Scope, resident_id: int) -> HttpResponse:
    """The phone of somebody on the list, to be called with one touch; logged."""
    number = registry_actions.phone_to_call(actor=scope, resident_id=resident_id, screen="list", clock=clock())
    if request.headers.get("HX-Request"):
        return render(request, "faces/console/phone.html", {"number": number})
    context = {"number": number, "resident": registry.resident(scope, resident_id)}
    return show(request, "faces/console/call.html", "people", context)


_LISTS = {Step.UNPAID.value: "console:unpaid", Step.UNENROLLED.value: "console:unenrolled"}


@only_posted("console:home", None)
@for_staff(Capability.FIND_PEOPLE)
def keep_filter(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Save what a list is narrowed by, as the page's own form sends it; back to the list."""
    page, place = request.POST.get("list", ""), chosen(request, scope)
    if page not in _LISTS:
        raise Http404
    narrowed = query_of(narrowing_of(request.POST))
    query = f"{place.query}&{narrowed}" if narrowed else place.query
    try:
        kept = save_filter(
            actor=scope, page=page, name=request.POST.get("name", ""), query=query,
            shared=bool(request.POST.get("shared")), clock=clock(),
        )  # fmt: skip
        messages.success(request, gettext("条件已保存：%(name)s。") % {"name": kept.name})
    except Refusal as refusal:
        messages.error(request, said(refusal))
    return redirect(f"{reverse(_LISTS[page])}?{query}")


@only_posted("console:home", None)
@for_staff(Capability.FIND_PEOPLE)
@gone_is_404
def forget_filter(request: HttpRequest, scope: Scope) -> HttpResponse:
    page, filter_id = request.POST.get("list", ""), key_typed(request.POST.get("filter", ""))
    if page not in _LISTS or filter_id is None:
        raise Http404
    drop_filter(actor=scope, filter_id=filter_id)
    messages.success(request, gettext("条件已删除。"))
    return redirect(_LISTS[page])
