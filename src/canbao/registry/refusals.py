"""Why the register does not show or take somebody."""

from __future__ import annotations

from datetime import date

from canbao.kernel.clock import day_en, day_zh
from canbao.kernel.refusals import Refusal


class ResidentNotFound(Refusal):
    """The same for a resident who is not there and one who is out of scope, so that nobody learns which."""

    def __init__(self) -> None:
        super().__init__(
            "resident_not_found",
            "没有找到这名居民，或不在您的管辖范围内。",
            "There is no such resident, or the person is outside your area.",
            ("请核对后重新查找。", "Check and search again."),
        )


class OutsideArea(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "outside_area",
            "该村（社区）不在您的管辖范围内。",
            "This village is outside your area.",
            ("请由所在地经办机构办理。", "The office of that place can do it."),
        )


class BadIdNumber(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "bad_id_number",
            "身份证号码不正确：校验码不符，或与出生日期不一致。",
            "The ID number is not right: its check digit fails, or it disagrees with the birth date.",
            ("请按证件核对18位号码。", "Compare all 18 characters with the document."),
        )


class NumberTaken(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "number_taken",
            "本统筹区内已有使用该证件号码的居民。",
            "A resident with this document number is already in the register of this pooling area.",
            ("请先查找该居民。", "Find that resident first."),
        )


class CategoryOverlaps(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "category_overlaps",
            "该居民在这段时间内已有相同类别的认定。",
            "This category is already certified for some of these days.",
            ("请先终止原认定，或改用其他日期。", "End the earlier certification first, or choose other days."),
        )


class DeathBeforeBirth(Refusal):
    def __init__(self, birth_on: date) -> None:
        super().__init__(
            "death_before_birth",
            f"死亡日期不能早于出生日期（{day_zh(birth_on)}）。",
            f"The day of death cannot lie before the day of birth ({day_en(birth_on)}).",
            ("请核对日期。", "Check the date."),
        )


class NotKnown(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "number_not_found",
            "没有登记这个号码。",
            "No such number is on record.",
            ("请先登记。", "Record it first."),
        )


class BadContact(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "bad_contact",
            "电话或银行卡号不正确，没有保存。",
            "The phone or card number is not right; nothing was saved.",
            (
                "电话为7至12位数字；银行卡号为12至19位数字，请按卡面核对。",
                "A phone has 7 to 12 digits; a card number has 12 to 19: compare it with the card.",
            ),
        )
