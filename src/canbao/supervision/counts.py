"""Counts kept village by village: who looks reads them, and counts anew where something changed since.

Whatever changes a count leaves a mark in its village (migration 0002), by adding a row and never by changing one. A
reader takes the marks of his place away and counts those villages; what is written while he counts leaves a new mark.
Categories and reasons begin and end by themselves: a village with such a day is counted anew on that day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope, area_prefix
from canbao.policy import Policy, policies
from canbao.supervision.counting import Counting, common


@dataclass(frozen=True, slots=True)
class Kept:
    as_of: date
    stale: bool
    numbers: list[int]


@dataclass(frozen=True)
class VillageFigures:
    """Village → its figures, for the villages of a place that the scope reaches into and that have people."""

    counting: Counting
    villages: dict[str, dict[str, int]]


def figures(scope: Scope, policy_id: str, area_code: str, clock: Clock) -> VillageFigures:
    """True at the moment of the call, whatever was kept."""
    policy, today = policies.get(policy_id), clock.today()
    place = _Place(Counting(policy), scope, area_code, today)
    kept = place.kept()
    if place.due(kept) or any(one.as_of != today for one in kept.values()):
        kept = _count_anew(place)
    return VillageFigures(
        place.counting,
        {village: place.counting.named(one.numbers) for village, one in sorted(kept.items())},
    )


def count_everywhere(scope: Scope, clock: Clock) -> None:
    """Let no page find much to count: the policies whose benefit year is not over, where the scope has people."""
    for policy in policies.all():
        if policy.benefit_year >= clock.today().year:
            figures(scope, policy.id, policy.area, clock)


def miscounted(policy_id: str, scope: Scope) -> dict[str, tuple[dict[str, int], dict[str, int]]]:
    """Village → (kept, counted now as of the day that was kept) where they differ and nothing says that they might.

    Both are looked at in one statement: what is written meanwhile belongs to neither.
    """
    counting, wrong = Counting(policies.get(policy_id)), {}
    place = _Place(counting, scope, counting.policy.area, date.max)
    for as_of in sorted({one.as_of for one in place.kept().values()}):
        that_day = _Place(counting, scope, counting.policy.area, as_of)
        params = {**that_day.params([]), "counted_by": counting.counted_by, "nobody": [0] * len(counting.figures)}
        with connection.cursor() as cursor:
            cursor.execute(_MISCOUNTED.format(now=counting.statement([], whole=True)), params)
            for village, kept, now in cursor.fetchall():
                wrong[village] = counting.named(kept), counting.named(now)
    return wrong


_MISCOUNTED = """
    WITH now AS ({now})
    SELECT c.village_code, c.numbers, coalesce(now.numbers, %(nobody)s::int[]) FROM supervision_villagecount c
    LEFT JOIN now USING (village_code)
    WHERE c.pooling_area = %(fund)s AND c.counted_by = %(counted_by)s AND c.as_of = %(as_of)s AND NOT c.stale
      AND c.village_code ^@ ANY (%(inside)s) AND c.numbers <> coalesce(now.numbers, %(nobody)s::int[])
      AND NOT EXISTS (SELECT FROM supervision_touchedvillage t
          WHERE (t.pooling_area, t.village_code) = (c.pooling_area, c.village_code))
"""


def _count_anew(place: _Place) -> dict[str, Kept]:
    """One at a time in a pooling area: whoever waited finds the work done."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('supervision counts'), %s)", [int(place.fund)])
        taken = place.take_marks()
        kept = place.kept()
        due = sorted(place.due(kept) | (taken & (kept.keys() | place.inhabited())))
        if due:
            whole = 2 * len(due) > len(kept)
            cursor.execute(place.counting.statement(due, whole), place.params(due))
            found = dict(cursor.fetchall())
            nobody = [0] * len(place.counting.figures)
            place.keep([(village, found.get(village, nobody)) for village in due])
        place.stand_on_today()
        return place.kept()


