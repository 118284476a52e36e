"""The groups of a notice: who belongs to which, until when he may confirm, when money moves and a result shows.

Every day and moment is the policy file's. A group that has the name of a registration route is for those who register
by it; whoever registers otherwise belongs to the group whose money moves at the approval.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from canbao.kernel.clock import SHANGHAI
from canbao.mutual_aid import refusals
from canbao.policy import Policy
from canbao.policy.notice import MutualAid, MutualAidGroup, Standing
from canbao.policy.routes import best, offers


def aid_of(policy: Policy) -> MutualAid:
    """What the notice says of mutual aid. Refuses `no_mutual_aid`."""
    if policy.notice.mutual_aid is None:
        raise refusals.no_mutual_aid(policy.place.zh, policy.place.en)
    return policy.notice.mutual_aid


def group_of_route(aid: MutualAid, route: str | None) -> str:
    """The key of the group for whoever registers by this route. Refuses `no_group`."""
    if route in aid.groups and not aid.groups[route].deducted_at_approval:
        return route
    found = next((key for key, group in aid.groups.items() if group.deducted_at_approval), None)
    if found is None:
        raise refusals.no_group()
    return found


def group_for(policy: Policy, facts: Mapping[str, Any], standing: Standing, route: str | None, on: date) -> str:
    """The key of the group; `route` is the one that was taken, else the one that the notice has for such a person."""
    if route is None:
        offer = best(offers(policy, facts, standing, on))
        route = offer.key if offer else None
    return group_of_route(aid_of(policy), route)


@dataclass(frozen=True, slots=True)
class Days:
    """A group's days. `deducts_on` is None where money moves at the approval."""

    key: str
    group: MutualAidGroup
    confirm_before: datetime
    deducts_on: date | None

    def may_confirm(self, now: datetime) -> bool:
        """Strictly before the moment of the notice."""
        return now < self.confirm_before

    def may_deduct(self, now: datetime) -> bool:
        """From the notice's day on, and never while somebody may still change his mind."""
        if self.deducts_on is None:
            return True
        return not self.may_confirm(now) and now.astimezone(SHANGHAI).date() >= self.deducts_on

    def shows_on(self, resolved_at: datetime | None) -> date | None:
        """The first day on which the result is shown; None where it is not known yet."""
        if self.group.result_after is not None:
            return self.group.result_after + timedelta(days=1)
        if resolved_at is None:
            return None
        later = self.group.result_days_after_approval or 0
        return resolved_at.astimezone(SHANGHAI).date() + timedelta(days=later)


def days_of(policy: Policy, key: str) -> Days:
    """Refuses `no_mutual_aid`, `no_group`."""
    group = aid_of(policy).groups.get(key)
    if group is None:
        raise refusals.no_group()
    return Days(key, group, group.confirm_before.replace(tzinfo=SHANGHAI), group.deducted_from)


def counts_at(policy: Policy, confirmed_at: datetime, deducted_at: datetime) -> datetime:
    """The moment that a deduction counts as: its own, or where the window closed before it, that of the confirmation,
    which was in time.
    """
    closes = policy.closes.replace(tzinfo=SHANGHAI)
    return deducted_at if deducted_at <= closes else min(confirmed_at, deducted_at)
