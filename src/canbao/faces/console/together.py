"""Several people of those not enrolled at once: first what would happen to each, then doing it, then undoing it.

The preview does the work person by person and takes it back, so it refuses what the real work would refuse.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from canbao.areas import queries as areas
from canbao.billing import queries as billing
from canbao.enrolment import actions as enrolment
from canbao.enrolment import queries as enrolled
from canbao.enrolment.models import WhyNot
from canbao.faces.console.lists import PAGE_ROWS
from canbao.faces.console.places import Chosen, chosen
from canbao.faces.led_back import only_posted
from canbao.faces.visit import clock, for_staff, show
from canbao.faces.words import WHY_NOT
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.registry import queries as registry
from canbao.registry.models import Resident
from canbao.staff.capabilities import Capability

LIST = "console:unenrolled"
# What the last bulk enrolment of this session made: resident → enrolment, so that nothing else can be undone by it.
MADE = "enrolled_together"


@dataclass(frozen=True)
class Outcome:
    """What happens to one person; `refusal` says why nothing does."""

    person: Resident
    village: str
    refusal: Refusal | None


def _people(request: HttpRequest, scope: Scope) -> list[Resident]:
    """The people who were ticked, in the order of the list; those outside the scope are not there."""
    wanted = request.POST.getlist("person")[:PAGE_ROWS]
    if not all(word.isascii() and word.isdigit() and len(word) < 19 for word in wanted):
        raise Http404
    found = registry.visible(scope).filter(pk__in=[int(word) for word in wanted])
    return sorted(found, key=lambda person: (person.village_code, person.pk))


def _outcomes(people: list[Resident], work: Callable[[Resident], object], *, keep: bool) -> list[Outcome]:
    names = areas.names({person.village_code for person in people})
    found = []
    for person in people:
        refusal = None
        try:
            with transaction.atomic():
                work(person)
                transaction.set_rollback(not keep)
        except Refusal as refused:
            refusal = refused
        found.append(Outcome(person, names.get(person.village_code, person.village_code), refusal))
    return found


def _back(place: Chosen) -> str:
    return f"{reverse(LIST)}?{place.query}"


def _enrol(scope: Scope, place: Chosen, person: Resident) -> int:
    now = clock()
    made = enrolment.enrol(
        actor=scope,
        resident_id=person.pk,
        benefit_year=place.policy.benefit_year,
        policy_id=place.policy.id,
        tier=None,
        registered_on=now.today(),
        clock=now,
    )
    return int(made.pk)


@only_posted(LIST, said=None)
@for_staff(Capability.ENROL)
def preview(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Who of those ticked would be enrolled and who not, and why; nothing is written."""
    place = chosen(request, scope)
    people = _people(request, scope)
    if not people:
        messages.warning(request, gettext("没有选人，先在名单里勾选。"))
        return redirect(_back(place))
    found = _outcomes(people, lambda person: _enrol(scope, place, person), keep=False)
    able = [outcome for outcome in found if outcome.refusal is None]
    context = {"place": place, "able": able, "unable": [outcome for outcome in found if outcome.refusal]}
    return show(request, "faces/console/together.html", "progress", {**context, "address": _back(place)})


@only_posted(LIST)
@for_staff(Capability.ENROL)
def enrol(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Enrol each of them; who cannot be enrolled by now is left out and named."""
    place, made = chosen(request, scope), {}

    def work(person: Resident) -> None:
        made[str(person.pk)] = _enrol(scope, place, person)

    found = _outcomes(_people(request, scope), work, keep=True)
    unable = [outcome for outcome in found if outcome.refusal]
    request.session[MADE] = {"year": place.policy.benefit_year, "made": made}
    context = {"place": place, "enrolled": len(made), "unable": unable, "address": _back(place)}
    return show(request, "faces/console/together.html", "progress", context)


@only_posted(LIST)
@for_staff(Capability.ENROL)
def undo(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Stop what the last bulk enrolment of this session made, but for whoever has a bill by now."""
    place = chosen(request, scope)
    kept = request.session.pop(MADE, None) or {"year": 0, "made": {}}
    stopped = billed = 0
    for resident_id, enrolment_id in kept["made"].items():
        with transaction.atomic():
            live = enrolled.locked_enrolment(scope, int(resident_id), kept["year"])
            if live is None or live.pk != enrolment_id:
                continue
            if billing.live_bill(scope, int(resident_id), kept["year"]) is not None:
                billed += 1
                continue
            enrolment.stop(
                actor=scope, resident_id=int(resident_id), benefit_year=kept["year"], stopped_on=clock().today(),
                reason="撤销批量登记", clock=clock(),
            )  # fmt: skip
            stopped += 1
    messages.success(request, ngettext("已撤销 %(n)s 人的登记。", "已撤销 %(n)s 人的登记。", stopped) % {"n": stopped})
    if billed:
        text = ngettext("%(n)s 人已开应缴单，没有撤销。", "%(n)s 人已开应缴单，没有撤销。", billed)
        messages.warning(request, text % {"n": billed} + gettext("请先作废应缴单，再逐人停保。"))
    return redirect(_back(place))


@only_posted(LIST)
@for_staff(Capability.KEEP_REASONS)
def record(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The same reason for each of them; all or nobody, and the first refusal says why."""
    place = chosen(request, scope)
    people = _people(request, scope)
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
