"""M1 to M3: what must hold of the books at any instant. Set-based, except the digests, which stream."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction

from canbao.ledger import chain


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that does not hold: its id, the row or sum concerned, and what is wrong with it."""

    invariant: str
    subject: str
    what: str


def check() -> list[Violation]:
    """Every violation of M1, M2 and M3 in the whole database; empty when the books are right."""
    return [*rows_that("M1", _M1), *rows_that("M2", _M2), *rows_that("M3", _M3), *_digests()]


_M1 = """
SELECT 'entry ' || e.id, 'has no transfer' FROM ledger_entry e
    WHERE NOT EXISTS (SELECT FROM ledger_transfer t WHERE t.pooling_area = e.pooling_area AND t.entry_id = e.id)
UNION ALL
SELECT 'entry ' || t.entry_id, 'transfer ' || t.position || ' is not a positive amount between two declared accounts'
    FROM ledger_transfer t
    WHERE t.amount_fen <= 0 OR t.debit_account = t.credit_account
       OR NOT ledger_account_is_declared(t.debit_account) OR NOT ledger_account_is_declared(t.credit_account)
UNION ALL
SELECT 'entry ' || t.entry_id, 'transfer without its entry' FROM ledger_transfer t
    LEFT JOIN ledger_entry e ON e.pooling_area = t.pooling_area AND e.id = t.entry_id WHERE e.id IS NULL
UNION ALL
SELECT 'entry ' || e.reverses_id, 'is reversed by entry ' || e.id || ' with another sum'
    FROM ledger_entry e
    WHERE e.reverses_id IS NOT NULL AND (SELECT sum(amount_fen) FROM ledger_transfer t WHERE t.entry_id = e.id)
        IS DISTINCT FROM (SELECT sum(amount_fen) FROM ledger_transfer t WHERE t.entry_id = e.reverses_id)
"""

# The closes are a cache of the sums: debits and credits up to the sealed day, account by account.
_M2 = """
WITH legs AS (
    SELECT t.pooling_area, e.day, x.account, x.debit, x.credit
    FROM ledger_transfer t JOIN ledger_entry e ON e.pooling_area = t.pooling_area AND e.id = t.entry_id
    CROSS JOIN LATERAL (VALUES (t.debit_account, t.amount_fen, 0), (t.credit_account, 0, t.amount_fen))
        AS x(account, debit, credit)
), daily AS (
    SELECT pooling_area, account, day, sum(debit) AS debit, sum(credit) AS credit FROM legs
    WHERE EXISTS (SELECT FROM ledger_dayseal s WHERE s.pooling_area = legs.pooling_area AND s.day >= legs.day)
    GROUP BY 1, 2, 3
), running AS (
    SELECT pooling_area, account, day, sum(debit) OVER w AS debit, sum(credit) OVER w AS credit FROM daily
    WINDOW w AS (PARTITION BY pooling_area, account ORDER BY day)
)
SELECT coalesce(r.account, c.account) || ' on ' || coalesce(r.day, c.day), 'its close is not the sum of its transfers'
    FROM running r FULL JOIN ledger_accountclose c USING (pooling_area, account, day)
    WHERE (r.debit, r.credit) IS DISTINCT FROM (c.debit_fen, c.credit_fen)
UNION ALL
SELECT 'pooling area ' || pooling_area, 'debits and credits differ by ' || sum(debit - credit) || ' fen'
    FROM legs GROUP BY pooling_area HAVING sum(debit - credit) <> 0
"""

