"""Whole lists into the register by COPY. The database checks each row as it does a single one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from canbao.kernel.capabilities import Capability
from canbao.kernel.scope import Scope

HOUSEHOLD_COLUMNS = ("id", "pooling_area", "village_code", "head_name")
RESIDENT_COLUMNS = (
    "id", "pooling_area", "household_id", "kinship", "village_code", "name", "pinyin", "initials", "document_kind",
    "id_number", "birth_on", "sex", "hukou_area", "hukou_kind", "hukou_since", "residence_area", "residence_permit",
    "permit_relation", "student", "school_area", "disability_grade", "employee_insured", "insured_elsewhere",
    "covered_years", "last_cover_end", "attributes", "died_on", "invented",
)  # fmt: skip
CATEGORY_COLUMNS = ("pooling_area", "resident_id", "code", "certified_by", "from_on", "until_on")


def next_household_ids(count: int) -> list[int]:
    return _next_ids("registry_household", count)


def next_resident_ids(count: int) -> list[int]:
    return _next_ids("registry_resident", count)


def copy_households(*, actor: Scope, rows: Iterable[Sequence[Any]]) -> None:
    """Rows in the order of HOUSEHOLD_COLUMNS."""
    _copy(actor, Capability.KEEP_REGISTER, "registry_household", HOUSEHOLD_COLUMNS, rows)


def copy_residents(*, actor: Scope, rows: Iterable[Sequence[Any]]) -> None:
    """Rows in the order of RESIDENT_COLUMNS; `attributes` is JSON text."""
    _copy(actor, Capability.KEEP_REGISTER, "registry_resident", RESIDENT_COLUMNS, rows)


def copy_categories(*, actor: Scope, rows: Iterable[Sequence[Any]]) -> None:
    """Rows in the order of CATEGORY_COLUMNS."""
    _copy(actor, Capability.CERTIFY_CATEGORY, "registry_residentcategory", CATEGORY_COLUMNS, rows)


def _next_ids(table: str, count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return [row[0] for row in cursor.fetchall()]


def _copy(
    actor: Scope, capability: Capability, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    actor.require(capability)
    fund, allowed = columns.index("pooling_area"), set[str]()
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            if row[fund] not in allowed:
                actor.require(capability, row[fund])
                allowed.add(row[fund])
            copy.write_row(row)
