"""What waits on the home page: single things that came in, oldest first, and people at each step of the way by place.

The first are few and counted by an index. The second are as many as the people of a place, so that part of the page
comes after the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Min, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from canbao.billing import queries as billing
from canbao.enrolment import queries as enrolment
from canbao.faces.console.due import permits_soon, reasons_soon
from canbao.faces.console.kept import counted
from canbao.faces.console.paging import COUNTED_MAX
from canbao.faces.console.places import first_area, policies_in
from canbao.faces.visit import Place, clock, login_of, menu_of
from canbao.intake.models import State
from canbao.intake.queries import batches as intake
from canbao.kernel.binding import bound
from canbao.kernel.clock import SHANGHAI
from canbao.kernel.scope import Scope, area_prefix
from canbao.payments import queries as payments
from canbao.payments.models import ApplicationState
from canbao.policy import Policy
from canbao.reconciliation import queries as reconciliation
from canbao.registry import queries as registry
from canbao.staff import queries as staff
from canbao.staff.capabilities import Capability
from canbao.staff.models import Login
from canbao.supervision import queries as supervision

POLICIES_MAX = 12
COUNTY_DIGITS = 6
GRANT_ENDS_SOON = timedelta(days=30)
# Whoever handed the list in goes on from here; what waits for a second person stands among the approvals.
_IMPORTS_TO_MEND = (State.MAPPING, State.PREVIEWED, State.OUTDATED, State.FAILED)


@dataclass(frozen=True)
class Item:
    """Things of one kind that wait for the visitor. `oldest`: when the first came in; `due`: the earliest last day."""

    what: Promise
    count: int
    url: str
    oldest: date | None = None
    due: date | None = None

    @property
    def days(self) -> int | None:
        """How many days the oldest has waited."""
        return (clock().today() - self.oldest).days if self.oldest else None

    @property
    def is_late(self) -> bool:
        return self.due is not None and self.due < clock().today()


def day_of(moment: datetime | None) -> date | None:
    """The day of the place on which something came in."""
    return moment.astimezone(SHANGHAI).date() if moment else None


def _applications(scope: Scope) -> Item:
    rows = enrolment.applications_waiting(scope).order_by()
    found = rows.aggregate(count=Count("pk"), oldest=Min("submitted_at"), due=Min("due_on"))
    oldest = day_of(found["oldest"])
    return Item(_("参保申请等审核"), found["count"], reverse("console:applications"), oldest, found["due"])


def _newcomers(scope: Scope) -> Item:
    found = enrolment.newcomers_waiting(scope).order_by().aggregate(count=Count("pk"), oldest=Min("proposed_on"))
    return Item(_("名册新人待核实"), found["count"], reverse("console:newcomers"), found["oldest"])


def _approvals(scope: Scope) -> Item:
    rows = staff.approvals_waiting(scope)
    first = rows.first()
    return Item(
        _("事项等我审批"), rows.count(), reverse("console:approvals"), day_of(first.asked_at if first else None)
    )


def _staff_wishes(scope: Scope) -> Item:
    """Of whoever decides nothing else; the others find them among all approvals."""
    return Item(_("事项等我审批"), 0, "") if scope.can(Capability.APPROVE) else _approvals(scope)


def _imports(scope: Scope) -> Item:
    rows = intake.visible(scope).filter(actor_id=scope.actor_id or 0, state__in=_IMPORTS_TO_MEND)
    found = rows.aggregate(count=Count("pk"), oldest=Min("handed_in_at"))
    oldest = day_of(found["oldest"])
    return Item(_("我交的名单等我处理"), found["count"], reverse("console:imports"), oldest)


def _ending(what: Promise, rows: QuerySet[Any], end: str, url_name: str) -> Item:
    found = rows.order_by().aggregate(count=Count("pk"), due=Min(end))
    return Item(what, found["count"], reverse(url_name), due=found["due"])


def _refunds_to_check(scope: Scope) -> Item:
    rows = payments.refund_applications(scope).filter(state=ApplicationState.TAKEN)
    found = rows.order_by().aggregate(count=Count("pk"), oldest=Min("applied_on"))
    return Item(_("退费等核对"), found["count"], reverse("console:refunds"), found["oldest"])


def _differences(scope: Scope) -> Item:
    found = reconciliation.differences(scope).order_by().aggregate(count=Count("pk"), oldest=Min("opened_at"))
    oldest = day_of(found["oldest"])
    return Item(_("对账差异没有了结"), found["count"], reverse("console:statements"), oldest)


def _overdue(scope: Scope) -> Item:
    rows = reconciliation.not_there(scope).filter(due_on__lt=clock().today())
    found = rows.order_by().aggregate(count=Count("pk"), oldest=Min("due_on"))
    return Item(_("渠道收的钱过期没有到账"), found["count"], reverse("console:remittances"), found["oldest"])


def _permits(scope: Scope) -> Item:
    return _ending(_("居住证快到期"), permits_soon(scope), "until_on", "console:permits-ending")


def _reasons(scope: Scope) -> Item:
    return _ending(_("未参保原因快到期，要再问"), reasons_soon(scope), "expires_on", "console:reasons-ending")


def _deaths_told(scope: Scope) -> Item:
    found = enrolment.deaths_told(scope).order_by().aggregate(count=Count("pk"), oldest=Min("recorded_at"))
    oldest = day_of(found["oldest"])
    return Item(_("报来已去世，待登记死亡"), found["count"], reverse("console:deaths-told"), oldest)


def _held(scope: Scope) -> Item:
    rows = payments.held(scope).order_by()
    found = rows.aggregate(count=Count("pk"), oldest=Min("received_at"))
    oldest = day_of(found["oldest"])
    return Item(_("没有入账的钱等处理"), found["count"], reverse("console:held-money"), oldest)


KINDS: tuple[tuple[Capability, Callable[[Scope], Item]], ...] = (
    (Capability.REVIEW_APPLICATIONS, _applications),
    (Capability.REVIEW_APPLICATIONS, _newcomers),
    (Capability.APPROVE, _approvals),
    (Capability.APPROVE_STAFF, _staff_wishes),
    (Capability.IMPORT_LISTS, _imports),
    (Capability.RESOLVE_MONEY, _refunds_to_check),
    (Capability.RESOLVE_MONEY, _differences),
    (Capability.RESOLVE_MONEY, _overdue),
    (Capability.ENROL, _permits),
    (Capability.KEEP_REASONS, _reasons),
    (Capability.KEEP_REGISTER, _deaths_told),
    (Capability.RESOLVE_MONEY, _held),
)


def items_of(login: Login) -> list[Item]:
    """What waits for this visitor, by his grants and in his areas: what is late first, then what has waited longest."""
    found = [*_found(login), *_grants(login)]
    return sorted(found, key=lambda item: (not item.is_late, item.oldest is None, item.oldest or date.max))


def _found(login: Login) -> Iterator[Item]:
    for capability, look in KINDS:
        scope = staff.scope_of(login, capability, clock())
        if scope.prefixes:
            with bound(scope):
                item = look(scope)
            if item.count:
                yield item


def _grants(login: Login) -> Iterator[Item]:
    today = clock().today()
    ends = [grant.until_on for grant in staff.grants_of(login, today) if grant.until_on]
    soon = [day for day in ends if day <= today + GRANT_ENDS_SOON]
    if soon:
        yield Item(_("我的授权快到期"), len(soon), reverse("console:home"), due=min(soon))


@dataclass(frozen=True)
class Step:
    """People who wait for one step in one place, and where to go for it. `closes` is the last day of the window;
    `people` None where they are not counted.
    """

    what: Promise
    people: int | None
    url: str
    closes: date | None = None

    @property
    def days_left(self) -> int | None:
        """Days until the window closes, today not counted; None where there is none, or after it."""
        left = (self.closes - clock().today()).days if self.closes else -1
        return left if left >= 0 else None


@dataclass(frozen=True)
class WaitingPlace:
    counted_at: datetime
    policy: Policy
    steps: list[Step]


@dataclass(frozen=True)
class Work:
    """`left_out` is how many further places there are: counting every place of a country would take too long."""

    places: list[WaitingPlace]
    left_out: int


def waiting_for(request: HttpRequest) -> Work:
    """Counts for the first policies of the visitor's scope; none for whoever sees no progress."""
    login = login_of(request)
    scope = staff.scope_of(login, Capability.SEE_PROGRESS, clock())
    held = staff.capabilities_of(login, clock())
    offered = policies_in(scope)
    with bound(scope):
        shown = [_place(request, scope, policy, held) for policy in offered[:POLICIES_MAX]]
    return Work(shown, len(offered) - len(shown))


