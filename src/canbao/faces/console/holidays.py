"""The holidays by which working days are counted: which years are there, one year in detail, and loading another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from canbao.areas import actions as areas_actions
from canbao.areas import queries as areas
from canbao.areas import working_days
from canbao.areas.working_days import YearDays
from canbao.faces.led_back import only_posted
from canbao.faces.visit import clock, for_staff, show
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.staff.capabilities import Capability

FILE_BYTES_MAX = 100_000
YEARS_SHOWN = 8


@dataclass(frozen=True)
class Run:
    """Holidays in a row."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def runs(days: YearDays) -> list[Run]:
    found: list[Run] = []
    for day in sorted(days.holidays):
        if found and day == found[-1].last + working_days.ONE_DAY:
            found[-1] = Run(found[-1].first, day)
        else:
            found.append(Run(day, day))
    return found


@require_safe
@for_staff(Capability.LOAD_CALENDAR)
def holidays(request: HttpRequest, scope: Scope) -> HttpResponse:
    return _page(request)


def _page(request: HttpRequest, refusal: Refusal | None = None) -> HttpResponse:
    loaded = areas.loaded_calendars()
    years = sorted({*working_days.published_years(), *(row.year for row in loaded)}, reverse=True)
    wanted = request.GET.get("year", "")
    year = int(wanted) if wanted.isascii() and wanted.isdigit() and int(wanted) in years else years[0]
    calendar = areas.calendar_of(year)
    today = clock().today()
    context = {
        "years": years[:YEARS_SHOWN],
        "calendar": calendar,
        "runs": runs(calendar),
        "make_up_days": sorted(calendar.make_up_days),
        "missing": [each for each in (today.year, today.year + 1) if each not in years],
        "loaded": loaded,
        "refusal": refusal,
        "filled": {"year": request.POST.get("year", ""), "source": request.POST.get("source", "")},
    }
    return show(request, "faces/console/holidays.html", "holidays", context, status=422 if refusal else 200)


@only_posted("console:holidays")
@for_staff(Capability.LOAD_CALENDAR)
def load(request: HttpRequest, scope: Scope) -> HttpResponse:
    year = request.POST.get("year", "")
    if not (year.isascii() and year.isdigit() and len(year) == 4):
        raise Http404
    try:
        made = areas_actions.load_calendar(
            actor=scope, year=int(year), text=_text(request), source=request.POST.get("source", ""), clock=clock()
        )
    except Refusal as refusal:
        return _page(request, refusal)
    messages.success(request, gettext("已载入 %(year)s 年的节假日。") % {"year": made.year})
    return redirect("console:holidays")


def _text(request: HttpRequest) -> str:
    """The text of the uploaded file; an empty or unreadable one is refused like any other bad file."""
    sent = request.FILES.get("file")
    if sent is None or (sent.size or 0) > FILE_BYTES_MAX:
        return ""
    return str(sent.read(), "utf-8", errors="replace")
