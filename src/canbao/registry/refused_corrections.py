"""Why a death, a merge or a certification is not recorded, corrected or taken back."""

from __future__ import annotations

from datetime import date

from canbao.kernel.clock import day_en, day_zh
from canbao.kernel.refusals import Refusal


class ProofMissing(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "proof_missing",
            "没有写明依据的材料，没有提交。",
            "The document it rests on was not named; nothing was sent.",
            (
                "请写明看过的材料，例如居民死亡医学证明、户口注销证明、派出所证明。",
                "Name the document, such as a death certificate or what the police certified.",
            ),
        )


class ProofHoldsNumber(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "proof_holds_number",
            "说明里写了完整的证件号码，没有提交。",
            "The words hold a whole document number; nothing was sent.",
            ("请去掉号码，或只写后四位。", "Leave the number out, or write its last four characters."),
        )


class SameDeath(Refusal):
    def __init__(self, died_on: date) -> None:
        super().__init__(
            "same_death",
            f"已经登记为{day_zh(died_on)}去世，没有变化。",
            f"The register says {day_en(died_on)} already; nothing would change.",
            ("请核对日期。", "Check the date."),
        )


class NoDeath(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "no_death",
            "没有登记此人死亡，不用撤销。",
            "No death is recorded of this person, so there is none to take back.",
            ("请刷新页面核对。", "Reload the page and check."),
        )


class BothWaysMerged(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "merge_waits_already",
            "这两条登记中有一条已在等待审批的合并里，没有再提交。",
            "One of the two entries is part of a merge that waits for approval; nothing more was sent.",
            ("请先等那次合并审批，或请提交人撤回。", "Wait for that decision, or have it withdrawn first."),
        )


class DiffersUnexplained(Refusal):
    def __init__(self, sex: bool, birth: bool) -> None:
        what_zh = "和".join(["性别"] * sex + ["出生日期"] * birth)
        what_en = " and ".join(["sex"] * sex + ["date of birth"] * birth)
        super().__init__(
            "differs_unexplained",
            f"两条登记的{what_zh}不同，没有说明为什么仍是同一人，没有提交。",
            f"The two entries differ in {what_en}, and nothing says why they are one person all the same; nothing was "
            "sent.",
            ("请写明哪一条登记错了、依据什么材料。", "Say which entry is wrong, and which document shows it."),
        )


class CategoryAfterDeath(Refusal):
    def __init__(self, died_on: date) -> None:
        super().__init__(
            "category_after_death",
            f"登记显示此人已于{day_zh(died_on)}去世，从这一天起不能再认定，没有保存。",
            f"The register says that this person died on {day_en(died_on)}: nothing can be certified from that day on.",
            (
                "请核对日期；死亡登记有误的，请先更正。",
                "Check the day; if the death is wrong, have it corrected first.",
            ),
        )


class CategoryOfAnotherAge(Refusal):
    def __init__(self, years: int) -> None:
        super().__init__(
            "category_of_another_age",
            f"此人在开始日期满{years}周岁，不可能是这一类人员，没有保存。",
            f"On the first day this person is {years} years old and cannot belong to this category; nothing was saved.",
            ("请核对类别、开始日期和出生日期。", "Check the category, the first day and the day of birth."),
        )