_M3 = """
SELECT 'entry ' || e.id, 'is on a sealed day but not in its chain' FROM ledger_entry e
    JOIN ledger_dayseal s ON s.pooling_area = e.pooling_area AND s.day = e.day
    WHERE NOT EXISTS (SELECT FROM ledger_chainlink l WHERE l.entry_id = e.id AND l.day = e.day)
UNION ALL
SELECT 'entry ' || e.id, 'is on a day before a seal that was never sealed' FROM ledger_entry e
    WHERE EXISTS (SELECT FROM ledger_dayseal s WHERE s.pooling_area = e.pooling_area AND s.day > e.day)
      AND NOT EXISTS (SELECT FROM ledger_dayseal s WHERE s.pooling_area = e.pooling_area AND s.day = e.day)
UNION ALL
SELECT 'seal of ' || s.pooling_area || ' on ' || s.day, 'counts or sums other entries than the day has'
    FROM ledger_dayseal s
    LEFT JOIN LATERAL (
        SELECT count(DISTINCT e.id) AS entries, coalesce(sum(t.amount_fen), 0) AS fen
        FROM ledger_entry e JOIN ledger_transfer t ON t.pooling_area = e.pooling_area AND t.entry_id = e.id
        WHERE e.pooling_area = s.pooling_area AND e.day = s.day) d ON true
    WHERE (s.entries, s.amount_fen) IS DISTINCT FROM (d.entries, d.fen)
"""


def rows_that(invariant: str, sql: str) -> Iterator[Violation]:
    """A violation for each row (subject, what) that `sql` finds; it writes a percent sign as two."""
    with connection.cursor() as cursor:
        cursor.execute(sql, [])
        for subject, what in cursor.fetchall():
            yield Violation(invariant, subject, what)


_ENTRIES = """
SELECT e.id, e.pooling_area, e.idem, e.cause_kind, e.cause_id, e.posted_at, e.day, e.effective_on, e.actor,
       e.reverses_id, e.sm3, l.sm3,
       (SELECT array_agg(ARRAY[t.debit_account, t.credit_account, t.amount_fen::text] ORDER BY t.position)
        FROM ledger_transfer t WHERE t.pooling_area = e.pooling_area AND t.entry_id = e.id)
FROM ledger_entry e LEFT JOIN ledger_chainlink l ON l.entry_id = e.id
ORDER BY e.pooling_area, e.day, l.position NULLS LAST, e.id
"""


def _digests() -> Iterator[Violation]:
    """Recompute the digest of every entry, every link from the first row of each area's chain, and every seal."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute("SELECT pooling_area, day, entries, amount_fen, prev_sm3, sm3 FROM ledger_dayseal ORDER BY 1, 2")
        seals = {(row[0], row[1]): row[2:] for row in cursor.fetchall()}
    last_link: dict[tuple[str, date], bytes] = {}
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(_ENTRIES)
        for row in cursor:
            entry_id, area, idem, kind, cause, posted_at, day, effective_on, actor, reverses, digest, link, legs = row
            wanted = chain.entry_digest(
                pooling_area=area,
                idem=idem,
                cause_kind=kind,
                cause_id=cause,
                posted_at=posted_at,
                day=day,
                effective_on=effective_on,
                actor=actor,
                reverses_id=reverses,
                transfers=[(debit, credit, int(fen)) for debit, credit, fen in legs or []],
            )
            if wanted != bytes(digest):
                yield Violation("M3", f"entry {entry_id}", "its digest does not fit what it says")
            if link is not None:
                before = last_link.get((area, day)) or bytes(seals[area, day][2] if (area, day) in seals else b"")
                last_link[area, day] = bytes(link)
                if chain.link_digest(before, bytes(digest)) != bytes(link):
                    yield Violation("M3", f"entry {entry_id}", "its link does not follow the one before it")
    previous: dict[str, bytes] = {}
    for (area, day), (entries, amount_fen, prev_sm3, seal) in seals.items():
        before = bytes(prev_sm3)
        if before != previous.get(area, chain.GENESIS):
            yield Violation("M3", f"seal of {area} on {day}", "does not follow the seal before it")
        if bytes(seal) != chain.seal_digest(before, last_link.get((area, day), before), day, entries, amount_fen):
            yield Violation("M3", f"seal of {area} on {day}", "its digest does not fit its chain")
        previous[area] = bytes(seal)
