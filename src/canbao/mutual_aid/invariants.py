"""F1 to F4: accounts cover what is reserved and taken; every deduction is one payment of one whole bill."""

from __future__ import annotations

from canbao.ledger.invariants import Violation, rows_that


def check() -> list[Violation]:
    """Every violation in the whole database; empty when mutual aid is right."""
    return [violation for invariant, sql in _CHECKS for violation in rows_that(invariant, sql)]


_ACCOUNTS = """
SELECT 'personal account ' || a.id, 'says ' || a.held_fen || ' held and ' || a.taken_fen || ' taken of '
    || a.past_year_fen || ', and its holds come to ' || coalesce(h.held, 0) || ' and ' || coalesce(h.taken, 0)
FROM mutual_aid_personalaccount a LEFT JOIN LATERAL (
    SELECT sum(amount_fen) FILTER (WHERE state = 'held') AS held,
        sum(amount_fen) FILTER (WHERE state = 'captured' AND (a.as_of IS NULL
            OR (resolved_at AT TIME ZONE 'Asia/Shanghai')::date > a.as_of)) AS taken
    FROM mutual_aid_hold h WHERE h.pooling_area = a.pooling_area AND h.account_id = a.id
) h ON true
WHERE a.held_fen <> coalesce(h.held, 0) OR a.taken_fen <> coalesce(h.taken, 0)
   OR a.held_fen + a.taken_fen > a.past_year_fen
UNION ALL
SELECT 'personal account ' || a.id, 'says another balance than the latest list'
FROM mutual_aid_personalaccount a LEFT JOIN LATERAL (
    SELECT b.past_year_fen, l.as_of FROM mutual_aid_balance b JOIN mutual_aid_balancelist l ON l.id = b.of_id
    WHERE b.account_id = a.id ORDER BY b.id DESC LIMIT 1
) b ON true
WHERE (a.past_year_fen, a.as_of) IS DISTINCT FROM (coalesce(b.past_year_fen, 0), b.as_of)
"""

_CAPTURED = """
SELECT 'hold ' || h.id, 'is ' || h.state || ' without a payment of its sum, bill and person'
FROM mutual_aid_hold h LEFT JOIN payments_capture c ON c.id = h.capture_id
LEFT JOIN payments_payment p ON p.capture_id = c.id
WHERE h.state IN ('captured', 'returned')
  AND (p.amount_fen, p.bill_id, p.resident_id, c.transaction_id)
      IS DISTINCT FROM (h.amount_fen, h.bill_id, h.resident_id, 'hold ' || h.id)
UNION ALL
SELECT 'capture ' || c.id, 'came from a personal account and belongs to no hold'
FROM payments_capture c JOIN payments_channel n ON n.id = c.channel_id AND n.partner = 'personal_account'
LEFT JOIN mutual_aid_hold h ON h.capture_id = c.id
WHERE h.id IS NULL
UNION ALL
SELECT 'hold ' || h.id, 'is ' || h.state || ' and its payment ' || coalesce('is ' || r.state, 'was not refunded')
FROM mutual_aid_hold h LEFT JOIN payments_refund r ON r.capture_id = h.capture_id
WHERE (h.state = 'returned' AND r.state IS DISTINCT FROM 'returned')
   OR (h.state = 'captured' AND r.id IS NOT NULL)
"""

_AGREED = """
SELECT 'hold ' || h.id, 'was confirmed without the consent of both' FROM mutual_aid_hold h
LEFT JOIN mutual_aid_relative r ON r.id = h.relative_id
WHERE (r.account_id, r.resident_id) IS DISTINCT FROM (h.account_id, h.resident_id)
   OR r.holder_agreed_at IS NULL OR r.holder_agreed_at > h.confirmed_at
"""

_BOTH_SIDES = """
SELECT 'resident ' || a.holder_id, 'is the holder of an account and somebody''s relative'
FROM mutual_aid_personalaccount a JOIN mutual_aid_relative r ON r.pooling_area = a.pooling_area
  AND r.resident_id = a.holder_id AND r.state IN ('proposed', 'agreed')
WHERE EXISTS (SELECT FROM mutual_aid_relative o WHERE o.account_id = a.id AND o.state IN ('proposed', 'agreed'))
"""

_CHECKS = (("F1", _ACCOUNTS), ("F2", _CAPTURED), ("F3", _AGREED), ("F4", _BOTH_SIDES))
