"""Pages for residents: no login, no stored person.

Replies come in the body of a POST and go back in the page that answers it; an address names the policy at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from canbao.enrolment import queries as enrolment
from canbao.faces.figures import Strip, strip
from canbao.faces.leaflets import leaflet_of, policy_today
from canbao.faces.portal.asking import Form, Replies
from canbao.faces.portal.display import LARGE_PRINT, keep, switches_display
from canbao.faces.reasons import StepShown, steps_of
from canbao.faces.visit import clock, way_back
from canbao.policy import Answer, BadPerson, Policy, policies, quote
from canbao.policy.person import Fault

asks = require_http_methods(["GET", "HEAD", "POST"])
NOT_REPLIES = ("csrfmiddlewaretoken", "language", LARGE_PRINT)


@dataclass(frozen=True)
class Reckoning:
    """An answer with what a page draws of it."""

    policy: Policy
    answer: Answer
    steps: list[StepShown]
    strip: Strip


def reckon(policy: Policy, person: dict[str, Any], on: date | None) -> Reckoning:
    """Raises BadPerson."""
    answer = quote(policy, person, on=on)
    waits_from = max(on or policy.year_start, policy.year_start) if answer.waiting_months else None
    drawn = strip(policy.benefit_year, answer.benefit_start, answer.benefit_end, waits_from)
    return Reckoning(policy, answer, steps_of(policy, answer, person, on), drawn)


def _asked(request: HttpRequest) -> tuple[Policy, Replies]:
    """The policy that the form or else the address names, and the replies of the form; the address holds none."""
    policy = policy_today(request.POST.get("policy") or request.GET.get("policy") or policies.ids()[0])
    return policy, Form(policy, request.POST, clock().today()).read()


def _carried(request: HttpRequest, policy: Policy) -> list[tuple[str, str]]:
    """What a form must send again, so that the page that it leads to knows the replies: names and values."""
    sent = [
        (name, value) for name, values in request.POST.lists() if name not in NOT_REPLIES for value in values if value
    ]
    return sent if any(name == "policy" for name, _ in sent) else [("policy", policy.id), *sent]


def _address(request: HttpRequest, name: str, policy: Policy) -> str:
    """Where a page that answers a POST can be found again without sending the replies once more; "" for others."""
    return f"{reverse(name)}?policy={policy.id}" if request.method == "POST" else ""


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "faces/portal/home.html",
        {"policies": enrolment.policies_today(), "section": "pay-what", "room": "portal"},
    )


@asks
@switches_display
def pay_what(request: HttpRequest) -> HttpResponse:
    policy, replies = _asked(request)
    reckoning: Reckoning | None = None
    faults: list[Fault] = []
    if replies.person is not None:
        try:
            reckoning = reckon(policy, replies.person, replies.on)
        except BadPerson as bad:
            faults = bad.faults
    context = {
        "section": "pay-what",
        "room": "portal",
        "policies": enrolment.policies_today(),
        "policy": policy,
        "replies": replies,
        "reckoning": reckoning,
        "faults": faults,
        "carried": _carried(request, policy),
        "address": _address(request, "portal:pay-what", policy),
    }
    part = {"answer": "faces/portal/answer.html", "pay-what": "faces/portal/pay_what_body.html"}
    target = request.headers.get("HX-Target", "") if request.headers.get("HX-Request") else ""
    shown = {**context, "oob": target == "answer", "swapped": target == "pay-what"}
    return render(request, part.get(target, "faces/portal/pay_what.html"), shown)


@asks
@switches_display
def compare(request: HttpRequest) -> HttpResponse:
    """The same person in every place; the tie to the place is the one with the same name there, or the first."""
    asked_policy, replies = _asked(request)
    rows = [_compared(policy, request) for policy in enrolment.policies_today()] if replies.person is not None else []
    context = {
        "section": "pay-what",
        "room": "portal",
        "rows": rows,
        "policy": asked_policy,
        "replies": replies,
        "carried": _carried(request, asked_policy),
        "address": _address(request, "portal:compare", asked_policy),
    }
    return render(request, "faces/portal/compare.html", context)


@dataclass(frozen=True)
class Compared:
    policy: Policy
    by_tier: list[tuple[str | None, Reckoning]]


def _compared(policy: Policy, request: HttpRequest) -> Compared:
    query = request.POST.copy()
    if query.get("tie") not in (*policy.file.scope.grounds, "lives", "none"):
        query["tie"] = next(iter(policy.file.scope.grounds))
    replies = Form(policy, query, clock().today()).read()
    if replies.person is None:
        return Compared(policy, [])
    tiers: list[str | None] = [None]
    if any(question.column == "tier" for question in policy.questions) and "tier" not in replies.person:
        tiers = ["low", "high"]
    found: list[tuple[str | None, Reckoning]] = []
    for tier in tiers:
        person = replies.person | ({"tier": tier} if tier else {})
        try:
            found.append((tier, reckon(policy, person, replies.on)))
        except BadPerson:
            continue
    if len(found) > 1 and found[0][1].answer.figures == found[1][1].answer.figures:
        found = [(None, found[0][1])]
    return Compared(policy, found)


@require_safe
def policies_page(request: HttpRequest) -> HttpResponse:
    context = {"policies": enrolment.policies_today(), "section": "policies", "room": "portal"}
    return render(request, "faces/portal/policies.html", context)


@require_safe
def leaflet(request: HttpRequest, policy_id: str) -> HttpResponse:
    policy = policy_today(policy_id)
    context = {"leaflet": leaflet_of(policy), "policy": policy, "section": "policies", "room": "portal"}
    return render(request, "faces/portal/leaflet.html", context)


@require_POST
def display(request: HttpRequest) -> HttpResponse:
    """Large print on or off for a page that carries no replies."""
    response = way_back(request, reverse("portal:home"))
    keep(response, large="1" if request.POST.get(LARGE_PRINT) == "1" else "0")
    return response
