"""A collector's own money: what he took, the cash in his hands and since when, and the slips of what he handed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from canbao.areas import queries as areas
from canbao.enrolment import evidence
from canbao.faces.console.paging import InOrder, page_of
from canbao.faces.led_back import only_posted
from canbao.faces.templatetags.kit import money
from canbao.faces.typed import day_typed, key_typed
from canbao.faces.visit import clock, for_staff, login_of, show
from canbao.kernel.fen import fen_typed
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.payments import actions, collecting
from canbao.payments.actions import Slip
from canbao.payments.models import Deposit, DepositDifference, Payment
from canbao.payments.queries import collectors
from canbao.staff import queries as staff
from canbao.staff.capabilities import Capability

OPEN_SHOWN_MAX = 500
DAYS_TOO_LONG = 3


@dataclass(frozen=True)
class Purse:
    """The collector's money in one pooling area."""

    code: str
    name: str
    held: collectors.Held
    days: int
    receipts: list[Payment]
    shortages: list[DepositDifference]

    @property
    def too_long(self) -> bool:
        return self.days >= DAYS_TOO_LONG


@require_safe
@for_staff(Capability.TAKE_PAYMENT)
def drawer(request: HttpRequest, scope: Scope) -> HttpResponse:
    return _page(request, scope)


def _purse(scope: Scope, fund: str) -> Purse:
    collector_id = scope.actor_id or 0
    held = collectors.held_by(fund, collector_id, clock())
    receipts = collectors.open_cash(fund, collector_id).select_related("resident")
    return Purse(
        fund,
        areas.full_name(fund),
        held,
        collectors.days_since(held.since, clock()),
        list(receipts[:OPEN_SHOWN_MAX]),
        list(collectors.open_shortages(fund, collector_id).select_related("deposit")),
    )


def _page(request: HttpRequest, scope: Scope, refusal: Refusal | None = None) -> HttpResponse:
    mandates = [
        (mandate, areas.full_name(mandate.area_code)) for mandate in collectors.own_mandates(scope, clock().today())
    ]
    context = {
        "purses": [_purse(scope, fund) for fund in collectors.own_funds(scope)],
        "page": page_of(request, InOrder(collectors.deposits_of(scope), ("recorded_at", "pk"), falls=True)),
        "mandates": mandates,
        "needs_mandate": collecting.needs_mandate(scope),
        "refusal": refusal,
        "filled": {name: request.POST.get(name, "") for name in ("bank", "slip_no", "amount", "fund")},
        "day": request.POST.get("deposited_on") or clock().today().isoformat(),
        "ticked": set(_keys(request, "receipt")) if refusal else None,
        "see_all": Capability.SEE_CHANNELS in staff.capabilities_of(login_of(request), clock()),
    }
    return show(request, "faces/console/drawer.html", "drawer", context, status=422 if refusal else 200)


@only_posted("console:drawer")
@for_staff(Capability.TAKE_PAYMENT)
def hand_in(request: HttpRequest, scope: Scope) -> HttpResponse:
    fund = request.POST.get("fund", "")
    if fund not in areas.pooling_codes(scope):
        raise Http404
    picture = request.FILES.get("picture")
    try:
        made = actions.hand_in(
            actor=scope,
            pooling_area=fund,
            payment_ids=_keys(request, "receipt"),
            shortage_ids=_keys(request, "short"),
            slip=Slip(
                bank=request.POST.get("bank", "")[:200],
                slip_no=request.POST.get("slip_no", "")[:200],
                deposited_on=day_typed(request.POST.get("deposited_on", "")) or date.max,
                amount_fen=fen_typed(request.POST.get("amount", "")) or 0,
                picture=picture.read(evidence.BYTES_MAX + 1) if picture else b"",
            ),
            clock=clock(),
        )
    except Refusal as refusal:
        return _page(request, scope, refusal)
    messages.success(request, _said(made))
    return redirect("console:deposit", deposit_id=made.pk)


