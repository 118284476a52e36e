"""When the money of each channel and day was there: what is due and missing, what came, and who asks after it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from canbao.faces.console.paging import InOrder, page_of
from canbao.faces.led_back import only_posted
from canbao.faces.typed import key_typed
from canbao.faces.visit import clock, for_staff, login_of, show
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.policy import policies
from canbao.reconciliation import actions, queries
from canbao.reconciliation.arrivals import COLUMNS
from canbao.reconciliation.models import Remittance
from canbao.staff import queries as staff
from canbao.staff.capabilities import Capability

SHOWN = 40


@require_safe
@for_staff(Capability.SEE_LEDGER)
def remittances(request: HttpRequest, scope: Scope) -> HttpResponse:
    return _page(request, scope)


def _page(request: HttpRequest, scope: Scope, refusal: Refusal | None = None) -> HttpResponse:
    today = clock().today()
    held = staff.capabilities_of(login_of(request), clock())
    page = page_of(request, InOrder(queries.not_there(scope), ("wanted_by", "pk")))
    late = queries.lateness(scope, today)
    unstated = [
        (channel, policies.get(channel.policy_id).place, late[channel.pk].unstated)
        for channel in queries.channels(scope).order_by("policy_id", "pk")
        if channel.pk in late and late[channel.pk].unstated
    ]
    oldest = min((row.oldest_due for row in late.values() if row.oldest_due), default=None)
    context = {
        "page": page,
        "rows": [(row, _days(row)) for row in page],
        "arrived": [(row, _days(row)) for row in queries.arrived(scope, SHOWN)],
        "unstated": unstated,
        "overdue_fen": sum(row.overdue_fen for row in late.values()),
        "oldest_days": (today - oldest).days if oldest else 0,
        "unstated_days": sum(len(days) for _, _, days in unstated),
        "columns": "、".join(COLUMNS),
        "may_take": Capability.RESOLVE_MONEY in held,
        "refusal": refusal,
        "address": reverse("console:remittances") if refusal else "",
    }
    return show(request, "faces/console/remittances.html", "statements", context, status=422 if refusal else 200)


def _days(row: Remittance) -> int:
    """How many days after it was due it came, or is missing; 0 for in time."""
    return max(((row.arrived_on or clock().today()) - row.due_on).days, 0) if row.due_on else 0


@only_posted("console:remittances")
@for_staff(Capability.RESOLVE_MONEY)
def take(request: HttpRequest, scope: Scope) -> HttpResponse:
    file = request.FILES.get("file")
    if file is None:
        raise Http404
    try:
        new = actions.take_arrivals(actor=scope, content=file.read(), clock=clock())
    except Refusal as refusal:
        return _page(request, scope, refusal)
    said = ngettext("到账清单已读入：新到账 %(n)s 笔。", "到账清单已读入：新到账 %(n)s 笔。", new) % {"n": new}
    messages.success(request, said)
    return redirect("console:remittances")


@only_posted("console:remittances")
@for_staff(Capability.RESOLVE_MONEY)
def follow(request: HttpRequest, scope: Scope) -> HttpResponse:
    wanted = key_typed(request.POST.get("remittance", ""))
    try:
        actions.follow(actor=scope, remittance_id=wanted or 0)
    except Refusal as refusal:
        raise Http404 from refusal
    messages.success(request, gettext("已由您负责。"))
    return redirect("console:remittances")
