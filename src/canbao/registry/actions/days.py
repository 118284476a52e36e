"""A day passes: what became true or ended with it is written to the columns of residents that lists read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import connection, transaction

from canbao.kernel.binding import bound
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.registry.codes import FACT_COLUMNS
from canbao.registry.models import RenewedDay, Resident

BATCH = 1000
_WITHOUT = {
    "residence_permit": "'none'", "student": "'none'", "employee_insured": "false", "insured_elsewhere": "false",
}  # fmt: skip
_TYPES = {"hukou_since": "date", "disability_grade": "smallint", "employee_insured": "boolean",
          "insured_elsewhere": "boolean"}  # fmt: skip


def renew_days(*, actor: Scope, clock: Clock) -> int:
    """How many residents' columns changed since the day of the last renewal, whichever way the clock went.

    Residents are renewed in batches, each its own transaction, and the day is noted at the end: what is killed begins
    anew. Costs one look at a row where the day is the same.
    """
    actor.require(Capability.KEEP_REGISTER)
    today = clock.today()
    with bound(actor):
        known = RenewedDay.objects.first()
        if known is not None and known.day == today:
            return 0
        changed = 0
        touched = _touched(known.day if known else None, today)
        for first in range(0, len(touched), BATCH):
            changed += _renew(touched[first : first + BATCH], today)
        RenewedDay.objects.update_or_create(pk=RenewedDay.ONLY, defaults={"day": today})
    return changed


def _touched(since: date | None, today: date) -> list[int]:
    """Who has a fact that began or ended between the two days; everybody with a fact where no day is known."""
    days = [min(since, today), max(since, today)] if since else [date.min, date.max]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT resident_id FROM registry_residentfact "
            "WHERE from_on > %s AND from_on <= %s OR until_on > %s AND until_on <= %s ORDER BY 1",
            [*days, *days],
        )
        return [row[0] for row in cursor.fetchall()]


def _renew(resident_ids: Sequence[int], today: date) -> int:
    """Locked first: whoever writes a fact meanwhile writes its columns himself, and is seen here or sees this."""
    columns = [column for columns in FACT_COLUMNS.values() for column in columns]
    said = {column: _said(column) for column in columns}
    with transaction.atomic(), connection.cursor() as cursor:
        rows = Resident.objects.filter(id__in=resident_ids).select_for_update(of=("self",), no_key=True)
        held = list(rows.order_by("id").values_list("id", flat=True))
        cursor.execute(
            f"UPDATE registry_resident r SET {', '.join(f'{column} = {said[column]}' for column in columns)} "
            "FROM (SELECT id, registry_facts_on(pooling_area, id, %s) AS facts FROM registry_resident "
            "WHERE id = ANY (%s)) s WHERE r.id = s.id "
            f"AND ({', '.join(f'r.{column}' for column in columns)}) IS DISTINCT FROM ({', '.join(said.values())})",
            [today, held],
        )
        changed: int = cursor.rowcount
    return changed


def _said(column: str) -> str:
    """What the day's facts say of the column; what it holds, where no fact of its kind is dated."""
    value = f"(s.facts ->> '{column}')::{_TYPES.get(column, 'text')}"
    if column in _WITHOUT:
        value = f"coalesce({value}, {_WITHOUT[column]})"
    return f"CASE WHEN jsonb_exists(s.facts, '{column}') THEN {value} ELSE r.{column} END"
