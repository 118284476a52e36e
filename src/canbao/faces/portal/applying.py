"""The public application for enrolment: choose the place, answer the policy's questions, add evidence, hand it in.

Whoever knows the confirmation number and the ID number sees how it stands. The session remembers which applications
this visitor has opened; an address alone opens none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from canbao.areas import queries as areas
from canbao.areas.models import Area, AreaLevel
from canbao.enrolment import actions, queries
from canbao.enrolment.evidence import BYTES_MAX, FILES_MAX
from canbao.enrolment.models import Application, ApplicationState, Relation
from canbao.faces.leaflets import policy_of
from canbao.faces.portal.application_form import NAME_MAX
from canbao.faces.portal.application_form import ApplicationForm as ApplicationForm
from canbao.faces.visit import address_of, clock, holds_nul
from canbao.kernel.binding import bound
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import lies_in
from canbao.policy import Policy, policies
from canbao.policy.notice import Route

OPENED = "opened_applications"
OPENED_MAX = 20
CODE = re.compile("[0-9]{6,12}")
FRAME = {"section": "apply", "room": "portal"}


P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def as_applicant(view: View[P]) -> View[P]:
    """The database shows guarded rows to whoever is bound: here to the program, for a visitor without a login."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if holds_nul(request):
            raise Http404
        with bound(actions.applicant()):
            return view(request, *args, **kwargs)

    return guarded


def online(policy: Policy) -> dict[str, Route]:
    """The routes that the public form serves: those that the notice calls online, else of its counters or bodies."""
    for mode in ("online", "counter", "organisation"):
        found = {key: r for key, r in policy.notice.routes.items() if r.mode == mode and not r.gate}
        if found:
            return found
    return {}


@require_safe
def places(request: HttpRequest) -> HttpResponse:
    return render(request, "faces/portal/apply.html", {**FRAME, "policies": policies.all()})


@require_safe
def place(request: HttpRequest, policy_id: str) -> HttpResponse:
    """From the policy's place down to the village, one list after another."""
    policy = policy_of(policy_id)
    found = place_asked(request, policy)
    if found.level == AreaLevel.VILLAGE:
        return redirect("portal:apply-form", policy_id=policy.id, village_code=found.code)
    return render(request, "faces/portal/apply_place.html", {**FRAME, **steps_down(policy, found)})


def place_asked(request: HttpRequest, policy: Policy) -> Area:
    """The place that the address names, the policy's own without one. Http404 outside of it."""
    wanted = request.GET.get("in", policy.area)
    area = areas.area(wanted) if CODE.fullmatch(wanted) else None
    if area is None or not lies_in(area.code, policy.area):
        raise Http404
    return area


def steps_down(policy: Policy, area: Area) -> dict[str, Any]:
    trail = [step for step in areas.path(area.code) if lies_in(step.code, policy.area)]
    return {"policy": policy, "area": area, "trail": trail, "children": areas.children(None, area.code)}


def village_of(policy: Policy, village_code: str) -> Area:
    """Http404 for what is no village of the policy's place."""
    village = areas.area(village_code) if CODE.fullmatch(village_code) else None
    if village is None or village.level != AreaLevel.VILLAGE or not lies_in(village.code, policy.area):
        raise Http404
    return village


@require_http_methods(["GET", "HEAD", "POST"])
@as_applicant
def form(request: HttpRequest, policy_id: str, village_code: str) -> HttpResponse:
    policy = policy_of(policy_id)
    village = village_of(policy, village_code)
    sent = request.method == "POST"
    asked = ApplicationForm(policy, request.POST, clock().today(), online(policy))
    replies = asked.read()
    own = asked.own_fields(sent=sent)
    refusal: Refusal | None = None
    if sent and replies.person is not None and not any(entry.fault for entry in own):
        try:
            made = actions.begin_application(
                actor=actions.applicant(), asked=application_asked(asked, replies.person, village.code),
                client=address_of(request), clock=clock(),
            )  # fmt: skip
        except Refusal as refused:
            refusal = refused
        else:
            _remember(request, made)
            return redirect("portal:application", number=made.number)
    missing = sent and (replies.person is None or any(entry.fault for entry in own))
    context = {
        **FRAME, "late": late_here(policy, village.code, asked),
        "policy": policy, "village": areas.full_name(village.code), "own": own, "replies": replies,
        "refusal": refusal, "more_own": bool(asked.ends), "missing": missing and refusal is None,
    }  # fmt: skip
    return render(request, "faces/portal/apply_form.html", context, status=422 if sent else 200)


def late_here(policy: Policy, village_code: str, asked: ApplicationForm) -> queries.TooLate | None:
    """Whether whoever registers today has no full day left to pay in the window: by the route that was chosen, before
    one was by any of them.
    """
    chosen = asked.routes.get(asked.route) if asked.query else None
    routes = [chosen] if chosen else list(asked.routes.values())
    return queries.too_late_to_pay(queries.policy_at(policy.id, village_code), routes, asked.today)


