"""What a list needs of the register: many people at once, found by number, changed together."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from psycopg import sql
from psycopg.types.json import Jsonb

from canbao.kernel.capabilities import Capability
from canbao.kernel.personal import normal_number
from canbao.kernel.scope import Scope
from canbao.registry import seals
from canbao.registry.codes import STILL_THE_SAME_PERSON

_FIELDS = (
    "id", "name", "birth_on", "sex", "village_code", "household_id", "kinship", "hukou_kind", "hukou_since", "student",
    "school_area", "employee_insured", "attributes", "died_on",
)  # fmt: skip
_SELECTED = f"""{", ".join(f"r.{field}" for field in _FIELDS)}, ARRAY(
    SELECT DISTINCT f.kind FROM registry_residentfact f
    WHERE (f.pooling_area, f.resident_id) = (r.pooling_area, r.id))"""
_TYPES = {
    "name": "text", "pinyin": "text", "initials": "text", "village_code": "text", "kinship": "text",
    "hukou_kind": "text", "hukou_since": "date", "student": "text", "school_area": "text",
    "employee_insured": "boolean", "attributes": "jsonb", "died_on": "date", "household_id": "bigint",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listed:
    """A resident as a list is compared with."""

    id: int
    name: str
    birth_on: date
    sex: str
    village_code: str
    household_id: int | None
    kinship: str | None
    hukou_kind: str | None
    hukou_since: date | None
    student: str
    school_area: str | None
    employee_insured: bool
    attributes: dict[str, Any]
    died_on: date | None
    dated: tuple[str, ...]
    """The kinds of facts that are registered with their days: their columns follow the days."""


@dataclass(frozen=True, slots=True)
class Span:
    """The days [from_on, until_on) of a certified category."""

    resident_id: int
    code: str
    from_on: date
    until_on: date | None


# The row that counts for a number: of a merged row the one it is kept under; a number that was right once is his who
# had it. Rows in the order of the key, so that two lists at once wait for each other instead of for ever.
_BY_NUMBER = f"""
    SELECT w.number_index, w.former, {_SELECTED} FROM (
        SELECT n.number_index, coalesce(n.merged_into_id, n.id) AS id, false AS former
        FROM registry_resident n WHERE n.pooling_area || '' = %(fund)s AND n.number_index = ANY (%(indexes)s)
        UNION ALL
        SELECT f.number_index, coalesce(n.merged_into_id, n.id), true
        FROM registry_formerdocument f
        JOIN registry_resident n ON (n.pooling_area, n.id) = (f.pooling_area, f.resident_id)
        WHERE f.pooling_area = %(fund)s AND f.number_index = ANY (%(indexes)s) AND f.reason = ANY (%(reasons)s)
    ) w JOIN registry_resident r ON r.pooling_area = %(fund)s AND r.id = w.id ORDER BY r.id
"""


def by_number(actor: Scope, pooling_area: str, numbers: Collection[str], lock: bool = False) -> dict[str, Listed]:
    """Document number → the person: the living before the dead, who has it before who had it; not who is unknown.

    With `lock` nobody changes them until the transaction ends.
    """
    actor.require(Capability.KEEP_REGISTER, pooling_area)
    wanted = {index: number for number in numbers for index in seals.indexes("number", normal_number(number))}
    if not wanted:
        return {}
    found: dict[str, tuple[tuple[bool, bool], Listed]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            _BY_NUMBER + (" FOR NO KEY UPDATE OF r" if lock else ""),
            {"fund": pooling_area, "indexes": list(wanted), "reasons": list(STILL_THE_SAME_PERSON)},
        )
        for index, former, *fields in cursor.fetchall():
            listed = _listed(fields)
            number, rank = wanted[bytes(index)], (listed.died_on is not None, former)
            if number not in found or rank < found[number][0]:
                found[number] = rank, listed
    return {number: listed for number, (_, listed) in found.items()}


def locked(actor: Scope, pooling_area: str, resident_ids: Collection[int]) -> dict[int, Listed]:
    """Id → the resident; nobody changes them until the transaction ends."""
    actor.require(Capability.KEEP_REGISTER, pooling_area)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_SELECTED} FROM registry_resident r WHERE pooling_area = %s AND id = ANY (%s) "
            "ORDER BY id FOR UPDATE",
            [pooling_area, list(resident_ids)],
        )
        return {listed.id: listed for listed in map(_listed, cursor.fetchall())}


def without_number(actor: Scope, pooling_area: str, births: Collection[tuple[str, date]]) -> list[Listed]:
    """The living without a number who have one of these names and birth dates."""
    actor.require(Capability.KEEP_REGISTER, pooling_area)
    names, days = [name for name, _ in births], [day for _, day in births]
    statement = f"""
        SELECT {_SELECTED} FROM registry_resident r
        WHERE pooling_area = %s AND number_index IS NULL AND died_on IS NULL AND merged_into_id IS NULL
          AND (name, birth_on) IN (SELECT * FROM unnest(%s::text[], %s::date[])) ORDER BY id
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, [pooling_area, names, days])
        return [_listed(fields) for fields in cursor.fetchall()]


def _listed(fields: Sequence[Any]) -> Listed:
    row = dict(zip((*_FIELDS, "dated"), fields, strict=True))
    row["dated"] = tuple(row["dated"])
    # A cursor of Django's gives JSON as its text.
    row["attributes"] = json.loads(row["attributes"]) if row["attributes"] != "{}" else {}
    return Listed(**row)


def households_of(actor: Scope, pooling_area: str, resident_ids: Collection[int]) -> dict[int, int]:
    """Resident → household, for those who have one."""
    actor.require(Capability.KEEP_REGISTER, pooling_area)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, household_id FROM registry_resident "
            "WHERE pooling_area = %s AND id = ANY (%s) AND household_id IS NOT NULL",
            [pooling_area, list(resident_ids)],
        )
        return dict(cursor.fetchall())


