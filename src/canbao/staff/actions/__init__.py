"""The only writers of logins, grants, approvals and the access log."""

from __future__ import annotations

from canbao.staff.actions.approvals import approve, ask_approval, refuse, withdraw
from canbao.staff.actions.logins import create_demo_logins, create_login, grant_role, sign_in
from canbao.staff.actions.trail import record_access

__all__ = [
    "approve",
    "ask_approval",
    "create_demo_logins",
    "create_login",
    "grant_role",
    "record_access",
    "refuse",
    "sign_in",
    "withdraw",
]
