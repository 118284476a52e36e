"""Lists that departments hand in: uploading one, saying which column is which, the preview, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from canbao.areas import queries as areas
from canbao.faces.console.import_rows import REASONS, column_choices, mapping_from, shown_rows
from canbao.faces.console.paging import InOrder, page_of
from canbao.faces.console.people import gone_is_404
from canbao.faces.console.places import AREA_CODE, choices_of
from canbao.faces.led_back import only_posted
from canbao.faces.visit import clock, for_staff, login_of, show
from canbao.faces.words import CATEGORIES, word
from canbao.intake import refusals, sources, writing
from canbao.intake.actions import batches as actions
from canbao.intake.actions import undoing
from canbao.intake.errors import error_sheet
from canbao.intake.models import ASKED, OVER, UNDER_WAY, Batch, Outcome, State
from canbao.intake.queries import batches as queries
from canbao.kernel.binding import bound
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.registry.models import Department
from canbao.registry.queries.certifiers import certified_in
from canbao.staff import actions as staff_actions
from canbao.staff import queries as staff
from canbao.staff.capabilities import Capability
from canbao.staff.models import Login

P = ParamSpec("P")
HTMX_STOP_POLLING = 286
NEWCOMER = "newcomer"
"""Rows that are shown apart from those refused, though kept among them."""
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


@dataclass(frozen=True)
class Both:
    """What a login may do with lists: hand them in, and decide on others'. Where it may not, the scope is empty."""

    gives: Scope
    decides: Scope


ListsView = Callable[Concatenate[HttpRequest, Both, P], HttpResponse]


