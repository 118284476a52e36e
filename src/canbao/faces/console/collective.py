"""Collective payments: an institution's list of bills, one payment of its sum, the printed list with receipts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from canbao.areas import queries as areas
from canbao.billing.models import Bill
from canbao.faces.console.paging import InOrder, page_of
from canbao.faces.console.places import Chosen, chosen
from canbao.faces.led_back import only_posted
from canbao.faces.typed import key_typed
from canbao.faces.visit import clock, for_staff, login_of, show
from canbao.kernel.clock import SHANGHAI
from canbao.kernel.fen import fen_typed
from canbao.kernel.personal import mask_id_number, normal_number
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.payments import actions
from canbao.payments.models import Channel, CollectiveList
from canbao.payments.queries import lists as queries
from canbao.registry import queries as registry
from canbao.staff import queries as staff
from canbao.staff.capabilities import Capability

SHOWN_MAX, NUMBERS_MAX = 500, 500


@require_safe
@for_staff(Capability.TAKE_PAYMENT)
def lists(request: HttpRequest, scope: Scope) -> HttpResponse:
    page = page_of(request, InOrder(queries.collective_lists(scope), ("made_at", "pk"), falls=True))
    context = {"page": page, "may_make": queries.collective_channels(scope).exists()}
    return show(request, "faces/console/collective_lists.html", "drawer", context)


@dataclass(frozen=True)
class Offered:
    """Who can be put on a list: by place, or by the document numbers that somebody pasted; `unknown` are masked."""

    rows: list[tuple[Bill, str]]
    more: bool
    unknown: list[str]


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(Capability.TAKE_PAYMENT)
def new(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Numbers come in a body, for an address would keep them in histories and logs."""
    return _new(request, scope)


def _new(request: HttpRequest, scope: Scope, refusal: Refusal | None = None) -> HttpResponse:
    place = chosen(request, scope)
    channel = _channel(scope, place)
    numbers = request.POST.get("numbers", "")
    found = queries.candidates(scope, place.policy.id, place.area.code)
    offered = _by_number(scope, found, numbers) if numbers.strip() else _by_place(found)
    context = {
        "place": place,
        "channel": channel,
        "offered": offered,
        "sum_fen": sum(bill.payable_fen for bill, _ in offered.rows),
        "institution": request.POST.get("institution", ""),
        "numbers": numbers,
        "refusal": refusal,
    }
    return show(request, "faces/console/collective_new.html", "drawer", context, status=422 if refusal else 200)


def _channel(scope: Scope, place: Chosen) -> Channel | None:
    return queries.collective_channels(scope).filter(policy_id=place.policy.id).first()


def _by_place(found: QuerySet[Bill]) -> Offered:
    rows = list(found[: SHOWN_MAX + 1])
    return Offered(_named(rows[:SHOWN_MAX]), len(rows) > SHOWN_MAX, [])


def _by_number(scope: Scope, found: QuerySet[Bill], text: str) -> Offered:
    numbers = list(dict.fromkeys(normal_number(word) for word in text.split()))[:NUMBERS_MAX]
    people = {number: [card.resident_id for card in registry.with_number(scope, number)] for number in numbers}
    wanted = [key for keys in people.values() for key in keys]
    rows = list(found.filter(resident_id__in=wanted))
    billed = {bill.resident_id for bill in rows}
    unknown = [mask_id_number(number) for number, keys in people.items() if not billed & set(keys)]
    return Offered(_named(rows), False, unknown)


def _named(rows: list[Bill]) -> list[tuple[Bill, str]]:
    names = areas.names({bill.resident.village_code for bill in rows})
    return [(bill, names.get(bill.resident.village_code, "")) for bill in rows]


