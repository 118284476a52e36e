"""Paying a bill without a login: find it, choose among the channels of the place, go to the cashier, see it settled.

The session remembers which bills and attempts this visitor has opened; an address alone opens none. The browser that
comes back from a cashier proves nothing: the page says what the channel has told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from canbao.billing import queries as bills
from canbao.billing.models import Bill
from canbao.entitlement import queries as covers
from canbao.faces.leaflets import policy_of
from canbao.faces.portal.asking import Choice
from canbao.faces.typed import key_typed
from canbao.faces.visit import address_of, clock, holds_nul
from canbao.kernel.binding import bound
from canbao.kernel.refusals import Refusal
from canbao.payments import actions, items, queries
from canbao.payments.calling import over_http
from canbao.payments.models import Attempt, AttemptState, Channel, PaidBy
from canbao.payments.queries import collectors
from canbao.policy import policies
from canbao.policy.notice import Channel as Named

BILLS, ATTEMPTS, KEPT_MAX = "opened_bills", "opened_attempts", 20
FRAME = {"section": "pay", "room": "portal"}
HTMX_STOP_POLLING = 286
NAME_MAX = 60

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def as_payer(view: View[P]) -> View[P]:
    """The database shows guarded rows to whoever is bound: here to the program, for a visitor without a login."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if holds_nul(request):
            raise Http404
        with bound(actions.payer()):
            return view(request, *args, **kwargs)

    return guarded


@dataclass(frozen=True)
class Offer:
    """One way to pay, as the notice names it. `channel` is there where it can be paid here and now, `played` where a
    simulated partner who starts by himself can be visited.
    """

    named: Named
    channel: Channel | None
    item: str
    played: Channel | None = None


def offers(bill: Bill) -> list[Offer]:
    """The channels of the notice, those that lead to a cashier from here first."""
    agreed = queries.channels_of(actions.payer(), bill.policy_id)
    found = []
    for code, named in policies.get(bill.policy_id).notice.channels.items():
        channel = agreed.get(code)
        open_here = channel is not None and named.shape == "redirect" and actions.is_open(channel, clock())
        played = channel if channel is not None and channel.simulated and named.shape == "push" else None
        found.append(Offer(named, channel if open_here else None, items.item_of(bill, code), played))
    return sorted(found, key=lambda offer: offer.channel is None)


@require_http_methods(["GET", "HEAD", "POST"])
@as_payer
def find(request: HttpRequest) -> HttpResponse:
    """Name and number lead to the bill; for oneself or for somebody whose number one knows."""
    refusal: Refusal | None = None
    policy_id = request.POST.get("policy") or request.GET.get("policy") or policies.ids()[0]
    policy = policy_of(policy_id)
    if request.method == "POST":
        try:
            bill = actions.find_bill(
                actor=actions.payer(), policy_id=policy.id, name=request.POST.get("name", "")[:NAME_MAX],
                id_number=request.POST.get("id_number", "")[:NAME_MAX], client=address_of(request),
                clock=clock(),
            )  # fmt: skip
        except Refusal as refused:
            refusal = refused
        else:
            _remember(request, BILLS, bill.pk)
            return redirect("portal:pay-bill", bill_id=bill.pk)
    context = {
        **FRAME, "policy": policy, "refusal": refusal, "name": request.POST.get("name", "")[:NAME_MAX],
        "places": [
            Choice(each.id, each.place.zh, each.place.en, chosen=each.id == policy.id) for each in policies.all()
        ],
        "policies": policies.all(),
    }  # fmt: skip
    return render(request, "faces/portal/pay_find.html", context, status=422 if refusal else 200)


@require_safe
@as_payer
def bill(request: HttpRequest, bill_id: int) -> HttpResponse:
    return _bill_page(request, opened_bill(request, bill_id))