def living_heads(actor: Scope, pooling_area: str, household_ids: Collection[int], lock: bool = False) -> dict[int, int]:
    """Household → its head, where that is somebody living under a row that counts; with `lock` held as `by_number`."""
    actor.require(Capability.KEEP_REGISTER, pooling_area)
    if not household_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT household_id, id FROM registry_resident WHERE pooling_area = %s AND household_id = ANY (%s) "
            "AND kinship = 'head' AND died_on IS NULL AND merged_into_id IS NULL ORDER BY id"
            + (" FOR NO KEY UPDATE" if lock else ""),
            [pooling_area, list(household_ids)],
        )
        return dict(cursor.fetchall())


def make_way(*, actor: Scope, pooling_area: str, heads: Mapping[int, str]) -> None:
    """Household → the name of its new head: whoever is the head there becomes a member like others."""
    actor.require(Capability.KEEP_REGISTER, pooling_area)
    if not heads:
        return
    with connection.wrap_database_errors, connection.cursor() as cursor:
        cursor.execute(
            "UPDATE registry_resident SET kinship = 'other' "
            "WHERE pooling_area = %s AND household_id = ANY (%s) AND kinship = 'head'",
            [pooling_area, list(heads)],
        )
        cursor.execute(
            "UPDATE registry_household h SET head_name = new.name "
            "FROM unnest(%s::bigint[], %s::text[]) AS new (id, name) "
            "WHERE h.pooling_area = %s AND h.id = new.id AND h.head_name <> new.name",
            [list(heads), list(heads.values()), pooling_area],
        )


def change(*, actor: Scope, pooling_area: str, rows: Sequence[tuple[int, dict[str, Any]]]) -> None:
    """Set fields of residents: (id, field → value), days as text or dates. One statement for each set of fields."""
    actor.require(Capability.KEEP_REGISTER, pooling_area)
    alike: dict[tuple[str, ...], list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    for resident_id, fields in rows:
        alike[tuple(sorted(fields))].append((resident_id, fields))
    with connection.wrap_database_errors, connection.cursor() as cursor:
        # A household has one head at any moment: who was it lets go before another becomes it.
        cursor.execute(
            "UPDATE registry_resident SET kinship = NULL WHERE pooling_area = %s AND id = ANY (%s)",
            [pooling_area, [resident_id for resident_id, fields in rows if "kinship" in fields]],
        )
        for names, together in alike.items():
            columns = [
                [Jsonb(row[name]) if _TYPES[name] == "jsonb" else row[name] for _, row in together] for name in names
            ]
            cursor.execute(_update(names), [[resident_id for resident_id, _ in together], *columns, pooling_area])
        _follow_villages(
            cursor, pooling_area, [resident_id for resident_id, fields in rows if "village_code" in fields]
        )


def _follow_villages(cursor: Any, pooling_area: str, resident_ids: Sequence[int]) -> None:
    """The last four characters are found by an index salted with the village: who moved gets another."""
    if not resident_ids:
        return
    cursor.execute(
        "SELECT id, village_code, number_sealed FROM registry_resident "
        "WHERE pooling_area = %s AND id = ANY (%s) AND number_sealed IS NOT NULL",
        [pooling_area, list(resident_ids)],
    )
    tails = [
        (resident_id, seals.tail_index(seals.opened("number", sealed, pooling_area), village))
        for resident_id, village, sealed in cursor.fetchall()
    ]
    cursor.execute(
        "UPDATE registry_resident r SET number_tail = new.tail "
        "FROM unnest(%s::bigint[], %s::bytea[]) AS new (id, tail) WHERE r.pooling_area = %s AND r.id = new.id",
        [*([row[at] for row in tails] for at in range(2)), pooling_area],
    )


def _update(fields: Sequence[str]) -> sql.Composed:
    columns = [sql.Identifier(field) for field in fields]
    return sql.SQL(
        "UPDATE registry_resident r SET {sets} FROM unnest(%s::bigint[], {arrays}) AS new (id, {names}) "
        "WHERE r.pooling_area = %s AND r.id = new.id"
    ).format(
        sets=sql.SQL(", ").join(sql.SQL("{0} = new.{0}").format(column) for column in columns),
        arrays=sql.SQL(", ").join(sql.SQL(f"%s::{_TYPES[field]}[]") for field in fields),
        names=sql.SQL(", ").join(columns),
    )


def category_spans(actor: Scope, pooling_area: str, resident_ids: Collection[int]) -> list[Span]:
    """Every certification of these residents."""
    actor.require(Capability.CERTIFY_CATEGORY, pooling_area)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT resident_id, code, from_on, until_on FROM registry_residentcategory "
            "WHERE pooling_area = %s AND resident_id = ANY (%s)",
            [pooling_area, list(resident_ids)],
        )
        return [Span(*row) for row in cursor.fetchall()]


def end_categories(*, actor: Scope, pooling_area: str, rows: Sequence[tuple[int, str, date]]) -> None:
    """Close open certifications: (resident, code, the first day without it)."""
    actor.require(Capability.CERTIFY_CATEGORY, pooling_area)
    with connection.wrap_database_errors, connection.cursor() as cursor:
        cursor.execute(
            "UPDATE registry_residentcategory c SET until_on = new.until_on "
            "FROM unnest(%s::bigint[], %s::text[], %s::date[]) AS new (resident_id, code, until_on) "
            "WHERE c.pooling_area = %s AND (c.resident_id, c.code) = (new.resident_id, new.code) "
            "AND c.until_on IS NULL",
            [*([row[at] for row in rows] for at in range(3)), pooling_area],
        )
