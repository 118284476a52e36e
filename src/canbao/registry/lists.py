"""What a list needs of the register: many people at once, found by number, changed together."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
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

_FIELDS = (
    "id", "name", "birth_on", "sex", "village_code", "household_id", "kinship", "hukou_kind", "hukou_since", "student",
    "school_area", "employee_insured", "attributes", "died_on",
)  # fmt: skip
_SELECTED = f"""{", ".join(_FIELDS)}, ARRAY(
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


def by_number(actor: Scope, pooling_area: str, numbers: Collection[str], lock: bool = False) -> dict[str, Listed]:
    """Document number → the resident, the living before the dead; whoever is not in the register is left out.

    With `lock` nobody changes them until the transaction ends.
    """
    actor.require(Capability.KEEP_REGISTER, pooling_area)
    wanted = {index: number for number in numbers for index in seals.indexes("number", normal_number(number))}
    if not wanted:
        return {}
    # In the order of the key, so that two lists at once wait for each other instead of for ever. While a list fills the
    # table its statistics are those of before; the pooling area is written so that no index of it looks the cheaper.
    statement = f"""
        SELECT number_index, {_SELECTED} FROM registry_resident r
        WHERE pooling_area || '' = %s AND number_index = ANY (%s) ORDER BY id {"FOR NO KEY UPDATE" if lock else ""}
    """
    found: dict[str, Listed] = {}
    with connection.cursor() as cursor:
        cursor.execute(statement, [pooling_area, list(wanted)])
        for index, *fields in cursor.fetchall():
            listed = _listed(fields)
            number = wanted[bytes(index)]
            if number not in found or listed.died_on is None:
                found[number] = listed
    return found


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
        WHERE pooling_area = %s AND number_index IS NULL AND died_on IS NULL
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
