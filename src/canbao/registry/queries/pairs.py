"""Rows that may be one person: proposed by rules that a clerk can check at a glance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.db import connection

from canbao.areas import queries as areas
from canbao.kernel.scope import Scope, area_prefix
from canbao.registry.models import Merge, NotSame, Resident
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
_COUNTS = "{0}.village_code ^@ ANY (%(inside)s) AND {0}.died_on IS NULL AND {0}.merged_into_id IS NULL"
_NOT_YET = """NOT EXISTS (SELECT FROM registry_notsame n
    WHERE (n.pooling_area, n.first_id, n.second_id) = (a.pooling_area, least(a.id, b.id), greatest(a.id, b.id)))"""
_ALIKE = """
SELECT a.id, b.id FROM registry_resident a JOIN registry_resident b ON b.pooling_area = a.pooling_area
    AND b.birth_on = a.birth_on AND b.sex = a.sex AND b.id > a.id AND {alike}
WHERE a.pooling_area = %(fund)s AND {counts} AND {not_yet} ORDER BY 1, 2 LIMIT %(limit)s
"""
# The likeliest first, each by an equality that rows are hashed by; a later one is asked only where there are too few.
_RULES = {
    "former_number": """
        SELECT least(a.id, b.id), greatest(a.id, b.id) FROM registry_formerdocument f
        JOIN registry_resident a ON (a.pooling_area, a.id) = (f.pooling_area, f.resident_id)
        JOIN registry_resident b ON b.pooling_area = a.pooling_area AND b.number_index = f.number_index AND b.id <> a.id
        WHERE f.pooling_area = %(fund)s AND {counts} AND {not_yet} GROUP BY 1, 2 ORDER BY 1, 2 LIMIT %(limit)s
    """,
    "same_name": _ALIKE.replace("{alike}", "b.name = a.name"),
    "same_phone": _ALIKE.replace("{alike}", "b.phone_index = a.phone_index"),
    "same_sound": _ALIKE.replace("{alike}", "b.pinyin = a.pinyin AND b.village_code = a.village_code"),
}


def suspicious_pairs(scope: Scope, limit: int = PAIRS_MAX) -> list[Pair]:
    """Pairs of living, unmerged residents inside the scope, the likeliest first."""
    found: dict[tuple[int, int], str] = {}
    counts = f"{_COUNTS.format('a')} AND {_COUNTS.format('b')}"
    with connection.cursor() as cursor:
        for reason, rule in _RULES.items():
            for fund in areas.pooling_codes(scope):
                # What an earlier rule found may be found again here.
                wanted: dict[str, Any] = {"fund": fund, "inside": list(scope.prefixes), "limit": limit}
                if len(found) < limit:
                    cursor.execute(rule.format(counts=counts, not_yet=_NOT_YET), wanted)
                    for pair in cursor.fetchall():
                        found.setdefault(pair, reason)
    shown = list(found.items())[:limit]
    rows = visible(scope).in_bulk({key for pair, _ in shown for key in pair})
    cards = {card.resident_id: card for card in cards_of(rows.values())}
    return [
        Pair(cards[first], cards[second], reason)
        for (first, second), reason in shown
        if first in cards and second in cards
    ]


def count_suspicious_pairs(scope: Scope, area_code: str) -> int:
    """How many pairs lie in an area of the scope, counted to PAIRS_MAX."""
    if not scope.covers(area_code):
        return 0
    return len(suspicious_pairs(replace(scope, prefixes=(area_prefix(area_code),))))


@dataclass(frozen=True)
class Compared:
    """Two rows side by side. `differs` names the columns that say something else; `apart`, who said they are two."""

    first: Resident
    second: Resident
    differs: frozenset[str]
    apart: NotSame | None

    @property
    def differs_in_fact(self) -> bool:
        """In what does not change in a life: then a merge wants an explanation."""
        return bool(self.differs & {"sex", "birth_on"})


_COMPARED = ("name", "sex", "birth_on", "document_kind", "number_index", "phone_index", "village_code", "household_id")


def compared(scope: Scope, first_id: int, second_id: int) -> Compared:
    """ResidentNotFound if one of them lies outside the scope."""
    first, second = resident(scope, first_id), resident(scope, second_id)
    low, high = sorted((first.pk, second.pk))
    said = NotSame.objects.filter(pooling_area=first.pooling_area, first_id=low, second_id=high).first()
    differs = frozenset(column for column in _COMPARED if _plain(first, column) != _plain(second, column))
    return Compared(first, second, differs, said)


def _plain(row: Resident, column: str) -> object:
    value = getattr(row, column)
    return bytes(value) if column.endswith("_index") and value is not None else value


def said_apart(scope: Scope, resident_id: int) -> list[tuple[NotSame, Resident | None]]:
    """Whom somebody compared the person with and said that they are two; None of who lies outside the scope."""
    person = resident(scope, resident_id)
    rows = NotSame.objects.filter(pooling_area=person.pooling_area)
    found = list((rows.filter(first=person) | rows.filter(second=person)).order_by("-at"))
    others = [row.second_id if row.first_id == person.pk else row.first_id for row in found]
    seen = visible(scope).in_bulk(others)
    return [(row, seen.get(other)) for row, other in zip(found, others, strict=True)]


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
