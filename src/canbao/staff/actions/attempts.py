"""Counting attempts to sign in, and locking a name or an address after too many that failed.

A name is locked whether or not a login has it, and before the password is looked at: nobody learns which names exist.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.db import connection, transaction

from canbao.kernel.clock import Clock
from canbao.staff.models import SignInAttempt, Stage
from canbao.staff.queries.locks import ATTEMPTS_MAX as ATTEMPTS_MAX
from canbao.staff.queries.locks import LOCK_TIME, name_locked_until
from canbao.staff.refusals import SignInLocked

ADDRESS_ATTEMPTS_MAX = 50
"""A whole office may stand behind one address."""
T = TypeVar("T")


def judged(username: str, stage: Stage, address: str, clock: Clock, judge: Callable[[], T | None]) -> T | None:
    """What `judge` says, written down as one attempt; None is a failure. SignInLocked before it is asked.

    A name is locked for LOCK_TIME after ATTEMPTS_MAX failures in a row at this stage, an address after
    ADDRESS_ATTEMPTS_MAX failures within LOCK_TIME, whatever the names. No address, no such count.
    """
    now = clock.now()
    with transaction.atomic(), connection.cursor() as cursor:
        # Attempts at one name queue up, or many sent at once would all be judged before any is counted.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('sign-in ' || %s))", [username])
        until = max(name_locked_until(username, stage, now), _address_locked_until(address, now))
        if now < until:
            found = None
        else:
            found = judge()
            SignInAttempt.objects.create(
                username=username, stage=stage, address=address, at=now, succeeded=found is not None
            )
    if now < until:
        raise SignInLocked(until)
    return found


def _address_locked_until(address: str, now: datetime) -> datetime:
    if not address:
        return now
    failures = SignInAttempt.objects.filter(address=address, succeeded=False, at__gt=now - LOCK_TIME)
    latest = list(failures.order_by("-at").values_list("at", flat=True)[:ADDRESS_ATTEMPTS_MAX])
    return latest[-1] + LOCK_TIME if len(latest) == ADDRESS_ATTEMPTS_MAX else now
