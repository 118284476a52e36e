"""M5, M6, B2, B4: every fen taken is in the books once: it settled a bill, is held under a reason, or went back."""

from __future__ import annotations

from canbao.ledger.invariants import Violation, rows_that


def check() -> list[Violation]:
    """Every violation in the whole database; empty when the payments are right."""
    return [violation for invariant, sql in _CHECKS for violation in rows_that(invariant, sql)]


_SETTLED = """
SELECT 'payment ' || p.id, 'belongs to a bill that its entry did not settle' FROM payments_payment p
LEFT JOIN billing_bill b ON b.pooling_area = p.pooling_area AND b.id = p.bill_id
WHERE coalesce(b.state, '') NOT IN ('settled', 'refunded') OR b.settled_entry_id IS DISTINCT FROM p.entry_id
UNION ALL
SELECT 'bill ' || b.id, 'is refunded without an approved application of its sum and entry' FROM billing_bill b
LEFT JOIN payments_payment p ON p.pooling_area = b.pooling_area AND p.bill_id = b.id
LEFT JOIN payments_refund r ON r.payment_id = p.id AND r.amount_fen = p.amount_fen
LEFT JOIN payments_refundapplication a ON a.refund_id = r.id AND a.payment_id = p.id AND a.state = 'approved'
WHERE b.state = 'refunded' AND (a.entry_id IS DISTINCT FROM b.refund_entry_id)
UNION ALL
SELECT 'application ' || a.id, 'is approved, and the bill of its payment is ' || b.state
FROM payments_refundapplication a
JOIN payments_payment p ON p.pooling_area = a.pooling_area AND p.id = a.payment_id
JOIN billing_bill b ON b.pooling_area = p.pooling_area AND b.id = p.bill_id
WHERE a.state = 'approved' AND b.state <> 'refunded'
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
    FROM payments_payment WHERE collector_id IS NOT NULL GROUP BY 1, 2
), booked AS (
    SELECT t.pooling_area, t.debit_account AS account, sum(t.amount_fen) AS fen
    FROM ledger_transfer t JOIN ledger_entry e ON e.pooling_area = t.pooling_area AND e.id = t.entry_id
    WHERE e.cause_kind = 'payment' AND (t.debit_account LIKE 'cash/%%' OR t.debit_account LIKE 'clearing/%%/pos/%%')
    GROUP BY 1, 2
)
SELECT account, 'booked ' || coalesce(b.fen, 0) || ' fen, payments come to ' || coalesce(t.fen, 0)
FROM taken t FULL JOIN booked b USING (pooling_area, account)
WHERE coalesce(t.fen, 0) <> coalesce(b.fen, 0)
"""

# What a channel told that it took: with a payment, under its reason until two people decided, or on its way back.
_CAPTURED = """
SELECT 'capture ' || c.id, 'settled a bill, and has no payment of its sum and entry' FROM payments_capture c
LEFT JOIN payments_payment p ON p.capture_id = c.id
WHERE c.place = 'settled'
  AND (p.id IS NULL OR (p.amount_fen, p.entry_id, p.bill_id) IS DISTINCT FROM (c.amount_fen, c.entry_id, c.bill_id))
UNION ALL
SELECT 'capture ' || c.id, 'is held and has a payment without a decision' FROM payments_capture c
JOIN payments_payment p ON p.capture_id = c.id
LEFT JOIN payments_helddecision d ON d.capture_id = c.id AND d.way = 'settle' AND d.bill_id = p.bill_id
WHERE c.place = 'held' AND d.id IS NULL
UNION ALL
SELECT 'attempt ' || a.id, 'is paid without money' FROM payments_attempt a
WHERE a.state = 'paid' AND NOT EXISTS (SELECT FROM payments_capture c WHERE c.attempt_id = a.id)
UNION ALL
SELECT 'attempt ' || a.id, 'has taken money and is ' || a.state FROM payments_attempt a
JOIN payments_capture c ON c.attempt_id = a.id WHERE a.state <> 'paid'
UNION ALL
SELECT 'delivery ' || d.id, 'was judged ' || d.verdict || ' without the money that it told of'
FROM payments_delivery d LEFT JOIN payments_capture c ON c.id = d.capture_id
WHERE d.verdict IN ('settle', 'hold')
  AND (c.place, c.amount_fen::text, c.transaction_id) IS DISTINCT FROM
      (CASE d.verdict WHEN 'settle' THEN 'settled' ELSE 'held' END, d.report ->> 'amount_fen',
       d.report ->> 'transaction_id')
"""

