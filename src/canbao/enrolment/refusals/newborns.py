"""Why an application for a newborn is not taken."""

from __future__ import annotations

from canbao.kernel.refusals import Refusal


class NotNewborn(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "not_newborn",
            "出生已超过一年，不能按新生儿办理。",
            "The child was born more than a year ago and is not taken as a newborn.",
            ("请用孩子自己的身份证号码，按一般途径登记。", "Use the child's own ID number and an ordinary route."),
        )


class NotForNewborns(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "not_for_newborns",
            "填了新生儿不可能有的情况（例如恢复参保、在读、以往参保年度，或填表人是本人、配偶），没有受理。",
            "Something was chosen that no newborn has (such as an earlier enrolment, a school, earlier years, or "
            "that the child fills in the form); nothing was taken.",
            (
                "请按新生儿参保登记重新填写，填表人写父母或监护人。",
                "Fill it in anew as a newborn's enrolment by a parent or guardian.",
            ),
        )


class BadMotherNumber(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "bad_mother_number",
            "母亲的证件号码不正确：位数、出生日期或校验码不对，没有受理。",
            "The mother's document number is not right: length, date of birth or check digit fails; nothing was taken.",
            ("请按母亲的证件核对号码。", "Compare the number with the mother's document."),
        )


class MotherIsMan(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "mother_is_man",
            "填的是男性的身份证号码（第17位为奇数），不是母亲的，没有受理。",
            "That is a man's ID number (its 17th digit is odd), not the mother's; nothing was taken.",
            ("请填母亲的身份证号码。", "Give the mother's ID number."),
        )


class MotherIsChild(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "mother_is_child",
            "按号码里的出生日期，此人不可能是孩子的母亲，没有受理。",
            "By the date of birth in the number, this person cannot be the child's mother; nothing was taken.",
            ("请填母亲的身份证号码。", "Give the mother's ID number."),
        )
