"""What waits for a second person: the list, one wish in detail, yes, no, and taking one's own wish back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from operator import or_

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from canbao.areas import queries as areas
from canbao.faces.console.wishes import people_of
from canbao.faces.led_back import only_posted
from canbao.faces.visit import clock, for_staff, login_of, show
from canbao.kernel.binding import bound
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.staff import actions
from canbao.staff import queries as staff
from canbao.staff.approvals import kind_of
from canbao.staff.capabilities import Capability
from canbao.staff.models import Approval, ApprovalState
from canbao.staff.refusals import ApprovalNotFound

_ON_A_PAGE = 50
DECIDING = (Capability.APPROVE, Capability.APPROVE_STAFF, Capability.KEEP_COLLECTION)
"""What those who decide hold, each for kinds of his own."""


@require_safe
@for_staff(None)
def approvals(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Three lists: waiting for me, asked by me, decided."""
    deciding, own = _scopes(request)
    lists = {
        "waiting": _together(staff.approvals_waiting, deciding),
        "asked": staff.approvals_asked_by(own),
        "decided": _together(staff.approvals_decided, deciding),
    }
    which = request.GET.get("list", "waiting" if deciding else "asked")
    if which not in lists:
        raise Http404
    with bound(own):
        page = Paginator(lists[which], _ON_A_PAGE).get_page(request.GET.get("page"))
        rows = [(row, staff.kind_name(row), areas.full_name(row.area_code)) for row in page]
        counts = {"waiting": lists["waiting"].count(), "asked": lists["asked"].count()}
    context = {"rows": rows, "page": page, "which": which, "counts": counts, "query": f"list={which}"}
    return show(request, "faces/console/approvals.html", "approvals", context)


@require_safe
@for_staff(None)
def approval(request: HttpRequest, scope: Scope, approval_id: int) -> HttpResponse:
    return _page(request, approval_id)


def _page(request: HttpRequest, approval_id: int, refusal: Refusal | None = None) -> HttpResponse:
    deciding, own = _scopes(request)
    with bound(own):
        wish = _found(deciding, own, approval_id)
    waits = wish.state == ApprovalState.WAITING
    mine = wish.asked_by_id == own.actor_id
    may_decide = waits and not mine and _acting(deciding, wish) is not None
    context = {
        "wish": wish,
        **people_of(request, wish),
        "kind": staff.kind_name(wish),
        "place_name": areas.full_name(wish.area_code),
        "may_decide": may_decide,
        "may_withdraw": waits and mine,
        "refusal": refusal,
        "reason": request.POST.get("reason", ""),
    }
    return show(request, "faces/console/approval.html", "approvals", context, status=422 if refusal else 200)


@only_posted("console:approval")
@for_staff(None)
def approve(request: HttpRequest, scope: Scope, approval_id: int) -> HttpResponse:
    refused = _decided(request, approval_id, actions.approve)
    if refused is not None:
        return refused
    messages.success(request, gettext("已同意，并已办理。"))
    return redirect("console:approvals")


@only_posted("console:approval")
@for_staff(None)
def refuse(request: HttpRequest, scope: Scope, approval_id: int) -> HttpResponse:
    refused = _decided(request, approval_id, actions.refuse)
    if refused is not None:
        return refused
    messages.success(request, gettext("未予通过，原因已告知提交人。"))
    return redirect("console:approvals")


@only_posted("console:approval")
@for_staff(None)
def withdraw(request: HttpRequest, scope: Scope, approval_id: int) -> HttpResponse:
    deciding, own = _scopes(request)
    with bound(own):
        wish = _found(deciding, own, approval_id)
    asking = staff.scope_of(login_of(request), kind_of(wish.kind).asks, clock())
    try:
        with bound(asking):
            actions.withdraw(actor=asking, approval_id=approval_id, clock=clock())
    except Refusal as refusal:
        return _refused(request, approval_id, refusal)
    messages.success(request, gettext("已撤回。"))
    return redirect(f"{reverse('console:approvals')}?list=asked")


def _decided(request: HttpRequest, approval_id: int, decide: Callable[..., Approval]) -> HttpResponse | None:
    """Decide as the login may decide this kind; the page that says why not."""
    deciding, own = _scopes(request)
    if not deciding:
        raise PermissionDenied
    with bound(own):
        wish = _found(deciding, own, approval_id)
    scope = _acting(deciding, wish) or deciding[0]
    try:
        with bound(scope):
            decide(actor=scope, approval_id=approval_id, clock=clock(), reason=request.POST.get("reason", ""))
    except Refusal as refusal:
        return _refused(request, approval_id, refusal)
    return None


def _together(read: Callable[[Scope], QuerySet[Approval]], scopes: Sequence[Scope]) -> QuerySet[Approval]:
    # Whoever decides nothing asks with a scope that sees nothing.
    found = [read(scope) for scope in scopes or [Scope(actor_id=None, actor_name="")]]
    return reduce(or_, found[1:], found[0])


def _acting(deciding: Sequence[Scope], wish: Approval) -> Scope | None:
    """As whom the visitor may decide the wish."""
    decides = kind_of(wish.kind).decides
    return next((scope for scope in deciding if scope.can(decides) and scope.covers(wish.area_code)), None)


def _scopes(request: HttpRequest) -> tuple[list[Scope], Scope]:
    """As whom this person decides, and where he works at all."""
    login = login_of(request)
    scopes = [staff.scope_of(login, decides, clock()) for decides in DECIDING]
    return [scope for scope in scopes if scope.prefixes], staff.reach_of(login, clock())


def _found(deciding: Sequence[Scope], own: Scope, approval_id: int) -> Approval:
    try:
        return staff.approval([*deciding, own], approval_id)
    except ApprovalNotFound:
        raise Http404 from None


def _refused(request: HttpRequest, approval_id: int, refusal: Refusal) -> HttpResponse:
    if isinstance(refusal, ApprovalNotFound):
        raise Http404 from refusal
    return _page(request, approval_id, refusal)
