"""The only writers of logins, grants, approvals and the access log."""

from __future__ import annotations

from canbao.staff.actions.approvals import approve, ask_approval, refuse, withdraw
from canbao.staff.actions.events import record_event
from canbao.staff.actions.keeping import (
    ask_factor_reset,
    ask_grant,
    disable_login,
    enable_login,
    end_grant,
    make_login,
    unlock_login,
)
from canbao.staff.actions.logins import create_demo_logins, create_login, grant_role, sign_in
from canbao.staff.actions.passwords import change_password, end_sessions, reset_password, set_own_password
from canbao.staff.actions.second_factor import (
    begin_second_factor,
    check_code,
    confirm_second_factor,
    remove_second_factor,
    renew_recovery_codes,
)
from canbao.staff.actions.trail import record_access

__all__ = [
    "approve",
    "ask_approval",
    "ask_factor_reset",
    "ask_grant",
    "begin_second_factor",
    "change_password",
    "check_code",
    "confirm_second_factor",
    "create_demo_logins",
    "create_login",
    "disable_login",
    "enable_login",
    "end_grant",
    "end_sessions",
    "grant_role",
    "make_login",
    "record_access",
    "record_event",
    "refuse",
    "remove_second_factor",
    "renew_recovery_codes",
    "reset_password",
    "set_own_password",
    "sign_in",
    "unlock_login",
    "withdraw",
]
