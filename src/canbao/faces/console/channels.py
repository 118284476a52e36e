"""The channels of a place: how each does, the money that settled nothing, and what is proposed about it."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from canbao.areas import queries as areas
from canbao.faces.console.paging import InOrder, page_of
from canbao.faces.led_back import only_posted
from canbao.faces.typed import key_typed
from canbao.faces.visit import clock, for_staff, login_of, show
from canbao.kernel.clock import Clock
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.payments import actions, queries
from canbao.payments.models import Way
from canbao.payments.partners import BY_HAND
from canbao.policy import policies
from canbao.reconciliation import queries as reconciliation
from canbao.reconciliation.queries import Lateness
from canbao.staff import queries as staff
from canbao.staff.capabilities import Capability
from canbao.staff.models import ApprovalState


@require_safe
@for_staff(Capability.SEE_CHANNELS)
def channels(request: HttpRequest, scope: Scope) -> HttpResponse:
    now = clock()
    rows = queries.standings(scope, now.now(), now.today())
    late = reconciliation.lateness(scope, now.today())
    held = staff.capabilities_of(login_of(request), now)
    context = {
        "rows": [(row, policies.get(row.channel.policy_id).place, _late(late, row, now)) for row in rows],
        "overdue_fen": sum(row.overdue_fen for row in late.values()),
        "sees_books": Capability.SEE_LEDGER in held,
        "held": sum(row.held for row in rows),
        "held_fen": sum(row.held_fen for row in rows),
        "unknown": sum(row.unknown for row in rows),
        "today_fen": sum(row.today_fen for row in rows),
        "bounced": queries.going_back(scope).filter(refund__state="bounced").count(),
        "may_keep": Capability.KEEP_COLLECTION in held,
    }
    return show(request, "faces/console/channels.html", "channels", context)


@dataclass(frozen=True)
class HandingOn:
    """How a channel hands on, as its row says it: `days` that the oldest overdue money waits, or the worst of late."""

    overdue_fen: int
    days: int
    unstated: int


def _late(late: dict[int, Lateness], row: queries.ChannelStanding, now: Clock) -> HandingOn | None:
    found = late.get(row.channel.pk)
    if found is None:
        return None
    days = (now.today() - found.oldest_due).days if found.oldest_due else found.worst_days
    return HandingOn(found.overdue_fen, days, len(found.unstated))


@require_safe
@for_staff(Capability.SEE_CHANNELS)
def money(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Money that waits for a decision; or, with `list=back`, money on its way back."""
    which = request.GET.get("list", "held")
    lists = {"held": queries.held(scope), "back": queries.going_back(scope)}
    if which not in lists:
        raise Http404
    page = page_of(request, InOrder(lists[which], ("received_at", "pk")))
    counts = {name: rows.count() for name, rows in lists.items()}
    context = {"page": page, "which": which, "counts": counts, "query": f"list={which}"}
    return show(request, "faces/console/held.html", "channels", context)


@require_safe
@for_staff(Capability.SEE_CHANNELS)
def piece(request: HttpRequest, scope: Scope, capture_id: int) -> HttpResponse:
    return _page(request, scope, capture_id)


def _page(request: HttpRequest, scope: Scope, capture_id: int, refusal: Refusal | None = None) -> HttpResponse:
    try:
        found = queries.capture(scope, capture_id)
    except Refusal:
        raise Http404 from None
    held = staff.capabilities_of(login_of(request), clock())
    bill = found.bill
    wishes = staff.approvals_about(scope, "payments.held", f"capture {found.pk}")
    context = {
        "capture": found,
        "decision": getattr(found, "decision", None),
        "refund": getattr(found, "refund", None),
        "bill": bill,
        "village": areas.full_name(bill.village_code) if bill else "",
        "may_propose": Capability.RESOLVE_MONEY in held,
        "wishes": wishes,
        "waits": any(wish.state == ApprovalState.WAITING for wish in wishes),
        "refusal": refusal,
        "wanted_bill": request.POST.get("bill", ""),
        "place": policies.get(found.channel.policy_id).place,
        "by_hand": found.channel.partner in BY_HAND,
    }
    return show(request, "faces/console/held_piece.html", "channels", context, status=422 if refusal else 200)


@only_posted("console:held-piece")
@for_staff(Capability.RESOLVE_MONEY)
def propose(request: HttpRequest, scope: Scope, capture_id: int) -> HttpResponse:
    wanted = request.POST.get("bill", "").strip()
    way = Way.SETTLE if request.POST.get("way") == Way.SETTLE else Way.REFUND
    try:
        actions.propose(actor=scope, capture_id=capture_id, way=way, clock=clock(), bill_id=key_typed(wanted))
    except Refusal as refusal:
        return _refused(request, scope, capture_id, refusal)
    messages.success(request, gettext("已提交，等另一人审批。"))
    return redirect("console:held-piece", capture_id=capture_id)


@only_posted("console:held-piece")
@for_staff(Capability.RESOLVE_MONEY)
def resend(request: HttpRequest, scope: Scope, capture_id: int) -> HttpResponse:
    try:
        actions.resend_refund(actor=scope, capture_id=capture_id, clock=clock())
    except Refusal as refusal:
        return _refused(request, scope, capture_id, refusal)
    messages.success(request, gettext("已重新发出退款。"))
    return redirect("console:held-piece", capture_id=capture_id)


@only_posted("console:held-piece")
@for_staff(Capability.RESOLVE_MONEY)
def returned(request: HttpRequest, scope: Scope, capture_id: int) -> HttpResponse:
    """A refund that a person transferred: it arrived, or came back."""
    try:
        actions.record_returned(
            actor=scope, capture_id=capture_id, reference=request.POST.get("reference", ""),
            arrived=request.POST.get("how") != "bounced", clock=clock(),
        )  # fmt: skip
    except Refusal as refusal:
        return _refused(request, scope, capture_id, refusal)
    messages.success(request, gettext("退款结果已记录。"))
    return redirect("console:held-piece", capture_id=capture_id)


def _refused(request: HttpRequest, scope: Scope, capture_id: int, refusal: Refusal) -> HttpResponse:
    if refusal.code == "money_not_found":
        raise Http404 from refusal
    return _page(request, scope, capture_id, refusal)
