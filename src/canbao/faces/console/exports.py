"""Taking a list of people away: with a purpose, limited, marked with who took it, and logged for the auditor.

A short list leaves with the click. A long one is made by a job; its owner finds it on the same page for some days.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_safe

from canbao.areas import queries as areas
from canbao.faces.console.export_tables import CHOSEN_FIRST, FORMS, REGISTER, TITLES, Asked, Table, table_of
from canbao.faces.console.filters import narrowing_asked, query_of
from canbao.faces.console.places import Chosen, chosen
from canbao.faces.jobs import export
from canbao.faces.visit import clock, for_staff, show
from canbao.intake.actions import exports as actions
from canbao.intake.models import ExportFile, ExportState
from canbao.intake.queries import exports as queries
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.staff.capabilities import Capability

_BACK = {"unpaid": "console:unpaid", "unenrolled": "console:unenrolled", "register": "console:people"}


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(Capability.EXPORT_PEOPLE)
def unpaid(request: HttpRequest, scope: Scope) -> HttpResponse:
    return _export(request, scope, "unpaid")


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(Capability.EXPORT_PEOPLE)
def unenrolled(request: HttpRequest, scope: Scope) -> HttpResponse:
    return _export(request, scope, "unenrolled")


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(Capability.EXPORT_PEOPLE)
def register(request: HttpRequest, scope: Scope) -> HttpResponse:
    return _export(request, scope, "register")


def _export(request: HttpRequest, scope: Scope, what: str) -> HttpResponse:
    """The form that asks what for; the file for whoever said so, or what says that it is being made."""
    own = queries.own_files(scope, what)
    if request.headers.get("HX-Request"):
        return render(request, "faces/console/export_files.html", _files(own))
    place = chosen(request, scope)
    columns: list[str] = []
    if what == "register":
        columns = [key for key in REGISTER if key in request.POST.getlist("column")] or list(CHOSEN_FIRST)
    narrowed = query_of(narrowing_asked(request)) if what != "register" else ""
    table = table_of(scope, Asked(what, place.policy.id, place.area.code, narrowed, columns), clock())
    refusal = None
    if request.method == "POST":
        try:
            given = _given(request, scope, place, table)
        except Refusal as refused:
            refusal = refused
        else:
            if given is not None:
                return given
            messages.success(request, gettext("人数多，正在后台生成；生成好以后在本页下载。"))
            own = queries.own_files(scope, what)
    context = {
        "place": place, "table": table, "refusal": refusal, "limit": actions.FILE_ROWS_MAX,
        "at_once": actions.EXPORT_ROWS_MAX, "forms": FORMS, "narrowed": narrowed, "back": _BACK[what],
        "columns": [(key, str(heading), key in columns) for key, (heading, _said) in REGISTER.items()]
        if columns
        else [],
        **_files(own),
    }  # fmt: skip
    return show(request, "faces/console/export.html", "progress", context, status=422 if refusal else 200)


def _files(own: Sequence[ExportFile]) -> dict[str, object]:
    return {"files": own, "making": any(file.state == ExportState.MAKING for file in own), "kept": actions.KEPT.days}


def _given(request: HttpRequest, scope: Scope, place: Chosen, table: Table) -> HttpResponse | None:
    """The file, or None if a job is asked for it."""
    form = request.POST.get("form", "")
    with transaction.atomic():
        line = actions.record_export(
            actor=scope,
            area_code=place.area.code,
            what=table.asked.what,
            query={
                "policy": place.policy.id,
                "narrowed": table.asked.narrowed,
                "columns": ",".join(table.asked.columns),
            },
            purpose=request.POST.get("purpose", ""),
            form=form if form in FORMS else "xlsx",
            rows=table.count,
            clock=clock(),
        )
        if table.count > actions.EXPORT_ROWS_MAX:
            actions.ask_file(
                actor=scope, line=line, made_of=table.asked.kept(), language=get_language() or "zh-hans", clock=clock()
            )
            export.defer(log_id=line.pk)
            return None
    return _download(table.file(line), line.form, table.name(line))


def _download(parts: Iterator[bytes], form: str, name: str) -> HttpResponse:
    response = HttpResponse(parts, content_type=FORMS[form])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
@for_staff(Capability.EXPORT_PEOPLE)
def file(request: HttpRequest, scope: Scope, log_id: int) -> HttpResponse:
    """A long list that is ready, for who asked for it. Http404 for anybody else."""
    found = queries.own_file(scope, log_id)
    if found is None:
        raise Http404
    return _download(queries.content(found), found.log.form, found.name)


@require_safe
@for_staff(Capability.SEE_AUDIT)
def log(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Who took which lists away."""
    lines = queries.exports(scope)
    names = areas.names({line.area_code for line in lines})
    rows = [(line, str(TITLES.get(line.what, line.what)), names.get(line.area_code, line.area_code)) for line in lines]
    return show(request, "faces/console/exports.html", "exports", {"rows": rows})