def application_asked(asked: ApplicationForm, person: dict[str, Any], village_code: str) -> actions.NewApplication:
    """What the form asks for. Refuses a child that is not born yet."""
    route = asked.routes[asked.route]
    facts = {key: value for key, value in person.items() if key not in ("birth_date", "attributes", "registered_on")}
    born = person.get("birth_date")
    if born is None:
        raise Refusal(
            "not_born_yet", "孩子还没有出生，不能申请。", "The child is not born yet, so nobody can apply.",
            ("请在出生以后申请。", "Apply after the birth."),
        )  # fmt: skip
    return actions.NewApplication(
        policy_id=asked.policy.id, route=asked.route, village_code=village_code, birth_on=date.fromisoformat(born),
        sex=asked.sex, relation=asked.relation if asked.relation in Relation.values else Relation.OTHER.value,
        newborn=route.newborn, kind=asked.kind, facts=facts,
        ends=asked.ends,
        permit_until=asked.permit_until if facts.get("residence_permit", "none") != "none" else None,
        **{name: value[: 2 * NAME_MAX] for name, value in asked.identity.items()},
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@as_applicant
def look(request: HttpRequest) -> HttpResponse:
    """Open an application with its number and the ID number."""
    refusal: Refusal | None = None
    if request.method == "POST":
        number = "".join(request.POST.get("number", "").split())
        try:
            found = actions.open_application(
                actor=actions.applicant(), number=number, id_number=request.POST.get("id_number", ""), clock=clock()
            )
        except Refusal as refused:
            refusal = refused
        else:
            _remember(request, found)
            return redirect("portal:application", number=found.number)
    context = {**FRAME, "refusal": refusal, "number": request.POST.get("number", "")[:20]}
    return render(request, "faces/portal/applications.html", context, status=422 if refusal else 200)


@require_safe
@as_applicant
def application(request: HttpRequest, number: str) -> HttpResponse:
    return _page(request, number)


@require_POST
@as_applicant
def add_file(request: HttpRequest, number: str) -> HttpResponse:
    _opened(request, number)
    refusal: Refusal | None = None
    for sent in request.FILES.getlist("files")[:FILES_MAX]:
        try:
            content = bytes(sent.read(BYTES_MAX + 1))
            actions.add_evidence(
                actor=actions.applicant(), number=number, content=content, name=sent.name or "", clock=clock()
            )
        except Refusal as refused:
            refusal = refused
            break
    return _page(request, number, refusal) if refusal else redirect("portal:application", number=number)


@require_POST
@as_applicant
def submit(request: HttpRequest, number: str) -> HttpResponse:
    return _do(request, number, actions.submit_application)


@require_POST
@as_applicant
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    return _do(request, number, actions.withdraw_application)


def _do(request: HttpRequest, number: str, work: Callable[..., Application]) -> HttpResponse:
    _opened(request, number)
    try:
        work(actor=actions.applicant(), number=number, clock=clock())
    except Refusal as refusal:
        return _page(request, number, refusal)
    return redirect("portal:application", number=number)


def _page(request: HttpRequest, number: str, refusal: Refusal | None = None) -> HttpResponse:
    row = _opened(request, number)
    policy = policies.get(row.policy_id)
    route = policy.notice.routes.get(row.route)
    states = ApplicationState
    steps = [gettext("填表"), gettext("材料"), gettext("审核"), gettext("完成")]
    at = {states.DRAFT: 2, states.RETURNED: 2, states.SUBMITTED: 3, states.APPROVED: 5}.get(states(row.state), 4)
    undecided = row.state in (states.DRAFT, states.RETURNED, states.SUBMITTED) and route is not None
    here = queries.policy_at(row.policy_id, row.village_code)
    context = {
        **FRAME, "row": row, "policy": policy, "route": route,
        "late": queries.too_late_to_pay(here, [route], clock().today()) if undecided and route else None,
        "files": queries.files(row), "past": queries.past(row),
        "steps": steps, "at": at, "refusal": refusal, "open": row.state in (states.DRAFT, states.RETURNED),
        "waiting": row.state == states.SUBMITTED, "enrolled": queries.enrolment_made(row),
        "village": areas.full_name(row.village_code), "files_max": FILES_MAX, "megabytes": BYTES_MAX // 1_000_000,
        "address": request.path.removesuffix("/files").removesuffix("/submit") if refusal else "",
    }  # fmt: skip
    return render(request, "faces/portal/application.html", context, status=422 if refusal else 200)


def _opened(request: HttpRequest, number: str) -> Application:
    """The application, if this visitor made it or has opened it. Http404 otherwise."""
    if number not in request.session.get(OPENED, []):
        raise Http404
    found = queries.application_numbered(number)
    if found is None:
        raise Http404
    return found


def _remember(request: HttpRequest, row: Application) -> None:
    known = [number for number in request.session.get(OPENED, []) if number != row.number]
    request.session[OPENED] = [*known, row.number][-OPENED_MAX:]
