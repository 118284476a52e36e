"""The only readers of mutual aid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet, Sum

from canbao.areas import queries as areas
from canbao.kernel.scope import Scope
from canbao.mutual_aid import refusals
from canbao.mutual_aid.groups import Days, aid_of, days_of
from canbao.mutual_aid.models import (
    HOLD_LIVE,
    AidMessage,
    AidRun,
    BalanceList,
    Hold,
    HoldState,
    PersonalAccount,
    Relative,
    RelativeState,
)
from canbao.policy import Policy, policies


def offered() -> list[Policy]:
    """The policies whose notices let families' accounts pay."""
    return [policy for policy in policies.all() if policy.notice.mutual_aid is not None]


def relatives(scope: Scope) -> QuerySet[Relative]:
    """The ties of members who are looked after inside the scope, with both people."""
    rows = Relative.objects.filter(scope.q("resident__village_code"), pooling_area__in=areas.pooling_codes(scope))
    return rows.select_related("resident", "account__holder")


def relative(scope: Scope, relative_id: int) -> Relative:
    """Refuses `relative_not_found`, outside the scope too."""
    found = relatives(scope).filter(pk=relative_id).first()
    if found is None:
        raise refusals.relative_not_found()
    return found


def relatives_of(scope: Scope, resident_id: int) -> list[Relative]:
    """Who may pay for the resident, or may soon; the latest first."""
    live = (RelativeState.PROPOSED, RelativeState.AGREED)
    return list(relatives(scope).filter(resident_id=resident_id, state__in=live).order_by("-pk"))


def relatives_paid_by(scope: Scope, holder_id: int) -> list[Relative]:
    """For whom the holder's account may pay, or may soon."""
    live = (RelativeState.PROPOSED, RelativeState.AGREED)
    return list(relatives(scope).filter(account__holder_id=holder_id, state__in=live).order_by("-pk"))


def waiting(scope: Scope) -> QuerySet[Relative]:
    """Ties that wait for the holder's word, the oldest first."""
    return relatives(scope).filter(state=RelativeState.PROPOSED).order_by("member_agreed_at", "pk")


def account_of(scope: Scope, holder_id: int) -> PersonalAccount | None:
    rows = PersonalAccount.objects.filter(
        scope.q("holder__village_code"), pooling_area__in=areas.pooling_codes(scope), holder_id=holder_id
    )
    return rows.first()


def holds(scope: Scope) -> QuerySet[Hold]:
    rows = Hold.objects.filter(scope.q("resident__village_code"), pooling_area__in=areas.pooling_codes(scope))
    return rows.select_related("resident", "account__holder", "relative")


def hold_of(scope: Scope, resident_id: int, benefit_year: int) -> Hold | None:
    """The live hold of the person and year, else the latest that there was."""
    rows = holds(scope).filter(resident_id=resident_id, benefit_year=benefit_year).order_by("-pk")
    return rows.filter(state__in=HOLD_LIVE).first() or rows.first()


def lists(scope: Scope) -> QuerySet[BalanceList]:
    """The lists of balances of pooling areas that lie inside the scope as a whole, the latest first."""
    inside = [code for code in areas.pooling_codes(scope) if scope.covers(code)]
    return BalanceList.objects.filter(pooling_area__in=inside).order_by("-taken_at", "-pk")


@dataclass(frozen=True, slots=True)
class GroupStanding:
    """A group of a notice today: how many wait and for how much, what is done, the run under way or the last one."""

    days: Days
    chosen: int
    held: int
    held_fen: int
    captured: int
    captured_fen: int
    failed: int
    run: AidRun | None


def groups(scope: Scope, policy: Policy) -> Iterator[GroupStanding]:
    """Every group of the policy with its counts inside the scope, in the order of the notice."""
    rows = holds(scope).filter(pooling_area=policy.pooling_area, policy_id=policy.id).select_related(None)
    counted = rows.order_by().values_list("group", "state").annotate(n=Count("pk"), fen=Sum("amount_fen"))
    found = {(group, state): (n, fen or 0) for group, state, n, fen in counted}
    for key in aid_of(policy).groups:
        held, taken = found.get((key, HoldState.HELD), (0, 0)), found.get((key, HoldState.CAPTURED), (0, 0))
        yield GroupStanding(
            days=days_of(policy, key),
            chosen=found.get((key, HoldState.CHOSEN), (0, 0))[0],
            held=held[0], held_fen=held[1], captured=taken[0], captured_fen=taken[1],
            failed=found.get((key, HoldState.FAILED), (0, 0))[0],
            run=runs(scope).filter(policy_id=policy.id, group=key).first(),
        )  # fmt: skip


def runs(scope: Scope) -> QuerySet[AidRun]:
    """Of policies whose place lies inside the scope as a whole, the latest first."""
    inside = [policy.id for policy in offered() if scope.covers(policy.area)]
    return AidRun.objects.filter(policy_id__in=inside).order_by("-started_at", "-pk")


def run(scope: Scope, run_id: int) -> AidRun:
    """Refuses `run_not_found`, outside the scope too."""
    found = runs(scope).filter(pk=run_id).first()
    if found is None:
        raise refusals.run_not_found()
    return found


def results(scope: Scope, of: AidRun, state: HoldState) -> QuerySet[Hold]:
    """The holds that a run captured or failed, in the order in which they were confirmed."""
    return holds(scope).filter(pooling_area=of.pooling_area, run=of, state=state).order_by("pk")


def messages_to_send(now: datetime, limit: int) -> list[AidMessage]:
    due = AidMessage.objects.filter(send_at__lte=now).select_related("resident")
    return list(due.order_by("send_at", "pk")[:limit])
