"""Why an application is not taken, not found or not decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from canbao.kernel.refusals import Refusal
from canbao.policy.parts import Words

_COLUMNS = {"name": ("姓名", "name"), "sex": ("性别", "sex"), "birth_on": ("出生日期", "birth date")}


class EvidenceUnknown(Refusal):
    """`wanted` are the documents that the notice asks for."""

    def __init__(self, wanted: list[Words]) -> None:
        super().__init__(
            "evidence_unknown",
            "看过的证件里有通告没有列的，没有办理。",
            "A document ticked as seen is none that the notice names; nothing was done.",
            (
                f"请按通告的写法填，列的是：{'、'.join(words.zh for words in wanted)}。",
                f"Give it in the words of the notice, which names: {', '.join(words.en for words in wanted)}.",
            ),
        )


class EvidenceNotSeen(Refusal):
    """`wanted` are the documents of which the notice asks for one."""

    def __init__(self, wanted: list[Words]) -> None:
        super().__init__(
            "evidence_not_seen",
            "没有勾选看过的证件，没有办理。",
            "No document was ticked as seen; nothing was done.",
            (
                f"请核对其中一样再办理：{'、'.join(words.zh for words in wanted)}。",
                f"Check one of these first: {', '.join(words.en for words in wanted)}.",
            ),
        )


class NumberUnknown(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "number_unknown",
            "登记册里没有这个号码，没有可以恢复或变更的参保信息。",
            "The register does not know this number, so there is nothing to restart or to change.",
            ("请退回申请，改办参保登记。", "Return the application; the person has to ask for enrolment instead."),
        )


class BadFacts(Refusal):
    def __init__(self, zh: str, en: str) -> None:
        super().__init__("bad_facts", f"填写有误：{zh}", f"Something is not right: {en}", ("请改正。", "Correct it."))


class ApplicationNotFound(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "application_not_found",
            "没有这份申请，或不在您的管辖范围内。",
            "There is no such application, or it is outside your area.",
            ("请核对后重新查找。", "Check and search again."),
        )


class NewcomerNotFound(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "newcomer_not_found",
            "名册新人里没有此人，或不在您的管辖范围内。",
            "There is nobody like that among those new by a roll, or he is outside your area.",
            ("请核对后重新查找。", "Check and search again."),
        )


class NewcomerDecided(Refusal):
    def __init__(self, state: str) -> None:
        super().__init__(
            "newcomer_decided",
            f"此人已经办过了（{state}），没有再办。",
            "This person was seen to already; nothing more was done.",
            ("请看名册新人里的其他人。", "Go on with the others."),
        )


class NoSuchApplication(Refusal):
    """The same for a wrong confirmation number and a wrong ID number, so that nobody learns which."""

    def __init__(self) -> None:
        super().__init__(
            "no_such_application",
            "没有查到：申请编号与证件号码不相符。",
            "Not found: the confirmation number and the ID number do not belong together.",
            ("请核对两个号码后再查。", "Check both numbers and try again."),
        )


class TooManyAttempts(Refusal):
    def __init__(self, within: timedelta) -> None:
        minutes = int(within.total_seconds() // 60)
        super().__init__(
            "too_many_attempts",
            "次数太多，暂时不能继续。",
            "Too many attempts: this is closed for a while.",
            (f"请{minutes}分钟后再试，或到窗口办理。", f"Try again in {minutes} minutes, or come to the counter."),
        )


class ApplicationNotOpen(Refusal):
    def __init__(self, state: str) -> None:
        super().__init__(
            "not_open",
            f"这份申请现在是“{state}”，不能这样办。",
            f"This application is “{state}” now, so that cannot be done.",
            ("请刷新页面看最新情况。", "Reload the page to see how it stands."),
        )


class AlreadyApplied(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "already_applied",
            "此人本年度已有一份申请正在办理，不用再提交。",
            "An application for this person and year is waiting already.",
            ("请用原来的申请编号查询进度。", "Use its confirmation number to see how it stands."),
        )


class ReviewReasonMissing(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "reason_missing",
            "没有写明原因，没有办理。",
            "No reason was given; nothing was done.",
            ("请写明要补什么，或为什么不能通过。", "Say what is missing, or why it cannot be approved."),
        )


class LookedAfterElsewhere(Refusal):
    def __init__(self, village: str) -> None:
        super().__init__(
            "looked_after_elsewhere",
            f"此人登记在另一个村居（{village}），不能在这里办理。",
            f"This person is registered in another village ({village}) and cannot be enrolled here.",
            ("请先办理迁移，或退回申请。", "Move the person first, or return the application."),
        )


class PersonDiffers(Refusal):
    """`columns` of name, sex, birth_on are what the application says otherwise than the register, of `known_as`."""

    def __init__(self, columns: Sequence[str], known_as: str) -> None:
        words = [_COLUMNS[column] for column in columns]
        super().__init__(
            "person_differs",
            f"申请里的{'、'.join(zh for zh, _ in words)}与登记册里这个号码的人（{known_as}）不一致，没有办理。",
            f"The {', '.join(en for _, en in words)} on the application differs from the person whom the register "
            f"knows by this number ({known_as}); nothing was done.",
            (
                "请核对证件：申请填错的退回补正；登记有误的，先更正登记再审核。",
                "Check the document: return the application if it is wrong; if the register is, correct that first.",
            ),
        )


class ChildKnown(Refusal):
    def __init__(self, name: str) -> None:
        super().__init__(
            "child_known",
            f"登记册里已有同名、同日出生的孩子（{name}），没有再登记一次。",
            f"The register has a child of this name and birth date already ({name}); it was not taken in twice.",
            (
                "请在“找人”里打开这个孩子，未参保的在年度页面登记，并退回本申请；确是另一个孩子的，先在“找人”里登记。",
                "Open the child under “Find a person”, enrol it there if it is not yet, and return this application; "
                "if it really is another child, register that one there first.",
            ),
        )


class MotherNotFemale(Refusal):
    def __init__(self, known_as: str) -> None:
        super().__init__(
            "mother_not_female",
            f"填的母亲号码在登记册里是一位男性（{known_as}），没有办理。",
            f"The number given as the mother's belongs to a man in the register ({known_as}); nothing was done.",
            ("请退回申请，请申请人填母亲的号码。", "Return the application and ask for the mother's number."),
        )


class TakenByReviewer(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "taken_by_reviewer",
            "这份申请是您本人受理的，须由另一人审核，没有办理。",
            "You took this application down yourself: another person must review it, so nothing was done.",
            ("请由另一人审核。", "Let another person who may review applications do it."),
        )


class EndsWithoutChange(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "ends_without_change",
            "勾选了不再有的情况，但办的不是变更参保信息，没有保存。",
            "Something is said to be over, but the application asks for no change; nothing was saved.",
            ("请选“变更参保信息”，或取消勾选。", "Ask for a change, or clear those boxes."),
        )


class EndsWhatIsStated(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "ends_what_is_stated",
            "同一情况既填了现在有，又勾选了不再有，没有保存。",
            "The same thing is both stated and said to be over; nothing was saved.",
            ("请核对与当地的关系、在读情况和不再有的情况，只留一种。",
             "Compare the tie to the place, the school and what is over, and keep one of them."),
        )  # fmt: skip


class FileTooBig(Refusal):
    def __init__(self, most: int) -> None:
        super().__init__(
            "file_too_big",
            f"文件超过{most // 1_000_000}兆，没有收下。",
            f"The file is larger than {most // 1_000_000} MB and was not taken.",
            ("请拍小一些，或分成几张。", "Take a smaller picture, or several."),
        )


class FileOfAnotherKind(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "file_of_another_kind",
            "文件的内容不是PDF、JPEG、PNG或HEIC，没有收下。",
            "The file's content is no PDF, JPEG, PNG or HEIC; it was not taken.",
            ("请用手机拍照上传，或另存为PDF。", "Send a photograph, or save it as PDF."),
        )


class TooManyFiles(Refusal):
    def __init__(self, most: int) -> None:
        super().__init__(
            "too_many_files",
            f"已有{most}份材料，不能再加。",
            f"There are {most} files already; no more can be added.",
            ("如需更换，请撤回后重新申请。", "To replace one, withdraw and apply anew."),
        )
