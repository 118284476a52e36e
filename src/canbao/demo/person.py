"""One invented person while the demo is being made up; becomes rows of the register and an enrolment."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from canbao.registry.models import Department
from canbao.registry.pinyin import name_reading


@dataclass(frozen=True)
class Certified:
    """A category for the days [from_on, until_on)."""

    code: str
    by: Department
    from_on: date
    until_on: date | None = None


@dataclass
class Invented:
    """The columns of a resident; `registered_on` is None for those who have not enrolled."""

    birth_on: date
    sex: str
    name: str = ""
    surname: str = ""
    kinship: str = "head"
    document_kind: str = "resident_id"
    id_number: str | None = None
    id_area: str = ""
    has_number: bool = True
    hukou_area: str | None = None
    hukou_kind: str | None = None
    hukou_since: date | None = None
    residence_area: str | None = None
    residence_permit: str = "none"
    permit_relation: str | None = None
    student: str = "none"
    school_area: str | None = None
    disability_grade: int | None = None
    employee_insured: bool = False
    insured_elsewhere: bool = False
    covered_years: list[int] = field(default_factory=list)
    last_cover_end: date | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    died_on: date | None = None
    categories: list[Certified] = field(default_factory=list)
    registered_on: date | None = None
    tier: str | None = None

    def age_on(self, day: date) -> int:
        """Whole years; negative before the birth."""
        return day.year - self.birth_on.year - ((day.month, day.day) < (self.birth_on.month, self.birth_on.day))

    def row(self, resident_id: int, pooling_area: str, household_id: int, village: str) -> tuple[Any, ...]:
        """In the order of registry.bulk.RESIDENT_COLUMNS."""
        pinyin, initials = name_reading(self.name)
        return (
            resident_id, pooling_area, household_id, self.kinship, village, self.name, pinyin, initials,
            self.document_kind, self.id_number, self.birth_on, self.sex, self.hukou_area, self.hukou_kind,
            self.hukou_since, self.residence_area, self.residence_permit, self.permit_relation, self.student,
            self.school_area, self.disability_grade, self.employee_insured, self.insured_elsewhere,
            self.covered_years, self.last_cover_end, json.dumps(self.attributes), self.died_on, True,
        )  # fmt: skip


@dataclass
class InventedHousehold:
    members: list[Invented]
    village: str = ""

    @property
    def head(self) -> Invented:
        return self.members[0]
