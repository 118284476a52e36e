"""Counts of whole places that took long, kept for a minute: who comes back to a page should not wait for them again.

Small places are counted anew every time. What is kept says when it was counted, and `anew` in the address counts again.
A process keeps its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from django.core.cache import cache
from django.http import HttpRequest

from canbao.faces.visit import clock
from canbao.kernel.scope import Scope
from canbao.policy import policies

LONG = timedelta(seconds=0.5)
KEPT = timedelta(seconds=60)
T = TypeVar("T")


@dataclass(frozen=True)
class Counted(Generic[T]):
    found: T
    at: datetime


def counted(
    request: HttpRequest, scope: Scope, what: str, policy_id: str, area: str, count: Callable[[], T]
) -> Counted[T]:
    """What `count` finds for a policy and an area in this scope, or found a moment ago for somebody of equal scope."""
    began = clock().now()
    digest = policies.get(policy_id).digest[:12]
    key = ":".join(["counts", what, digest, area, *sorted(scope.prefixes), f"{began:%Y%m%d}"])
    if "anew" not in request.GET and (kept := cache.get(key)) is not None:
        return Counted(*kept)
    found = Counted(count(), began)
    if clock().now() - began >= LONG:
        cache.set(key, (found.found, found.at), KEPT.total_seconds())
    return found
