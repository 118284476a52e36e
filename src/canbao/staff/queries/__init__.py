"""The scope of a login, what waits for a second person, and how rows were before they changed."""

from __future__ import annotations

from canbao.staff.queries import audit, history, keeping
from canbao.staff.queries.approvals import (
    approval,
    approvals_about,
    approvals_asked_by,
    approvals_decided,
    approvals_of_kind,
    approvals_waiting,
    kind_name,
)
from canbao.staff.queries.locks import locked_of, locked_until
from canbao.staff.queries.logins import (
    capabilities_of,
    colleagues_of,
    demo_logins,
    events_of,
    grants_of,
    holders,
    login_named,
    login_with_id,
    must_set_up_second_factor,
    reach_of,
    recovery_codes_left,
    scope_of,
    second_factor_of,
    sessions_of,
)

__all__ = [
    "approval",
    "approvals_about",
    "approvals_asked_by",
    "approvals_decided",
    "approvals_of_kind",
    "approvals_waiting",
    "audit",
    "capabilities_of",
    "colleagues_of",
    "demo_logins",
    "events_of",
    "grants_of",
    "history",
    "holders",
    "keeping",
    "kind_name",
    "locked_of",
    "locked_until",
    "login_named",
    "login_with_id",
    "must_set_up_second_factor",
    "reach_of",
    "recovery_codes_left",
    "scope_of",
    "second_factor_of",
    "sessions_of",
]
