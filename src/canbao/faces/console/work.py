"""What waits on the home page: people at each step of the way, for the places and duties of the visitor."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from canbao.faces.console.places import first_area, policies_in
from canbao.faces.visit import Place, clock, menu_of
from canbao.kernel.binding import bound
from canbao.kernel.scope import Scope
from canbao.policy import Policy
from canbao.staff import queries as staff
from canbao.staff.capabilities import Capability
from canbao.staff.models import Login
from canbao.supervision import queries as supervision

POLICIES_MAX = 12


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


@dataclass(frozen=True)
class Work:
    """`left_out` is how many further places there are: counting every place of a country would take too long."""

    places: list[WaitingPlace]
    left_out: int


def waiting_for(login: Login) -> Work:
    """Counts for the first policies of the visitor's scope; none for whoever sees no progress."""
    scope = staff.scope_of(login, Capability.SEE_PROGRESS, clock())
    held = staff.capabilities_of(login, clock())
    offered = policies_in(scope)
    with bound(scope):
        shown = [_place(scope, policy, held) for policy in offered[:POLICIES_MAX]]
    return Work(shown, len(offered) - len(shown))


def _place(scope: Scope, policy: Policy, held: frozenset[str]) -> WaitingPlace:
    area = first_area(scope, policy)
    total = supervision.progress(scope, policy.id, area.code, clock()).total
    where = f"?policy={policy.id}&area={area.code}"
    steps = [
        Waiting(_("应参保、还没登记"), total.should - total.enrolled, _unenrolled(held, where)),
        Waiting(_("已登记、没有应缴单"), total.enrolled - total.billed, _bills(held, where)),
        Waiting(_("有应缴单、还没缴清"), total.billed - total.settled, _unpaid(held, where)),
    ]
    return WaitingPlace(policy, [step for step in steps if step.people > 0])


def _unenrolled(held: frozenset[str], where: str) -> str:
    return reverse("console:unenrolled" if Capability.FIND_PEOPLE in held else "console:progress") + where


def _unpaid(held: frozenset[str], where: str) -> str:
    return reverse("console:unpaid" if Capability.FIND_PEOPLE in held else "console:progress") + where


def _bills(held: frozenset[str], where: str) -> str:
    return reverse("console:bills" if Capability.ISSUE_BILLS in held else "console:progress") + where


@dataclass(frozen=True)
class Tile:
    """A section of the menu with what this visitor does there."""

    place: Place
    purpose: str


def tiles_of(login: Login) -> list[Tile]:
    held = staff.capabilities_of(login, clock())
    return [Tile(place, _purpose(place, held)) for place in menu_of(login) if place.key != "home"]


def _purpose(place: Place, held: frozenset[str]) -> str:
    said = str(place.purpose)
    if place.key != "people":
        return said
    deeds = (
        (Capability.ENROL, gettext("登记")),
        (Capability.ISSUE_BILLS, gettext("开出应缴单")),
        (Capability.TAKE_PAYMENT, gettext("收款")),
    )
    own = [deed for capability, deed in deeds if capability in held]
    return said + (gettext("可以办：%(deeds)s。") % {"deeds": gettext("、").join(own)} if own else "")
