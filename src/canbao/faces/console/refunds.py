"""Refunds of what settled a bill: taken in at a counter, checked, decided by another person, sent, arrived or not."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from canbao.areas import queries as areas
from canbao.enrolment import queries as enrolment
from canbao.faces.console.accounts import lines_of
from canbao.faces.console.paging import InOrder, page_of
from canbao.faces.led_back import only_posted
from canbao.faces.refunding import rules_of, step_of, steps
from canbao.faces.visit import clock, for_staff, login_of, show
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.ledger import queries as ledger
from canbao.payments import actions, queries, refund_rules, refused
from canbao.payments.models import ApplicationState, RefundState
from canbao.staff import queries as staff
from canbao.staff.capabilities import Capability
from canbao.staff.models import ApprovalState

NOT_FOUND = ("refund_application_not_found", "payment_not_found")


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(Capability.TAKE_PAYMENT)
def take(request: HttpRequest, scope: Scope, receipt_no: str) -> HttpResponse:
    """The form for one payment, and taking it in."""
    try:
        payment = queries.payment_by_receipt(scope, receipt_no)
    except Refusal as refusal:
        raise Http404 from refusal
    filled = {name: request.POST.get(name, "") for name in ("rule", "applicant_name", "relation", "evidence")}
    refusal_shown: Refusal | None = None
    if request.method == "POST":
        try:
            actions.take_refund_application(
                actor=scope, receipt_no=receipt_no, asked=actions.Asked(**filled), clock=clock()
            )
        except Refusal as refusal:
            refusal_shown = refusal
        else:
            messages.success(request, gettext("退费申请已受理，等核对和审批。"))
            return redirect("console:person-year", payment.resident_id, payment.bill.benefit_year)
    context = {
        "payment": payment,
        "rules": rules_of(scope, payment),
        "under_way": queries.refund_of(payment),
        "filled": filled,
        "refusal": refusal_shown,
    }
    return show(request, "faces/console/refund_new.html", "people", context, status=422 if refusal_shown else 200)


@require_safe
@for_staff(Capability.SEE_LEDGER)
def refunds(request: HttpRequest, scope: Scope) -> HttpResponse:
    """What waits for a check, for a yes, for being sent; what came back; and what is done."""
    rows = queries.refund_applications(scope)
    approved = rows.filter(state=ApplicationState.APPROVED)
    lists = {
        "check": rows.filter(state=ApplicationState.TAKEN),
        "decide": rows.filter(state=ApplicationState.CHECKED),
        "send": approved.filter(refund__state=RefundState.APPROVED),
        "sent": approved.filter(refund__state=RefundState.SENT),
        "bounced": approved.filter(refund__state=RefundState.BOUNCED),
        "done": approved.filter(refund__state=RefundState.RETURNED),
        "refused": rows.filter(state__in=(ApplicationState.REFUSED, ApplicationState.WITHDRAWN)),
    }
    which = request.GET.get("list", "check")
    if which not in lists:
        raise Http404
    names = {
        "check": gettext("待核对"), "decide": gettext("待审批"), "send": gettext("待发出"),
        "sent": gettext("已发出"), "bounced": gettext("退款被退回"), "done": gettext("已退到账"),
        "refused": gettext("未批准或撤回"),
    }  # fmt: skip
    context = {
        "page": page_of(request, InOrder(lists[which], ("taken_at", "pk"))),
        "which": which,
        "tabs": [(key, name, lists[key].count()) for key, name in names.items()],
        "query": f"list={which}",
    }
    return show(request, "faces/console/refunds.html", "refunds", context)


@require_safe
@for_staff(Capability.SEE_LEDGER)
def refund(request: HttpRequest, scope: Scope, refund_id: int) -> HttpResponse:
    return _page(request, scope, refund_id)


def _page(request: HttpRequest, scope: Scope, refund_id: int, refusal: Refusal | None = None) -> HttpResponse:
    try:
        row = queries.refund_application(scope, refund_id)
    except Refusal as missing:
        raise Http404 from missing
    held = staff.capabilities_of(login_of(request), clock())
    payment, back = row.payment, row.refund
    wishes = staff.approvals_about(scope, "payments.refund", f"application {row.pk}")
    policy = enrolment.policy_pinned(payment.bill.policy_id, payment.bill.policy_digest)
    entry = ledger.entry(scope, row.pooling_area, row.entry_id) if row.entry_id else None
    resolves = Capability.RESOLVE_MONEY in held
    context = {
        "row": row,
        "payment": payment,
        "back": back,
        "village": areas.full_name(payment.resident.village_code),
        "rule": refund_rules.rules_of(policy).get(row.rule),
        "wishes": wishes,
        "waits": any(wish.state == ApprovalState.WAITING for wish in wishes),
        "entry": entry,
        "lines": lines_of(entry),
        "may_check": resolves and row.state == ApplicationState.TAKEN,
        "may_withdraw": Capability.TAKE_PAYMENT in held and row.state == ApplicationState.TAKEN,
        "by_hand": back is not None and queries.goes_by_hand(back),
        "may_resolve": resolves,
        "refusal": refusal,
        "filled": {name: request.POST.get(name, "") for name in ("finding", "because", "reference")},
        "steps": steps(),
        "at": step_of(row),
    }
    return show(request, "faces/console/refund.html", "refunds", context, status=422 if refusal else 200)


def _do(request: HttpRequest, scope: Scope, refund_id: int, work: Callable[[], object], said: str) -> HttpResponse:
    try:
        work()
    except Refusal as refusal:
        if refusal.code in NOT_FOUND:
            raise Http404 from refusal
        return _page(request, scope, refund_id, refusal)
    messages.success(request, said)
    return redirect("console:refund", refund_id)


@only_posted("console:refund")
@for_staff(Capability.RESOLVE_MONEY)
def check(request: HttpRequest, scope: Scope, refund_id: int) -> HttpResponse:
    """The papers were looked at: on to the second person, or refused."""
    if request.POST.get("way") == "refuse":
        because = request.POST.get("because", "")
        return _do(
            request, scope, refund_id,
            lambda: actions.refuse_refund_application(
                actor=scope, application_id=refund_id, because=because, clock=clock()
            ),
            gettext("未批准，原因已记下。"),
        )  # fmt: skip
    finding = request.POST.get("finding", "")
    return _do(
        request, scope, refund_id,
        lambda: actions.check_refund_application(
            actor=scope, application_id=refund_id, finding=finding, clock=clock()
        ),
        gettext("已提交，等另一人审批。"),
    )  # fmt: skip


@only_posted("console:refund")
@for_staff(Capability.TAKE_PAYMENT)
def withdraw(request: HttpRequest, scope: Scope, refund_id: int) -> HttpResponse:
    def work() -> object:
        return actions.withdraw_refund_application(actor=scope, application_id=refund_id, clock=clock())

    return _do(request, scope, refund_id, work, gettext("退费申请已撤回。"))


@only_posted("console:refund")
@for_staff(Capability.RESOLVE_MONEY)
def move(request: HttpRequest, scope: Scope, refund_id: int) -> HttpResponse:
    """The way of the money by hand: sent, arrived, came back; and another try of either kind."""
    wanted, reference = request.POST.get("way", ""), request.POST.get("reference", "")
    of, now = refund_id, clock()
    ways: dict[str, tuple[Callable[[], object], str]] = {
        "send": (
            lambda: actions.send_by_hand(actor=scope, application_id=of, reference=reference, clock=now),
            gettext("已记为发出。"),
        ),
        "arrived": (lambda: actions.refund_arrived(actor=scope, application_id=of, clock=now), gettext("已记为到账。")),
        "back": (
            lambda: actions.refund_came_back(actor=scope, application_id=of, clock=now),
            gettext("已记为被退回，可以重新发出。"),
        ),
        "again": (
            lambda: actions.send_refund_again(actor=scope, application_id=of, clock=now),
            gettext("可以重新发出。"),
        ),
    }
    if wanted not in ways:
        raise Http404 from refused.wrong_step()
    return _do(request, scope, refund_id, *ways[wanted])
