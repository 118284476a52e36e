"""Facts of many people that hold for some days, as lists bring them: the same laws as for one person, in sets.

What the columns of a resident said without days becomes a period up to the first dated one, and the columns are
written anew from what holds today.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from canbao.kernel.capabilities import Capability
from canbao.kernel.copying import copy_rows, in_bulk
from canbao.kernel.scope import Scope
from canbao.registry.codes import FactKind, Source

_COLUMNS = (
    "pooling_area", "resident_id", "kind", "from_on", "until_on", "code", "area_code", "detail", "source", "evidence",
)  # fmt: skip
# Kind → what a resident's own columns say of it: whether anything, its code, area and detail.
_UNDATED: Mapping[str, tuple[str, str, str, str]] = {
    FactKind.STUDENT: ("r.student <> 'none'", "r.student", "r.school_area", "NULL"),
    FactKind.PERMIT: (
        "r.residence_permit <> 'none'", "r.residence_permit", "NULL", "coalesce(r.permit_relation, 'holder')",
    ),
    FactKind.EMPLOYEE_INSURANCE: ("r.employee_insured", "NULL", "NULL", "NULL"),
    FactKind.OTHER_INSURANCE: ("r.insured_elsewhere", "NULL", "NULL", "NULL"),
}  # fmt: skip
# Kind → its columns as the facts of today have them; a kind that is not here has none.
_TODAY: Mapping[str, Mapping[str, str]] = {
    FactKind.STUDENT: {"student": "coalesce(said ->> 'student', 'none')", "school_area": "said ->> 'school_area'"},
    FactKind.PERMIT: {
        "residence_permit": "coalesce(said ->> 'residence_permit', 'none')",
        "permit_relation": "said ->> 'permit_relation'",
    },
    FactKind.EMPLOYEE_INSURANCE: {"employee_insured": "coalesce((said ->> 'employee_insured')::boolean, false)"},
    FactKind.OTHER_INSURANCE: {"insured_elsewhere": "coalesce((said ->> 'insured_elsewhere')::boolean, false)"},
}


@dataclass(frozen=True, slots=True)
class Period:
    """A fact of a resident for the days [from_on, until_on)."""

    resident_id: int
    from_on: date
    until_on: date | None
    code: str | None = None
    area_code: str | None = None
    detail: str | None = None


def periods_of(actor: Scope, pooling_area: str, kind: str, resident_ids: Collection[int]) -> dict[int, list[Period]]:
    """Resident → the periods of this kind, the first one first."""
    actor.require(Capability.KEEP_REGISTER, pooling_area)
    found: defaultdict[int, list[Period]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT resident_id, from_on, until_on, code, area_code, detail FROM registry_residentfact "
            "WHERE pooling_area = %s AND resident_id = ANY (%s) AND kind = %s ORDER BY resident_id, from_on",
            [pooling_area, list(resident_ids), kind],
        )
        for row in cursor.fetchall():
            found[row[0]].append(Period(*row))
    return dict(found)


def write_periods(
    *,
    actor: Scope,
    pooling_area: str,
    kind: FactKind,
    source: Source,
    evidence: str,
    ended: Sequence[Period],
    new: Sequence[Period],
    today: date,
) -> None:
    """Let periods end (known by their first day) on another day than they did, and add new ones."""
    actor.require(Capability.KEEP_REGISTER, pooling_area)
    people = [period.resident_id for period in (*ended, *new)]
    with connection.wrap_database_errors, connection.cursor() as cursor:
        with in_bulk(cursor):
            _date_what_was_undated(cursor, pooling_area, kind, new)
        _set_ends(cursor, pooling_area, kind, ended)
        copy_rows(
            cursor,
            "registry_residentfact",
            _COLUMNS,
            [
                (pooling_area, each.resident_id, kind, each.from_on, each.until_on, each.code, each.area_code,
                 each.detail, source, evidence)
                for each in new
            ],
        )  # fmt: skip
        _refresh(cursor, pooling_area, kind, people, today)


def take_back_periods(
    *, actor: Scope, pooling_area: str, kind: FactKind, ended: Sequence[Period], new: Sequence[Period], today: date
) -> int:
    """Remove new periods and let ended ones end as they did before; how many of both stood there.

    Where the list made a period of what the columns said without days, the columns say it again.
    """
    actor.require(Capability.KEEP_REGISTER, pooling_area)
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM registry_residentfact f USING unnest(%s::bigint[], %s::date[], %s::date[]) "
            "AS was (resident_id, from_on, until_on) WHERE f.pooling_area = %s AND f.kind = %s AND "
            "(f.resident_id, f.from_on) = (was.resident_id, was.from_on) "
            "AND f.until_on IS NOT DISTINCT FROM was.until_on",
            [[each.resident_id for each in new], [each.from_on for each in new], [each.until_on for each in new],
             pooling_area, kind],
        )  # fmt: skip
        done = int(cursor.rowcount) + _set_ends(cursor, pooling_area, kind, ended)
        _refresh(cursor, pooling_area, kind, [each.resident_id for each in (*new, *ended)], today)
        _undate(cursor, pooling_area, kind, [each.resident_id for each in new])
    return done


def _set_ends(cursor: Any, pooling_area: str, kind: FactKind, ended: Sequence[Period]) -> int:
    cursor.execute(
        "UPDATE registry_residentfact f SET until_on = new.until_on "
        "FROM unnest(%s::bigint[], %s::date[], %s::date[]) AS new (resident_id, from_on, until_on) "
        "WHERE f.pooling_area = %s AND f.kind = %s AND (f.resident_id, f.from_on) = (new.resident_id, new.from_on)",
        [
            [each.resident_id for each in ended], [each.from_on for each in ended],
            [each.until_on for each in ended], pooling_area, kind,
        ],
    )  # fmt: skip
    return int(cursor.rowcount)


def _date_what_was_undated(cursor: Any, pooling_area: str, kind: FactKind, new: Sequence[Period]) -> None:
    """What the columns say without days becomes a period from birth up to the first new one."""
    if kind not in _UNDATED:
        return
    says, code, area, detail = _UNDATED[kind]
    cursor.execute(
        f"""
        INSERT INTO registry_residentfact
            (pooling_area, resident_id, kind, from_on, until_on, code, area_code, detail, source, evidence)
        SELECT r.pooling_area, r.id, %s, r.birth_on, new.from_on, {code}, {area}, {detail}, %s, ''
        FROM (SELECT resident_id, min(from_on) AS from_on
              FROM unnest(%s::bigint[], %s::date[]) AS t (resident_id, from_on) GROUP BY 1) new
        JOIN registry_resident r ON r.pooling_area = %s AND r.id = new.resident_id
        WHERE {says} AND new.from_on > r.birth_on AND NOT EXISTS (SELECT FROM registry_residentfact f
            WHERE (f.pooling_area, f.resident_id, f.kind) = (r.pooling_area, r.id, %s))
        """,
        [kind, Source.REGISTER, [each.resident_id for each in new], [each.from_on for each in new], pooling_area, kind],
    )


def _undate(cursor: Any, pooling_area: str, kind: FactKind, resident_ids: Sequence[int]) -> None:
    """The other way: where only the period of the columns is left, it goes and the columns say what it said."""
    columns = list(_TODAY.get(kind, ()))
    if not columns:
        return
    said = {"student": "f.code", "school_area": "f.area_code", "residence_permit": "f.code",
            "permit_relation": "f.detail"}  # fmt: skip
    sets = ", ".join(f"{column} = {said.get(column, 'true')}" for column in columns)
    alone = """
        f.pooling_area = %s AND f.resident_id = ANY (%s) AND f.kind = %s AND f.source = 'register' AND NOT EXISTS (
            SELECT FROM registry_residentfact other
            WHERE (other.pooling_area, other.resident_id, other.kind) = (f.pooling_area, f.resident_id, f.kind)
              AND other.id <> f.id)
    """
    keys = [pooling_area, list(resident_ids), kind]
    cursor.execute(
        f"UPDATE registry_resident r SET {sets} FROM registry_residentfact f "
        f"WHERE (r.pooling_area, r.id) = (f.pooling_area, f.resident_id) AND {alone}",
        keys,
    )
    cursor.execute(f"DELETE FROM registry_residentfact f WHERE {alone}", keys)


def _refresh(cursor: Any, pooling_area: str, kind: FactKind, resident_ids: Sequence[int], today: date) -> None:
    """The columns as the facts of today have them, for those who have facts of the kind or had them until now."""
    columns = _TODAY.get(kind)
    if columns is None:
        return
    sets = ", ".join(f"{column} = {value}" for column, value in columns.items())
    now, then = ", ".join(f"r.{column}" for column in columns), ", ".join(columns.values())
    cursor.execute(
        f"UPDATE registry_resident r SET {sets} "
        "FROM (SELECT id, registry_facts_on(%s, id, %s) AS said FROM unnest(%s::bigint[]) AS t (id)) AS holds "
        f"WHERE r.pooling_area = %s AND r.id = holds.id AND ({now}) IS DISTINCT FROM ({then})",
        [pooling_area, today, list(set(resident_ids)), pooling_area],
    )
