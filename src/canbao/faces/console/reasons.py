"""Asking, one after another, the people who are not enrolled: made for one hand and a phone at the door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from canbao.areas import queries as areas
from canbao.enrolment import actions as enrolment
from canbao.enrolment import queries as enrolments
from canbao.enrolment.models import EXCUSED, WhyNot
from canbao.faces.console.enrolling import TierMissing
from canbao.faces.console.kept import counted
from canbao.faces.console.paging import Total
from canbao.faces.console.places import Chosen, chosen
from canbao.faces.led_back import only_posted
from canbao.faces.typed import key_typed
from canbao.faces.visit import clock, for_staff, login_of, show
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.policy import BadPerson, Policy, quote
from canbao.policy.codes import CHOICES
from canbao.registry import queries as registry
from canbao.registry.models import Resident
from canbao.staff import queries as staff
from canbao.staff.capabilities import Capability
from canbao.staff.models import Role
from canbao.supervision import queries as supervision
from canbao.supervision.queries import Listed

VILLAGE = "village"


@dataclass(frozen=True)
class Reason:
    """One big button. `guessed`: the register hints at it."""

    code: str
    needs_evidence: bool
    guessed: bool


def _reasons(resident: Resident, policy: Policy) -> list[Reason]:
    """Every reason, those first that the register hints at."""
    hinted = set(_hints(resident, policy))
    found = [Reason(each.value, each in EXCUSED, each in hinted) for each in WhyNot]
    return sorted(found, key=lambda reason: not reason.guessed)


def _hints(resident: Resident, policy: Policy) -> list[WhyNot]:
    hints = []
    if resident.employee_insured:
        hints.append(WhyNot.EMPLOYEE_INSURED)
    if resident.insured_elsewhere:
        hints.append(WhyNot.INSURED_ELSEWHERE)
    school = resident.school_area
    if resident.student != "none" and school is not None and not school.startswith(policy.area.rstrip("0")):
        hints.append(WhyNot.STUDENT_ELSEWHERE)
    return hints


@require_safe
@for_staff(Capability.KEEP_REASONS)
def visit(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The next person without a reason after the one the address names, or a sentence that all have been asked."""
    place = chosen(request, scope)
    village, _, number = request.GET.get("after", "").partition("-")
    key = key_typed(number)
    after = None if key is None else (village, key)
    found = supervision.next_unenrolled(scope, place.policy.id, place.area.code, clock(), after)
    return _page(request, scope, place, found, skipped=after is not None)


def _page(
    request: HttpRequest,
    scope: Scope,
    place: Chosen,
    found: Listed | None,
    *,
    skipped: bool = False,
    refusal: Refusal | None = None,
) -> HttpResponse:
    resident = registry.resident(scope, found.resident_id) if found else None
    held = staff.capabilities_of(login_of(request), clock())
    context = {
        "place": place,
        "person": found,
        "resident": resident,
        "village": areas.full_name(found.village_code) if found else "",
        "members": _members(scope, resident),
        "reasons": _reasons(resident, place.policy) if resident else [],
        "left": Total.of(partial(supervision.without_reason, scope, place.policy.id, place.area.code, clock())),
        "may_enrol": Capability.ENROL in held,
        "tiers": _tiers(scope, resident, place.policy) if resident and Capability.ENROL in held else (),
        "skip": _address(place, found) if found else "",
        "skipped": skipped,
        "refusal": refusal,
        "filled": {name: request.POST.get(name, "") for name in ("reason", "evidence", "expires_on")},
        "address": _address(place) if refusal else "",
    }
    return show(request, "faces/console/visit.html", "progress", context, status=422 if refusal else 200)


def _tiers(scope: Scope, resident: Resident, policy: Policy) -> tuple[str, ...]:
    """The tiers to choose from, where the person's bill would wait for one."""
    today = clock().today()
    facts = enrolments.facts(scope, resident.pk, policy.benefit_year, on=today)
    try:
        answer = quote(
            enrolments.policy_at(policy.id, resident.village_code),
            {**facts, "registered_on": today.isoformat()},
            on=today,
        )
    except BadPerson:
        return ()
    return CHOICES["tier"] if answer.reason == "tier_missing" else ()


