"""Lists of people as they leave the house: the same headings and rows whether at once or by a job."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from canbao.areas import queries as areas
from canbao.faces.console.filters import narrowing_of
from canbao.faces.console.lists import BOM, no_formula
from canbao.faces.templatetags.kit import day, moment, yuan
from canbao.faces.words import WHY_NOT
from canbao.intake.models import ExportLog
from canbao.intake.writing import sheet_of
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.policy import policies
from canbao.registry import queries as registry
from canbao.registry.models import Resident
from canbao.supervision.queries import Listed, Roll, Step

READ_AT_ONCE = 5_000
FORMS = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv; charset=utf-8"}
TITLES: dict[str, str | Promise] = {
    "unpaid": _("有应缴单、还没有缴的人"),
    "unenrolled": _("应参保、还没登记的人"),
    "register": _("登记在册的人"),
}
REGISTER: dict[str, tuple[str | Promise, Callable[[Resident], str]]] = {
    "name": (_("姓名"), lambda one: one.name),
    "id_number": (_("证件号码"), lambda one: str(one.id_number or "")),
    "sex": (_("性别"), lambda one: str(one.get_sex_display())),
    "birth_on": (_("出生日期"), lambda one: day(one.birth_on)),
    "village": (_("村居"), lambda one: one.village_code),
    "kinship": (_("与户主关系"), lambda one: str(one.get_kinship_display() or "")),
    "hukou_kind": (_("户口性质"), lambda one: str(one.get_hukou_kind_display() or "")),
    "residence_permit": (_("居住证"), lambda one: str(one.get_residence_permit_display())),
    "student": (_("学生"), lambda one: str(one.get_student_display())),
    "employee_insured": (_("参加职工医保"), lambda one: gettext("是") if one.employee_insured else gettext("否")),
    "insured_elsewhere": (_("异地参保"), lambda one: gettext("是") if one.insured_elsewhere else gettext("否")),
}
CHOSEN_FIRST = ("name", "id_number", "village")


@dataclass(frozen=True)
class Asked:
    """Which list: `narrowed` as an address says it, `columns` where there is a choice."""

    what: str
    policy_id: str
    area_code: str
    narrowed: str = ""
    columns: Sequence[str] = ()

    def kept(self) -> dict[str, Any]:
        """As a job finds it again: `Asked(**kept)`."""
        return asdict(self)


@dataclass(frozen=True)
class Table:
    """A list as it leaves. `count` comes before the rows are read, which are read part by part."""

    asked: Asked
    title: str
    headings: Sequence[str]
    count: int
    rows: Callable[[], Iterator[list[str]]]

    def marks(self, line: ExportLog) -> list[str]:
        """Who took it, when and what for."""
        place = areas.names([self.asked.area_code]).get(self.asked.area_code, self.asked.area_code)
        return [
            f"{self.title} · {place} · {policies.get(self.asked.policy_id).benefit_year} · {self.count}",
            gettext("导出：%(name)s，%(at)s，编号 %(number)s")
            % {"name": line.actor_name, "at": moment(line.at), "number": line.pk},
            gettext("用途：%(purpose)s。含个人信息，用后删除。") % {"purpose": line.purpose},
        ]

    def name(self, line: ExportLog) -> str:
        """Of the file."""
        return f"{self.asked.what}-{self.asked.policy_id}-{self.asked.area_code}-{line.pk}.{line.form}"

    def file(self, line: ExportLog) -> Iterator[bytes]:
        """In the form that the line of the log names, in parts."""
        marks = self.marks(line)
        if line.form == "xlsx":
            yield sheet_of(self.title, self.headings, self.rows(), marks, " · ".join(marks[1:]))
            return
        yield BOM.encode()
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(self.headings)
        for number, row in enumerate(self.rows(), 1):
            writer.writerow([no_formula(cell) for cell in row])
            if number % READ_AT_ONCE == 0:
                yield text.getvalue().encode()
                text.seek(0)
                text.truncate()
        writer.writerows([mark] for mark in marks)
        yield text.getvalue().encode()


def table_of(scope: Scope, asked: Asked, clock: Clock) -> Table:
    return (_register if asked.what == "register" else _roll)(scope, asked, clock)


def _roll(scope: Scope, asked: Asked, clock: Clock) -> Table:
    unpaid = asked.what == "unpaid"
    step, narrowing = Step.UNPAID if unpaid else Step.UNENROLLED, narrowing_of(QueryDict(asked.narrowed))
    roll = Roll(scope, asked.policy_id, asked.area_code, clock, step, narrowing)

    def rows() -> Iterator[list[str]]:
        at: tuple[str, int] | None = None
        while people := roll.part(at, READ_AT_ONCE):
            names = areas.names({row.village_code for row in people})
            numbers = _numbers(scope, people) if unpaid else {}
            for row in people:
                village = names.get(row.village_code, row.village_code)
                if unpaid:
                    owed = yuan(row.payable_fen).replace(",", "")
                    yield [row.name, numbers.get(row.resident_id, ""), village, owed]
                else:
                    why = str(WHY_NOT.get(row.reason or "", ""))
                    yield [row.name, day(row.birth_on), village, why, row.evidence or ""]
            at = people[-1].village_code, people[-1].resident_id

    last = (_("应缴（元）"),) if unpaid else (_("原因"), _("凭据"))
    headings = (_("姓名"), _("证件号码") if unpaid else _("出生日期"), _("村居"), *last)
    return Table(asked, str(TITLES[asked.what]), [str(heading) for heading in headings], roll.count(), rows)


def _numbers(scope: Scope, people: Sequence[Listed]) -> dict[int, str]:
    inside = registry.visible(scope).filter(pk__in=[row.resident_id for row in people])
    return {person.pk: str(person.id_number or "") for person in inside}


def _register(scope: Scope, asked: Asked, clock: Clock) -> Table:
    """The living of a place, with the columns that are asked for; numbers stay masked."""
    people = registry.living_in(scope, asked.area_code)
    columns = [key for key in REGISTER if key in asked.columns] or list(CHOSEN_FIRST)

    def rows() -> Iterator[list[str]]:
        names: dict[str, str] = {}
        for one in people.iterator(READ_AT_ONCE):
            if one.village_code not in names:
                names |= {one.village_code: one.village_code} | areas.names([one.village_code])
            cells = {key: REGISTER[key][1](one) for key in columns}
            if "village" in cells:
                cells["village"] = names[one.village_code]
            yield list(cells.values())

    headings = [str(REGISTER[key][0]) for key in columns]
    return Table(asked, str(TITLES["register"]), headings, people.count(), rows)
