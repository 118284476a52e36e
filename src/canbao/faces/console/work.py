"""What waits on the home page: people at each step of the way, for the places and duties of the visitor."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from canbao.faces.console.places import first_area, policies_in
from canbao.faces.visit import clock
from canbao.kernel.scope import Scope
from canbao.policy import Policy
from canbao.staff import queries as staff
from canbao.staff.capabilities import Capability
from canbao.staff.models import Login
from canbao.supervision import queries as supervision

POLICIES_MAX = 3


@dataclass(frozen=True)
class Waiting:
    """People who wait for one step in one place, and where to go for it."""

    what: Promise
    people: int
    url: str


@dataclass(frozen=True)
class WaitingPlace:
    policy: Policy
    steps: list[Waiting]


def waiting_for(login: Login) -> list[WaitingPlace]:
    """Counts for the first policies of the visitor's scope; empty for whoever sees no progress."""
    scope = staff.scope_of(login, Capability.SEE_PROGRESS, clock())
    held = staff.capabilities_of(login, clock())
    return [_place(scope, policy, held) for policy in policies_in(scope)[:POLICIES_MAX]]


def _place(scope: Scope, policy: Policy, held: frozenset[str]) -> WaitingPlace:
    area = first_area(scope, policy)
    total = supervision.progress(scope, policy.id, area.code, clock()).total
    where = f"?policy={policy.id}&area={area.code}"
    steps = [
        Waiting(_("应参保、还没登记"), total.should - total.enrolled, reverse("console:progress") + where),
        Waiting(_("已登记、没有应缴单"), total.enrolled - total.billed, _bills(held, where)),
        Waiting(_("有应缴单、还没缴清"), total.billed - total.settled, _unpaid(held, where)),
    ]
    return WaitingPlace(policy, [step for step in steps if step.people > 0])


def _unpaid(held: frozenset[str], where: str) -> str:
    return reverse("console:unpaid" if Capability.FIND_PEOPLE in held else "console:progress") + where


def _bills(held: frozenset[str], where: str) -> str:
    return reverse("console:bills" if Capability.ISSUE_BILLS in held else "console:progress") + where
