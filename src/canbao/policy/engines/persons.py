"""One person out of typed columns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from ..person import Person
from ..situations import EPOCH, Batch


def person_of(batch: Batch, position: int) -> Person:
    """The person of a row that has been found good."""
    return person_of_row(batch.frame.row(position, named=True), int(batch.born[position]))


def person_of_row(row: Mapping[str, Any], born: int) -> Person:
    """The person of a row of typed columns; `born` in days since 1970."""
    paid_at = row["paid_at"]
    return Person(
        born=EPOCH + timedelta(days=born),
        person_id=row["person_id"],
        id_number=row["id_number"],
        sex=row["sex"],
        hukou_area=row["hukou_area"],
        hukou_kind=row["hukou_kind"],
        hukou_since=row["hukou_since"],
        residence_area=row["residence_area"],
        residence_permit=row["residence_permit"] or "none",
        permit_relation=row["permit_relation"] or "holder",
        student=row["student"] or "none",
        school_area=row["school_area"],
        categories=tuple(row["categories"] or ()),
        disability_grade=row["disability_grade"],
        tier=row["tier"],
        employee_insured=bool(row["employee_insured"]),
        insured_elsewhere=bool(row["insured_elsewhere"]),
        covered_years=frozenset(row["covered_years"] or ()),
        last_cover_end=row["last_cover_end"],
        repair_years=row["repair_years"] or 0,
        registered_on=row["registered_on"],
        paid_at=paid_at.replace(microsecond=0) if paid_at else None,
        attributes=json.loads(row["attributes"]) if row["attributes"] else {},
    )
