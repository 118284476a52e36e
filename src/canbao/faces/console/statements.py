"""Statements of channels, banks and the tax bureau: taken in, matched, and what does not agree as a work list."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from canbao.faces.console.paging import InOrder, page_of
from canbao.faces.led_back import only_posted
from canbao.faces.typed import day_typed, key_typed
from canbao.faces.visit import clock, for_staff, login_of, show
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.policy import policies
from canbao.reconciliation import actions, queries
from canbao.reconciliation.layouts import LAYOUTS
from canbao.reconciliation.models import Difference
from canbao.staff import queries as staff
from canbao.staff.capabilities import Capability

SHOWN_STATEMENTS = 60


@require_safe
@for_staff(Capability.SEE_LEDGER)
def statements(request: HttpRequest, scope: Scope) -> HttpResponse:
    return _page(request, scope)


def _page(request: HttpRequest, scope: Scope, refusal: Refusal | None = None) -> HttpResponse:
    now = clock()
    held = staff.capabilities_of(login_of(request), now)
    page = page_of(request, InOrder(queries.differences(scope), ("opened_at", "pk")))
    channels = queries.channels(scope).order_by("policy_id", "pk")
    context = {
        "page": page,
        "rows": [(row, _age(row)) for row in page],
        "statements": queries.statements(scope)[:SHOWN_STATEMENTS],
        "channels": [(row, policies.get(row.policy_id).place) for row in channels],
        "layouts": [(layout.code, layout.name) for layout in LAYOUTS.values()],
        "may_take": Capability.RESOLVE_MONEY in held,
        "filled": {name: request.POST.get(name, "") for name in ("channel", "day", "layout")},
        "refusal": refusal,
        "address": reverse("console:statements") if refusal else "",
    }
    return show(request, "faces/console/statements.html", "statements", context, status=422 if refusal else 200)


def _age(row: Difference) -> int:
    """Whole days that it has been open."""
    return (clock().now() - row.opened_at).days


@only_posted("console:statements")
@for_staff(Capability.RESOLVE_MONEY)
def take(request: HttpRequest, scope: Scope) -> HttpResponse:
    file = request.FILES.get("file")
    day = day_typed(request.POST.get("day", ""))
    if day is None or file is None:
        raise Http404
    try:
        made = actions.take_statement(
            actor=scope, channel_id=_channel(request), day=day, layout=request.POST.get("layout", ""),
            content=file.read(), file_name=file.name or "", clock=clock(),
        )  # fmt: skip
    except Refusal as refusal:
        if refusal.code == "channel_not_found":
            raise Http404 from refusal
        return _page(request, scope, refusal)
    messages.success(request, gettext("对账单已读入：%(n)s 笔。") % {"n": made.lines})
    return redirect("console:statements")


def _channel(request: HttpRequest) -> int:
    """Http404 for what no form of ours sends."""
    wanted = key_typed(request.POST.get("channel", ""))
    if wanted is None:
        raise Http404
    return wanted


@only_posted("console:statements")
@for_staff(Capability.RESOLVE_MONEY)
def again(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Hold a channel's statements against what came since."""
    try:
        actions.match_again(actor=scope, channel_id=_channel(request), clock=clock())
    except Refusal as refusal:
        raise Http404 from refusal
    messages.success(request, gettext("已重新核对。"))
    return redirect("console:statements")


@require_safe
@for_staff(Capability.SEE_LEDGER)
def difference(request: HttpRequest, scope: Scope, difference_id: int) -> HttpResponse:
    return _one(request, scope, difference_id)


def _one(request: HttpRequest, scope: Scope, difference_id: int, refusal: Refusal | None = None) -> HttpResponse:
    try:
        row = queries.difference(scope, difference_id)
    except Refusal as missing:
        raise Http404 from missing
    held = staff.capabilities_of(login_of(request), clock())
    context = {
        "row": row,
        "age": _age(row),
        "remedy": REMEDIES[row.kind](),
        "place": policies.get(row.channel.policy_id).place,
        "may_resolve": Capability.RESOLVE_MONEY in held and row.resolved_at is None,
        "refusal": refusal,
        "explanation": request.POST.get("explanation", ""),
    }
    return show(request, "faces/console/difference.html", "statements", context, status=422 if refusal else 200)


REMEDIES: dict[str, Callable[[], str]] = {
    "only_theirs": lambda: gettext(
        "对方说收到了、我们没有：先请对方按流水号查询。确实收到的，让对方重新通知，到了以后点“重新核对”；不是本地的钱，写明后了结。"
    ),
    "only_ours": lambda: gettext(
        "我们收到过通知、对方账单没有：临近零点的多半在第二天的账单里，导入后会自动了结。两天后还在的，凭流水号与对方核实。"
    ),
    "amount_differs": lambda: gettext("两边金额不同：凭流水号请对方出具凭证，查明前不动账；查明后写明原因了结。"),
}


@only_posted("console:difference")
@for_staff(Capability.RESOLVE_MONEY)
def move(request: HttpRequest, scope: Scope, difference_id: int) -> HttpResponse:
    """Take it on, or explain it."""
    try:
        if request.POST.get("way") == "take":
            actions.take_on(actor=scope, difference_id=difference_id)
            said = gettext("已由您负责。")
        else:
            text = request.POST.get("explanation", "")
            actions.explain(actor=scope, difference_id=difference_id, explanation=text, clock=clock())
            said = gettext("差异已了结。")
    except Refusal as refusal:
        if refusal.code == "difference_not_found":
            raise Http404 from refusal
        return _one(request, scope, difference_id, refusal)
    messages.success(request, said)
    return redirect("console:difference", difference_id)
