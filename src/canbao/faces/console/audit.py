"""The auditor's pages: what everybody did, saw, asked and was let in for; filtered, taken away with a purpose, never
changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from canbao.areas import queries as areas
from canbao.faces import trail_words
from canbao.faces.console.lists import csv_file
from canbao.faces.console.trails import TRAILS, Line, Trail
from canbao.faces.led_back import only_posted
from canbao.faces.templatetags.kit import moment
from canbao.faces.typed import day_typed
from canbao.faces.visit import clock, for_staff, show
from canbao.faces.words import AUDITED, word
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.registry import queries as registry
from canbao.staff import actions
from canbao.staff import queries as staff
from canbao.staff.capabilities import Capability
from canbao.staff.queries.audit import Wanted

ON_A_PAGE, EXPORT_MAX = 100, 20_000
_LONG_NUMBER = re.compile(r"(?<!\d)\d{7,17}[\dXx]")
_PURPOSE_MAX = 60


@require_safe
@for_staff(Capability.SEE_AUDIT)
def audit(request: HttpRequest, scope: Scope, which: str) -> HttpResponse:
    return _page(request, scope, which)


def _page(request: HttpRequest, scope: Scope, which: str, refusal: Refusal | None = None) -> HttpResponse:
    trail = _trail(which)
    asked, wanted = _asked(request)
    lines = [trail.line(row) for row in trail.rows(scope, wanted)[: ON_A_PAGE + 1]]
    shown = lines[:ON_A_PAGE]
    names = areas.names({line.place for line in shown if line.place})
    people = masked_names(scope, {line.resident_id for line in shown if line.resident_id})
    last = shown[-1] if len(lines) > ON_A_PAGE else None
    context = {
        "which": which,
        "trail": trail,
        "trails": [(code, each.name) for code, each in TRAILS.items()],
        "rows": [(line, names.get(line.place, line.place), people.get(line.resident_id or 0, "")) for line in shown],
        "asked": asked,
        "query": urlencode(asked),
        "older": urlencode({**asked, "before": f"{last.at.isoformat()}_{last.pk}"}) if last else "",
        "is_older": wanted.before is not None,
        "kinds": list(trail.kinds().items()),
        "limit": EXPORT_MAX,
        "refusal": refusal,
    }
    return show(request, "faces/console/audit.html", "audit", context, status=422 if refusal else 200)


def masked_names(scope: Scope, resident_ids: set[int]) -> dict[int, str]:
    """Whom lines are about, to know them by; those outside the scope have none."""
    found = registry.visible(scope).in_bulk(resident_ids)
    return {key: registry.masked_name(row.name) for key, row in found.items()}


def _trail(which: str) -> Trail:
    if which not in TRAILS:
        raise Http404
    return TRAILS[which]


def _asked(request: HttpRequest) -> tuple[dict[str, str], Wanted]:
    """The filters as they were written, and as they are asked; what means nothing is left out."""
    data = request.POST if request.method == "POST" else request.GET
    names = ("who", "what", "resident", "first", "last")
    asked = {name: value for name in names if (value := data.get(name, "").strip()[:60])}
    resident = asked.get("resident", "")
    wanted = Wanted(
        who=asked.get("who", ""),
        what=asked.get("what", ""),
        resident=int(resident) if re.fullmatch("[0-9]{1,18}", resident) else None,
        first=day_typed(asked.get("first", "")),
        last=day_typed(asked.get("last", "")),
        before=_before(request.GET.get("before", "")),
    )
    return asked, wanted


def _before(text: str) -> tuple[datetime, int] | None:
    at, _, key = text.rpartition("_")
    try:
        seen = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (seen, int(key)) if re.fullmatch("[0-9]{1,18}", key) and seen.tzinfo is not None else None


@require_safe
@for_staff(Capability.SEE_AUDIT)
def change(request: HttpRequest, scope: Scope, change_id: int) -> HttpResponse:
    """One change: each column before and after."""
    row = staff.audit.change(scope, change_id)
    if row is None:
        raise Http404
    after = staff.audit.after(scope, row)
    columns = [
        (column, masked(row.old.get(column)), masked(after.get(column)) if after is not None else "")
        for column in sorted(row.changed)
    ]
    context = {
        "row": row,
        "table": word(AUDITED, row.table_name),
        "place": areas.full_name(row.village_code or row.pooling_area or ""),
        "columns": columns,
    }
    return show(request, "faces/console/audit_change.html", "audit", context)


def masked(value: Any) -> str:
    """A value of a row: what is sealed stays so, and of long numbers only the ends are shown."""
    if value is None:
        return "—"
    if isinstance(value, str) and value.startswith("\\x"):
        return gettext("（密封）")
    return _LONG_NUMBER.sub(lambda found: f"{found[0][:4]}{'*' * (len(found[0]) - 6)}{found[0][-2:]}", str(value))[:300]


@only_posted("console:audit")
@for_staff(Capability.SEE_AUDIT)
def export(request: HttpRequest, scope: Scope, which: str) -> HttpResponse:
    """The lines that the filters leave, in words, for a purpose; the export stands in the access log itself."""
    trail = _trail(which)
    purpose = " ".join(request.POST.get("purpose", "").split())[:_PURPOSE_MAX]
    if not purpose:
        return _page(request, scope, which, _no_purpose())
    rows = list(trail.rows(scope, _asked(request)[1])[:EXPORT_MAX])
    written = actions.record_access(
        actor=replace(scope, purpose=purpose), screen=f"audit-{which}", what="list", clock=clock(), people=len(rows)
    )
    mark = gettext("导出：%(name)s，%(at)s，编号 %(number)s") % {
        "name": written.actor_name, "at": moment(written.at), "number": written.pk,
    }  # fmt: skip
    headings = [gettext(text) for text in ("时间", "谁", "什么", "细目", "居民编号", "人数", "地方", "做什么用")]
    lines = [replace(trail.line(row), detail=_detail(trail.line(row), row)) for row in rows]
    return csv_file(f"audit-{which}-{written.pk}", headings, [*_cells(lines), [mark], [purpose]])


def _no_purpose() -> Refusal:
    return Refusal(
        "purpose_missing", "没有写做什么用，没有导出。", "It does not say what for, so nothing was taken away.",
        ("请写一句用途再导出。", "Write what it is for and try again."),
    )  # fmt: skip


def _detail(line: Line, row: Any) -> str:
    """Of a change what stood there before, masked; of anything else what the page says."""
    old = getattr(row, "old", None)
    if not old:
        return line.detail
    said = "; ".join(f"{word(trail_words.COLUMNS, column)}: {masked(value)}" for column, value in sorted(old.items()))
    return f"{row.get_kind_display()} · {said}"


def _cells(lines: Iterable[Line]) -> Iterable[list[object]]:
    lines = list(lines)
    names = areas.names({line.place for line in lines if line.place})
    for line in lines:
        purpose = word(trail_words.PURPOSES, line.purpose)
        place = names.get(line.place, line.place)
        said = f"{line.detail} {line.said}".strip()
        yield [moment(line.at), line.who, line.what, said, line.resident_id or "", line.people, place, purpose]
