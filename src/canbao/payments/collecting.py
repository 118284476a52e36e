"""Who collects for others, and so needs the tax office's mandate."""

from __future__ import annotations

from canbao.kernel.scope import Scope
from canbao.staff.capabilities import AGENTS as AGENTS


def needs_mandate(scope: Scope) -> bool:
    """Whether the roles in which somebody takes money are those of an agent alone."""
    return bool(scope.roles) and scope.roles <= AGENTS
