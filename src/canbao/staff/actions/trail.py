"""Writing down who looked at whom."""

from __future__ import annotations

from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.staff.models import Access


def record_access(
    *, actor: Scope, screen: str, what: str, clock: Clock, pooling_area: str | None = None,
    village_code: str | None = None, resident_id: int | None = None, people: int = 1,
) -> Access:  # fmt: skip
    """One line of the access log. Nothing is asked of the actor: whoever looked was allowed to, and is written down.

    `screen` names the page or command, `what` what was shown of a person (`person`, `number`, `phone`, `list`); a list
    gives the number of `people` instead of a resident.
    """
    return Access.objects.create(
        pooling_area=pooling_area, village_code=village_code, at=clock.now(), actor_id=actor.actor_id,
        actor_name=actor.actor_name, purpose=actor.purpose, screen=screen, what=what, resident_id=resident_id,
        people=people,
    )  # fmt: skip
