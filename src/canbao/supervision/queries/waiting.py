"""How many people of a place wait for each step."""

from __future__ import annotations

from dataclasses import dataclass

from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.supervision.counting import WAITING
from canbao.supervision.counts import figures


@dataclass(frozen=True, slots=True)
class Waiting:
    """People whom the policy takes: `unasked` are those of `unenrolled` for whom no reason holds."""

    unenrolled: int
    unasked: int
    without_bill: int
    unpaid: int


def waiting(scope: Scope, policy_id: str, area_code: str, clock: Clock) -> Waiting:
    """The counts of an area inside the scope; the same people as `progress` counts."""
    villages = figures(scope, policy_id, area_code, clock).villages.values()
    return Waiting(**{step: sum(people[step] for people in villages) for step in WAITING})