_KEPT = """
WITH booked AS (
    SELECT t.pooling_area, x.account, sum(x.fen) AS fen FROM ledger_transfer t
    CROSS JOIN LATERAL (VALUES (t.credit_account, t.amount_fen), (t.debit_account, -t.amount_fen)) AS x(account, fen)
    WHERE x.account LIKE 'held/%%' OR x.account LIKE 'refund_due/%%' GROUP BY 1, 2
), kept AS (
    SELECT c.pooling_area, 'held/' || c.pooling_area || '/' || h.code || '/' || c.reason AS account, c.amount_fen AS fen
    FROM payments_capture c JOIN payments_channel h ON h.id = c.channel_id
    WHERE c.place = 'held' AND NOT EXISTS (SELECT FROM payments_helddecision d WHERE d.capture_id = c.id)
    UNION ALL
    SELECT r.pooling_area, 'refund_due/' || r.pooling_area || '/' || coalesce(h.code, 'counter'), r.amount_fen
    FROM payments_refund r LEFT JOIN payments_capture c ON c.id = r.capture_id
    LEFT JOIN payments_channel h ON h.id = c.channel_id
    WHERE r.state <> 'returned'
    UNION ALL
    SELECT d.pooling_area, 'held/' || d.pooling_area || '/counter/over', d.amount_fen
    FROM payments_depositdifference d WHERE d.kind = 'over' AND d.closed_at IS NULL
), sums AS (SELECT pooling_area, account, sum(fen) AS fen FROM kept GROUP BY 1, 2)
SELECT account, 'holds ' || coalesce(b.fen, 0) || ' fen in the books, and the rows say ' || coalesce(s.fen, 0)
FROM booked b FULL JOIN sums s USING (pooling_area, account) WHERE coalesce(b.fen, 0) <> coalesce(s.fen, 0)
"""

_CHANNEL_MONEY = """
WITH booked AS (
    SELECT t.pooling_area, x.account, sum(x.fen) AS fen FROM ledger_transfer t
    CROSS JOIN LATERAL (VALUES (t.debit_account, t.amount_fen), (t.credit_account, -t.amount_fen)) AS x(account, fen)
    WHERE x.account LIKE 'clearing/%%/channel/%%' GROUP BY 1, 2
), told AS (
    SELECT c.pooling_area, 'clearing/' || c.pooling_area || '/channel/' || h.code AS account, sum(
        CASE WHEN r.state = 'returned' THEN 0 ELSE c.amount_fen END) AS fen
    FROM payments_capture c JOIN payments_channel h ON h.id = c.channel_id
    LEFT JOIN payments_refund r ON r.capture_id = c.id GROUP BY 1, 2
    UNION ALL
    SELECT d.pooling_area, 'clearing/' || d.pooling_area || '/channel/cash_deposit', sum(
        CASE WHEN o.closed_at IS NULL THEN d.amount_fen ELSE d.amount_fen - o.amount_fen END)
        - coalesce((SELECT sum(f.amount_fen) FROM payments_refund f
            JOIN payments_depositreceipt s ON s.payment_id = f.payment_id
            WHERE f.state = 'returned' AND s.pooling_area = d.pooling_area), 0)
    FROM payments_deposit d LEFT JOIN payments_depositdifference o ON o.deposit_id = d.id AND o.kind = 'over'
    GROUP BY d.pooling_area
)
SELECT account, 'holds ' || coalesce(b.fen, 0) || ' fen in the books, and the channel told of ' || coalesce(t.fen, 0)
FROM booked b FULL JOIN told t USING (pooling_area, account) WHERE coalesce(b.fen, 0) <> coalesce(t.fen, 0)
"""

