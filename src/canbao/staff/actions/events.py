"""Writing down what happened to a login."""

from __future__ import annotations

from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.staff.models import Login, LoginEvent, LoginEventKind


def record_event(
    *, login: Login, kind: LoginEventKind, clock: Clock, actor: Scope | None = None, address: str = ""
) -> LoginEvent:
    """One line of a login's own story; without an actor it did it itself."""
    return LoginEvent.objects.create(
        login=login,
        kind=kind,
        at=clock.now(),
        actor_id=login.pk if actor is None else actor.actor_id,
        actor_name=login.display_name if actor is None else actor.actor_name,
        address=address,
    )