def _place(request: HttpRequest, scope: Scope, policy: Policy, held: frozenset[str]) -> WaitingPlace:
    area = first_area(scope, policy)
    asked = (policy.id, area.code)
    counts = counted(request, scope, "waiting", *asked, lambda: supervision.waiting(scope, *asked, clock()))
    found = counts.found
    where = f"?policy={policy.id}&area={area.code}"
    finds, issues = Capability.FIND_PEOPLE in held, Capability.ISSUE_BILLS in held
    closes = enrolment.policy_at(policy.id, area.code).closes.date()

    def address(name: str, allowed: bool) -> str:
        return reverse(f"console:{name}" if allowed else "console:progress") + where

    steps = [
        Step(_("应参保、还没登记"), found.unenrolled, address("unenrolled", finds), closes),
        Step(_("已登记、没有应缴单"), found.without_bill, address("bills", issues)),
        Step(_("有应缴单、还没缴清"), found.unpaid, address("unpaid", finds), closes),
    ]
    if issues:
        outdated = billing.outdated_bills(scope, policy.id, area.code).order_by()[: COUNTED_MAX + 1].count()
        steps.insert(2, Step(_("应缴单要重开"), outdated, address("outdated", True)))
    if Capability.KEEP_REGISTER in held:
        # Those of a county take longer than whoever comes to this page should wait: there the list itself tells.
        alike = (
            registry.count_suspicious_pairs(scope, area.code) if len(area_prefix(area.code)) > COUNTY_DIGITS else None
        )
        steps.append(Step(_("疑似重复登记"), alike, reverse("console:pairs")))
    if Capability.KEEP_REASONS in held:
        steps.insert(1, Step(_("其中还没有问过原因"), found.unasked, address("unenrolled", True) + "&reason=none"))
    return WaitingPlace(counts.at, policy, [step for step in steps if step.people != 0])


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
