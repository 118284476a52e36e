"""Choosing a place and a policy: what the visitor may choose from, and what the address asks for."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest

from canbao.areas import queries as areas
from canbao.areas.models import Area
from canbao.kernel.scope import Scope, lies_in
from canbao.policy import Policy, policies


@dataclass(frozen=True)
class PlaceChoice:
    """One option of the select. `depth` 0 is where the visitor was granted, 1 right below it."""

    code: str
    name: str
    depth: int


@dataclass(frozen=True)
class Chosen:
    """A policy and an area that lies inside both its place and the scope."""

    policy: Policy
    area: Area
    choices: list[PlaceChoice]
    policies: list[Policy]


def choices_of(scope: Scope) -> list[PlaceChoice]:
    found: list[PlaceChoice] = []
    for entrance in areas.entrances(scope):
        found.append(PlaceChoice(entrance.code, entrance.name, 0))
        found += [PlaceChoice(child.code, child.name, 1) for child in areas.children(scope, entrance.code)]
    return found


def policies_in(scope: Scope) -> list[Policy]:
    """The policies whose place the scope reaches into."""
    codes = {choice.code for choice in choices_of(scope)}
    return [
        policy
        for policy in policies.all()
        if any(lies_in(code, policy.area) or lies_in(policy.area, code) for code in codes)
    ]


def chosen(request: HttpRequest, scope: Scope) -> Chosen:
    """What the address asks for, or the first place of the scope that has a policy. Http404 outside the scope."""
    data = request.POST if request.method == "POST" else request.GET
    choices = choices_of(scope)
    offered = policies_in(scope)
    if not offered:
        raise Http404
    wanted_policy, wanted_area = data.get("policy", ""), data.get("area", "")
    if wanted_area:
        area = areas.area(wanted_area) if wanted_area.isdigit() else None
        if area is None or not scope.covers(area.code):
            raise Http404
    else:
        area = first_area(scope, next((p for p in offered if p.id == wanted_policy), offered[0]))
    fitting = [policy for policy in offered if lies_in(area.code, policy.area)] or offered
    policy = next((policy for policy in fitting if policy.id == wanted_policy), fitting[0])
    if not lies_in(area.code, policy.area):
        area = first_area(scope, policy)
    return Chosen(policy, area, choices, offered)


def first_area(scope: Scope, policy: Policy) -> Area:
    """The policy's whole place, or the first part of it that the scope holds. Http404 if it holds none."""
    code = policy.area if scope.covers(policy.area) else ""
    code = code or next((choice.code for choice in choices_of(scope) if lies_in(choice.code, policy.area)), "")
    area = areas.area(code) if code else None
    if area is None:
        raise Http404
    return area
