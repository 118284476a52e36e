"""Residence permits that have run out: whoever qualified by one is told so, and not that he never did."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from django.db import connection

_EXPIRED = """
    SELECT DISTINCT ON (f.resident_id) f.resident_id, f.until_on FROM registry_residentfact f
    WHERE f.pooling_area = ANY (%(funds)s) AND f.resident_id = ANY (%(ids)s) AND f.kind = 'permit'
      AND f.until_on <= %(day)s
      AND NOT EXISTS (
        SELECT FROM registry_residentfact g
        WHERE (g.pooling_area, g.resident_id, g.kind) = (f.pooling_area, f.resident_id, 'permit')
          AND g.from_on <= %(day)s AND (g.until_on IS NULL OR g.until_on > %(day)s))
    ORDER BY f.resident_id, f.until_on DESC
"""


def expired_permits(funds: Collection[str], resident_ids: Collection[int], day: date) -> dict[int, date]:
    """Of these residents, those whose permit is not valid on the day though an earlier one was, with its last day."""
    if not resident_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_EXPIRED, {"funds": list(funds), "ids": list(resident_ids), "day": day})
        return {resident: until - timedelta(days=1) for resident, until in cursor.fetchall()}
