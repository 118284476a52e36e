"""Logins and grants, what two people decide, and what is written down of everybody's work."""

from canbao.staff.models.approvals import Approval, ApprovalState
from canbao.staff.models.logins import USERNAME_MAX, Grant, Login, LoginManager, Role, SignInAttempt
from canbao.staff.models.trail import Access, Change, ChangeKind

__all__ = [
    "USERNAME_MAX",
    "Access",
    "Approval",
    "ApprovalState",
    "Change",
    "ChangeKind",
    "Grant",
    "Login",
    "LoginManager",
    "Role",
    "SignInAttempt",
]
