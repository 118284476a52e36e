"""Why somebody cannot sign in."""

from __future__ import annotations

from datetime import datetime

from django.utils import translation
from django.utils.functional import Promise

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


class OneTimeOver(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "one_time_over",
            "一次性密码已过期。",
            "The one-time password is no longer valid.",
            ("请系统管理员重新发一个。", "Ask the system administrator for a new one."),
        )


class CodeWrong(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "code_wrong",
            "验证码不正确，或已经用过。",
            "The code is not right, or was used before.",
            (
                "请等手机上出现下一个验证码再输入；总是不对时，请检查手机的时间。",
                "Wait for the next code on your phone. If none is right, check the phone's time.",
            ),
        )


class SecondFactorMissing(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "no_second_factor",
            "这个账号没有绑定动态验证码，未办理。",
            "This login has no second factor, so nothing was done.",
            ("请刷新页面查看。", "Load the page again and look."),
        )


class PasswordWrong(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "password_wrong",
            "现在的密码不正确，密码没有修改。",
            "The present password is not right, so it was not changed.",
            ("请重新输入。", "Enter it again."),
        )


class PasswordUnchanged(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "password_unchanged",
            "新密码和原来的一样，没有修改。",
            "The new password is the old one, so nothing was changed.",
            ("请换一个新密码。", "Choose another."),
        )


class PasswordWeak(Refusal):
    """`faults` are the codes of Django's validators; theirs are not all said in Chinese."""

    _SAID = {
        "password_too_short": ("新密码不到 12 个字符。", "It has fewer than 12 characters."),
        "password_too_common": ("这个密码太常见了。", "It is a common password."),
        "password_entirely_numeric": ("密码全是数字。", "It is entirely numeric."),
        "password_too_similar": ("密码和用户名或姓名太像。", "It is too similar to the user name or the name."),
    }

    def __init__(self, faults: list[str]) -> None:
        said = [self._SAID[fault] for fault in faults]
        super().__init__(
            "password_weak",
            "密码没有修改：" + "".join(zh for zh, _ in said),
            "The password was not changed. " + " ".join(en for _, en in said),
            ("请换一个更长、更难猜的密码。", "Choose one that is longer and harder to guess."),
        )


class PasswordsDiffer(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "passwords_differ",
            "两次输入的新密码不一样，没有修改。",
            "The two new passwords differ, so nothing was changed.",
            ("请再输入一遍。", "Enter them again."),
        )


class LoginNotFound(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "login_not_found",
            "没有这个账号，或它不在您的管理范围内。",
            "There is no such login, or it is outside your area.",
            ("请回到账号列表重新选择。", "Go back to the list and choose again."),
        )


class GrantNotFound(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "grant_not_found",
            "没有这项授权。",
            "There is no such grant.",
            ("请刷新页面查看。", "Load the page again and look."),
        )


class GrantDaysWrong(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "grant_days_wrong",
            "授权的日期不对：不能早于今天，结束要在开始之后；已经结束的不能再改。未办理。",
            "The days are wrong: none lies before today, the end lies after the beginning, and what has ended stays as "
            "it is. Nothing was done.",
            ("请改日期后再提交。", "Choose other days and send it again."),
        )


class AlreadyGranted(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "already_granted",
            "这段时间里已经有同一岗位、同一区域的授权，未重复授权。",
            "The same role in the same area is granted for these days already, so nothing was done.",
            ("请先结束原来的授权，或改日期。", "End that grant first, or choose other days."),
        )


class NotForYourself(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "not_for_yourself",
            "不能给自己授权、停用自己或解除自己的验证器，未办理。",
            "Nobody grants, disables or resets his own login, so nothing was done.",
            ("请由另一位管理员办理。", "Ask another administrator."),
        )


class NameTaken(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "name_taken",
            "这个用户名已经有人用了，账号没有新建。",
            "The user name is taken, so no login was made.",
            ("请换一个用户名。", "Choose another."),
        )


class NameUnfit(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "name_unfit",
            "用户名只能用小写字母、数字和 . _ -，最多 60 个；姓名要填，最多 60 个字。账号没有新建。",
            "A user name has small letters, digits and . _ -, at most 60 of them; a name has at most 60 characters. No "
            "login was made.",
            ("请改后再提交。", "Change it and send it again."),
        )


class ApprovalNotFound(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "approval_not_found",
            "没有这件待审批事项，或它不在您的管理范围内。",
            "There is nothing of this kind to decide, or it is outside your area.",
            ("请回到审批列表重新选择。", "Go back to the list and choose again."),
        )


class AlreadyAsked(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "already_asked",
            "同一件事已经提交审批，还没有结果，未重复提交。",
            "The same wish waits for a decision already, so it was not asked again.",
            ("请等待审批，或先撤回原来的申请。", "Wait for the decision, or take the first wish back."),
        )


class AlreadyDecided(Refusal):
    def __init__(self, by: str) -> None:
        super().__init__(
            "already_decided",
            f"这件事已由{by}处理，未再次处理。",
            f"{by} has dealt with this already, so nothing was done.",
            ("请刷新列表查看结果。", "Look at the list again for the outcome."),
        )


class NotByYourself(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "not_by_yourself",
            "这件事由您本人提出，须由另一人审批，未处理。",
            "You asked for this yourself: another person must decide it, so nothing was done.",
            ("请由另一位有审批权限的人员办理。", "Let another person who may decide it do so."),
        )


class NeedsAPerson(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "needs_a_person",
            "双人复核的事项须由登录人员提出和审批，未处理。",
            "What two people decide is asked and decided by people who signed in, so nothing was done.",
            ("请登录后办理。", "Sign in and do it there."),
        )


class ReasonMissing(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "reason_missing",
            "不予通过时须写明原因，未处理。",
            "A refusal needs a reason, so nothing was done.",
            ("请写一句原因再提交。", "Write one sentence and send it again."),
        )


class MustStayApart(Refusal):
    """`role` is the one that stands alone, in whatever language is asked for."""

    def __init__(self, role: Promise | str) -> None:
        with translation.override("zh-hans"):
            zh = str(role)
        with translation.override("en"):
            en = str(role)
        super().__init__(
            "must_stay_apart",
            f"“{zh}”不能与其他岗位由同一个账号兼任，没有授权。",
            f"The role “{en}” goes with no other role in one login; nothing was granted.",
            ("请先结束原来的岗位，或授给另一个账号。", "End the other role first, or grant it to another login."),
        )


class NotLocked(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "not_locked",
            "这个账号没有被锁定，不用解锁。",
            "This login is not locked, so there is nothing to unlock.",
            ("请刷新页面核对。", "Reload the page and check."),
        )
