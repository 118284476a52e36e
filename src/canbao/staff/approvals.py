"""Which kinds of wish two people decide, and what happens on a yes.

A room attaches its kinds when it is set up (AppConfig.ready): `attach(Kind("registry.merge", …))`. The function runs in
the transaction of the decision, so a yes that cannot be carried out is no yes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise

from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope

if TYPE_CHECKING:
    from canbao.staff.models import Approval

CarryOut = Callable[[Scope, "Approval", Clock], object]


@dataclass(frozen=True)
class Kind:
    """A kind of wish. Who asks holds `asks`; who decides holds `decides`; both for the wish's area.

    `carry_out(actor, approval, clock)` does it: the actor is the person who said yes, with the capability `asks` in
    that area. `let_go` is told of a no or a withdrawal, where something waits for it.
    """

    code: str
    name: Promise | str
    asks: Capability
    carry_out: CarryOut
    let_go: CarryOut | None = None
    decides: Capability = Capability.APPROVE


_kinds: dict[str, Kind] = {}


def attach(kind: Kind) -> None:
    _kinds[kind.code] = kind


def kind_of(code: str) -> Kind:
    """KeyError if no room attached it."""
    return _kinds[code]


def kinds() -> list[Kind]:
    return [_kinds[code] for code in sorted(_kinds)]
