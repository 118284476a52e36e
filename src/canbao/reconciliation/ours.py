"""What we say of the money of a channel, in the columns in which the other side says it.

Each source gives `id`, `kind` (paid, returned), `number` as the other side writes it, `fen`, and `day`, whose statement
must have it; null as long as nobody can expect it there.

A channel's own transactions are its captures. An institution pays for a whole list by one transfer, so the list is what
its bank shows. The bank of the counters shows slips and card receipts of the pooling area, and refunds of both. What a
person transfers back is shown under the reference that he recorded.
"""

from __future__ import annotations

_DAY = "({} AT TIME ZONE 'Asia/Shanghai')::date"

CAPTURES = f"""
SELECT c.id, 'paid' AS kind, c.transaction_id AS number, c.amount_fen AS fen, {_DAY.format("c.paid_at")} AS day
FROM payments_capture c JOIN payments_channel h ON h.id = c.channel_id
WHERE c.channel_id = %(channel)s AND h.partner <> 'collective_list'
"""

LISTS = f"""
SELECT l.id, 'paid' AS kind, l.reference AS number, l.sum_fen AS fen, {_DAY.format("l.paid_at")} AS day
FROM payments_collectivelist l WHERE l.channel_id = %(channel)s AND l.state = 'paid'
"""

SLIPS = """
SELECT d.id, 'paid' AS kind, d.slip_no AS number, d.amount_fen AS fen, d.deposited_on AS day
FROM payments_deposit d JOIN payments_channel h ON h.pooling_area = d.pooling_area
WHERE h.id = %(channel)s AND h.partner = 'counter_bank'
"""

CARDS = f"""
SELECT p.id, 'paid' AS kind, p.receipt_no AS number, p.amount_fen AS fen, {_DAY.format("p.paid_at")} AS day
FROM payments_payment p JOIN payments_channel h ON h.pooling_area = p.pooling_area
WHERE h.id = %(channel)s AND h.partner = 'counter_bank' AND p.collector_id IS NOT NULL AND p.method IN ('pos', 'code')
"""

REFUNDS = f"""
SELECT r.id, 'returned' AS kind,
       CASE WHEN h.partner IN ('debit_file', 'collective_list', 'counter_bank') THEN r.reference
            ELSE r.number || to_char(r.tries, 'FM00') END AS number,
       r.amount_fen AS fen, {_DAY.format("r.returned_at")} AS day
FROM payments_refund r JOIN payments_channel h ON h.id = %(channel)s
LEFT JOIN payments_capture c ON c.id = r.capture_id LEFT JOIN payments_payment p ON p.id = r.payment_id
WHERE c.channel_id = h.id
   OR (h.partner = 'counter_bank' AND r.capture_id IS NULL AND r.pooling_area = h.pooling_area
       AND (p.method <> 'cash' OR EXISTS (SELECT FROM payments_depositreceipt d WHERE d.payment_id = p.id)))
"""

SOURCES = {"capture": CAPTURES, "paid_list": LISTS, "deposit": SLIPS, "payment": CARDS, "refund": REFUNDS}
"""By the column of a line, and of a difference, that names what it is."""

_MATCHED = "num_nonnulls(l.capture_id, l.paid_list_id, l.deposit_id, l.payment_id, l.refund_id)"
_LINES = "reconciliation_statementline l JOIN reconciliation_statement s ON s.id = l.statement_id"
_NEW = "opened_at, owner, resolved_by, explanation"
_EMPTY = "%(now)s, '', '', ''"


def matching() -> list[str]:
    """The statements that match a channel's lines, in order. Each is set-based and finds only what is not matched yet,
    so they may run again at any time. Parameters: `channel`, `now`."""
    return [
        *(
            f"""UPDATE reconciliation_statementline l SET {column}_id = o.id FROM ({source}) o
                WHERE l.channel_id = %(channel)s AND {_MATCHED} = 0 AND l.kind = o.kind AND l.number = o.number
                  AND NOT EXISTS (SELECT FROM reconciliation_statementline x WHERE x.{column}_id = o.id)"""
            for column, source in SOURCES.items()
        ),
        *(_came(column, source) for column, source in SOURCES.items()),
        *(_differs(column, source) for column, source in SOURCES.items()),
        f"""INSERT INTO reconciliation_difference (pooling_area, channel_id, kind, day, theirs_fen, line_id, {_NEW})
            SELECT l.pooling_area, l.channel_id, 'only_theirs', s.day, l.amount_fen, l.id, {_EMPTY} FROM {_LINES}
            WHERE l.channel_id = %(channel)s AND {_MATCHED} = 0
              AND NOT EXISTS (SELECT FROM reconciliation_difference d WHERE d.line_id = l.id)""",
        *(_missing(column, source) for column, source in SOURCES.items()),
    ]


def _came(column: str, source: str) -> str:
    """What was missing has come: the difference goes by itself, or says now that the sums differ."""
    return f"""
        UPDATE reconciliation_difference d SET
            resolved_at = CASE WHEN d.kind = 'only_ours' OR o.fen = l.amount_fen THEN %(now)s END,
            kind = CASE WHEN d.kind = 'only_ours' OR o.fen = l.amount_fen THEN d.kind ELSE 'amount_differs' END,
            ours_fen = CASE WHEN d.kind = 'only_ours' OR o.fen = l.amount_fen THEN d.ours_fen ELSE o.fen END
        FROM reconciliation_statementline l JOIN ({source}) o ON o.id = l.{column}_id
        WHERE d.channel_id = %(channel)s AND d.resolved_at IS NULL AND l.channel_id = d.channel_id
          AND ((d.kind = 'only_theirs' AND l.id = d.line_id) OR (d.kind = 'only_ours' AND d.{column}_id = o.id))"""


def _differs(column: str, source: str) -> str:
    return f"""
        INSERT INTO reconciliation_difference (
            pooling_area, channel_id, kind, day, theirs_fen, ours_fen, line_id, {_NEW})
        SELECT l.pooling_area, l.channel_id, 'amount_differs', s.day, l.amount_fen, o.fen, l.id, {_EMPTY}
        FROM {_LINES} JOIN ({source}) o ON o.id = l.{column}_id
        WHERE l.channel_id = %(channel)s AND o.fen <> l.amount_fen
          AND NOT EXISTS (SELECT FROM reconciliation_difference d WHERE d.line_id = l.id)"""


def _missing(column: str, source: str) -> str:
    """Ours of a day that has a statement, without a line in any."""
    return f"""
        INSERT INTO reconciliation_difference (pooling_area, channel_id, kind, day, ours_fen, {column}_id, {_NEW})
        SELECT s.pooling_area, s.channel_id, 'only_ours', s.day, o.fen, o.id, {_EMPTY}
        FROM ({source}) o JOIN reconciliation_statement s ON s.channel_id = %(channel)s AND s.day = o.day
        WHERE NOT EXISTS (SELECT FROM reconciliation_statementline l WHERE l.{column}_id = o.id)
          AND NOT EXISTS (SELECT FROM reconciliation_difference d WHERE d.{column}_id = o.id)"""
