"""Taking a list of people away: with a purpose, limited, marked with who took it, and logged for the auditor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from canbao.areas import queries as areas
from canbao.faces.console.filters import narrowing_asked, query_of
from canbao.faces.console.imports import spreadsheet
from canbao.faces.console.lists import csv_file, roll_of
from canbao.faces.console.places import Chosen, chosen
from canbao.faces.templatetags.kit import day, moment, yuan
from canbao.faces.visit import clock, for_staff, show
from canbao.faces.words import WHY_NOT
from canbao.intake.actions.exports import EXPORT_ROWS_MAX, record_export
from canbao.intake.queries.exports import exports as exports_in
from canbao.intake.writing import sheet_of
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.registry import queries as registry
from canbao.registry.models import Resident
from canbao.staff.capabilities import Capability
from canbao.supervision.queries import Step

FORMS = ("xlsx", "csv")


@dataclass(frozen=True)
class Table:
    """A list as it leaves. `count` comes before the rows are read."""

    what: str
    title: str
    back: str
    headings: Sequence[str]
    count: int
    rows: Callable[[], list[list[str]]]
    # The columns to choose from (key, heading, whether it is chosen), where there is a choice.
    columns: Sequence[tuple[str, str, bool]] = ()


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(Capability.EXPORT_PEOPLE)
def unpaid(request: HttpRequest, scope: Scope) -> HttpResponse:
    place = chosen(request, scope)
    found = roll_of(request, scope, place, Step.UNPAID)

    def rows() -> list[list[str]]:
        people = found.part(None, EXPORT_ROWS_MAX)
        names = areas.names({row.village_code for row in people})
        inside = registry.visible(scope).filter(pk__in=[row.resident_id for row in people])
        numbers = {person.pk: str(person.id_number or "") for person in inside}
        return [
            [
                row.name,
                numbers.get(row.resident_id, ""),
                names.get(row.village_code, row.village_code),
                yuan(row.payable_fen).replace(",", ""),
            ]
            for row in people
        ]

    headings = (gettext("姓名"), gettext("证件号码"), gettext("村居"), gettext("应缴（元）"))
    title = gettext("有应缴单、还没有缴的人")
    return _export(request, scope, place, Table("unpaid", title, "console:unpaid", headings, found.count(), rows))


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(Capability.EXPORT_PEOPLE)
def unenrolled(request: HttpRequest, scope: Scope) -> HttpResponse:
    place = chosen(request, scope)
    found = roll_of(request, scope, place, Step.UNENROLLED)

    def rows() -> list[list[str]]:
        people = found.part(None, EXPORT_ROWS_MAX)
        names = areas.names({row.village_code for row in people})
        return [
            [
                row.name,
                day(row.birth_on),
                names.get(row.village_code, row.village_code),
                str(WHY_NOT.get(row.reason or "", "")),
                row.evidence or "",
            ]
            for row in people
        ]

    headings = (gettext("姓名"), gettext("出生日期"), gettext("村居"), gettext("原因"), gettext("凭据"))
    title = gettext("应参保、还没登记的人")
    return _export(
        request, scope, place, Table("unenrolled", title, "console:unenrolled", headings, found.count(), rows)
    )


REGISTER: dict[str, tuple[str | Promise, Callable[[Resident], str]]] = {
    "name": (_("姓名"), lambda one: one.name),
    "id_number": (_("证件号码"), lambda one: str(one.id_number or "")),
    "sex": (_("性别"), lambda one: str(one.get_sex_display())),
    "birth_on": (_("出生日期"), lambda one: day(one.birth_on)),
    "village": (_("村居"), lambda one: one.village_code),
    "kinship": (_("与户主关系"), lambda one: str(one.get_kinship_display() or "")),
    "hukou_kind": (_("户口性质"), lambda one: str(one.get_hukou_kind_display() or "")),
    "residence_permit": (_("居住证"), lambda one: str(one.get_residence_permit_display())),
    "student": (_("学生"), lambda one: str(one.get_student_display())),
    "employee_insured": (_("参加职工医保"), lambda one: gettext("是") if one.employee_insured else gettext("否")),
    "insured_elsewhere": (_("异地参保"), lambda one: gettext("是") if one.insured_elsewhere else gettext("否")),
}
_CHOSEN_FIRST = ("name", "id_number", "village")


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(Capability.EXPORT_PEOPLE)
def register(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The living of a place, with the columns that are asked for; numbers stay masked."""
    place = chosen(request, scope)
    people = registry.living_in(scope, place.area.code)
    asked = [key for key in REGISTER if key in request.POST.getlist("column")] or list(_CHOSEN_FIRST)

    def rows() -> list[list[str]]:
        found = list(people[:EXPORT_ROWS_MAX])
        names = areas.names({one.village_code for one in found})
        table = [[REGISTER[key][1](one) for key in asked] for one in found]
        if "village" in asked:
            at = asked.index("village")
            for row in table:
                row[at] = names.get(row[at], row[at])
        return table

    headings = [str(REGISTER[key][0]) for key in asked]
    columns = [(key, str(heading), key in asked) for key, (heading, _said) in REGISTER.items()]
    title = gettext("登记在册的人")
    table = Table("register", title, "console:people", headings, people.count(), rows, columns)
    return _export(request, scope, place, table)


