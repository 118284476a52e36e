"""A resident's money on its way back: what he may apply for, how it stands, where the money goes, and when."""

from __future__ import annotations

from contextlib import suppress

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from canbao.enrolment import queries as enrolment
from canbao.faces.portal.paying import FRAME, NAME_MAX, as_payer, opened_bill
from canbao.faces.refunding import rules_of, step_of, steps
from canbao.faces.templatetags.kit import channel_name
from canbao.faces.visit import clock
from canbao.kernel.refusals import Refusal
from canbao.payments import actions, queries, refund_rules
from canbao.payments.actions.refunding import NOBODY
from canbao.payments.models import ApplicationState, Method, Payment, Shape
from canbao.policy import policies

WORDS_MAX = 300


@require_http_methods(["GET", "HEAD", "POST"])
@as_payer
def refund(request: HttpRequest, bill_id: int) -> HttpResponse:
    """The page; a posted form is an application."""
    bill = opened_bill(request, bill_id)
    payment = queries.payment_of_bill(bill.pk)
    if payment is None:
        raise Http404
    refusal: Refusal | None = None
    filled = {name: request.POST.get(name, "") for name in ("rule", "applicant_name", "relation", "evidence")}
    if request.method == "POST":
        try:
            actions.apply_for_refund(
                actor=actions.payer(), bill_id=bill.pk, clock=clock(),
                asked=actions.Asked(
                    filled["rule"], filled["applicant_name"][:NAME_MAX], filled["relation"][:NAME_MAX],
                    filled["evidence"][:WORDS_MAX],
                ),
            )  # fmt: skip
            return redirect("portal:refund", bill_id=bill.pk)
        except Refusal as refused:
            refusal = refused
    row = queries.refund_of(payment)
    ended = row is not None and row.state in (ApplicationState.REFUSED, ApplicationState.WITHDRAWN)
    shown = rules_of(actions.payer(), payment)
    rules = refund_rules.rules_of(enrolment.policy_pinned(bill.policy_id, bill.policy_digest))
    context = {
        **FRAME, "bill": bill, "payment": payment, "row": row, "back": row.refund if row else None,
        "rule": rules.get(row.rule) if row else None,
        "may_apply": bill.state == "settled" and (row is None or ended),
        "open_rules": [each for each in shown if each.refusal is None],
        "closed_rules": [each for each in shown if each.refusal is not None],
        "where": _where(payment), "steps": steps(), "at": step_of(row) if row else 0, "filled": filled,
        "may_withdraw": row is not None and row.state == ApplicationState.TAKEN and row.taken_by_id == NOBODY,
        "refusal": refusal, "policy": policies.get(bill.policy_id),
    }  # fmt: skip
    return render(request, "faces/portal/refund.html", context, status=422 if refusal else 200)


@require_POST
@as_payer
def withdraw(request: HttpRequest, bill_id: int) -> HttpResponse:
    bill = opened_bill(request, bill_id)
    # Where somebody checked it meanwhile, the page says so.
    with suppress(Refusal):
        actions.take_own_refund_back(actor=actions.payer(), bill_id=bill.pk, clock=clock())
    return redirect("portal:refund", bill_id=bill.pk)


def _where(payment: Payment) -> str:
    """Where the money goes: the way it came."""
    channel = channel_name(payment.capture.channel) if payment.capture else ""
    if payment.shape == Shape.FILE:
        return gettext("原扣款账户（%(channel)s）") % {"channel": channel}
    if payment.shape == Shape.COLLECTIVE:
        return gettext("替您缴费的单位，由单位退给您")
    if payment.capture is not None:
        return gettext("付款时用的账户，经“%(channel)s”原路退回") % {"channel": channel}
    if payment.method == Method.CASH:
        return gettext("收款的窗口，当面退现金，请带身份证件")
    return gettext("付款时用的那张卡或那个账户")