@only_posted("console:collective-lists")
@for_staff(Capability.TAKE_PAYMENT)
def make(request: HttpRequest, scope: Scope) -> HttpResponse:
    place = chosen(request, scope)
    channel = _channel(scope, place)
    words = request.POST.getlist("bill")
    wanted = [key for word in words if (key := key_typed(word)) is not None]
    if len(wanted) < len(words):
        raise Http404
    try:
        made = actions.make_list(
            actor=scope, channel_id=channel.pk if channel else 0, area_code=place.area.code,
            institution=request.POST.get("institution", ""), bill_ids=wanted, clock=clock(),
        )  # fmt: skip
    except Refusal as refusal:
        return _new(request, scope, refusal)
    messages.success(request, gettext("名单已做成，请单位按合计一笔付清。"))
    return redirect("console:collective", collective_id=made.pk)


@require_safe
@for_staff(Capability.TAKE_PAYMENT)
def one(request: HttpRequest, scope: Scope, collective_id: int) -> HttpResponse:
    return _page(request, scope, collective_id)


def _page(request: HttpRequest, scope: Scope, list_id: int, refusal: Refusal | None = None) -> HttpResponse:
    found = _found(scope, list_id)
    held = staff.capabilities_of(login_of(request), clock())
    context = {
        **_shown(found),
        "may_record": Capability.KEEP_COLLECTION in held,
        "may_see_held": Capability.SEE_CHANNELS in held,
        "filled": {name: request.POST.get(name, "") for name in ("amount", "reference", "paid_at")},
        "now": clock().now().astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M"),
        "refusal": refusal,
    }
    return show(request, "faces/console/collective.html", "drawer", context, status=422 if refusal else 200)


def _shown(found: CollectiveList) -> dict[str, object]:
    shares = queries.shares(found)
    return {
        "of": found,
        "shares": shares,
        "settled": sum(1 for share in shares if share.payment),
        "held": sum(1 for share in shares if share.capture and not share.payment),
        "elsewhere": sum(1 for share in shares if share.elsewhere),
        "place_name": areas.full_name(found.area_code),
    }


@require_safe
@for_staff(Capability.TAKE_PAYMENT)
def sheet(request: HttpRequest, scope: Scope, collective_id: int) -> HttpResponse:
    """The list to be printed, with everybody's receipt once it is paid."""
    context = {**_shown(_found(scope, collective_id)), "room": "sheet"}
    return render(request, "faces/console/collective_sheet.html", context)


@only_posted("console:collective")
@for_staff(Capability.TAKE_PAYMENT)
def drop(request: HttpRequest, scope: Scope, collective_id: int) -> HttpResponse:
    try:
        actions.drop_list(actor=scope, list_id=collective_id, clock=clock())
    except Refusal as refusal:
        return _refused(request, scope, collective_id, refusal)
    messages.success(request, gettext("名单已撤销，各人可以另外缴费。"))
    return redirect("console:collective", collective_id=collective_id)


@only_posted("console:collective")
@for_staff(Capability.KEEP_COLLECTION)
def transfer(request: HttpRequest, scope: Scope, collective_id: int) -> HttpResponse:
    """The institution's payment, as the bank's paper says."""
    try:
        actions.record_transfer(
            actor=scope, list_id=collective_id, amount_fen=fen_typed(request.POST.get("amount", "")) or 0,
            reference=request.POST.get("reference", ""), paid_at=_moment(request.POST.get("paid_at", "")),
            clock=clock(),
        )  # fmt: skip
    except Refusal as refusal:
        return _refused(request, scope, collective_id, refusal)
    messages.success(request, gettext("已入账，每个人都有收据；没有入账的在待处理里。"))
    return redirect("console:collective", collective_id=collective_id)


def _refused(request: HttpRequest, scope: Scope, list_id: int, refusal: Refusal) -> HttpResponse:
    if refusal.code == "list_not_found":
        raise Http404 from refusal
    return _page(request, scope, list_id, refusal)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M").replace(tzinfo=SHANGHAI)
    except ValueError:
        return None


def _found(scope: Scope, list_id: int) -> CollectiveList:
    found = queries.collective_list(scope, list_id)
    if found is None:
        raise Http404
    return found