def for_lists(view: ListsView[P]) -> View[P]:
    """For whoever hands lists in, and for whoever approves them; one who does both is given both."""

    def with_both(request: HttpRequest, scope: Scope, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        both = _both(request)
        prefixes = tuple(sorted({*both.gives.prefixes, *both.decides.prefixes}))
        with bound(replace(scope, prefixes=prefixes, capabilities=frozenset())):
            return view(request, both, *args, **kwargs)

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        held = staff.capabilities_of(request.user, clock()) if isinstance(request.user, Login) else frozenset()
        only_decides = Capability.APPROVE in held and Capability.IMPORT_LISTS not in held
        capability = Capability.APPROVE if only_decides else Capability.IMPORT_LISTS
        return for_staff(capability)(with_both)(request, *args, **kwargs)

    return guarded


def _both(request: HttpRequest) -> Both:
    login, now = login_of(request), clock()
    return Both(
        staff.scope_of(login, Capability.IMPORT_LISTS, now),
        staff.scope_of(login, Capability.APPROVE, now),
    )


@require_safe
@for_lists
def imports(request: HttpRequest, both: Both) -> HttpResponse:
    found = queries.batches(both.gives, both.decides)
    names = areas.names(batch.area_code for batch in found)
    newcomers = queries.newcomer_counts(found)
    rows = [
        (
            batch, sources.source(batch.source).name, names.get(batch.area_code, batch.area_code),
            newcomers.get(batch.pk, 0), batch.refused - newcomers.get(batch.pk, 0),
        )
        for batch in found
    ]  # fmt: skip
    context = {
        "waiting": [row for row in rows if row[0].state in ASKED],
        "rows": [row for row in rows if row[0].state not in ASKED],
        "may_hand_in": both.gives.can(Capability.IMPORT_LISTS),
    }
    return show(request, "faces/console/imports.html", "imports", context)


@require_safe
@for_staff(Capability.IMPORT_LISTS)
def new(request: HttpRequest, scope: Scope) -> HttpResponse:
    return _new(request, scope)


def _new(request: HttpRequest, scope: Scope, refusal: Refusal | None = None) -> HttpResponse:
    offered = sources.offered(scope)
    asked = request.POST.get("source") or request.GET.get("source") or (offered[0].code if offered else "")
    chosen = next((each for each in offered if each.code == asked), None)
    certifies = certified_in(scope)
    departments = [code for code in certifies if code in scope.roles] or list(certifies)
    context = {
        "offered": offered,
        "chosen": chosen,
        "places": choices_of(scope, request.POST.get("area", "")),
        "area": request.POST.get("area", ""),
        "departments": [(code, Department(code).label) for code in departments],
        "categories": [(code, CATEGORIES[code]) for name in departments for code in sorted(certifies[name])],
        "refusal": refusal,
        "before": _before(scope, refusal),
    }
    return show(request, "faces/console/import_new.html", "imports", context, status=422 if refusal else 200)


def _before(scope: Scope, refusal: Refusal | None) -> int | None:
    """The earlier batch of the same file, where it is one that this scope may look at."""
    if not isinstance(refusal, refusals.HandedInBefore):
        return None
    return refusal.batch_id if queries.visible(scope).filter(pk=refusal.batch_id).exists() else None


@only_posted("console:import-new")
@for_staff(Capability.IMPORT_LISTS)
def hand_in(request: HttpRequest, scope: Scope) -> HttpResponse:
    sent, area = request.FILES.get("file"), request.POST.get("area", "")
    if not AREA_CODE.fullmatch(area) or not scope.covers(area):
        raise Http404
    options = {}
    if request.POST.get("source") == "categories":
        options = {key: request.POST.get(key, "") for key in ("department", "category")}
        own = [code for code in Department.values if code in scope.roles] or Department.values
        if options["department"] not in own:
            raise Http404
    try:
        if sent is None:
            raise refusals.empty_file()
        if (sent.size or 0) > actions.FILE_BYTES_MAX:
            raise refusals.too_large_file()
        made = actions.hand_in(
            actor=scope,
            source_code=request.POST.get("source", ""),
            area_code=area,
            file_name=sent.name or "",
            content=sent.read(),
            clock=clock(),
            options=options,
        )
    except Refusal as refusal:
        return _new(request, scope, refusal)
    return redirect("console:import", batch_id=made.pk)


@require_safe
@gone_is_404
@for_lists
def batch(request: HttpRequest, both: Both, batch_id: int) -> HttpResponse:
    return _batch(request, both, queries.seen_batch((both.gives, both.decides), batch_id))


def _batch(request: HttpRequest, both: Both, found: Batch, refusal: Refusal | None = None) -> HttpResponse:
    under_way = found.state in UNDER_WAY
    if request.headers.get("HX-Target") == "work":
        # The work is over: the page is read anew, for everything on it changes.
        response = render(request, "faces/console/import_work.html", _work(found))
        if not under_way:
            response = HttpResponse(status=HTMX_STOP_POLLING)
            response["HX-Refresh"] = "true"
        return response
    wanted = sources.source(found.source)
    in_hand = queries.in_hand(both.gives).filter(pk=found.pk).exists()
    columns = in_hand and (
        found.state == State.MAPPING
        or ("columns" in request.GET and found.state in (State.PREVIEWED, State.OUTDATED, State.FAILED))
    )
    context = {
        "batch": found,
        "source": wanted,
        "place": areas.full_name(found.area_code),
        "under_way": under_way,
        "columns": column_choices(found, wanted) if columns else None,
        "refusal": refusal,
        "at": _step(found, columns),
        "steps": [gettext("上传"), gettext("核对列"), gettext("预览"), gettext("复核"), gettext("写入")],
        "may_hand_in": in_hand,
        "may_withdraw": in_hand and queries.may_withdraw(both.gives, found),
        "may_approve": _may_approve(both.decides, found),
        "newcomers": 0,
        "unwritable": found.refused,
        **_work(found),
    }
    if not (columns or under_way or found.removed_at) and found.state not in (State.WITHDRAWN, State.MAPPING):
        context |= _rows(request, found)
    return show(request, "faces/console/import.html", "imports", context, status=422 if refusal else 200)


def _may_approve(scope: Scope, found: Batch) -> bool:
    if found.approval_id is None or found.state not in ASKED or not scope.can(Capability.APPROVE):
        return False
    return any(each.pk == found.approval_id for each in staff.approvals_waiting(scope))


def _step(found: Batch, columns: bool) -> int:
    if columns or found.state == State.MAPPING:
        return 2
    written = dict.fromkeys((State.APPLIED, State.UNDO_ASKED, State.UNDOING, State.UNDONE), 6)
    return {State.WAITING: 4, State.APPLYING: 5, **written}.get(State(found.state), 3)


def _work(found: Batch) -> dict[str, object]:
    done, total = queries.progress_of(found)
    return {"batch": found, "done": done, "total": total}


def _rows(request: HttpRequest, found: Batch) -> dict[str, object]:
    outcome, reason = request.GET.get("outcome", ""), request.GET.get("reason", "")
    outcome = outcome if outcome in (*Outcome.values, NEWCOMER) else ""
    if outcome == NEWCOMER:
        rows = queries.newcomers_of(found)
    elif outcome == Outcome.REFUSED and not reason:
        rows = queries.unwritable_of(found)
    else:
        rows = queries.rows_of(found, outcome, reason)
    page = page_of(request, InOrder(rows, ("position",)))
    reasons = [(each, word(REASONS, each.code)) for each in queries.reasons_of(found)] if found.refused else []
    figures: list[tuple[str, object, int, str]] = [
        (each.value, each.label, getattr(found, each.value), kind)
        for each, kind in zip(Outcome, ("good", "", "", "bad", "quiet"), strict=True)
    ]
    if newcomers := queries.newcomers_of(found).count():
        refused = list(Outcome).index(Outcome.REFUSED)
        code, label, number, kind = figures[refused]
        figures[refused : refused + 1] = [
            (NEWCOMER, gettext("名册新人"), newcomers, ""),
            (code, label, number - newcomers, kind),
        ]
    return {
        "page": page,
        "shown": shown_rows(found, list(page)),
        "outcome": outcome,
        "reason": reason,
        "reasons": reasons,
        "figures": figures,
        "newcomers": newcomers,
        "unwritable": found.refused - newcomers,
        "query": f"outcome={outcome}&reason={reason}",
    }


@only_posted("console:import")
@gone_is_404
@for_staff(Capability.IMPORT_LISTS)
def columns(request: HttpRequest, scope: Scope, batch_id: int) -> HttpResponse:
    found = queries.batch_in_hand(scope, batch_id)
    try:
        actions.set_columns(actor=scope, batch_id=batch_id, mapping=mapping_from(request.POST, found), clock=clock())
    except Refusal as refusal:
        return _batch(request, _both(request), found, refusal)
    return redirect("console:import", batch_id=batch_id)


@only_posted("console:import")
@gone_is_404
@for_staff(Capability.IMPORT_LISTS)
def step(request: HttpRequest, scope: Scope, batch_id: int) -> HttpResponse:
    """One of the moves of who handed it in: submit, preview again, withdraw, ask for its undoing."""
    found, wanted = queries.batch_in_hand(scope, batch_id), request.POST.get("step", "")
    try:
        if wanted == "submit":
            page = reverse("console:import", args=[batch_id])
            actions.submit(actor=scope, batch_id=batch_id, clock=clock(), page=page)
            messages.success(request, gettext("已提交，等另一位有审批权的人同意后写入。"))
        elif wanted == "preview":
            actions.preview_again(actor=scope, batch_id=batch_id)
        elif wanted == "undo":
            page = reverse("console:import", args=[batch_id])
            undoing.ask_undo(actor=scope, batch_id=batch_id, clock=clock(), page=page)
            messages.success(request, gettext("已提交，等另一位有审批权的人同意后撤销。"))
        elif wanted == "withdraw":
            actions.withdraw(actor=scope, batch_id=batch_id, clock=clock())
            messages.success(request, gettext("已撤回，文件和预览都已删除。"))
        else:
            raise Http404
    except Refusal as refusal:
        if refusal.code.endswith("_not_found"):
            raise
        return _batch(request, _both(request), found, refusal)
    return redirect("console:import", batch_id=batch_id)


@only_posted("console:import")
@gone_is_404
@for_staff(Capability.APPROVE)
def decide(request: HttpRequest, scope: Scope, batch_id: int) -> HttpResponse:
    """The second person's yes or no."""
    found = queries.batch(scope, batch_id)
    if found.approval_id is None:
        raise Http404
    try:
        if request.POST.get("decision") == "approve":
            staff_actions.approve(actor=scope, approval_id=found.approval_id, clock=clock())
        else:
            reason = request.POST.get("reason", "")
            staff_actions.refuse(actor=scope, approval_id=found.approval_id, reason=reason, clock=clock())
            messages.success(request, gettext("已退回给提交的人。"))
    except Refusal as refusal:
        if refusal.code.endswith("_not_found"):
            raise
        return _batch(request, _both(request), found, refusal)
    return redirect("console:import", batch_id=batch_id)


@require_safe
@gone_is_404
@for_lists
def errors(request: HttpRequest, both: Both, batch_id: int) -> HttpResponse:
    """The rows that could not be taken, as they came, for whoever has the file anyway: logged like any look."""
    found = queries.batch_in_hand(both.gives, batch_id)
    gone = found.removed_at is not None or found.state in OVER
    unwritable = 0 if gone else queries.unwritable_of(found).count()
    if not unwritable:
        raise Http404
    staff_actions.record_access(
        actor=both.gives, screen="import-errors", what="list", clock=clock(), pooling_area=found.pooling_area,
        people=unwritable,
    )  # fmt: skip
    return spreadsheet(f"errors-{found.pk}", error_sheet(found))


@require_safe
@for_staff(Capability.IMPORT_LISTS)
def template(request: HttpRequest, scope: Scope, source_code: str) -> HttpResponse:
    wanted = next((each for each in sources.offered(scope) if each.code == source_code), None)
    if wanted is None:
        raise Http404
    return spreadsheet(f"template-{wanted.code}", writing.template(wanted))


def spreadsheet(name: str, content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type=SPREADSHEET)
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response
