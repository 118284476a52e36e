"""Work lists of people for whom a day comes near or something has changed: permits, reasons, bills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from canbao.areas import queries as areas
from canbao.billing import queries as billing
from canbao.enrolment import queries as enrolment
from canbao.faces.console.paging import InOrder, page_of
from canbao.faces.console.places import chosen
from canbao.faces.visit import clock, for_staff, show
from canbao.faces.words import WHY_NOT
from canbao.kernel.clock import SHANGHAI
from canbao.kernel.scope import Scope
from canbao.registry import queries as registry
from canbao.registry.codes import ResidencePermit
from canbao.registry.models import Resident
from canbao.staff.capabilities import Capability

PERMIT_ENDS_SOON = timedelta(days=60)
REASON_ENDS_SOON = timedelta(days=14)


@dataclass(frozen=True)
class DueRow:
    """One person of a list: what it is about, and the day, from which `days` are left (negative: past)."""

    resident: Resident
    village: str
    what: str
    on: date

    @property
    def days(self) -> int:
        return (self.on - clock().today()).days

    @property
    def days_ago(self) -> int:
        return -self.days


def permits_soon(scope: Scope) -> Any:
    today = clock().today()
    return registry.permits_ending(scope, today, today + PERMIT_ENDS_SOON)


def reasons_soon(scope: Scope) -> Any:
    today = clock().today()
    return enrolment.reasons_ending(scope, today, today + REASON_ENDS_SOON)


@require_safe
@for_staff(Capability.ENROL)
def permits(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Residence permits that end in the next two months, first end first."""
    words = dict(ResidencePermit.choices)
    page = page_of(request, InOrder(permits_soon(scope), ("until_on", "pk")))
    return _page(
        request, page, lambda row: (row.resident, str(words.get(row.code or "", row.code)), row.until_on),
        gettext("快到期的居住证"), gettext("两个月内到期、还没有续签的，最早到期的在前。"), gettext("到期"),
    )  # fmt: skip


@require_safe
@for_staff(Capability.KEEP_REASONS)
def reasons(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Reasons for not being enrolled that end in the next two weeks, first end first."""
    page = page_of(request, InOrder(reasons_soon(scope), ("expires_on", "pk")))
    return _page(
        request, page, lambda row: (row.resident, str(WHY_NOT.get(row.reason, row.reason)), row.expires_on),
        gettext("快到期的未参保原因"), gettext("两周内到期，到期以后要再问。最早到期的在前。"), gettext("再问"),
    )  # fmt: skip


@require_safe
@for_staff(Capability.KEEP_REGISTER)
def deaths_told(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Whom a visitor was told dead of and the register has living: to be recorded with its document."""
    page = page_of(request, InOrder(enrolment.deaths_told(scope), ("recorded_at", "pk")))
    return _page(
        request, page, lambda row: (row.resident, row.evidence, row.recorded_at.astimezone(SHANGHAI).date()),
        gettext("报来已去世、还没有登记死亡"),
        gettext("走访时得知已去世的人。核对证明后在档案里登记死亡；还在世的，请走访人更正原因。"), gettext("报来"),
        to_record=True,
    )  # fmt: skip


@require_safe
@for_staff(Capability.ISSUE_BILLS)
def outdated(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Open bills of a place that a new run would replace."""
    place = chosen(request, scope)
    rows = billing.outdated_bills(scope, place.policy.id, place.area.code)
    page = page_of(request, InOrder(rows, ("issued_at", "pk")))
    return _page(
        request, page,
        lambda bill: (bill.resident, gettext("类别或政策变了"), bill.issued_at.astimezone(SHANGHAI).date()),
        gettext("要重开的应缴单"), gettext("开单以后，资助类别或政策变了。再开一次单就换成新的。"), gettext("开单"),
        place=place, query=place.query,
    )  # fmt: skip


def _page(
    request: HttpRequest,
    page: Any,
    read: Callable[[Any], tuple[Resident, str, date]],
    title: str,
    lede: str,
    heading: str,
    **further: Any,
) -> HttpResponse:
    found = [read(row) for row in page]
    names = areas.names({resident.village_code for resident, _, _ in found})
    rows = [DueRow(who, names.get(who.village_code, who.village_code), what, on) for who, what, on in found]
    context = {"rows": rows, "page": page, "title": title, "lede": lede, "heading": heading, "query": "", **further}
    return show(request, "faces/console/due.html", "home", context)