@require_POST
@as_payer
def begin(request: HttpRequest, bill_id: int) -> HttpResponse:
    """Write the attempt down, order the cashier page, and show where it leads."""
    found = opened_bill(request, bill_id)
    wanted = request.POST.get("channel", "")
    paid_by = request.POST.get("paid_by", PaidBy.SELF)
    try:
        attempt = actions.begin_attempt(
            actor=actions.payer(), bill_id=found.pk, channel_id=key_typed(wanted) or 0, clock=clock(),
            paid_by=paid_by, payer_name=request.POST.get("payer_name", "")[:NAME_MAX],
        )  # fmt: skip
    except Refusal as refusal:
        return _bill_page(request, found, refusal)
    back = reverse("portal:pay-attempt", args=[attempt.trade_no])
    actions.send_attempt(
        actor=actions.payer(),
        attempt=attempt,
        report_url=request.build_absolute_uri(reverse("callbacks:hear", args=[attempt.channel_id])),
        return_url=request.build_absolute_uri(f"{back}?back=1"),
        call=over_http,
        clock=clock(),
    )
    _remember(request, ATTEMPTS, attempt.trade_no)
    return redirect(back)


@require_safe
@as_payer
def attempt(request: HttpRequest, trade_no: str) -> HttpResponse:
    """How the attempt stands. The part that changes asks for itself until it is settled."""
    found = queries.attempt_named(actions.payer(), trade_no)
    if found is None or trade_no not in request.session.get(ATTEMPTS, []):
        raise Http404
    if request.GET.get("back"):
        actions.look_again(actor=actions.payer(), attempt=found, clock=clock())
    ended = found.state in (AttemptState.PAID, AttemptState.FAILED, AttemptState.CLOSED)
    context = {**FRAME, **_attempt_context(found), "ended": ended, "address": request.path}
    if request.headers.get("HX-Target") == "attempt":
        status = HTMX_STOP_POLLING if ended else 200
        return render(request, "faces/portal/pay_attempt_body.html", context, status=status)
    return render(request, "faces/portal/pay_attempt.html", context)


def _attempt_context(found: Attempt) -> dict[str, object]:
    capture = queries.capture_of(found)
    payment = queries.payment_of_bill(capture.bill_id) if capture and capture.bill_id and not capture.reason else None
    year = found.bill.benefit_year
    cover = covers.cover_of(actions.payer(), found.bill.resident_id, year) if payment else None
    return {
        "attempt": found, "bill": found.bill, "capture": capture, "payment": payment, "cover": cover,
        "last_covered": cover.last_day if cover else None,
        "steps": [gettext("选缴费方式"), gettext("付款"), gettext("到账")],
        "at": {AttemptState.PAID: 4, AttemptState.CREATED: 1}.get(AttemptState(found.state), 2),
        "policy": policies.get(found.bill.policy_id),
    }  # fmt: skip


def _bill_page(request: HttpRequest, found: Bill, refusal: Refusal | None = None) -> HttpResponse:
    paid_by = request.POST.get("paid_by", PaidBy.SELF.value)
    found_offers = offers(found)
    payment = queries.payment_of_bill(found.pk)
    context = {
        **FRAME, "bill": found, "policy": policies.get(found.policy_id), "refusal": refusal, "payment": payment,
        "payers": {line.payer: line.amount_fen for line in bills.lines(found) if line.payer != "resident"},
        "here": [offer for offer in found_offers if offer.channel is not None],
        "elsewhere": [offer for offer in found_offers if offer.channel is None],
        "who": [Choice(each.value, str(each.label), chosen=each.value == paid_by) for each in PaidBy],
        "payer_name": request.POST.get("payer_name", "")[:NAME_MAX],
        "cover": covers.cover_of(actions.payer(), found.resident_id, found.benefit_year) if payment else None,
        "message": collectors.message_of(payment.pk) if payment else None,
        "returning": queries.refund_of(payment) if payment else None,
        "address": reverse("portal:pay-bill", args=[found.pk]) if refusal else "",
    }  # fmt: skip
    return render(request, "faces/portal/pay_bill.html", context, status=422 if refusal else 200)


def opened_bill(request: HttpRequest, bill_id: int) -> Bill:
    """The bill, if this visitor has shown that he knows whose it is. Http404 otherwise."""
    if bill_id not in request.session.get(BILLS, []):
        raise Http404
    try:
        found = bills.bill(actions.payer(), bill_id)
    except Refusal:
        raise Http404 from None
    current = bills.latest_bill(actions.payer(), found.resident_id, found.benefit_year)
    return current or found


def _remember(request: HttpRequest, kind: str, name: int | str) -> None:
    known = [each for each in request.session.get(kind, []) if each != name]
    request.session[kind] = [*known, name][-KEPT_MAX:]
