"""What the tax office keeps about collection: who may collect for it, and the QR codes that it has made known."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from canbao.areas import queries as areas
from canbao.faces.console.places import choices_of
from canbao.faces.led_back import only_posted
from canbao.faces.typed import day_typed, key_typed
from canbao.faces.visit import clock, for_staff, show
from canbao.kernel.fen import fen_typed
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.payments import actions, collecting
from canbao.payments.queries import collectors
from canbao.staff import queries as staff
from canbao.staff.capabilities import Capability
from canbao.staff.models import ApprovalState

FIELDS = ("collector", "contract_no", "from_on", "until_on", "day_limit", "open_limit")
CODE_FIELDS = ("area", "content", "bank", "posted_at")
SHOWN_MAX = 500
COUNTY_DIGITS = 6


@require_safe
@for_staff(Capability.KEEP_COLLECTION)
def mandates(request: HttpRequest, scope: Scope) -> HttpResponse:
    return _mandates(request, scope)


def _mandates(request: HttpRequest, scope: Scope, refusal: Refusal | None = None) -> HttpResponse:
    rows = list(collectors.mandates(scope)[:SHOWN_MAX])
    names = areas.names({row.area_code for row in rows})
    today = clock().today()
    context = {
        "rows": [
            (row, names.get(row.area_code, row.area_code), _standing(row.ended_at, row.until_on, today)) for row in rows
        ],
        "agents": [
            (f"{login.pk} {grant.area_code}", login.display_name, areas.full_name(grant.area_code))
            for login, grant in staff.holders(scope, collecting.AGENTS, today)
        ],
        "waiting": _waiting(scope, "payments.mandate"),
        "filled": {name: request.POST.get(name, "") for name in FIELDS},
        "refusal": refusal,
    }
    return show(request, "faces/console/mandates.html", "channels", context, status=422 if refusal else 200)


def _standing(ended_at: object, until_on: date, today: date) -> str:
    return "ended" if ended_at else "over" if until_on <= today else "holds"


def _waiting(scope: Scope, kind: str) -> list[object]:
    return [wish for wish in staff.approvals_of_kind(scope, kind) if wish.state == ApprovalState.WAITING]


@only_posted("console:mandates")
@for_staff(Capability.KEEP_COLLECTION)
def ask_mandate(request: HttpRequest, scope: Scope) -> HttpResponse:
    login, _, area = request.POST.get("collector", "").partition(" ")
    login_id = key_typed(login)
    if login_id is None or not scope.covers(area):
        raise Http404
    try:
        actions.ask_mandate(
            actor=scope, login_id=login_id, area_code=area,
            contract_no=request.POST.get("contract_no", ""), from_on=_day(request, "from_on"),
            until_on=_day(request, "until_on"), day_limit_fen=fen_typed(request.POST.get("day_limit", "")) or 0,
            open_limit_fen=fen_typed(request.POST.get("open_limit", "")) or 0, clock=clock(),
        )  # fmt: skip
    except Refusal as refusal:
        return _mandates(request, scope, refusal)
    messages.success(request, gettext("已提交，等另一位税务人员同意后生效。"))
    return redirect("console:mandates")


@only_posted("console:mandates")
@for_staff(Capability.KEEP_COLLECTION)
def end_mandate(request: HttpRequest, scope: Scope) -> HttpResponse:
    try:
        actions.end_mandate(actor=scope, mandate_id=_key(request, "mandate"), clock=clock())
    except Refusal as refusal:
        raise Http404 from refusal
    messages.success(request, gettext("代收委托已终止，此人不能再收款。"))
    return redirect("console:mandates")


@require_safe
@for_staff(Capability.KEEP_COLLECTION)
def codes(request: HttpRequest, scope: Scope) -> HttpResponse:
    return _codes(request, scope)


def _codes(request: HttpRequest, scope: Scope, refusal: Refusal | None = None) -> HttpResponse:
    rows = list(collectors.listed_codes(scope)[:SHOWN_MAX])
    names = areas.names({row.area_code for row in rows})
    today = clock().today()
    context = {
        "rows": [
            (row, names.get(row.area_code, row.area_code), row.until_on is None or row.until_on > today) for row in rows
        ],
        "counties": [choice for choice in choices_of(scope) if len(choice.code) == COUNTY_DIGITS],
        "waiting": _waiting(scope, "payments.code"),
        "filled": {name: request.POST.get(name, "") for name in CODE_FIELDS},
        "refusal": refusal,
    }
    return show(request, "faces/console/codes.html", "channels", context, status=422 if refusal else 200)


@only_posted("console:codes")
@for_staff(Capability.KEEP_COLLECTION)
def ask_code(request: HttpRequest, scope: Scope) -> HttpResponse:
    area = request.POST.get("area", "")
    if not scope.covers(area):
        raise Http404
    said = {name: request.POST.get(name, "") for name in ("content", "bank", "posted_at")}
    try:
        actions.ask_code(actor=scope, area_code=area, clock=clock(), **said)
    except Refusal as refusal:
        return _codes(request, scope, refusal)
    messages.success(request, gettext("已提交，等另一位税务人员同意后列入名单。"))
    return redirect("console:codes")


@only_posted("console:codes")
@for_staff(Capability.KEEP_COLLECTION)
def unlist_code(request: HttpRequest, scope: Scope) -> HttpResponse:
    try:
        actions.unlist_code(actor=scope, code_id=_key(request, "code"), clock=clock())
    except Refusal as refusal:
        raise Http404 from refusal
    messages.success(request, gettext("收款码已撤下，不能再用来收款。"))
    return redirect("console:codes")


def _key(request: HttpRequest, name: str) -> int:
    return key_typed(request.POST.get(name, "")) or 0


def _day(request: HttpRequest, name: str) -> date:
    """The day that was filled in; the first day of all for what is none, which is refused as too early."""
    return day_typed(request.POST.get(name, "")) or date.min
