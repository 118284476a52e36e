"""Why somebody cannot sign in."""

from __future__ import annotations

from datetime import datetime

from canbao.kernel.clock import SHANGHAI
from canbao.kernel.refusals import Refusal


class SignInFailed(Refusal):
    """One message for a wrong name and a wrong password, so that nobody learns which names exist."""

    def __init__(self) -> None:
        super().__init__(
            "sign_in_failed",
            "用户名或密码不正确。",
            "The user name or the password is not right.",
            ("请检查后重试，或联系系统管理员。", "Check both and try again, or ask the system administrator."),
        )


class SignInLocked(Refusal):
    def __init__(self, until: datetime) -> None:
        until = until.astimezone(SHANGHAI)
        super().__init__(
            "sign_in_locked",
            f"登录失败次数过多，已锁定至 {until:%H:%M}。",
            f"Too many failed attempts: signing in is locked until {until:%H:%M}.",
            ("请稍后再试。", "Try again later."),
        )
        self.until = until
