"""C1, C2: every line matches one of ours or is one difference, and so is every capture of a day with a statement."""

from __future__ import annotations

from canbao.ledger.invariants import Violation, rows_that


def check() -> list[Violation]:
    """Every violation in the whole database; empty when the statements are right."""
    return [violation for invariant, sql in _CHECKS for violation in rows_that(invariant, sql)]


_LINES = """
SELECT 'line ' || l.id, 'is neither matched nor a difference' FROM reconciliation_statementline l
LEFT JOIN payments_capture c ON c.id = l.capture_id LEFT JOIN payments_refund r ON r.id = l.refund_id
WHERE coalesce(c.amount_fen, r.amount_fen) IS DISTINCT FROM l.amount_fen
  AND NOT EXISTS (SELECT FROM reconciliation_difference d WHERE d.line_id = l.id)
UNION ALL
SELECT 'line ' || l.id, 'is matched with money of another channel or number' FROM reconciliation_statementline l
JOIN payments_capture c ON c.id = l.capture_id
WHERE (c.channel_id, c.transaction_id) IS DISTINCT FROM (l.channel_id, l.number)
UNION ALL
SELECT 'capture ' || c.id, 'is in no statement of its day and no difference' FROM payments_capture c
JOIN reconciliation_statement s ON s.channel_id = c.channel_id
  AND s.day = (c.paid_at AT TIME ZONE 'Asia/Shanghai')::date AND c.received_at <= s.read_at
WHERE NOT EXISTS (SELECT FROM reconciliation_statementline l WHERE l.capture_id = c.id)
  AND NOT EXISTS (SELECT FROM reconciliation_difference d WHERE d.capture_id = c.id)
"""

_TOTALS = """
SELECT 'statement ' || s.id, 'its lines do not add up to it' FROM reconciliation_statement s
LEFT JOIN LATERAL (
    SELECT count(*) AS lines, coalesce(sum(amount_fen) FILTER (WHERE kind = 'paid'), 0) AS paid,
           coalesce(sum(amount_fen) FILTER (WHERE kind = 'returned'), 0) AS returned
    FROM reconciliation_statementline l WHERE l.statement_id = s.id) l ON true
WHERE (s.lines, s.paid_fen, s.returned_fen) IS DISTINCT FROM (l.lines, l.paid, l.returned)
"""

_CHECKS = (("C1", _LINES), ("C2", _TOTALS))
