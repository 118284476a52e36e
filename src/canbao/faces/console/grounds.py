"""Where an applicant states otherwise than the register, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext

from canbao.areas import queries as areas
from canbao.enrolment.queries import Differs
from canbao.faces.words import CATEGORIES
from canbao.registry.codes import HukouKind, ResidencePermit, Student

_CODES: dict[str, type[TextChoices]] = {
    "hukou_kind": HukouKind, "residence_permit": ResidencePermit, "student": Student,
}  # fmt: skip
_AREAS = ("hukou_area", "residence_area", "school_area")


@dataclass(frozen=True)
class Claim:
    """One line of the comparison: what it is about, what the applicant states, what the register says."""

    what: str
    said: str
    known: str


def in_words(differs: list[Differs]) -> list[Claim]:
    names = {
        "hukou_area": gettext("户籍地"), "hukou_kind": gettext("户口性质"), "residence_area": gettext("居住地"),
        "residence_permit": gettext("居住证"), "school_area": gettext("学校所在地"),
        "disability_grade": gettext("残疾等级"), "student": gettext("在读"),
        "employee_insured": gettext("参加职工医保"), "insured_elsewhere": gettext("在外地参加居民医保"),
        "categories": gettext("认定的类别"),
    }  # fmt: skip
    return [Claim(names[one.column], _said(one.column, one.said), _said(one.column, one.known)) for one in differs]


def _said(column: str, value: Any) -> str:
    if value is None:
        return gettext("没有")
    if value is True:
        return gettext("有")
    if column == "categories":
        return gettext("、").join(str(CATEGORIES.get(code, code)) for code in value)
    if column in _AREAS:
        return areas.full_name(value) or value
    if column in _CODES and value in _CODES[column].values:
        return str(_CODES[column](value).label)
    return str(value)
