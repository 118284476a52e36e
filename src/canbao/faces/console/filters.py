"""What a list of people is narrowed by, as an address says it: nothing in it names a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from canbao.enrolment.models import ApplicationState
from canbao.faces.words import CATEGORIES, WHY_NOT
from canbao.policy.codes import CATEGORIES as CERTIFIED
from canbao.registry.codes import Student
from canbao.supervision.queries import NO_REASON, Narrowing

AGE_MAX = 130
_YES_NO: dict[str, Promise] = {"yes": gettext_lazy("参加了"), "no": gettext_lazy("没有参加")}
_YES_NO_OF = {None: "", True: "yes", False: "no"}
Words = str | Promise


@dataclass(frozen=True)
class Field:
    """One select. `value` is the chosen code, empty for all."""

    name: str
    label: str
    options: list[tuple[str, Words]]
    value: str


def narrowing_of(data: QueryDict) -> Narrowing:
    """What the address asks for; a word that is none asks nothing."""
    insured = _one_of(data.get("employee"), _YES_NO)
    return Narrowing(
        category=_one_of(data.get("category"), CERTIFIED),
        student=_one_of(data.get("student"), Student.values),
        employee_insured=insured == "yes" if insured else None,
        application=_one_of(data.get("application"), _applications()),
        age_from=_age(data.get("age_from")),
        age_until=_age(data.get("age_until")),
        reason=_one_of(data.get("reason"), (NO_REASON, *WHY_NOT)),
    )


def query_of(narrowing: Narrowing) -> str:
    """The same as an address says it, empty if nothing is asked."""
    insured = narrowing.employee_insured
    said = {
        "category": narrowing.category,
        "student": narrowing.student,
        "employee": _YES_NO_OF[insured] or None,
        "application": narrowing.application,
        "age_from": narrowing.age_from,
        "age_until": narrowing.age_until,
        "reason": narrowing.reason,
    }
    return urlencode({name: value for name, value in said.items() if value is not None})


def fields_of(narrowing: Narrowing, *, reasons: bool) -> list[Field]:
    """The selects of a list; `reasons` for the list of those who are not enrolled."""
    insured = narrowing.employee_insured
    fields = [
        Field(
            "category", gettext("资助类别"), [(code, CATEGORIES[code]) for code in CERTIFIED], narrowing.category or ""
        ),
        Field("student", gettext("学生"), list(Student.choices), narrowing.student or ""),
        Field(
            "employee", gettext("职工医保"), [*_YES_NO.items()], "" if insured is None else "yes" if insured else "no"
        ),
        Field("application", gettext("网上申请"), [*_applications().items()], narrowing.application or ""),
    ]
    if reasons:
        options: list[tuple[str, Words]] = [(NO_REASON, gettext("还没有原因")), *WHY_NOT.items()]
        fields.insert(0, Field("reason", gettext("没登记的原因"), options, narrowing.reason or ""))
    return fields


def narrowing_asked(request: HttpRequest) -> Narrowing:
    return narrowing_of(request.GET)


def _applications() -> dict[str, Words]:
    return {state.value: state.label for state in ApplicationState if state != ApplicationState.DRAFT}


def _one_of(word: str | None, known: Iterable[str]) -> str | None:
    return word if word is not None and word in known else None


def _age(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 4 and int(text) <= AGE_MAX else None
