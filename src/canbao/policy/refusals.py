"""What the policy room refuses, each with a sentence in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final
from unicodedata import category

NEAR: Final = 0.6
UNSEEN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""Categories of Unicode: control and format signs, line ends, what has no shape."""


def printable(text: str) -> str:
    """Signs that a terminal would act on, or nobody would see, are written out."""
    return "".join(repr(sign)[1:-1] if category(sign) in UNSEEN else sign for sign in text)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a policy file: where, what, and what would be right.

    It prints as `file:line: column N: what is wrong, and what would be right`: line and column count from 1, and who
    reads only `file:line: ` finds the sentence after it.
    """

    file: str
    line: int
    column: int
    what: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "what", printable(self.what))

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: column {self.column}: {self.what}"


class PolicyFaults(Exception):
    """A policy file that cannot be used, with every fault found in it."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in faults))


class UnknownPolicy(Exception):
    """No policy has this id."""

    def __init__(self, wanted: str, known: Sequence[str]) -> None:
        self.wanted = wanted = printable(wanted)
        if wanted.endswith((".yaml", ".yml")):
            super().__init__(f"找不到政策文件{wanted}，请核对路径。 There is no policy file {wanted}; check the path.")
            return
        near = get_close_matches(wanted, known, n=1, cutoff=NEAR)
        zh, en = (f"是不是“{near[0]}”？", f" did you mean {near[0]}?") if near else ("", "")
        super().__init__(
            f"没有名为“{wanted}”的政策；{zh}现有：{'、'.join(known)}，也可以给出政策文件的路径。 "
            f"No policy is called “{wanted}”;{en} there are {', '.join(known)}, or give the path of a policy file."
        )


class NeedsNewCount(Exception):
    """A policy tells apart people whom a count put together; `missing` is what, by part."""

    def __init__(self, missing: Mapping[str, Sequence[object]]) -> None:
        self.missing = missing
        zh = "、".join(f"{DISTINCTIONS[part][0]}（{_some(values)}）" for part, values in missing.items())
        en = ", ".join(f"{DISTINCTIONS[part][1]} ({_some(values)})" for part, values in missing.items())
        super().__init__(
            f"统计时没有区分这项政策要区分的：{zh}；请按这项政策重新统计登记册。 "
            f"The counts do not tell apart what this policy does: {en}; count the register again for this policy."
        )


DISTINCTIONS: Final = {
    "benefit_year": ("参保年度", "benefit year"),
    "hukou_area": ("户籍地", "area of the household register"),
    "residence_area": ("常住地", "area of residence"),
    "school_area": ("就学地", "area of the school"),
    "student": ("在读情况", "kind of student"),
    "residence_permit": ("居住证件", "residence permit"),
    "permit_relation": ("证件关系", "whose permit it is"),
    "tier": ("档次", "tier"),
    "hukou_kind": ("户籍性质", "kind of household register"),
    "sex": ("性别", "sex"),
    "categories": ("身份类别", "category"),
    "attributes": ("本地项目", "local fact"),
    "births": ("出生日期分界", "day of birth from which something changes"),
    "ages_at_settlement": ("办结时的年龄", "age on the settlement day"),
    "moments": ("缴费时间分界", "moment from which something changes"),
    "opens": ("集中缴费期开始日", "first day of the window"),
    "registered_until": ("集中缴费期截止日", "last day of the window"),
    "registered_within_days": ("出生后登记期限", "days from birth to registration"),
    "settled_before_birth": ("出生前缴费", "paid before birth"),
    "settled_within": ("事件后的期限", "limit after an event"),
    "hukou_since": ("户籍迁入日期", "day on which the household register came"),
    "gap_years": ("断保年度", "broken years"),
    "transfers": ("转接条件", "condition of a transfer"),
}
"""What `distinctions` can tell apart, in words."""
SHOWN: Final = 3


def _some(values: Sequence[object]) -> str:
    shown = ", ".join(_word(value) for value in values[:SHOWN])
    return f"{shown}, …" if len(values) > SHOWN else shown


def _word(value: object) -> str:
    return "/".join(sorted(value)) if isinstance(value, frozenset) else str(value)