@dataclass(frozen=True)
class _Place:
    """The part of a place that the scope reaches into, counted under one policy as of one day."""

    counting: Counting
    scope: Scope
    area_code: str
    today: date

    @property
    def policy(self) -> Policy:
        return self.counting.policy

    @property
    def fund(self) -> str:
        return self.policy.pooling_area

    @property
    def inside(self) -> list[str]:
        return common(self.scope, area_prefix(self.area_code))

    def params(self, villages: list[str]) -> dict[str, Any]:
        return self.counting.params(self.scope, self.area_code, self.today, villages)

    def _key(self) -> list[Any]:
        return [self.fund, self.counting.counted_by, self.inside]

    def kept(self) -> dict[str, Kept]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT village_code, as_of, stale, numbers FROM supervision_villagecount "
                "WHERE pooling_area = %s AND counted_by = %s AND village_code ^@ ANY (%s)",
                self._key(),
            )
            return {village: Kept(*rest) for village, *rest in cursor.fetchall()}

    def due(self, kept: dict[str, Kept]) -> set[str]:
        """Villages whose figures may not be those of this moment."""
        old = {village for village, one in kept.items() if one.stale or one.as_of > self.today}
        earliest = min((one.as_of for one in kept.values()), default=self.today)
        turned = self._turned(earliest) if earliest < self.today else set()
        return old | (self.inhabited() - kept.keys()) | self.marked() | (turned & kept.keys())

    def inhabited(self) -> set[str]:
        """Along the index, from one village to the next, however many people live in it."""
        found: set[str] = set()
        with connection.cursor() as cursor:
            for prefix in self.inside:
                cursor.execute(_INHABITED, {"fund": self.fund, "first": prefix, "end": f"{prefix}:"})
                found.update(village for (village,) in cursor.fetchall())
        return found

    def marked(self) -> set[str]:
        """Where something changed since it was counted."""
        return self._villages(
            "SELECT DISTINCT village_code FROM supervision_touchedvillage "
            "WHERE pooling_area = %s AND village_code ^@ ANY (%s)",
            [self.fund, self.inside],
        )

    def take_marks(self) -> set[str]:
        """The marks go; what other policies counted in these villages is stale from now on."""
        taken = self._villages(
            "DELETE FROM supervision_touchedvillage WHERE pooling_area = %s AND village_code ^@ ANY (%s) "
            "RETURNING village_code",
            [self.fund, self.inside],
        )
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE supervision_villagecount SET stale = true "
                "WHERE pooling_area = %s AND village_code = ANY (%s) AND NOT stale",
                [self.fund, list(taken)],
            )
        return taken

    def _turned(self, since: date) -> set[str]:
        """Where a category or a reason began or ended after a day, up to today."""
        return self._villages(_TURNED, {"fund": self.fund, "since": since, "today": self.today})

    def keep(self, rows: Iterable[tuple[str, list[int]]]) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO supervision_villagecount "
                "(pooling_area, counted_by, village_code, policy_id, as_of, stale, numbers) "
                "VALUES (%s, %s, %s, %s, %s, false, %s) ON CONFLICT (pooling_area, counted_by, village_code) "
                "DO UPDATE SET (as_of, stale, numbers) = (excluded.as_of, false, excluded.numbers)",
                [
                    (self.fund, self.counting.counted_by, village, self.policy.id, self.today, numbers)
                    for village, numbers in rows
                ],
            )

    def stand_on_today(self) -> None:
        """What no day of a category touched is what it was; figures of an older wording of the policy go."""
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE supervision_villagecount SET as_of = %s "
                "WHERE pooling_area = %s AND counted_by = %s AND village_code ^@ ANY (%s) AND as_of <> %s",
                [self.today, *self._key(), self.today],
            )
            cursor.execute(
                "DELETE FROM supervision_villagecount WHERE pooling_area = %s AND policy_id = %s "
                "AND counted_by <> %s AND village_code ^@ ANY (%s)",
                [self.fund, self.policy.id, *self._key()[1:]],
            )

    def _villages(self, statement: str, params: list[Any] | dict[str, Any]) -> set[str]:
        with connection.cursor() as cursor:
            cursor.execute(statement, params)
            return {village for (village,) in cursor.fetchall()}


_NEXT = """SELECT village_code FROM registry_resident
    WHERE pooling_area = %(fund)s AND village_code ~{sign}~ {after} AND village_code ~<~ %(end)s
    ORDER BY village_code USING ~<~ LIMIT 1"""
_INHABITED = f"""
    WITH RECURSIVE known AS (
        ({_NEXT.format(sign=">=", after="%(first)s")})
        UNION ALL
        SELECT ({_NEXT.format(sign=">", after="known.village_code")}) FROM known WHERE known.village_code IS NOT NULL
    ) SELECT village_code FROM known WHERE village_code IS NOT NULL
"""
_TURNED = """
    SELECT r.village_code FROM registry_residentcategory k
    JOIN registry_resident r ON (r.pooling_area, r.id) = (k.pooling_area, k.resident_id)
    WHERE k.pooling_area = %(fund)s AND (k.from_on > %(since)s AND k.from_on <= %(today)s
        OR k.until_on > %(since)s AND k.until_on <= %(today)s)
    UNION SELECT r.village_code FROM enrolment_unenrolledreason w
    JOIN registry_resident r ON (r.pooling_area, r.id) = (w.pooling_area, w.resident_id)
    WHERE w.pooling_area = %(fund)s AND w.expires_on > %(since)s AND w.expires_on <= %(today)s
"""
