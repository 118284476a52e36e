"""C1, C2, M8: every line matches one of ours or is one difference, and so does ours of a day with a statement."""

from __future__ import annotations

from canbao.ledger.invariants import Violation, rows_that


def check() -> list[Violation]:
    """Every violation in the whole database; empty when the statements are right."""
    return [violation for invariant, sql in _CHECKS for violation in rows_that(invariant, sql)]


_LINES = """
SELECT 'line ' || l.id, 'is neither matched nor a difference' FROM reconciliation_statementline l
LEFT JOIN payments_capture c ON c.id = l.capture_id LEFT JOIN payments_refund r ON r.id = l.refund_id
LEFT JOIN payments_collectivelist t ON t.id = l.paid_list_id LEFT JOIN payments_deposit d ON d.id = l.deposit_id
LEFT JOIN payments_payment p ON p.id = l.payment_id
WHERE coalesce(c.amount_fen, r.amount_fen, t.sum_fen, d.amount_fen, p.amount_fen) IS DISTINCT FROM l.amount_fen
  AND NOT EXISTS (SELECT FROM reconciliation_difference o WHERE o.line_id = l.id)
UNION ALL
SELECT 'line ' || l.id, 'is matched with money of another channel or number' FROM reconciliation_statementline l
JOIN payments_capture c ON c.id = l.capture_id
WHERE (c.channel_id, c.transaction_id) IS DISTINCT FROM (l.channel_id, l.number)
UNION ALL
SELECT 'line ' || l.id, 'is matched with a transfer, slip or receipt of another place or number'
FROM reconciliation_statementline l JOIN payments_channel h ON h.id = l.channel_id
LEFT JOIN payments_collectivelist t ON t.id = l.paid_list_id LEFT JOIN payments_deposit d ON d.id = l.deposit_id
LEFT JOIN payments_payment p ON p.id = l.payment_id
WHERE num_nonnulls(l.paid_list_id, l.deposit_id, l.payment_id) = 1
  AND (l.number IS DISTINCT FROM coalesce(t.reference, d.slip_no, p.receipt_no)
    OR h.pooling_area IS DISTINCT FROM coalesce(t.pooling_area, d.pooling_area, p.pooling_area)
    OR (t.id IS NOT NULL AND t.channel_id <> h.id))
UNION ALL
SELECT 'capture ' || c.id, 'is in no statement of its day and no difference' FROM payments_capture c
JOIN payments_channel h ON h.id = c.channel_id AND h.partner <> 'collective_list'
JOIN reconciliation_statement s ON s.channel_id = c.channel_id
  AND s.day = (c.paid_at AT TIME ZONE 'Asia/Shanghai')::date AND c.received_at <= s.read_at
WHERE NOT EXISTS (SELECT FROM reconciliation_statementline l WHERE l.capture_id = c.id)
  AND NOT EXISTS (SELECT FROM reconciliation_difference d WHERE d.capture_id = c.id)
UNION ALL
SELECT 'deposit ' || d.id, 'is in no statement of its day and no difference' FROM payments_deposit d
JOIN payments_channel h ON h.pooling_area = d.pooling_area AND h.partner = 'counter_bank'
JOIN reconciliation_statement s ON s.channel_id = h.id AND s.day = d.deposited_on AND d.recorded_at <= s.read_at
WHERE NOT EXISTS (SELECT FROM reconciliation_statementline l WHERE l.deposit_id = d.id)
  AND NOT EXISTS (SELECT FROM reconciliation_difference o WHERE o.deposit_id = d.id)
"""

# M8: what must arrive is what the day's statement says, and no day arrives twice.
_REMITTED = """
SELECT 'remittance ' || r.id, 'expects ' || r.expected_fen || ' fen of a statement of ' || (s.paid_fen - s.returned_fen)
FROM reconciliation_remittance r JOIN reconciliation_statement s ON s.id = r.statement_id
WHERE (r.expected_fen, r.channel_id, r.day) IS DISTINCT FROM (s.paid_fen - s.returned_fen, s.channel_id, s.day)
UNION ALL
SELECT 'remittance ' || r.id, 'is not the sum of its arrivals' FROM reconciliation_remittance r
WHERE r.arrived_fen IS DISTINCT FROM
    (SELECT sum(a.fen) FROM reconciliation_remittancearrival a WHERE a.remittance_id = r.id)
"""

_TOTALS = """
SELECT 'statement ' || s.id, 'its lines do not add up to it' FROM reconciliation_statement s
LEFT JOIN LATERAL (
    SELECT count(*) AS lines, coalesce(sum(amount_fen) FILTER (WHERE kind = 'paid'), 0) AS paid,
           coalesce(sum(amount_fen) FILTER (WHERE kind = 'returned'), 0) AS returned
    FROM reconciliation_statementline l WHERE l.statement_id = s.id) l ON true
WHERE (s.lines, s.paid_fen, s.returned_fen) IS DISTINCT FROM (l.lines, l.paid, l.returned)
"""

_CHECKS = (("C1", _LINES), ("C2", _TOTALS), ("M8", _REMITTED))
