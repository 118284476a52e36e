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


class FactOverlaps(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "fact_overlaps",
            "这段时间内已有同一类的登记，没有保存。",
            "Another entry of this kind covers some of these days; nothing was saved.",
            ("请先终止原来的一条，或改用其他日期。", "End the other entry first, or choose other days."),
        )


class BadFact(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "bad_fact",
            "填写的内容不完整或不正确，没有保存。",
            "What was filled in is incomplete or not right; nothing was saved.",
            (
                "请按提示填写地区代码（6至12位）、类别或等级（1至4级）。",
                "Fill in the area code (6 to 12 digits), the kind or the grade (1 to 4) as asked.",
            ),
        )


class FactBeforeBirth(Refusal):
    def __init__(self, birth_on: date) -> None:
        super().__init__(
            "fact_before_birth",
            f"开始日期不能早于出生日期（{day_zh(birth_on)}）。",
            f"It cannot begin before the day of birth ({day_en(birth_on)}).",
            ("请核对日期。", "Check the date."),
        )


class EndBeforeBegin(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "end_before_begin",
            "终止日期要在开始日期之后，没有保存。",
            "The end has to lie after the beginning; nothing was saved.",
            ("请核对日期。", "Check the dates."),
        )


class FactNotFound(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "fact_not_found",
            "没有找到这条登记，或不在您的管辖范围内。",
            "There is no such entry, or it is outside your area.",
            ("请刷新页面后重试。", "Reload the page and try again."),
        )


class CategoryNotFound(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "category_not_found",
            "没有找到这条认定，或不在您的管辖范围内。",
            "There is no such certification, or it is outside your area.",
            ("请刷新页面后重试。", "Reload the page and try again."),
        )


class HouseholdNotFound(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "household_not_found",
            "没有找到这一户，或不在您的管辖范围内。",
            "There is no such household, or it is outside your area.",
            ("请核对后重新查找。", "Check and search again."),
        )


class NotAMember(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "not_a_member",
            "户主必须是本户成员。",
            "The head has to be a member of the household.",
            ("请先把此人迁入本户。", "Move the person into the household first."),
        )


class HeadMoves(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "head_moves",
            "此人是户主，户内还有其他人，不能直接迁出。",
            "This person is the head and others stay in the household.",
            ("请先为原户确定新户主。", "Name a new head of the old household first."),
        )


class KinshipMissing(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "kinship_missing",
            "没有说明与户主的关系，没有迁入。",
            "What the person is to the head was not said; nothing was moved.",
            ("请选择与户主的关系。", "Choose the kinship to the head."),
        )


class DeathAhead(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "death_ahead",
            "死亡日期还没有到，没有保存。",
            "The day of death has not come yet; nothing was saved.",
            ("请核对日期。", "Check the date."),
        )


class HeadNotLiving(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "head_not_living",
            "此人已登记死亡，不能当户主，没有保存。",
            "The person is recorded as dead and cannot be the head; nothing was saved.",
            ("请选在世的家庭成员。", "Choose a living member."),
        )


class MergedRow(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "merged_row",
            "这条登记已并入另一条，不能再改，没有保存。",
            "This entry was merged into another one and is not changed any more; nothing was saved.",
            ("请在保留的登记上办理。", "Use the entry that was kept."),
        )


class AlreadyThere(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "already_there",
            "本户已在这个村（社区），没有迁移。",
            "The household is in this village already; nothing was moved.",
            ("请选另一个村（社区）。", "Choose another village."),
        )


class MembersElsewhere(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "members_elsewhere",
            "户内有人由您管辖范围以外的村（社区）管理，没有迁移。",
            "Somebody of the household is looked after outside your area; nothing was moved.",
            ("请由能看到全户的上级经办机构办理。", "The office above, which sees the whole household, can do it."),
        )


