"""The scope of a login, what waits for a second person, and how rows were before they changed."""

from __future__ import annotations

from canbao.staff.queries import history
from canbao.staff.queries.approvals import (
    approval,
    approvals_asked_by,
    approvals_decided,
    approvals_waiting,
    kind_name,
)
from canbao.staff.queries.logins import capabilities_of, demo_logins, grants_of, login_named, reach_of, scope_of

__all__ = [
    "approval",
    "approvals_asked_by",
    "approvals_decided",
    "approvals_waiting",
    "capabilities_of",
    "demo_logins",
    "grants_of",
    "history",
    "kind_name",
    "login_named",
    "reach_of",
    "scope_of",
]
