"""What a policy needs to know of a person: the columns that its rules read, as questions for a form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from .conditions import Condition, walk
from .model import Words

if TYPE_CHECKING:
    from .policy import Policy

Kind = Literal["date", "choice", "bool", "area", "multi", "number", "moment"]


@dataclass(frozen=True, slots=True)
class Option:
    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Question:
    """One column of a person that the policy asks for."""

    column: str
    kind: Kind
    label: Words
    options: list[Option] = field(default_factory=list)


LABELS: Final[dict[str, tuple[Kind, str, str]]] = {
    "birth_date": ("date", "出生日期", "Date of birth"),
    "sex": ("choice", "性别", "Sex"),
    "hukou_area": ("area", "户籍所在地", "Household register (hukou)"),
    "hukou_kind": ("choice", "户籍性质", "Kind of household register"),
    "hukou_since": ("date", "户籍迁入本地的日期", "When the household register came here"),
    "residence_area": ("area", "常住地", "Where the person lives"),
    "residence_permit": ("choice", "居住证件", "Residence permit"),
    "permit_relation": ("choice", "该证件是谁的", "Whose permit it is"),
    "student": ("choice", "是否在读", "Student"),
    "school_area": ("area", "学校所在地", "Where the school is"),
    "categories": ("multi", "已认定的困难或优待身份", "Certified categories"),
    "disability_grade": ("number", "残疾等级", "Disability grade"),
    "tier": ("choice", "选择的缴费档次", "Tier chosen"),
    "employee_insured": ("bool", "已参加职工医保", "In employee insurance"),
    "insured_elsewhere": ("bool", "已在外地参加居民医保", "Insured elsewhere"),
    "covered_years": ("multi", "以往参保年度", "Years covered before"),
    "last_cover_end": ("date", "上一段医保的最后一天", "Last day of the latest other insurance"),
    "registered_on": ("date", "登记日期", "Day of registration"),
    "paid_at": ("moment", "缴费时间", "Time of payment"),
}

OPTIONS: Final[dict[str, tuple[Option, ...]]] = {
    "sex": (Option("female", "女", "Female"), Option("male", "男", "Male")),
    "hukou_kind": (Option("rural", "农村户籍", "Rural"), Option("urban", "城镇户籍", "Urban")),
    "residence_permit": (
        Option("none", "没有", "None"),
        Option("ordinary", "居住证", "Residence permit"),
        Option("points_qualified", "居住证（积分达标）", "Residence permit, points reached"),
        Option("class_b", "B类居住证", "Class B residence permit"),
        Option("foreign_permanent", "外国人永久居留身份证", "Foreign permanent residence card"),
        Option("hmt", "港澳台居民居住证", "Residence permit for Hong Kong, Macao and Taiwan residents"),
    ),
    "permit_relation": (
        Option("holder", "本人", "The person's own"),
        Option("spouse", "配偶的", "The spouse's"),
        Option("child", "父母的（本人是子女）", "The parent's (the person is the child)"),
    ),
    "student": (
        Option("none", "不在读", "Not a student"),
        Option("preschool", "幼儿园、托育机构", "Kindergarten or nursery"),
        Option("pupil", "中小学", "Primary or secondary school"),
        Option("vocational", "中等职业学校", "Vocational school"),
        Option("university", "高等院校", "College or university"),
    ),
    "tier": (Option("low", "低档", "Low tier"), Option("high", "高档", "High tier")),
}


def questions_of(policy: Policy) -> list[Question]:
    """The questions in the order of contract.md's columns; only those whose answer can matter."""
    wanted = set(_columns(policy))
    return [
        Question(column, kind, Words(zh=zh, en=en), _options(policy, column))
        for column, (kind, zh, en) in LABELS.items()
        if column in wanted
    ]


def _options(policy: Policy, column: str) -> list[Option]:
    if column == "categories":
        # Several rules may serve one category; the first gives it its name.
        names: dict[str, Words] = {}
        for rule in policy.file.aid.rules.values():
            if rule.category is not None:
                names.setdefault(rule.category, rule.name)
        return [Option(code, name.zh, name.en) for code, name in names.items()]
    if column == "covered_years":
        years = range(policy.gap_years_from, policy.benefit_year)
        return [Option(str(year), f"{year}年", str(year)) for year in years]
    used = _permits(policy) if column == "residence_permit" else None
    return [option for option in OPTIONS.get(column, ()) if used is None or option.code in used]


def _permits(policy: Policy) -> set[str]:
    named = {code for condition in policy.conditions() for part in walk(condition) for code in part.permit or ()}
    return {"none", *named}


def _columns(policy: Policy) -> Iterator[str]:
    yield from ("birth_date", "employee_insured", "insured_elsewhere", "paid_at", "last_cover_end")
    if policy.gap_years_from < policy.benefit_year:
        yield "covered_years"
    if any(rule.category for rule in policy.file.aid.rules.values()):
        yield "categories"
    if "severe_disability" in policy.categories:
        yield "disability_grade"
    for condition in policy.conditions():
        for part in walk(condition):
            yield from _columns_of(part)


def _columns_of(part: Condition) -> Iterator[str]:
    named: dict[str, object] = {
        "sex": part.sex,
        "hukou_area": part.hukou_in,
        "hukou_kind": part.hukou_kind,
        "residence_area": part.residence_in,
        "residence_permit": part.permit,
        "permit_relation": part.permit_relation,
        "student": part.student,
        "school_area": part.school_in,
        "tier": part.tier,
        "registered_on": part.registration if part.registered_within_days is None else part.registered_within_days,
        "hukou_since": part.hukou_since or (part.settled_within and part.settled_within.of == "hukou_since") or None,
    }
    yield from (column for column, value in named.items() if value is not None)