class NumberMissing(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "number_missing",
            "没有填证件号码。",
            "The number of the document is missing.",
            (
                "只有还没有号码的新生儿可以不填，证件类型选居民身份证。",
                "Only a newborn without a number may go without; choose the resident ID as kind.",
            ),
        )


class OldIdNumber(Refusal):
    """A first-generation number of 15 digits, which says neither century nor check digit."""

    def __init__(self, last_four: str) -> None:
        super().__init__(
            "old_id_number",
            "这是15位旧号码，已经停用，没有保存。",
            "This is an old number of 15 digits, which is no longer in use; nothing was saved.",
            (
                f"请按第二代身份证填写18位号码；按规则换算，后四位应是 {last_four}。",
                f"Take the 18 characters of the new card; by the rule of conversion they end in {last_four}.",
            ),
        )


class UnknownDivision(Refusal):
    def __init__(self, code: str) -> None:
        super().__init__(
            "unknown_division",
            f"身份证号码前六位 {code} 不是任何现行或曾用的行政区划代码。",
            f"The first six digits of the ID number, {code}, are no division's code, neither of today nor of the past.",
            ("请按证件核对前六位。", "Compare the first six digits with the document."),
        )


class BadDocument(Refusal):
    """`kind` is one of DocumentKind other than the resident ID."""

    _SHAPES = {
        "hmt_permit": (
            "港澳台居民居住证号码为18位，以810000、820000或830000开头，校验码和出生日期要相符。",
            "The number of such a permit has 18 characters, begins with 810000, 820000 or 830000, and has a right "
            "check digit and birth date.",
        ),
        "foreign_permanent": (
            "新证号码为18位，以9开头，校验码和出生日期要相符；旧证为3个字母加12位数字，其中含出生年月日。",
            "A new card has 18 characters, begins with 9 and has a right check digit and birth date; an old one has 3 "
            "letters and 12 digits that hold the birth date.",
        ),
        "passport": ("护照号码为5至15位字母和数字。", "A passport has 5 to 15 letters and digits."),
    }

    def __init__(self, kind: str) -> None:
        shape = self._SHAPES.get(kind, self._SHAPES["passport"])
        super().__init__("bad_document", "证件号码不正确，没有保存。", "The document's number is not right.", shape)


class SamePerson(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "same_row",
            "这是同一条登记，不能和自己合并。",
            "That is one and the same entry.",
            ("请选择另一条登记。", "Choose the other entry."),
        )


class InAnotherMerge(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "in_another_merge",
            "其中一条登记已经参与了另一次合并，没有合并。",
            "One of the two takes part in another merge; nothing was merged.",
            ("请先撤销那次合并，再重新办理。", "Undo that merge first."),
        )


class MergeLeavesOpen(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "merge_leaves_open",
            "要并入的登记还有未办结的参保，或两条登记同一年度都已参保，没有合并。",
            "The entry to be merged has an enrolment that is not settled, or both are enrolled for one year; nothing "
            "was merged.",
            (
                "请先缴清或停保，再合并；或反过来，把另一条并入这一条。",
                "Settle or stop it first, or merge the other way round.",
            ),
        )


class NotMerged(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "not_merged",
            "这条登记没有被合并。",
            "This entry is not merged into another.",
            ("请核对后重试。", "Check and try again."),
        )


class ReasonMissing(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "reason_missing",
            "没有写明原因，没有办理。",
            "No reason was given; nothing was done.",
            ("请写明依据，例如核对了哪些证件。", "Say what it rests on, such as the documents compared."),
        )


class NotCertifiedHere(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "not_certified_here",
            "按当地政策，这一类人员不由所选的部门认定，未办理。",
            "The policy of this place has another department certify this category, so nothing was done.",
            ("请选择认定它的部门。", "Choose the department that certifies it."),
        )


class NotOfYourDepartment(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "not_of_your_department",
            "这一类人员不由您的部门认定，未办理。",
            "Your department does not certify this category, so nothing was done.",
            ("请由认定它的部门办理。", "Let the department that certifies it do so."),
        )
