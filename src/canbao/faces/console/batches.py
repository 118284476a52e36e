"""Whole lists enrolled in one act: choose place and route, see who and who not and why, confirm, undo."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from canbao.areas import queries as areas
from canbao.billing import actions as billing
from canbao.enrolment import actions, queries
from canbao.enrolment.models import EnrolmentBatch
from canbao.enrolment.queries import Plan, Ready, Turned
from canbao.faces.console.places import Chosen, chosen
from canbao.faces.led_back import only_posted
from canbao.faces.visit import clock, for_staff, show
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.policy import policies
from canbao.policy.parts import Words
from canbao.staff.capabilities import Capability

SHOWN_MAX = 200
LATEST = 10


@dataclass(frozen=True)
class Group:
    """People for one reason or by one route; `shown` are the first of them, with the names of their villages.

    `more` are the sentences behind the reason.
    """

    words: str
    people: int
    shown: list[tuple[Ready | Turned, str]]
    more: tuple[tuple[str, str], ...]


def _local(zh: str, en: str) -> str:
    return en if (get_language() or "").startswith("en") else zh


def _named(words: Words | None) -> str:
    return _local(words.zh, words.en) if words else gettext("按文件为每个人规定的途径")


def _route_name(policy_id: str, key: str | None) -> str:
    route = policies.get(policy_id).notice.routes.get(key or "")
    return _named(route.name if route else None)


def _route_asked(request: HttpRequest, place: Chosen) -> str | None:
    """The route that the form names; None for the notice's own choice. Http404 for one that takes no lists."""
    wanted = (request.POST if request.method == "POST" else request.GET).get("route", "")
    if wanted and wanted not in queries.batch_routes(place.policy):
        # Another policy was chosen in the same form: its routes are others.
        if request.method == "POST":
            raise Http404
        return None
    return wanted or None


@require_safe
@for_staff(Capability.ENROL)
def batches(request: HttpRequest, scope: Scope) -> HttpResponse:
    return _page(request, scope)


def _page(request: HttpRequest, scope: Scope, refusal: Refusal | None = None) -> HttpResponse:
    place = chosen(request, scope)
    route = _route_asked(request, place)
    rows = list(queries.batches(scope, place.policy.id)[:LATEST])
    names = areas.names(row.area_code for row in rows)
    offered = queries.batch_routes(place.policy)
    context = {
        "place": place,
        "route": route or "",
        "routes": [("", _named(None)), *((key, _named(found.name)) for key, found in offered.items())],
        "rows": [(row, names.get(row.area_code, row.area_code), _route_name(row.policy_id, row.route)) for row in rows],
        "refusal": refusal,
        "address": f"{reverse('console:batches')}?{place.query}" if refusal else "",
    }
    return show(request, "faces/console/batches.html", "batches", context, status=422 if refusal else 200)


@require_safe
@for_staff(Capability.ENROL)
def preview(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Who would be enrolled and who not; writes nothing."""
    place = chosen(request, scope)
    route = _route_asked(request, place)
    context: dict[str, Any] = {"place": place, "route": route or ""}
    try:
        people = queries.roll(scope, place.policy.id, place.area.code, route)
        judged = queries.judge_roll(scope, _plan(place, route), people)
    except Refusal as refusal:
        return render(request, "faces/console/batch_preview.html", context | {"refusal": refusal})
    everybody: list[Ready | Turned] = [*judged.ready, *judged.turned]
    names = areas.names({one.village_code for one in everybody})
    context |= {
        "people": len(people),
        "ready": len(judged.ready),
        "already": judged.already,
        "turned": len(judged.turned),
        "waits": sum(one.waits_for_tier for one in judged.ready),
        "taken": _groups(judged.ready, [_taken(place, one) for one in judged.ready], names),
        "reasons": _groups(judged.turned, [_local(one.why.zh, one.why.en) for one in judged.turned], names),
    }
    return render(request, "faces/console/batch_preview.html", context)


def _taken(place: Chosen, one: Ready) -> str:
    """The condition of the notice that the person meets, where the route lists several; else the route."""
    return _local(*one.because) if one.because else _route_name(place.policy.id, one.route)


def _groups(people: Sequence[Ready | Turned], words: list[str], names: dict[str, str]) -> list[Group]:
    members: dict[str, list[tuple[Ready | Turned, str]]] = {}
    for one, said in zip(people, words, strict=True):
        members.setdefault(said, []).append((one, names.get(one.village_code, one.village_code)))
    counts = Counter(words)
    return [
        Group(said, count, members[said][:SHOWN_MAX], _more(members[said][0][0]))
        for said, count in counts.most_common()
    ]


def _more(one: Ready | Turned) -> tuple[tuple[str, str], ...]:
    return one.why.more if isinstance(one, Turned) else ()


def _plan(place: Chosen, route: str | None) -> Plan:
    return Plan(place.policy.id, clock().today(), route)


@only_posted("console:batches")
@for_staff(Capability.ENROL)
def enrol(request: HttpRequest, scope: Scope) -> HttpResponse:
    place = chosen(request, scope)
    route = _route_asked(request, place)
    try:
        people = queries.roll(scope, place.policy.id, place.area.code, route)
        outcome = actions.enrol_many(
            actor=scope, resident_ids=people, plan=_plan(place, route), area_code=place.area.code, clock=clock()
        )
    except Refusal as refusal:
        return _page(request, scope, refusal)
    if outcome.batch is None:
        messages.info(request, gettext("没有要登记的人，什么都没有写入。"))
        return redirect(f"{reverse('console:batches')}?{place.query}")
    messages.success(request, gettext("已成批登记 %(n)s 人。") % {"n": outcome.batch.people})
    return redirect("console:batch", list_id=outcome.batch.pk)


@require_safe
@for_staff(Capability.ENROL)
def batch(request: HttpRequest, scope: Scope, list_id: int) -> HttpResponse:
    return _result(request, scope, _found(scope, list_id))


def _found(scope: Scope, batch_id: int) -> EnrolmentBatch:
    try:
        return queries.batch(scope, batch_id)
    except Refusal:
        raise Http404 from None


def _result(request: HttpRequest, scope: Scope, row: EnrolmentBatch, refusal: Refusal | None = None) -> HttpResponse:
    people = queries.people_of(scope, row)
    shown = list(people[:SHOWN_MAX])
    names = areas.names({one.resident.village_code for one in shown})
    states = dict(people.order_by().values_list("state").annotate(people=Count("pk")))
    context = {
        "row": row,
        "policy": policies.get(row.policy_id),
        "place_name": areas.full_name(row.area_code),
        "route_name": _route_name(row.policy_id, row.route),
        "live": states.get("live", 0),
        "stopped": states.get("stopped", 0),
        "people": [(one, names.get(one.resident.village_code, "")) for one in shown],
        "further": max(0, row.people - len(shown)),
        "refusal": refusal,
        "address": reverse("console:batch", args=[row.pk]) if refusal else "",
    }
    return show(request, "faces/console/batch.html", "batches", context, status=422 if refusal else 200)


@only_posted("console:batch")
@for_staff(Capability.ENROL)
def undo(request: HttpRequest, scope: Scope, list_id: int) -> HttpResponse:
    row = _found(scope, list_id)
    try:
        billing.undo_batch(actor=scope, batch_id=row.pk, clock=clock())
    except Refusal as refusal:
        return _result(request, scope, row, refusal)
    messages.success(request, gettext("已撤销这次成批登记。"))
    return redirect("console:batch", list_id=row.pk)