def _said(made: Deposit) -> str:
    if made.over_fen < 0:
        return gettext("缴款单已登记，短款 %(sum)s 记在您名下，下次缴款时补上。") % {"sum": money(-made.over_fen)}
    if made.over_fen > 0:
        return gettext("缴款单已登记，长款 %(sum)s 等税务部门处理。") % {"sum": money(made.over_fen)}
    return gettext("缴款单已登记，与收据一分不差。")


@require_safe
@for_staff(Capability.TAKE_PAYMENT)
def deposit(request: HttpRequest, scope: Scope, deposit_id: int) -> HttpResponse:
    return _slip_page(request, scope, deposit_id)


def _slip_page(request: HttpRequest, scope: Scope, deposit_id: int, refusal: Refusal | None = None) -> HttpResponse:
    found = _found(scope, deposit_id)
    difference = getattr(found, "difference", None)
    wishes = staff.approvals_about(scope, "payments.surplus", f"deposit {found.pk}")
    held = staff.capabilities_of(login_of(request), clock())
    context = {
        "deposit": found,
        "receipts": collectors.receipts_on(found),
        "difference": difference,
        "wishes": wishes,
        "may_give_back": difference is not None
        and difference.kind == "over"
        and difference.closed_at is None
        and Capability.KEEP_COLLECTION in held
        and not any(wish.state == "waiting" for wish in wishes),
        "refusal": refusal,
    }
    return show(request, "faces/console/deposit.html", "drawer", context, status=422 if refusal else 200)


@require_safe
@for_staff(Capability.TAKE_PAYMENT)
def picture(request: HttpRequest, scope: Scope, deposit_id: int) -> HttpResponse:
    """The picture of a slip, to be saved and never to be run by the browser."""
    found = _found(scope, deposit_id)
    try:
        content = evidence.opened(found.evidence)
    except FileNotFoundError:
        raise Http404 from None
    response = HttpResponse(content, content_type=found.evidence_type)
    response["Content-Disposition"] = content_disposition_header(True, f"{found.slip_no}") or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox"
    return response


@only_posted("console:deposit")
@for_staff(Capability.KEEP_COLLECTION)
def give_back(request: HttpRequest, scope: Scope, deposit_id: int) -> HttpResponse:
    _found(scope, deposit_id)
    try:
        actions.ask_give_back(actor=scope, deposit_id=deposit_id, area_code=_own_area(scope), clock=clock())
    except Refusal as refusal:
        return _slip_page(request, scope, deposit_id, refusal)
    messages.success(request, gettext("已提交，等另一位税务人员同意。"))
    return redirect("console:deposit", deposit_id=deposit_id)


def _own_area(scope: Scope) -> str:
    """The first area that the visitor keeps."""
    return next(entrance.code for entrance in areas.entrances(scope))


@require_safe
@for_staff(Capability.SEE_CHANNELS)
def drawers(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Everybody who collects, whoever holds cash longest first."""
    now = clock()
    rows = [(row, collectors.days_since(row.since, now)) for row in collectors.drawers(scope, now)]
    context = {
        "rows": rows,
        "cash_fen": sum(row.cash_fen for row, _ in rows),
        "oldest": max((days for row, days in rows if row.since), default=0),
        "today_fen": sum(row.today_fen for row, _ in rows),
        "differences_fen": sum(row.short_fen + row.over_fen for row, _ in rows),
        "too_long": DAYS_TOO_LONG,
    }
    return show(request, "faces/console/drawers.html", "channels", context)


def _found(scope: Scope, deposit_id: int) -> Deposit:
    found = collectors.deposit(scope, deposit_id)
    if found is None:
        raise Http404
    return found


def _keys(request: HttpRequest, name: str) -> list[int]:
    return [key for text in request.POST.getlist(name) if (key := key_typed(text)) is not None]
