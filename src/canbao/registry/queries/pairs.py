"""Rows that may be one person: proposed by rules that a clerk can check at a glance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection

from canbao.areas import queries as areas
from canbao.kernel.scope import Scope
from canbao.registry.models import Merge, Resident
from canbao.registry.queries.people import ResidentCard, cards_of, resident, visible

PAIRS_MAX = 200


@dataclass(frozen=True)
class Pair:
    """`reason` is same_name (and birth date), same_sound (and birth date, in one village), same_phone (and birth date)
    or former_number (one has a number that the other had).
    """

    first: ResidentCard
    second: ResidentCard
    reason: str

    @property
    def cards(self) -> tuple[ResidentCard, ResidentCard]:
        return self.first, self.second


# A pair is shown where both rows lie inside the scope: whoever may not see one of them cannot compare.
_PAIRS = """
WITH inside AS (
    SELECT * FROM registry_resident
    WHERE pooling_area = ANY (%(funds)s) AND village_code LIKE ANY (%(inside)s)
      AND died_on IS NULL AND merged_into_id IS NULL
), pairs AS (
    SELECT a.id AS first, b.id AS second, CASE WHEN a.name = b.name THEN 1 WHEN a.phone_index = b.phone_index THEN 2
        ELSE 3 END AS rank
    FROM inside a JOIN inside b ON (b.pooling_area, b.birth_on) = (a.pooling_area, a.birth_on) AND b.id > a.id
        AND b.sex = a.sex AND (b.name = a.name OR b.phone_index = a.phone_index
            OR b.pinyin = a.pinyin AND b.village_code = a.village_code)
    UNION ALL
    SELECT least(a.id, b.id), greatest(a.id, b.id), 0
    FROM registry_formerdocument f JOIN inside a ON (a.pooling_area, a.id) = (f.pooling_area, f.resident_id)
    JOIN inside b ON b.pooling_area = a.pooling_area AND b.number_index = f.number_index AND b.id <> a.id
)
SELECT first, second, min(rank) FROM pairs p
WHERE NOT EXISTS (SELECT FROM registry_notsame n WHERE (n.first_id, n.second_id) = (p.first, p.second))
GROUP BY first, second ORDER BY 3, 1, 2 LIMIT %(limit)s
"""
_REASONS = ("former_number", "same_name", "same_phone", "same_sound")


def suspicious_pairs(scope: Scope, limit: int = PAIRS_MAX) -> list[Pair]:
    """Pairs of living, unmerged residents inside the scope, the likeliest first."""
    wanted: dict[str, Any] = {
        "funds": areas.pooling_codes(scope),
        "inside": [f"{prefix}%" for prefix in scope.prefixes],
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PAIRS, wanted)
        found = cursor.fetchall()
    rows = visible(scope).in_bulk({key for first, second, _ in found for key in (first, second)})
    cards = {card.resident_id: card for card in cards_of(rows.values())}
    return [
        Pair(cards[first], cards[second], _REASONS[rank])
        for first, second, rank in found
        if first in cards and second in cards
    ]


def merged_rows(scope: Scope, resident_id: int) -> list[ResidentCard]:
    """The rows that were merged into this one. ResidentNotFound outside the scope."""
    person = resident(scope, resident_id)
    rows = Resident.objects.filter(pooling_area=person.pooling_area, merged_into_id=person.pk).order_by("id")
    return list(cards_of(rows))


def row_ids(scope: Scope, resident_id: int) -> list[int]:
    """The row and those merged into it: all that belongs to the person stands under one of them."""
    return [resident_id, *(card.resident_id for card in merged_rows(scope, resident_id))]


def merges_of(scope: Scope, resident_id: int) -> list[Merge]:
    """Every merge that the row took part in, undone ones too, the latest first."""
    person = resident(scope, resident_id)
    rows = Merge.objects.filter(pooling_area=person.pooling_area)
    return list((rows.filter(kept=person) | rows.filter(merged=person)).order_by("-at"))