# Cash in a collector's hands: the receipts that no slip covers, and what his slips were short of.
_DRAWERS = """
WITH booked AS (
    SELECT t.pooling_area, x.account, sum(x.fen) AS fen FROM ledger_transfer t
    CROSS JOIN LATERAL (VALUES (t.debit_account, t.amount_fen), (t.credit_account, -t.amount_fen)) AS x(account, fen)
    WHERE x.account LIKE 'cash/%%' GROUP BY 1, 2
), open AS (
    SELECT p.pooling_area, 'cash/' || p.pooling_area || '/counter/' || p.collector_id AS account, p.amount_fen AS fen
    FROM payments_payment p WHERE p.method = 'cash' AND p.collector_id IS NOT NULL
      AND NOT EXISTS (SELECT FROM payments_depositreceipt d WHERE d.payment_id = p.id)
      AND NOT EXISTS (SELECT FROM payments_refund r WHERE r.payment_id = p.id AND r.state = 'returned')
    UNION ALL
    SELECT d.pooling_area, 'cash/' || d.pooling_area || '/counter/' || d.collector_id, d.amount_fen
    FROM payments_depositdifference d WHERE d.kind = 'short' AND d.closed_at IS NULL
), sums AS (SELECT pooling_area, account, sum(fen) AS fen FROM open GROUP BY 1, 2)
SELECT account, 'holds ' || coalesce(b.fen, 0) || ' fen in the books, and open receipts and shortages come to '
    || coalesce(s.fen, 0)
FROM booked b FULL JOIN sums s USING (pooling_area, account) WHERE coalesce(b.fen, 0) <> coalesce(s.fen, 0)
"""

_SLIPS = """
SELECT 'deposit ' || d.id, 'covers ' || coalesce(sum(p.amount_fen), 0) || ' fen of receipts and says ' || d.receipts_fen
FROM payments_deposit d LEFT JOIN payments_depositreceipt r ON r.deposit_id = d.id
LEFT JOIN payments_payment p ON p.id = r.payment_id AND p.collector_id = d.collector_id AND p.method = 'cash'
GROUP BY d.id HAVING coalesce(sum(p.amount_fen), 0) <> d.receipts_fen
UNION ALL
SELECT 'deposit ' || d.id, 'differs by ' || (d.amount_fen - d.receipts_fen - d.made_up_fen)
    || ' fen and the difference says ' || coalesce(o.kind || ' ' || o.amount_fen, 'nothing')
FROM payments_deposit d LEFT JOIN payments_depositdifference o ON o.deposit_id = d.id
WHERE d.amount_fen - d.receipts_fen - d.made_up_fen
    <> coalesce(CASE o.kind WHEN 'over' THEN o.amount_fen ELSE -o.amount_fen END, 0)
"""

_REFUNDS = """
SELECT 'refund ' || r.id, 'gives back ' || r.amount_fen || ' fen of ' || coalesce(c.amount_fen, p.amount_fen)
FROM payments_refund r LEFT JOIN payments_capture c ON c.id = r.capture_id
LEFT JOIN payments_payment p ON p.id = r.payment_id
LEFT JOIN payments_helddecision d ON d.capture_id = c.id AND d.way = 'refund'
LEFT JOIN payments_refundapplication a ON a.refund_id = r.id AND a.state = 'approved'
WHERE r.amount_fen <> coalesce(c.amount_fen, p.amount_fen)
   OR (d.id IS NULL AND (a.id IS NULL OR p.id IS NULL OR p.capture_id IS DISTINCT FROM r.capture_id))
"""

_CHECKS = (
    ("B2", _SETTLED),
    ("M6", _AMOUNTS),
    ("M5", _MONEY),
    ("B4", _CAPTURED),
    ("M5", _KEPT),
    ("M5", _CHANNEL_MONEY),
    ("M6", _REFUNDS),
    ("M5", _DRAWERS),
    ("C1", _SLIPS),
)
