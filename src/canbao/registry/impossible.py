"""Why the register does not take what cannot be so: people nobody could be, places and days that are not there."""

from __future__ import annotations

from datetime import date

from canbao.kernel.clock import day_en, day_zh
from canbao.kernel.refusals import Refusal


class BirthAhead(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "birth_ahead",
            "出生日期还没有到，没有登记。",
            "The day of birth has not come yet; nobody was registered.",
            ("请核对出生日期。", "Check the day of birth."),
        )


class BirthTooEarly(Refusal):
    """`earliest` is the first day on which somebody who lives today may have been born."""

    def __init__(self, earliest: date) -> None:
        super().__init__(
            "birth_too_early",
            f"出生日期早于{day_zh(earliest)}，不可能是在世的人，没有登记。",
            f"Nobody living was born before {day_en(earliest)}; nobody was registered.",
            ("请核对出生日期。", "Check the day of birth."),
        )


class SexDiffers(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "sex_differs",
            "性别与证件号码第17位不一致（奇数为男，偶数为女），没有登记。",
            "The sex disagrees with the 17th digit of the number (odd for men, even for women); nobody was registered.",
            ("请按证件核对性别和号码。", "Compare the sex and the number with the document."),
        )


class UnknownArea(Refusal):
    def __init__(self, code: str) -> None:
        super().__init__(
            "unknown_area",
            f"没有代码为 {code} 的地区，没有保存。",
            f"There is no area with the code {code}; nothing was saved.",
            ("请核对地区代码（6至12位）。", "Check the area code (6 to 12 digits)."),
        )


class FactFarAhead(Refusal):
    def __init__(self, latest: date) -> None:
        super().__init__(
            "fact_far_ahead",
            f"开始日期不能晚于{day_zh(latest)}，没有保存。",
            f"It cannot begin after {day_en(latest)}; nothing was saved.",
            ("请核对日期。", "Check the date."),
        )


class MoveAhead(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "move_ahead",
            "迁移日期还没有到，没有办理。",
            "The day of the move has not come yet; nothing was moved.",
            ("请到那一天再办理，或核对日期。", "Do it on that day, or check the date."),
        )


class NoSuchVillage(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "no_such_village",
            "没有这个村（社区），没有保存。",
            "There is no such village; nothing was saved.",
            ("请选择村（社区），或核对12位代码。", "Choose the village, or check its code of 12 digits."),
        )
