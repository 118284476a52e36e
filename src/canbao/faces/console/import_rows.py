"""Rows of a preview and columns of a file as a page shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from canbao.areas import queries as areas
from canbao.faces.templatetags.kit import day
from canbao.faces.words import CATEGORIES
from canbao.intake.judging import columns_of
from canbao.intake.models import Batch, Row
from canbao.intake.queries.batches import faults_of
from canbao.intake.reading.faults import column_letter
from canbao.intake.reading.mapping import HEAD_PART, Assigned
from canbao.intake.sources import Source
from canbao.intake.sources.periods import PROPOSED
from canbao.registry.models import HukouKind, Kinship, ResidencePermit, Student

FIELDS: Mapping[str, str | Promise] = {
    "name": _("姓名"),
    "kinship": _("与户主关系"),
    "household_id": _("归入户"),
    "hukou_kind": _("户口性质"),
    "hukou_since": _("迁入日期"),
    "village_code": _("村居"),
    "died_on": _("死亡日期"),
    "student": _("学生"),
    "school_area": _("学校所在地"),
    "employee_insured": _("参加职工医保"),
    "attributes": _("领取职工养老金"),
    "year": _("年份"),
    "days": _("起止日期"),
    "residence_permit": _("居住证"),
    "people": _("常住人口"),
    "hukou_people": _("户籍人口"),
    **CATEGORIES,
}
REASONS: Mapping[str, str | Promise] = {
    "empty": _("必填的没有填"),
    "formula_error": _("公式算不出结果"),
    "digits_lost": _("号码按数字存放，末几位已丢失"),
    "scientific": _("号码成了科学计数法"),
    "id_length": _("号码位数不对"),
    "id_characters": _("号码里有不该有的字符"),
    "id_check_digit": _("号码校验码不对"),
    "id_birth": _("号码里的出生日期不存在"),
    "id_and_birth_differ": _("出生日期与号码不一致"),
    "id_and_sex_differ": _("性别与号码不一致"),
    "date_unreadable": _("日期看不懂"),
    "date_incomplete": _("日期没有写到日"),
    "date_impossible": _("日期不存在"),
    "not_a_whole_number": _("应是整数"),
    "not_listed": _("不在可选内容里"),
    "too_long": _("太长"),
    "name_characters": _("姓名里有不该有的字符"),
    "twice_in_file": _("文件里重复"),
    "village_unknown": _("本地没有这个村居"),
    "village_unclear": _("村居不止一处"),
    "area_unknown": _("本地没有这个地区"),
    "not_in_register": _("不在登记里"),
    PROPOSED: _("列入名册新人"),
    "outside_area": _("登记在本名单的地区之外"),
    "name_differs": _("姓名与登记不一致"),
    "already_dead": _("已登记死亡"),
    "died_before_birth": _("死亡早于出生"),
    "moved_before_birth": _("迁入早于出生"),
    "second_head": _("一户有两名户主"),
    "head_is_another": _("户主另有其人，按成员登记"),
    "head_without_household": _("有户主，没有户"),
    "dated_already": _("已按起止日期登记"),
    "in_the_future": _("日期在今天之后"),
    "until_before_from": _("终止不晚于起始"),
    "from_before_birth": _("起始早于出生"),
    "row_not_whole": _("同一行另一人没有通过"),
    "of_another_age": _("年龄不可能"),
    "period_overlaps": _("与已登记的时间重叠"),
    "category_overlaps": _("同一类别时间重叠"),
    "mother_unknown": _("母亲不在登记里"),
    "year_implausible": _("年份不对"),
    "people_implausible": _("人口数太大"),
    "not_certified_here": _("不是本部门认定的类别"),
}
_WORDS: Mapping[str, Mapping[str, Any]] = {
    "kinship": dict(Kinship.choices),
    "hukou_kind": dict(HukouKind.choices),
    "student": dict(Student.choices),
    "residence_permit": dict(ResidencePermit.choices),
}
# Said beside what changes: what it was before is nothing to tell.
_BESIDE = ("year", "student", "school_area", "residence_permit")


@dataclass(frozen=True)
class Change:
    field: str
    before: str
    after: str


@dataclass(frozen=True)
class ShownFault:
    """`letter` is the spreadsheet's letter of the cell at fault, or empty."""

    text: str
    letter: str


@dataclass(frozen=True)
class ShownRow:
    row: Row
    place: str
    changes: list[Change]
    faults: list[ShownFault]


def shown_rows(found: Batch, rows: Sequence[Row]) -> list[ShownRow]:
    codes = {row.place for row in rows if row.place}
    for row in rows:
        for field in ("village_code", "school_area"):
            codes |= {str(code) for code in row.changes.get(field, ()) if code}
    names = areas.names(codes)
    language = get_language() or "zh-hans"
    return [
        ShownRow(
            row,
            names.get(row.place, row.place),
            [
                Change(
                    str(FIELDS.get(field, field)),
                    "" if before is None and field in _BESIDE else _said(field, before, names),
                    _said(field, after, names),
                )
                for field, (before, after) in row.changes.items()
            ],
            [
                ShownFault(fault.text(language), "" if fault.column is None else column_letter(fault.column))
                for fault in faults_of(row)
            ],
        )
        for row in rows
    ]


def _said(field: str, value: Any, names: Mapping[str, str]) -> str:
    if isinstance(value, dict):
        value = next(iter(value.values()), None)
    if value is None or value == "":
        return gettext("空")
    if isinstance(value, bool):
        return gettext("是") if value else gettext("否")
    if field in _WORDS:
        return str(_WORDS[field].get(value, value))
    if field == "year":
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    try:
        return day(date.fromisoformat(value))
    except ValueError:
        return names.get(value, value)


@dataclass(frozen=True)
class ColumnChoice:
    """A column of the file: its letter, its heading, what its first cells look like, and what it is taken for."""

    index: int
    letter: str
    heading: str
    samples: list[str]
    options: list[tuple[str, str, bool]]
    assigned: bool


def column_choices(found: Batch, wanted: Source) -> list[ColumnChoice]:
    """A choice for every column of the file; the value of an option is `key` or `key.part`."""
    assigned = {index: (key, part) for index, key, part in found.mapping}
    with_head = any(part == HEAD_PART for _, part in assigned.values())
    persons = max((part for _, part in assigned.values() if part), default=0)
    columns = columns_of(wanted, found.options)
    choices = []
    for index, heading in enumerate(found.headings):
        own = assigned.get(index)
        options = []
        for column in columns:
            parts = [None, *range(0 if with_head else 1, persons + 1)] if column.of_person and persons else [None]
            for part in parts:
                value = column.key if part is None else f"{column.key}.{part}"
                person = "" if part is None else gettext("（第 %(n)s 人）") % {"n": part + with_head}
                name = f"{column.name}{person}"
                options.append((value, name, own == (column.key, part)))
        samples = [row[index] for row in found.samples if index < len(row) and row[index]]
        choices.append(ColumnChoice(index, column_letter(index), heading, samples, options, own is not None))
    return [choice for choice in choices if choice.heading or choice.samples]


def mapping_from(data: QueryDict, found: Batch) -> tuple[Assigned, ...]:
    """What the form says each column is; the first of several for the same thing counts."""
    taken: dict[tuple[str, int | None], Assigned] = {}
    for index in range(len(found.headings)):
        key, _, part = data.get(f"column-{index}", "").partition(".")
        if key:
            number = int(part) if part.isascii() and part.isdigit() and len(part) < 3 else None
            taken.setdefault((key, number), Assigned(index, key, number))
    return tuple(taken.values())
