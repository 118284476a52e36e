"""M5, M6, B2: every fen taken is in the books once, for one settled bill."""

from __future__ import annotations

from django.db import connection

from canbao.ledger.invariants import Violation


def check() -> list[Violation]:
    """Every violation in the whole database; empty when the payments are right."""
    found = []
    with connection.cursor() as cursor:
        for invariant, sql in (("B2", _SETTLED), ("M6", _AMOUNTS), ("M5", _MONEY)):
            cursor.execute(sql, [])
            found += [Violation(invariant, subject, what) for subject, what in cursor.fetchall()]
    return found


_SETTLED = """
SELECT 'payment ' || p.id, 'belongs to a bill that its entry did not settle' FROM payments_payment p
LEFT JOIN billing_bill b ON b.pooling_area = p.pooling_area AND b.id = p.bill_id
WHERE b.state IS DISTINCT FROM 'settled' OR b.settled_entry_id IS DISTINCT FROM p.entry_id
UNION ALL
SELECT 'bill ' || b.id, 'asks the resident for money and is settled without a payment' FROM billing_bill b
WHERE b.state = 'settled' AND b.personal_fen + b.repair_fen > 0
  AND NOT EXISTS (SELECT FROM payments_payment p WHERE p.pooling_area = b.pooling_area AND p.bill_id = b.id)
"""

_AMOUNTS = """
SELECT 'payment ' || p.id, 'is ' || p.amount_fen || ' fen for a bill of ' || (b.personal_fen + b.repair_fen)
FROM payments_payment p JOIN billing_bill b ON b.pooling_area = p.pooling_area AND b.id = p.bill_id
WHERE p.amount_fen <> b.personal_fen + b.repair_fen
"""

_MONEY = """
WITH taken AS (
    SELECT pooling_area, CASE method WHEN 'cash' THEN 'cash/' || pooling_area || '/counter/' || collector_id
        ELSE 'clearing/' || pooling_area || '/pos/' || collector_id END AS account, sum(amount_fen) AS fen
    FROM payments_payment GROUP BY 1, 2
), booked AS (
    SELECT t.pooling_area, t.debit_account AS account, sum(t.amount_fen) AS fen
    FROM ledger_transfer t JOIN ledger_entry e ON e.pooling_area = t.pooling_area AND e.id = t.entry_id
    WHERE e.cause_kind = 'payment' AND (t.debit_account LIKE 'cash/%%' OR t.debit_account LIKE 'clearing/%%')
    GROUP BY 1, 2
)
SELECT account, 'booked ' || coalesce(b.fen, 0) || ' fen, payments come to ' || coalesce(t.fen, 0)
FROM taken t FULL JOIN booked b USING (pooling_area, account)
WHERE coalesce(t.fen, 0) <> coalesce(b.fen, 0)
"""