def _export(request: HttpRequest, scope: Scope, place: Chosen, table: Table) -> HttpResponse:
    """The form that asks what for; the file for whoever said so."""
    refusal = None
    if request.method == "POST":
        form = request.POST.get("form", "")
        try:
            return _file(request, scope, place, table, form if form in FORMS else FORMS[0])
        except Refusal as refused:
            refusal = refused
    context = {
        "place": place, "table": table, "refusal": refusal, "limit": EXPORT_ROWS_MAX, "forms": FORMS,
        "narrowed": query_of(narrowing_asked(request)),
    }  # fmt: skip
    return show(request, "faces/console/export.html", "progress", context, status=422 if refusal else 200)


def _file(request: HttpRequest, scope: Scope, place: Chosen, table: Table, form: str) -> HttpResponse:
    line = record_export(
        actor=scope,
        area_code=place.area.code,
        what=table.what,
        query={
            "policy": place.policy.id,
            "narrowed": query_of(narrowing_asked(request)),
            "columns": ",".join(key for key, _, is_chosen in table.columns if is_chosen),
        },
        purpose=request.POST.get("purpose", ""),
        form=form,
        rows=table.count,
        clock=clock(),
    )
    marks = [
        f"{table.title} · {place.area.name} · {place.policy.benefit_year} · {table.count}",
        gettext("导出：%(name)s，%(at)s，编号 %(number)s")
        % {"name": line.actor_name, "at": moment(line.at), "number": line.pk},
        gettext("用途：%(purpose)s。含个人信息，用后删除。") % {"purpose": line.purpose},
    ]
    name = f"{table.what}-{place.policy.id}-{place.area.code}-{line.pk}"
    if form == "csv":
        return csv_file(name, table.headings, [*table.rows(), *([mark] for mark in marks)])
    return spreadsheet(name, sheet_of(table.title, table.headings, table.rows(), marks, " · ".join(marks[1:])))


@require_safe
@for_staff(Capability.SEE_AUDIT)
def log(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Who took which lists away."""
    lines = exports_in(scope)
    names = areas.names({line.area_code for line in lines})
    what = {
        "unpaid": gettext("有应缴单、还没有缴的人"),
        "unenrolled": gettext("应参保、还没登记的人"),
        "register": gettext("登记在册的人"),
    }
    rows = [(line, what.get(line.what, line.what), names.get(line.area_code, line.area_code)) for line in lines]
    return show(request, "faces/console/exports.html", "exports", {"rows": rows})
