"""Which place is behind, and by how many people: one set of rows for headline, chart, table and download."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from canbao.areas import queries as areas
from canbao.areas.models import AreaLevel
from canbao.faces.console.kept import counted
from canbao.faces.console.places import Chosen, chosen
from canbao.faces.templatetags.kit import count
from canbao.faces.visit import clock, for_staff, login_of, show
from canbao.kernel.scope import Scope
from canbao.staff import queries as staff
from canbao.staff.capabilities import Capability
from canbao.supervision import queries as supervision
from canbao.supervision.queries import Counts, Progress, ProgressRow, TargetProgress

TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Line:
    """One place under the measure that is shown. `counts` are those of the measure's group, `missing` is people."""

    row: ProgressRow
    counts: Counts
    percent: Decimal | None
    reached: int
    of_people: int
    missing: int
    deeper: bool

    @property
    def on_target(self) -> bool:
        return self.missing == 0


@dataclass(frozen=True)
class Measure:
    """What places are compared by: a target of the notice, or (code "") the paid share of everybody."""

    code: str
    name_zh: str
    name_en: str
    wanted_percent: Decimal | None
    counts_registered: bool = False

    @property
    def zh(self) -> str:
        return self.name_zh

    @property
    def en(self) -> str:
        return self.name_en


def measures_of(total: ProgressRow) -> list[Measure]:
    """The targets with a figure, then the paid share, which no notice needs to set."""
    own = [
        Measure(t.code, t.name_zh, t.name_en, t.wanted_percent, t.measure == "registered")
        for t in total.targets
        if t.configured
    ]
    return [*own, Measure("", "应参保人数的缴清率", "Settled, of all who should be enrolled", None)]


def line_of(row: ProgressRow, measure: Measure, deeper: bool) -> Line:
    if not measure.code:
        return Line(row, row, row.settled_percent, row.settled, row.should, row.not_yet, deeper)
    target: TargetProgress = next(target for target in row.targets if target.code == measure.code)
    missing = target.behind_by_people or 0
    return Line(row, target.counts, target.percent, target.reached, target.of_people, missing, deeper)


def _found(request: HttpRequest, scope: Scope) -> tuple[Chosen, Progress, list[Measure], Measure]:
    place = chosen(request, scope)
    asked = (place.policy.id, place.area.code)
    progress = counted(request, scope, "progress", *asked, lambda: supervision.progress(scope, *asked, clock())).found
    measures = measures_of(progress.total)
    measure = next((m for m in measures if m.code == request.GET.get("target", measures[0].code)), measures[0])
    return place, progress, measures, measure


@require_safe
@for_staff(Capability.SEE_PROGRESS)
def progress(request: HttpRequest, scope: Scope) -> HttpResponse:
    place, found, measures, measure = _found(request, scope)
    deeper = place.area.level not in (AreaLevel.TOWNSHIP, AreaLevel.VILLAGE)
    lines = sorted(
        (line_of(row, measure, deeper) for row in found.rows), key=lambda line: (-line.missing, line.row.area_code)
    )
    total = line_of(found.total, measure, deeper)
    path = [step for step in areas.path(place.area.code) if scope.covers(step.code)]
    context = {
        "place": place,
        "found": found,
        "measures": measures,
        "measure": measure,
        "lines": lines,
        "total": total,
        "headline": headline(lines, measure),
        "summary": summary(total, measure),
        "behind": sum(not line.on_target for line in lines),
        "trail": path[:-1],
        "chart": chart_of(lines, measure),
        "names_people": Capability.FIND_PEOPLE in staff.capabilities_of(login_of(request), clock()),
        "unmeasured": [target for target in found.total.targets if not target.configured],
    }
    return show(request, "faces/console/progress.html", "progress", context)


def headline(lines: list[Line], measure: Measure) -> tuple[str, str, str]:
    """(before, number, after): the sentence that the page is about, with its number apart so that it can stand out."""
    behind = [line for line in lines if not line.on_target]
    if not lines:
        return "", "", ""
    if not behind:
        return gettext("全部达标。"), "", ""
    worst = behind[0]
    number = gettext("%(n)s 人") % {"n": count(worst.missing)}
    if measure.wanted_percent is None:
        return gettext("%(place)s还没有缴的人最多：") % {"place": worst.row.name}, number, gettext("。")
    before = gettext("%(n)s 个地方没达标，%(place)s落后最多，离目标还差 ") % {"n": len(behind), "place": worst.row.name}
    return before, number, gettext("。")


def summary(total: Line, measure: Measure) -> str:
    """The whole place in one sentence, in the words of what the measure counts."""
    numbers = {"of": count(total.of_people), "reached": count(total.reached), "missing": count(total.missing)}
    if not measure.code:
        return gettext("合计：%(of)s 人中已缴清 %(reached)s 人，还差 %(missing)s 人。") % numbers
    if measure.counts_registered:
        return gettext("合计：%(of)s 人中已登记 %(reached)s 人，离目标还差 %(missing)s 人。") % numbers
    return gettext("合计：%(of)s 人中已缴清 %(reached)s 人，离目标还差 %(missing)s 人。") % numbers


def chart_of(lines: list[Line], measure: Measure) -> dict[str, Any]:
    """The data of the chart: the very numbers of the table, most missing people first."""
    return {
        "target": float(measure.wanted_percent) if measure.wanted_percent is not None else None,
        "target_name": gettext("目标"),
        "missing_name": gettext("离目标还差多少人") if measure.code else gettext("还差多少人"),
        "percent_name": gettext("进度"),
        "rows": [
            {
                "name": line.row.name,
                "percent": float(line.percent.quantize(TENTH, rounding=ROUND_DOWN)) if line.percent is not None else 0,
                "missing": line.missing,
                "label": gettext("%(n)s 人") % {"n": count(line.missing)} if line.missing else gettext("达标"),
                "good": line.on_target,
            }
            for line in lines
        ],
    }


@require_safe
@for_staff(Capability.SEE_PROGRESS)
def download(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The table as CSV (UTF-8 with BOM, so that spreadsheets read the Chinese)."""
    place, found, measures, _ = _found(request, scope)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    name = f"{found.policy_id}-{place.area.code}-{found.as_of:%Y%m%d-%H%M}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response.write("\ufeff")
    writer = csv.writer(response)
    english = (get_language() or "").startswith("en")
    columns = (
        (gettext("代码"), "area_code"),
        (gettext("地方"), "name"),
        (gettext("应参保"), "should"),
        (gettext("已登记"), "enrolled"),
        (gettext("已开单"), "billed"),
        (gettext("已结清"), "settled"),
        (gettext("有待遇"), "covered"),
        (gettext("受资助"), "aided"),
        (gettext("受资助已结清"), "aided_settled"),
        (gettext("未结清"), "not_yet"),
    )
    targets = [measure for measure in measures if measure.code]
    extra = [f"{m.name_en if english else m.name_zh} · {what}" for m in targets for what in ("%", gettext("差几人"))]
    writer.writerow([*(title for title, _ in columns), *extra])
    for row in (*found.rows, found.total):
        lines = [line_of(row, measure, False) for measure in targets]
        values = [value for line in lines for value in (line.percent, line.missing)]
        writer.writerow([*(getattr(row, field) for _, field in columns), *values])
    return response
