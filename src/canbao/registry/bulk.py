"""Whole lists into the register by COPY. The database checks each row as it does a single one.

Numbers are checked and sealed on the way: the database sees neither their check digit nor their birth date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from django.db import connection

from canbao.areas import queries as areas
from canbao.kernel.capabilities import Capability
from canbao.kernel.copying import copy_rows
from canbao.kernel.scope import Scope
from canbao.kernel.vault import ring
from canbao.registry import documents, seals
from canbao.registry.actions import numbers

HOUSEHOLD_COLUMNS = ("id", "pooling_area", "village_code", "head_name")
RESIDENT_COLUMNS = (
    "id", "pooling_area", "household_id", "kinship", "village_code", "name", "pinyin", "initials", "document_kind",
    "id_number", "birth_on", "sex", "hukou_area", "hukou_kind", "hukou_since", "residence_area", "residence_permit",
    "permit_relation", "student", "school_area", "disability_grade", "employee_insured", "insured_elsewhere",
    "covered_years", "last_cover_end", "attributes", "died_on", "invented",
)  # fmt: skip
_SEALED_COLUMNS = (
    *(column for column in RESIDENT_COLUMNS if column != "id_number"), "number_sealed", "number_index", "number_tail",
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
    """Rows in the order of RESIDENT_COLUMNS; `attributes` is JSON text. Refuses numbers as for a single person."""
    if ring().is_rotating:
        rows = list(rows)
        _claim(actor, rows)
    sealed = partial(_sealed, areas.division_codes())
    capability = Capability.KEEP_REGISTER
    _copy(actor, capability, "registry_resident", RESIDENT_COLUMNS, rows, _SEALED_COLUMNS, sealed)


def _claim(actor: Scope, rows: Sequence[Sequence[Any]]) -> None:
    fund, number = RESIDENT_COLUMNS.index("pooling_area"), RESIDENT_COLUMNS.index("id_number")
    for pooling_area in sorted({row[fund] for row in rows}):
        numbers.claim(actor, pooling_area, [row[number] for row in rows if row[fund] == pooling_area and row[number]])


_DOCUMENT = tuple(map(RESIDENT_COLUMNS.index, ("document_kind", "id_number", "birth_on", "pooling_area")))
_VILLAGE = RESIDENT_COLUMNS.index("village_code")


def _sealed(divisions: frozenset[str], row: Sequence[Any]) -> Sequence[Any]:
    """The row with the columns of the seal at its end instead of the number."""
    kind, number, birth_on, fund = (row[place] for place in _DOCUMENT)
    columns = seals.number_columns(documents.checked(kind, number, birth_on, divisions), fund, row[_VILLAGE])
    return *row[: _DOCUMENT[1]], *row[_DOCUMENT[1] + 1 :], *columns


def copy_categories(*, actor: Scope, rows: Iterable[Sequence[Any]]) -> None:
    """Rows in the order of CATEGORY_COLUMNS."""
    _copy(actor, Capability.CERTIFY_CATEGORY, "registry_residentcategory", CATEGORY_COLUMNS, rows)


def _next_ids(table: str, count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return [row[0] for row in cursor.fetchall()]


def _copy(
    actor: Scope,
    capability: Capability,
    table: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    written: Sequence[str] = (),
    convert: Callable[[Sequence[Any]], Sequence[Any]] = tuple,
) -> None:
    """`written` are the table's columns where `convert` makes other ones of a row."""
    actor.require(capability)
    fund, allowed = columns.index("pooling_area"), set[str]()

    def permitted() -> Iterator[Sequence[Any]]:
        for row in rows:
            if row[fund] not in allowed:
                actor.require(capability, row[fund])
                allowed.add(row[fund])
            yield convert(row)

    with connection.wrap_database_errors, connection.cursor() as cursor:
        copy_rows(cursor, table, written or columns, permitted())
