"""What pages of the register need beyond the kit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import template
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from canbao.areas import queries as areas
from canbao.faces import words
from canbao.faces.templatetags.kit import day
from canbao.faces.visit import clock
from canbao.registry.codes import (
    FactKind,
    HukouKind,
    Kinship,
    NumberKind,
    PermitRelation,
    Purpose,
    ResidencePermit,
    Sex,
    Student,
)
from canbao.registry.models import ResidentFact
from canbao.registry.queries import Event, Known

register = template.Library()


@register.filter
def village_field(number: int) -> str:
    """The id of the select in which a person's new village is chosen."""
    return f"village-{number}"


PURPOSES = {
    NumberKind.NUMBER: (Purpose.COMPARE_DOCUMENT, Purpose.FILL_FORM, Purpose.AUDIT),
    NumberKind.PHONE: (Purpose.CALL, Purpose.FILL_FORM, Purpose.AUDIT),
    NumberKind.BANK_CARD: (Purpose.REFUND, Purpose.FILL_FORM, Purpose.AUDIT),
}


@register.filter
def purposes(kind: str) -> list[tuple[str, str]]:
    """What a number of this kind is shown for: code and word."""
    return [(purpose.value, str(purpose.label)) for purpose in PURPOSES[NumberKind(kind)]]


_CODES: dict[str, Any] = {
    str(code): label
    for choices in (HukouKind, ResidencePermit, Student, Kinship, PermitRelation, Sex)
    for code, label in choices.choices
}
_COLUMNS = {
    "name": _("姓名"),
    "birth_on": _("出生日期"),
    "sex": _("性别"),
    "village_code": _("村居"),
    "died_on": _("死亡日期"),
    "hukou_area": _("户籍所在地"),
    "hukou_kind": _("户籍"),
    "residence_area": _("居住地"),
    "residence_permit": _("居住证"),
    "student": _("在读"),
    "school_area": _("学校所在地"),
    "disability_grade": _("残疾等级"),
    "employee_insured": _("职工医保"),
    "insured_elsewhere": _("异地居民医保"),
    "kinship": _("与户主关系"),
    "address": _("街道门牌"),
    "head_name": _("户主"),
    "from_on": _("从"),
    "until_on": _("终止日期"),
}
_SEALED = {"number": NumberKind.NUMBER, "phone": NumberKind.PHONE, "bank_card": NumberKind.BANK_CARD}


@register.filter
def day_before(until_on: date) -> str:
    """The last day of a period that ends before `until_on`."""
    return str(day(until_on - timedelta(days=1)))


@register.filter
def open_end(from_on: date) -> str:
    """What stands for the last day of a period without one: "to date" only once it has begun."""
    return gettext("至今") if from_on <= clock().today() else gettext("未终止")


@register.filter
def fact_value(fact: ResidentFact) -> str:
    """What a dated fact says, in words."""
    return _value_of(
        {"kind": fact.kind, "code": fact.code, "area_code": fact.area_code, "grade": fact.grade, "detail": fact.detail}
    )


def _value_of(fact: Mapping[str, Any]) -> str:
    parts = [_CODES.get(fact["code"], fact["code"]) if fact["code"] else ""]
    if fact["area_code"]:
        parts.append(areas.full_name(fact["area_code"]))
    if fact["grade"]:
        parts.append(gettext("%(grade)s 级") % {"grade": fact["grade"]})
    if fact["detail"]:
        parts.append(_CODES.get(fact["detail"], fact["detail"]))
    return " · ".join(str(part) for part in parts if part) or gettext("有")


@register.filter
def known_rows(known: Known) -> list[tuple[str, str]]:
    """Label and value of what the record said at a moment; what was empty is left out."""
    rows = [
        (str(label), _said(column, known.resident.get(column)))
        for column, label in _COLUMNS.items()
        if known.resident.get(column) not in (None, "", "none", False)
    ]
    rows += [(str(FactKind(fact["kind"]).label), f"{_value_of(fact)} · {_days_of(fact)}") for fact in known.facts]
    rows += [(words.word(words.CATEGORIES, row["code"]), _days_of(row)) for row in known.categories]
    return rows


def _days_of(row: Mapping[str, Any]) -> str:
    until = row.get("until_on")
    last = day_before(date.fromisoformat(until)) if until else gettext("未终止")
    return f"{_said('from_on', row['from_on'])} – {last}"


def _said(column: str, value: object) -> str:
    if value in (None, ""):
        return "—"
    if column.endswith("_on"):
        return str(day(date.fromisoformat(str(value))))
    if column in ("village_code", "hukou_area", "residence_area", "school_area"):
        return areas.full_name(str(value))
    if value is True:
        return gettext("有")
    return str(_CODES.get(str(value), value))


@register.filter
def household_event_said(event: Event) -> str:
    """One line of a household's history."""
    if event.table == "registry_formermember":
        return gettext("%(who)s 离开本户") % {"who": event.row["name"] or gettext("一名现由别处管理的成员")}
    if event.table == "registry_household":
        changes = [
            f"{_COLUMNS[column]} {_said(column, event.before.get(column))} → {_said(column, value)}"
            for column, value in event.after.items()
            if column in _COLUMNS
        ]
        return "；".join(changes) or gettext("登记本户")
    who = str(event.row["name"])
    if not event.after:
        return gettext("登记 %(who)s") % {"who": who}
    said = gettext("%(who)s 来到本户") % {"who": who} if "household_id" in event.after else who
    if "kinship" in event.after:
        said += f"；{_COLUMNS['kinship']} {_said('kinship', event.before.get('kinship'))} → "
        said += _said("kinship", event.after["kinship"])
    return said


@register.filter
def event_said(event: Event) -> str:
    """One line of the history: what came, changed or went."""
    row = event.row
    if event.table == "registry_residentfact":
        subject = f"{FactKind(row['kind']).label} {_value_of(row)}"
    elif event.table == "registry_residentcategory":
        subject = words.word(words.CATEGORIES, str(row["code"]))
    else:
        subject = gettext("原证件号码") if event.table == "registry_formerdocument" else gettext("居民登记")
    if event.gone:
        return gettext("删去：%(what)s") % {"what": subject}
    changes = [
        f"{_COLUMNS[column]} {_said(column, event.before.get(column))} → {_said(column, value)}"
        for column, value in event.after.items()
        if column in _COLUMNS
    ]
    changes += [str(_SEALED[name].label) for name in event.sealed if name in _SEALED]
    if changes:
        return gettext("%(what)s：%(changes)s") % {"what": subject, "changes": "；".join(changes)}
    return (gettext("修改：%(what)s") if event.after or event.sealed else gettext("登记：%(what)s")) % {"what": subject}
