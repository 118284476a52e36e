"""Issuing the bills of a place and year: what it would do, doing it with progress, and who got none."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from canbao.areas import queries as areas
from canbao.billing import queries as billing
from canbao.billing.jobs import launch_run
from canbao.billing.models import RunState
from canbao.faces.console.paging import InOrder, page_of
from canbao.faces.console.places import chosen
from canbao.faces.figures import shares
from canbao.faces.led_back import only_posted
from canbao.faces.visit import clock, for_staff, show
from canbao.faces.words import REASONS, word
from canbao.kernel.scope import Scope
from canbao.staff.capabilities import Capability

HTMX_STOP_POLLING = 286


@dataclass(frozen=True)
class ReasonCount:
    code: str
    text: str
    people: int


def reason_text(code: str, texts: tuple[str, str] | None) -> str:
    """The reason as a heading: the common words for a known code, else what one such person was told."""
    if code in REASONS or texts is None:
        return word(REASONS, code)
    return texts[1] if (get_language() or "").startswith("en") else texts[0]


@require_safe
@for_staff(Capability.ISSUE_BILLS)
def bills(request: HttpRequest, scope: Scope) -> HttpResponse:
    place = chosen(request, scope)
    runs = billing.runs(scope, place.policy.id, 8)
    names = areas.names(run.area_code for run in runs)
    context = {"place": place, "runs": [(run, names.get(run.area_code, run.area_code)) for run in runs]}
    return show(request, "faces/console/bills.html", "bills", context)


@require_safe
@for_staff(Capability.ISSUE_BILLS)
def preview(request: HttpRequest, scope: Scope) -> HttpResponse:
    place = chosen(request, scope)
    seen = billing.preview(scope, place.policy.id, place.area.code, clock())
    payers = {payer: fen for payer, fen in seen.by_payer.items() if payer != "resident"}
    context = {
        "place": place,
        "seen": seen,
        "to_write": seen.new + seen.replaced,
        "refused_total": sum(seen.refused.values()),
        "shares": shares(seen.by_payer.get("resident", 0), payers),
        "refused": [
            ReasonCount(code, reason_text(code, seen.reasons.get(code)), people)
            for code, people in seen.refused.most_common()
        ],
    }
    return render(request, "faces/console/bills_preview.html", context)


@only_posted("console:bills")
@for_staff(Capability.ISSUE_BILLS)
def issue(request: HttpRequest, scope: Scope) -> HttpResponse:
    place = chosen(request, scope)
    run = launch_run(actor=scope, policy_id=place.policy.id, area_code=place.area.code, clock=clock())
    return redirect("console:bill-run", run_id=run.pk)


@require_safe
@for_staff(Capability.ISSUE_BILLS)
def run(request: HttpRequest, scope: Scope, run_id: int) -> HttpResponse:
    found = billing.run(scope, run_id)
    if found is None:
        raise Http404
    counts = billing.refusal_counts(scope, found.policy_id, found.area_code)
    texts = _texts(scope, found.policy_id, found.area_code) if counts else {}
    context = {
        "run": found,
        "running": found.state == RunState.RUNNING,
        "area": areas.area(found.area_code),
        "percent": found.done * 100 // found.total if found.total else 100,
        "refused": [ReasonCount(code, reason_text(code, texts.get(code)), people) for code, people in counts.items()],
        "without_url": f"{reverse('console:bills-without')}?policy={found.policy_id}&area={found.area_code}",
        "unpaid_url": f"{reverse('console:unpaid')}?policy={found.policy_id}&area={found.area_code}",
    }
    if request.headers.get("HX-Target") == "run":
        status = 200 if found.state == RunState.RUNNING else HTMX_STOP_POLLING
        return render(request, "faces/console/run_body.html", context, status=status)
    return show(request, "faces/console/run.html", "bills", context)


def _texts(scope: Scope, policy_id: str, area_code: str) -> dict[str, tuple[str, str]]:
    """Reason → what one such person was told."""
    rows = billing.refusals_in(scope, policy_id, area_code).order_by("code").distinct("code")
    return {row.code: (row.zh, row.en) for row in rows}


@require_safe
@for_staff(Capability.ISSUE_BILLS)
def without(request: HttpRequest, scope: Scope) -> HttpResponse:
    place = chosen(request, scope)
    code = request.GET.get("code", "")
    counts = billing.refusal_counts(scope, place.policy.id, place.area.code)
    texts = _texts(scope, place.policy.id, place.area.code)
    rows = billing.refusals_in(scope, place.policy.id, place.area.code)
    if code:
        rows = rows.filter(code=code)
    shown = page_of(request, InOrder(rows, ("code", "resident__village_code", "resident_id")))
    names = areas.names({row.village_code for row in shown})
    context = {
        "place": place,
        "code": code,
        "reasons": [ReasonCount(key, reason_text(key, texts.get(key)), people) for key, people in counts.items()],
        "rows": [(row, names.get(row.village_code, row.village_code)) for row in shown],
        "page": shown,
    }
    return show(request, "faces/console/without.html", "bills", context)
