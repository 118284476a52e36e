"""Choosing a place and a policy: what the visitor may choose from, and what the address asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404, HttpRequest

from canbao.areas import queries as areas
from canbao.areas.models import Area
from canbao.kernel.scope import Scope, lies_in
from canbao.policy import Policy, policies

INDENT = "\u3000"
AREA_CODE = re.compile("[0-9]{6,12}")


@dataclass(frozen=True)
class PlaceChoice:
    """One option of the select. `depth` 0 is where the visitor was granted, 1 right below it, and so on."""

    code: str
    name: str
    depth: int

    @property
    def indent(self) -> str:
        return INDENT * self.depth


@dataclass(frozen=True)
class Chosen:
    """A policy and an area that lies inside both its place and the scope."""

    policy: Policy
    area: Area
    choices: list[PlaceChoice]
    policies: list[Policy]

    @property
    def query(self) -> str:
        """The place as an address names it."""
        return urlencode({"policy": self.policy.id, "area": self.area.code})

    @property
    def is_listed(self) -> bool:
        return any(choice.code == self.area.code for choice in self.choices)


def choices_of(scope: Scope, chosen_code: str = "") -> list[PlaceChoice]:
    """Where the visitor was granted and right below it, opened down to the chosen place and what lies below that."""
    opened = {step.code for step in areas.path(chosen_code)} if chosen_code else set()
    found: list[PlaceChoice] = []

    def add(code: str, name: str, depth: int) -> None:
        found.append(PlaceChoice(code, name, depth))
        if depth == 0 or code in opened:
            for child in areas.children(scope, code):
                add(child.code, child.name, depth + 1)

    for entrance in areas.entrances(scope):
        add(entrance.code, entrance.name, 0)
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
    offered = policies_in(scope)
    if not offered:
        raise Http404
    wanted_policy, wanted_area = data.get("policy", ""), data.get("area", "")
    if wanted_area:
        area = areas.area(wanted_area) if AREA_CODE.fullmatch(wanted_area) else None
        if area is None or not scope.covers(area.code):
            raise Http404
    else:
        area = first_area(scope, next((p for p in offered if p.id == wanted_policy), offered[0]))
    fitting = [policy for policy in offered if lies_in(area.code, policy.area)] or offered
    policy = next((policy for policy in fitting if policy.id == wanted_policy), fitting[0])
    if not lies_in(area.code, policy.area):
        area = first_area(scope, policy)
    return Chosen(policy, area, choices_of(scope, area.code), offered)


def first_area(scope: Scope, policy: Policy) -> Area:
    """The policy's whole place, or the first part of it that the scope holds. Http404 if it holds none."""
    code = policy.area if scope.covers(policy.area) else ""
    code = code or next((choice.code for choice in choices_of(scope) if lies_in(choice.code, policy.area)), "")
    area = areas.area(code) if code else None
    if area is None:
        raise Http404
    return area
