"""Whom rolls of schools name and the register does not know: the township registers each, or says why not."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from canbao.areas import queries as areas
from canbao.enrolment import actions, queries
from canbao.enrolment.models import Newcomer, NewcomerState
from canbao.faces.console.paging import InOrder, page_of
from canbao.faces.console.people import gone_is_404
from canbao.faces.led_back import only_posted
from canbao.faces.visit import clock, for_staff, login_of, show
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.staff import queries as staff
from canbao.staff.capabilities import Capability

SECTION = "applications"


@require_safe
@for_staff(Capability.REVIEW_APPLICATIONS)
def newcomers(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Who waits, oldest first; with `show=every` everybody, latest first."""
    every = request.GET.get("show") == "every"
    rows = queries.newcomers(scope) if every else queries.newcomers_waiting(scope)
    page = page_of(request, InOrder(rows, ("pk",), falls=every))
    names = areas.names({row.area_code for row in page})
    context = {
        "rows": [(row, names.get(row.area_code, row.area_code)) for row in page], "page": page, "every": every,
        "list_query": "show=every" if every else "",
    }  # fmt: skip
    return show(request, "faces/console/newcomers.html", SECTION, context)


@require_safe
@for_staff(Capability.REVIEW_APPLICATIONS)
@gone_is_404
def newcomer(request: HttpRequest, scope: Scope, newcomer_id: int) -> HttpResponse:
    return _page(request, scope, queries.newcomer(scope, newcomer_id))


def _page(request: HttpRequest, scope: Scope, row: Newcomer, refusal: Refusal | None = None) -> HttpResponse:
    seen = staff.scope_of(login_of(request), Capability.SEE_PERSON, clock())
    context = {
        "row": row,
        "place": areas.full_name(row.area_code),
        "waiting": row.state == NewcomerState.WAITING,
        "villages": sorted(areas.names(areas.villages(scope)).items()),
        "may_open": row.resident is not None and seen.covers(row.resident.village_code),
        "refusal": refusal,
        "filled": request.POST,
    }
    return show(request, "faces/console/newcomer.html", SECTION, context, status=422 if refusal else 200)


@only_posted("console:newcomer")
@for_staff(Capability.REVIEW_APPLICATIONS)
@gone_is_404
def decide(request: HttpRequest, scope: Scope, newcomer_id: int) -> HttpResponse:
    sent = request.POST
    try:
        if sent.get("what") == "dismiss":
            row = actions.dismiss_newcomer(
                actor=scope, newcomer_id=newcomer_id, reason=sent.get("reason", ""), clock=clock()
            )
        else:
            row = actions.register_newcomer(
                actor=scope, newcomer_id=newcomer_id, village_code=sent.get("village", "").strip(), clock=clock()
            )
    except Refusal as refusal:
        if refusal.code == "newcomer_not_found":
            raise
        return _page(request, scope, queries.newcomer(scope, newcomer_id), refusal)
    messages.success(request, gettext("%(name)s：%(state)s。") % {"name": row.name, "state": row.get_state_display()})
    return redirect("console:newcomers")
