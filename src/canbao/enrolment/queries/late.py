"""Who pays late: whose data are maintained before that (补缴数据维护), and who registers too late to pay in time."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from canbao.areas.refusals import CalendarMissing
from canbao.enrolment.models import Enrolment, EnrolmentState
from canbao.enrolment.queries.facts import payable_from, visible
from canbao.enrolment.queries.windows import Windows
from canbao.kernel.clock import SHANGHAI
from canbao.kernel.scope import Scope
from canbao.policy import Policy, policies
from canbao.policy.notice import Route

LAST_SECOND = time(23, 59, 59)


def maintaining_routes(policy: Policy) -> list[str]:
    """The keys of the routes that maintain somebody's data for a late payment; mostly there is none."""
    return [key for key, route in policy.notice.routes.items() if route.maintains]


def maintenance_due(policy: Policy, enrolled: Enrolment, at: datetime) -> Route | None:
    """The route by which the data must be maintained before money of that moment is taken; None if nothing is due.

    `policy` is the one of the person's village, whose window may have been extended.
    """
    routes = maintaining_routes(policy)
    if not routes or enrolled.maintained_on is not None or not _is_late(policy, at):
        return None
    return policy.notice.routes[routes[0]]


def unmaintained(scope: Scope, resident_ids: Collection[int], policy_id: str, now: datetime) -> set[int]:
    """Of these residents, those enrolled under the policy whose data must be maintained before they pay now."""
    if not maintaining_routes(policies.get(policy_id)):
        return set()
    windows = Windows(policy_id)
    rows = visible(scope).filter(
        resident_id__in=resident_ids, policy_id=policy_id, state=EnrolmentState.LIVE, maintained_on=None
    )
    found = rows.values_list("resident_id", "resident__village_code")
    return {resident for resident, village in found if _is_late(windows.policy_at(village), now)}


@dataclass(frozen=True, slots=True)
class TooLate:
    """The first day of payment by a route, and the end of the window (local, without zone)."""

    first: date
    closes: datetime


def too_late_to_pay(policy: Policy, routes: Iterable[Route], on: date) -> TooLate | None:
    """Whether somebody who registers on a day has no full day left to pay inside the window; of several routes, the
    one that lets him pay first. None where one is left, at once or later, and after the window.
    """
    if on > policy.closes.date():
        return None
    days = []
    for route in routes:
        try:
            days.append(payable_from(route, on) or on)
        except CalendarMissing:
            return None
    if not days or datetime.combine(min(days), LAST_SECOND) <= policy.closes or min(days) == on:
        return None
    return TooLate(min(days), policy.closes)


def _is_late(policy: Policy, at: datetime) -> bool:
    return at.astimezone(SHANGHAI).replace(tzinfo=None) > policy.closes
