"""Taking back what a list wrote: people it brought in, certifications it made."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection
from psycopg import sql

from canbao.kernel.capabilities import Capability
from canbao.kernel.scope import Scope
from canbao.registry import lists
from canbao.registry.lists import Span

# Every table whose key leads to a person of the same pooling area, asked of the database so that none is forgotten.
_LEADING_HERE = """
    SELECT c.conrelid::regclass::text, a.attname FROM pg_constraint c
    JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[2]
    WHERE c.contype = 'f' AND c.confrelid = 'registry_resident'::regclass AND cardinality(c.conkey) = 2
    ORDER BY c.conrelid::regclass::text
"""


@dataclass(frozen=True)
class Resting:
    """A row of `table` rests on a resident."""

    table: str
    resident_id: int


def resting_on(actor: Scope, pooling_area: str, resident_ids: Collection[int]) -> Resting | None:
    """Something that rests on one of these people; None if nothing does."""
    actor.require(Capability.KEEP_REGISTER, pooling_area)
    with connection.cursor() as cursor:
        cursor.execute(_LEADING_HERE)
        for table, column in cursor.fetchall():
            cursor.execute(
                sql.SQL("SELECT {0} FROM {1} WHERE pooling_area = %s AND {0} = ANY (%s) ORDER BY {0} LIMIT 1").format(
                    sql.Identifier(column), sql.Identifier(table)
                ),
                [pooling_area, list(resident_ids)],
            )
            if (row := cursor.fetchone()) is not None:
                return Resting(table, row[0])
    return None


def remove(*, actor: Scope, pooling_area: str, resident_ids: Collection[int]) -> None:
    """Take people out of the register whom nothing rests on, with the households that this leaves empty."""
    actor.require(Capability.KEEP_REGISTER, pooling_area)
    homes = set(lists.households_of(actor, pooling_area, resident_ids).values())
    with connection.wrap_database_errors, connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM registry_resident WHERE pooling_area = %s AND id = ANY (%s)",
            [pooling_area, list(resident_ids)],
        )
    remove_empty(actor=actor, pooling_area=pooling_area, household_ids=homes)


def remove_empty(*, actor: Scope, pooling_area: str, household_ids: Collection[int]) -> None:
    """Remove those of the households that nobody lives in and nobody ever left."""
    actor.require(Capability.KEEP_REGISTER, pooling_area)
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM registry_household h WHERE pooling_area = %s AND id = ANY (%s) AND NOT EXISTS (SELECT "
            "FROM registry_resident r WHERE (r.pooling_area, r.household_id) = (h.pooling_area, h.id)) AND NOT EXISTS "
            "(SELECT FROM registry_formermember m WHERE (m.pooling_area, m.household_id) = (h.pooling_area, h.id))",
            [pooling_area, list(household_ids)],
        )


def take_back_categories(
    *, actor: Scope, pooling_area: str, certified: Sequence[Span], ended: Sequence[tuple[int, str, date]]
) -> int:
    """Remove certifications and open again what was ended (resident, code, the first day without it).

    How many of them stood there exactly so.
    """
    actor.require(Capability.CERTIFY_CATEGORY, pooling_area)
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM registry_residentcategory c USING unnest(%s::bigint[], %s::text[], %s::date[], %s::date[]) "
            "AS was (resident_id, code, from_on, until_on) WHERE c.pooling_area = %s AND (c.resident_id, c.code, "
            "c.from_on) = (was.resident_id, was.code, was.from_on) AND c.until_on IS NOT DISTINCT FROM was.until_on",
            [
                [span.resident_id for span in certified], [span.code for span in certified],
                [span.from_on for span in certified], [span.until_on for span in certified], pooling_area,
            ],
        )  # fmt: skip
        removed = int(cursor.rowcount)
        cursor.execute(
            "UPDATE registry_residentcategory c SET until_on = NULL FROM unnest(%s::bigint[], %s::text[], %s::date[]) "
            "AS was (resident_id, code, day) WHERE c.pooling_area = %s "
            "AND (c.resident_id, c.code, c.until_on) = (was.resident_id, was.code, was.day)",
            [*([row[at] for row in ended] for at in range(3)), pooling_area],
        )
        return removed + int(cursor.rowcount)
