"""Applications for enrolment as the office reviews them: oldest first, with what the policy says of each."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from canbao.areas import queries as areas
from canbao.billing import actions as billing
from canbao.enrolment import actions, queries
from canbao.enrolment.models import Application, ApplicationKind, ApplicationState
from canbao.faces.console.grounds import in_words
from canbao.faces.console.paging import InOrder, page_of
from canbao.faces.console.people import gone_is_404
from canbao.faces.led_back import only_posted
from canbao.faces.reasons import steps_of
from canbao.faces.visit import clock, for_staff, show
from canbao.kernel.binding import bound
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.mutual_aid import actions as mutual_aid
from canbao.policy import BadPerson, policies, quote, routes
from canbao.registry.codes import FactKind, Sex
from canbao.staff.capabilities import Capability


@require_safe
@for_staff(Capability.REVIEW_APPLICATIONS)
def applications(request: HttpRequest, scope: Scope) -> HttpResponse:
    """What waits, oldest first; with `all`, everything that was handed in, latest first."""
    every = request.GET.get("show") == "every"
    rows = queries.applications(scope).exclude(submitted_at=None) if every else queries.applications_waiting(scope)
    page = page_of(request, InOrder(rows, ("submitted_at", "pk"), falls=every))
    names = areas.names({row.village_code for row in page})
    context = {
        "rows": [(row, names.get(row.village_code, row.village_code), _late(row)) for row in page],
        "page": page,
        "every": every,
        "list_query": "show=every" if every else "",
    }
    return show(request, "faces/console/applications.html", "applications", context)


def _late(row: Application) -> bool:
    return row.due_on is not None and row.state == ApplicationState.SUBMITTED and row.due_on < clock().today()


@require_safe
@for_staff(Capability.REVIEW_APPLICATIONS)
@gone_is_404
def application(request: HttpRequest, scope: Scope, application_id: int) -> HttpResponse:
    return _page(request, scope, application_id)


def _page(request: HttpRequest, scope: Scope, application_id: int, refusal: Refusal | None = None) -> HttpResponse:
    row = queries.application(scope, application_id)
    policy, today = policies.get(row.policy_id), clock().today()
    waiting = row.state == ApplicationState.SUBMITTED
    known, differing = (queries.known_by_number(scope, row) if waiting else None) or (None, [])
    context: dict[str, Any] = {
        "row": row,
        "known": known,
        "known_sex": Sex(known.sex).label if known else "",
        "differing": differing,
        "policy": policy,
        "route": policy.notice.routes.get(row.route),
        "place": areas.full_name(row.village_code),
        "taken_in": areas.full_name(row.taken_in) if row.taken_in else "",
        "files": queries.files(row),
        "past": queries.past(row),
        "late": _late(row),
        "waiting": waiting,
        "taken_by_reviewer": row.taken_by_id is not None and row.taken_by_id == scope.actor_id,
        "refusal": refusal,
        "filled": request.POST.get("reason", ""),
        "ended": [FactKind(kind).label for kind in row.ends],
        **_judged(scope, row, today),
    }
    return show(request, "faces/console/application.html", "applications", context, status=422 if refusal else 200)


def _judged(scope: Scope, row: Application, today: date) -> dict[str, Any]:
    """What policy and notice say: of the register's facts where it knows the person, else of what he states."""
    grounds = queries.grounds_of(scope, row, today)
    policy = queries.policy_at(row.policy_id, row.village_code)
    standing = grounds.standing or actions.STANDINGS_OF[ApplicationKind(row.kind)][0]
    said = {
        "registered": grounds.registered, "enrolled_elsewhere": grounds.elsewhere, "answer": None, "steps": [],
        "claims": in_words(grounds.differs), "offer": None,
    }  # fmt: skip
    try:
        answer = quote(policy, grounds.facts, on=today)
        offers = routes.offers(policy, grounds.facts, standing, today)
        elsewhere = routes.sent_elsewhere(policy, grounds.facts, today)
    except BadPerson:
        return said
    offer = next((offer for offer in offers if offer.key == row.route), None)
    steps = steps_of(policy, answer, grounds.facts, today)
    return said | {"answer": answer, "steps": steps, "offer": offer, "sent_elsewhere": elsewhere}


@only_posted("console:application")
@for_staff(Capability.REVIEW_APPLICATIONS)
@gone_is_404
def decide(request: HttpRequest, scope: Scope, application_id: int) -> HttpResponse:
    what, reason = request.POST.get("what", ""), request.POST.get("reason", "")
    deeds = {"return": actions.return_application, "refuse": actions.refuse_application}
    try:
        if what == "approve":
            row = billing.approve_application(actor=scope, application_id=application_id, clock=clock())
            _let_a_relative_pay(row)
        elif what in deeds:
            row = deeds[what](actor=scope, application_id=application_id, reason=reason, clock=clock())
        else:
            raise Http404
    except Refusal as refusal:
        if refusal.code == "application_not_found":
            raise
        return _page(request, scope, application_id, refusal)
    said = {"name": row.name, "state": row.get_state_display()}
    messages.success(request, gettext("%(name)s的申请：%(state)s。") % said)
    return redirect("console:applications")


def _let_a_relative_pay(row: Application) -> None:
    """Whoever chose mutual aid before is deducted at the approval; what keeps it from that is told to him, not here."""
    made = queries.enrolment_made(row)
    if made is not None:
        with bound(mutual_aid.visitor()):
            mutual_aid.pay_for_approved(actor=mutual_aid.visitor(), resident_id=made.resident_id, clock=clock())


@require_safe
@for_staff(Capability.REVIEW_APPLICATIONS)
@gone_is_404
def evidence(request: HttpRequest, scope: Scope, evidence_id: int) -> HttpResponse:
    """A file as it was sent, to be saved and never to be run by the browser."""
    file, content = actions.read_evidence(actor=scope, evidence_id=evidence_id, clock=clock())
    response = HttpResponse(content, content_type=file.media_type)
    response["Content-Disposition"] = content_disposition_header(True, file.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox"
    return response
