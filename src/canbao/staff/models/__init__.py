"""Logins and grants, what happens at the door, what two people decide, and what is written down of everybody's work."""

from canbao.staff.models.approvals import Approval, ApprovalState
from canbao.staff.models.entry import (
    LoginEvent,
    LoginEventKind,
    RecoveryCode,
    SecondFactor,
    Session,
    SignInAttempt,
    Stage,
)
from canbao.staff.models.logins import BUREAU, INSTITUTIONS, USERNAME_MAX, Grant, Login, LoginManager, Role
from canbao.staff.models.trail import Access, Addition, Change, ChangeKind

__all__ = [
    "BUREAU",
    "INSTITUTIONS",
    "USERNAME_MAX",
    "Access",
    "Addition",
    "Approval",
    "ApprovalState",
    "Change",
    "ChangeKind",
    "Grant",
    "Login",
    "LoginEvent",
    "LoginEventKind",
    "LoginManager",
    "RecoveryCode",
    "Role",
    "SecondFactor",
    "Session",
    "SignInAttempt",
    "Stage",
]
