"""Which names are locked after too many failed attempts to sign in, and until when."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from canbao.staff.models import LoginEvent, LoginEventKind, SignInAttempt, Stage

ATTEMPTS_MAX = 5
LOCK_TIME = timedelta(minutes=15)


def locked_until(username: str, now: datetime) -> datetime | None:
    """Until when a name may not sign in, at either stage; None if it may."""
    until = max(name_locked_until(username, stage, now) for stage in Stage)
    return until if now < until else None


def name_locked_until(username: str, stage: Stage, now: datetime) -> datetime:
    """After the last of the failures in a row since the name was unlocked, if all lie within one lock; else now."""
    rows = SignInAttempt.objects.filter(username=username, stage=stage)
    unlocked = LoginEvent.objects.filter(login__username=username, kind=LoginEventKind.UNLOCKED).order_by("-at").first()
    rows = rows.filter(at__gt=unlocked.at) if unlocked is not None else rows
    latest = rows.order_by("-at", "-id")[:ATTEMPTS_MAX]
    attempts = list(latest.values_list("at", "succeeded"))
    if len(attempts) < ATTEMPTS_MAX or any(succeeded for _, succeeded in attempts):
        return now
    last, first = attempts[0][0], attempts[-1][0]
    return last + LOCK_TIME if last - first < LOCK_TIME else now


def locked_of(usernames: Collection[str], now: datetime) -> dict[str, datetime]:
    """Those of the names that are locked, until when."""
    failed = SignInAttempt.objects.filter(username__in=usernames, succeeded=False, at__gt=now - 2 * LOCK_TIME)
    found = {name: locked_until(name, now) for name in set(failed.values_list("username", flat=True))}
    return {name: until for name, until in found.items() if until is not None}
