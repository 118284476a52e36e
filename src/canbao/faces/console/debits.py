"""Batch debits: the files for banks, their answers, and the agreements of payers."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from canbao.areas import queries as areas
from canbao.faces.console.paging import InOrder, page_of
from canbao.faces.console.people import YEAR_PAGE, shown_with
from canbao.faces.console.places import choices_of
from canbao.faces.led_back import only_posted
from canbao.faces.typed import day_typed, key_typed
from canbao.faces.visit import clock, for_staff, show
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.payments import actions
from canbao.payments.models import DebitRun
from canbao.payments.partners import debit_file
from canbao.payments.queries import debits as queries
from canbao.staff.capabilities import Capability


@require_safe
@for_staff(Capability.KEEP_COLLECTION)
def debits(request: HttpRequest, scope: Scope) -> HttpResponse:
    return _page(request, scope)


def _page(request: HttpRequest, scope: Scope, refusal: Refusal | None = None) -> HttpResponse:
    page = page_of(request, InOrder(queries.runs(scope), ("made_at", "pk"), falls=True))
    names = areas.names({row.area_code for row in page})
    context = {
        "page": page,
        "rows": [(row, names.get(row.area_code, row.area_code)) for row in page],
        "banks": list(queries.bank_channels_inside(scope)),
        "places": choices_of(scope, request.POST.get("area", "")),
        "area": request.POST.get("area", ""),
        "refusal": refusal,
    }
    return show(request, "faces/console/debits.html", "channels", context, status=422 if refusal else 200)


@only_posted("console:debits")
@for_staff(Capability.KEEP_COLLECTION)
def make(request: HttpRequest, scope: Scope) -> HttpResponse:
    area = request.POST.get("area", "")
    if areas.area(area) is None or not scope.covers(area):
        raise Http404
    try:
        run = actions.make_run(actor=scope, channel_id=_key(request, "bank"), area_code=area, clock=clock())
    except Refusal as refusal:
        return _page(request, scope, refusal)
    messages.success(request, gettext("送盘文件已生成。"))
    return redirect("console:debit-run", debit_run_id=run.pk)


@only_posted("console:debits")
@for_staff(Capability.KEEP_COLLECTION)
def take_answer(request: HttpRequest, scope: Scope) -> HttpResponse:
    file = request.FILES.get("file")
    content = file.read(debit_file.BYTES_MAX + 1) if file else request.POST.get("text", "").encode()
    try:
        run = actions.take_answer(actor=scope, content=content, clock=clock())
    except Refusal as refusal:
        return _page(request, scope, refusal)
    messages.success(request, gettext("回盘已读入，每一行都判断过。"))
    return redirect("console:debit-run", debit_run_id=run.pk)


@require_safe
@for_staff(Capability.KEEP_COLLECTION)
def run(request: HttpRequest, scope: Scope, debit_run_id: int) -> HttpResponse:
    found = _found(scope, debit_run_id)
    outcomes = queries.outcomes(found)
    context = {
        "run": found,
        "outcomes": outcomes,
        "settled": sum(1 for each in outcomes if each.capture and not each.capture.reason),
        "held": sum(1 for each in outcomes if each.capture and each.capture.reason),
        "failed": sum(1 for each in outcomes if each.line.result not in ("", debit_file.COLLECTED)),
        "place_name": areas.full_name(found.area_code),
    }
    return show(request, "faces/console/debit_run.html", "channels", context)


@require_safe
@for_staff(Capability.KEEP_COLLECTION)
def file(request: HttpRequest, scope: Scope, debit_run_id: int) -> HttpResponse:
    found = _found(scope, debit_run_id)
    response = HttpResponse(queries.file_of(found), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="debit-{found.batch}.txt"'
    return response


@only_posted(YEAR_PAGE)
@for_staff(Capability.TAKE_PAYMENT)
def sign(request: HttpRequest, scope: Scope, resident_id: int, benefit_year: int) -> HttpResponse:
    def work() -> str:
        signed_on = day_typed(request.POST.get("signed_on", "")) or date.max
        actions.sign_debit(
            actor=scope, resident_id=resident_id, channel_id=_key(request, "bank"),
            agreement_no=request.POST.get("agreement_no", ""), holder=request.POST.get("holder", ""),
            signed_on=signed_on, clock=clock(),
        )  # fmt: skip
        return gettext("代扣签约已登记，下一次送盘时扣款。")

    return shown_with(request, resident_id, benefit_year, work)


@only_posted(YEAR_PAGE)
@for_staff(Capability.TAKE_PAYMENT)
def end(request: HttpRequest, scope: Scope, resident_id: int, benefit_year: int) -> HttpResponse:
    def work() -> str:
        actions.end_debit(actor=scope, resident_id=resident_id, clock=clock())
        return gettext("代扣签约已解除。")

    return shown_with(request, resident_id, benefit_year, work)


def _found(scope: Scope, run_id: int) -> DebitRun:
    found = queries.run(scope, run_id)
    if found is None:
        raise Http404
    return found


def _key(request: HttpRequest, name: str) -> int:
    return key_typed(request.POST.get(name, "")) or 0
