"""The counter: somebody stands there, from wherever in the place of a policy, and his application is taken down.

The form is the public one. The office of the person's village decides, perhaps another than the one at the counter.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from canbao.areas import queries as areas
from canbao.areas.models import AreaLevel
from canbao.enrolment import actions, queries
from canbao.faces.leaflets import policy_of
from canbao.faces.portal.applying import (
    ApplicationForm,
    application_asked,
    late_here,
    place_asked,
    steps_down,
    village_of,
)
from canbao.faces.portal.asking import Choice, Field, local
from canbao.faces.visit import clock, for_staff, login_of, show
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.policy import Policy, policies
from canbao.policy.notice import Route
from canbao.registry.codes import FactKind
from canbao.staff import queries as staff
from canbao.staff.capabilities import Capability

FRAME, SECTION = {"frame": "faces/console.html"}, "desk"
SHOWN_MAX = 20


def _served(scope: Scope) -> list[Policy]:
    funds = set(areas.pooling_codes(scope))
    return [policy for policy in policies.all() if policy.pooling_area in funds]


def _policy(scope: Scope, policy_id: str) -> Policy:
    """Http404 for a policy of another pooling area."""
    policy = policy_of(policy_id)
    if policy.pooling_area not in areas.pooling_codes(scope):
        raise Http404
    return policy


@require_safe
@for_staff(Capability.TAKE_APPLICATIONS)
def desk(request: HttpRequest, scope: Scope) -> HttpResponse:
    rows = list(queries.taken_at_desk(scope)[:SHOWN_MAX])
    names = areas.names({row.village_code for row in rows})
    context = {
        "policies": [(policy, len(queries.desk_routes(policy, scope.roles))) for policy in _served(scope)],
        "rows": [(row, names.get(row.village_code, row.village_code)) for row in rows],
    }
    return show(request, "faces/console/desk.html", SECTION, context)


@require_safe
@for_staff(Capability.TAKE_APPLICATIONS)
def place(request: HttpRequest, scope: Scope, policy_id: str) -> HttpResponse:
    """Down to the village where the person is registered or lives: any village of the place, not only those here."""
    policy = _policy(scope, policy_id)
    found = place_asked(request, policy)
    if found.level == AreaLevel.VILLAGE:
        return redirect("console:desk-form", policy_id=policy.id, village_code=found.code)
    return show(request, "faces/portal/apply_place.html", SECTION, {**FRAME, **steps_down(policy, found)})


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(Capability.TAKE_APPLICATIONS)
def form(request: HttpRequest, scope: Scope, policy_id: str, village_code: str) -> HttpResponse:
    policy = _policy(scope, policy_id)
    village = village_of(policy, village_code)
    offered = queries.desk_routes(policy, scope.roles)
    if not offered:
        return show(request, "faces/console/desk_none.html", SECTION, {"policy": policy})
    sent = request.method == "POST"
    asked = ApplicationForm(policy, request.POST, clock().today(), offered)
    replies = asked.read()
    own = asked.own_fields(sent=sent)
    refusal: Refusal | None = None
    missing = sent and (replies.person is None or any(entry.fault for entry in own))
    if sent and not missing and replies.person is not None:
        try:
            made = actions.take_application(
                actor=scope, asked=application_asked(asked, replies.person, village.code),
                seen=request.POST.getlist("seen"), clock=clock(),
            )  # fmt: skip
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, gettext("已受理，申请编号 %(number)s。") % {"number": made.number})
            return redirect("console:taken", taken_id=made.pk)
    context = {
        **FRAME, "late": late_here(policy, village.code, asked),
        "policy": policy, "village": areas.full_name(village.code), "own": own, "replies": replies,
        "refusal": refusal, "more_own": bool(asked.ends), "missing": missing,
        "seen": _seen(offered, request.POST.getlist("seen")),
        "back": reverse("console:desk-place", args=[policy.id]),
        "address": reverse("console:desk-form", args=[policy.id, village.code]) if sent else "",
    }  # fmt: skip
    return show(request, "faces/portal/apply_form.html", SECTION, context, status=422 if sent else 200)


def _seen(offered: dict[str, Route], ticked: list[str]) -> Field:
    """The documents that the routes of this counter name; a valid document where they name none."""
    named = {words.zh: words for route in offered.values() for words in route.evidence}
    options = [Choice(zh, local(words), chosen=zh in ticked) for zh, words in named.items()]
    plain = queries.ANY_DOCUMENT
    options = options or [Choice(plain.zh, local(plain), chosen=plain.zh in ticked)]
    return Field("seen", "checks", gettext("看过的证件"), hint=gettext("看过原件再勾选，至少一样。"), options=options)


@require_safe
@for_staff(Capability.TAKE_APPLICATIONS)
def taken(request: HttpRequest, scope: Scope, taken_id: int) -> HttpResponse:
    """What was taken down, to be printed and signed by the person; and how it stands."""
    row = queries.taken_at_desk(scope).filter(pk=taken_id).first()
    if row is None:
        raise Http404
    policy = policies.get(row.policy_id)
    reviewing = staff.scope_of(login_of(request), Capability.REVIEW_APPLICATIONS, clock())
    may_review = reviewing.covers(row.village_code) and row.taken_by_id != scope.actor_id
    context = {
        "row": row, "policy": policy, "route": policy.notice.routes.get(row.route), "past": queries.past(row),
        "place": areas.full_name(row.village_code), "taken_in": areas.full_name(row.taken_in),
        "ended": [FactKind(kind).label for kind in row.ends], "may_review": may_review,
        "enrolled": queries.enrolment_made(row),
    }  # fmt: skip
    return show(request, "faces/console/taken.html", SECTION, context)
