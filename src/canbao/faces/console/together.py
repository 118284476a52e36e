"""Several people of those not enrolled at once: first what would happen to each, then one batch, undone as one."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from canbao.areas import queries as areas
from canbao.enrolment import actions as enrolment
from canbao.enrolment import queries as enrolled
from canbao.enrolment.models import WhyNot
from canbao.enrolment.queries import Plan, Ready, Turned
from canbao.faces.console.lists import PAGE_ROWS
from canbao.faces.console.places import Chosen, chosen
from canbao.faces.led_back import only_posted
from canbao.faces.typed import key_typed
from canbao.faces.visit import clock, for_staff, show
from canbao.faces.words import WHY_NOT
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope, lies_in
from canbao.registry import queries as registry
from canbao.registry.models import Resident
from canbao.staff.capabilities import Capability

LIST = "console:unenrolled"


def _people(request: HttpRequest, scope: Scope, place: Chosen) -> list[Resident]:
    """The people who were ticked, in the order of the list; those outside the place or the scope are not there."""
    words = request.POST.getlist("person")[:PAGE_ROWS]
    wanted = [key for word in words if (key := key_typed(word)) is not None]
    if len(wanted) < len(words):
        raise Http404
    found = registry.visible(scope).filter(pk__in=wanted)
    inside = [person for person in found if lies_in(person.village_code, place.area.code)]
    return sorted(inside, key=lambda person: (person.village_code, person.pk))


def _plan(place: Chosen) -> Plan:
    return Plan(place.policy.id, clock().today())


def _named(people: list[Ready] | list[Turned]) -> list[tuple[Ready | Turned, str]]:
    names = areas.names({one.village_code for one in people})
    return [(one, names.get(one.village_code, one.village_code)) for one in people]


def _back(place: Chosen) -> str:
    return f"{reverse(LIST)}?{place.query}"


@only_posted(LIST, said=None)
@for_staff(Capability.ENROL)
def preview(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Who of those ticked would be enrolled and who not, and why; nothing is written."""
    place = chosen(request, scope)
    people = _people(request, scope, place)
    if not people:
        messages.warning(request, gettext("没有选人，先在名单里勾选。"))
        return redirect(_back(place))
    return _judged(request, scope, place, people)


def _judged(request: HttpRequest, scope: Scope, place: Chosen, people: list[Resident]) -> HttpResponse:
    try:
        judged = enrolled.judge_roll(scope, _plan(place), [person.pk for person in people])
    except Refusal as refusal:
        messages.warning(request, _said(refusal))
        return redirect(_back(place))
    context = {
        "place": place, "able": _named(judged.ready), "unable": _named(judged.turned), "already": judged.already,
        "address": _back(place),
    }  # fmt: skip
    return show(request, "faces/console/together.html", "progress", context)


@only_posted(LIST)
@for_staff(Capability.ENROL)
def enrol(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Enrol them as one batch; who cannot be enrolled by now is left out and named."""
    place = chosen(request, scope)
    try:
        outcome = enrolment.enrol_many(
            actor=scope, resident_ids=[person.pk for person in _people(request, scope, place)], plan=_plan(place),
            area_code=place.area.code, clock=clock(),
        )  # fmt: skip
    except Refusal as refusal:
        messages.warning(request, _said(refusal))
        return redirect(_back(place))
    context = {
        "place": place, "enrolled": outcome.batch.people if outcome.batch else 0, "batch": outcome.batch,
        "unable": _named(outcome.judged.turned), "already": outcome.judged.already, "address": _back(place),
    }  # fmt: skip
    return show(request, "faces/console/together.html", "progress", context)


@only_posted(LIST)
@for_staff(Capability.KEEP_REASONS)
def record(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The same reason for each of them; all or nobody, and the first refusal says why."""
    place = chosen(request, scope)
    people = _people(request, scope, place)
    try:
        reason = WhyNot(request.POST.get("why", ""))
        with transaction.atomic():
            for person in people:
                enrolment.record_reason(
                    actor=scope, resident_id=person.pk, benefit_year=place.policy.benefit_year, reason=reason,
                    evidence=request.POST.get("evidence", ""), expires_on=None, clock=clock(),
                )  # fmt: skip
    except ValueError:
        messages.warning(request, gettext("没有选原因，什么都没有记下。"))
    except Refusal as refusal:
        messages.warning(request, _said(refusal))
    else:
        text = ngettext("已给 %(n)s 人记下：%(why)s。", "已给 %(n)s 人记下：%(why)s。", len(people))
        messages.success(request, text % {"n": len(people), "why": str(WHY_NOT[reason])})
    return redirect(_back(place))


def _said(refusal: Refusal) -> str:
    from canbao.faces.templatetags.kit import said

    return said(refusal)