def _route(scope: Scope, resident: Resident, policy: Policy) -> str | None:
    """The route by which villages hand people in, for a cadre where one is open to the person."""
    if Role.VILLAGE_CADRE not in scope.roles:
        return None
    try:
        offered = enrolments.counter_routes(scope, resident.pk, policy.id, clock().today())
    except BadPerson:
        return None
    return next((one.key for one in offered if VILLAGE in one.route.organisation), None)


def _members(scope: Scope, resident: Resident | None) -> list[Resident]:
    if resident is None or resident.household_id is None:
        return []
    members = registry.household_members(scope, resident.household_id)
    return [member for member in members if member.pk != resident.pk and member.died_on is None]


def _address(place: Chosen, after: Listed | None = None) -> str:
    further = {"after": f"{after.village_code}-{after.resident_id}"} if after else {}
    return f"{reverse('console:visit')}?{place.query}{'&' + urlencode(further) if further else ''}"


@only_posted("console:visit", said=None)
@for_staff(Capability.KEEP_REASONS)
def record(request: HttpRequest, scope: Scope) -> HttpResponse:
    place = chosen(request, scope)
    try:
        reason = WhyNot(request.POST.get("reason", ""))
        resident = registry.resident(scope, int(request.POST.get("resident", "")))
    except (ValueError, OverflowError, Refusal):
        raise Http404 from None
    found = Listed(resident.pk, resident.name, resident.birth_on, resident.village_code)
    try:
        enrolment.record_reason(
            actor=scope,
            resident_id=resident.pk,
            benefit_year=place.policy.benefit_year,
            reason=reason,
            evidence=request.POST.get("evidence", ""),
            expires_on=_day(request.POST.get("expires_on", "")),
            clock=clock(),
        )
    except Refusal as refusal:
        return _page(request, scope, place, found, refusal=refusal)
    messages.success(
        request, gettext("已记下：%(name)s，%(reason)s。") % {"name": resident.name, "reason": reason.label}
    )
    return redirect(_address(place, found))


@only_posted("console:visit", said=None)
@for_staff(Capability.ENROL)
def enrol(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Enrol the person at the door and go on to the next."""
    place = chosen(request, scope)
    try:
        resident = registry.resident(scope, int(request.POST.get("resident", "")))
    except (ValueError, OverflowError, Refusal):
        raise Http404 from None
    found = Listed(resident.pk, resident.name, resident.birth_on, resident.village_code)
    now, tier = clock(), request.POST.get("tier", "")
    try:
        if _tiers(scope, resident, place.policy) and tier not in CHOICES["tier"]:
            raise TierMissing
        enrolment.enrol(
            actor=scope,
            resident_id=resident.pk,
            benefit_year=place.policy.benefit_year,
            policy_id=place.policy.id,
            tier=tier if tier in CHOICES["tier"] else None,
            registered_on=now.today(),
            clock=now,
            route=_route(scope, resident, place.policy),
        )
    except Refusal as refusal:
        return _page(request, scope, place, found, refusal=refusal)
    messages.success(request, gettext("%(name)s已参保登记。") % {"name": resident.name})
    return redirect(_address(place, found))


def _day(text: str) -> date | None:
    """None for an empty field. Refuses what is no day, which must not become a reason without an end."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Refusal(
            "bad_day",
            "有效期不是日期，没有记下。",
            "The end of the reason is no day; nothing was taken down.",
            ("请填成2025-12-31这样的日期，或不填。", "Write it like 2025-12-31, or leave it out."),
        ) from None


@require_safe
@for_staff(Capability.SEE_PROGRESS)
def tally(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Out of how many people a rate is: everybody who lives here, step by step down to who should be enrolled."""
    place = chosen(request, scope)
    asked = (place.policy.id, place.area.code)
    found = counted(request, scope, "tally", *asked, lambda: supervision.tally(scope, *asked, clock()))
    may_list = Capability.FIND_PEOPLE in staff.capabilities_of(login_of(request), clock())
    context = {"place": place, "tally": found.found, "counted_at": found.at, "may_list": may_list}
    return show(request, "faces/console/tally.html", "progress", context)
