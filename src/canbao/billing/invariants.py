"""M4, M7, B1, B6, B7: bills against their lines, against the ledger, and against policy and facts."""

from __future__ import annotations

from collections.abc import Iterator

from canbao.billing.drafts import NoBill, PlaceDrafter, digest_of
from canbao.billing.models import Bill, BillState
from canbao.enrolment import queries as enrolment
from canbao.kernel.clock import Clock
from canbao.kernel.scope import program
from canbao.ledger.invariants import Violation, rows_that
from canbao.policy import BadPerson, policies, quote

BATCH_SIZE = 5000


def check() -> list[Violation]:
    """Every violation in the whole database; empty when the bills are right."""
    return [
        *rows_that("M7", _LINES),
        *rows_that("M4", _RECEIVABLE),
        *rows_that("M4", _EXPECTED),
        *rows_that("M4", _SUBSIDIES),
        *rows_that("B1", _TWICE),
        *rows_that("B7", _STATES),
        *_recomputed(),
    ]


_LINES = """
SELECT 'bill ' || b.id, 'its lines do not add up: resident, payers or repair'
FROM billing_bill b LEFT JOIN LATERAL (
    SELECT coalesce(sum(amount_fen) FILTER (WHERE item = 'contribution'), 0) AS standard,
           coalesce(sum(amount_fen) FILTER (WHERE item = 'contribution' AND payer = 'resident'), 0) AS personal,
           coalesce(sum(amount_fen) FILTER (WHERE item = 'repair'), 0) AS repair
    FROM billing_billline l WHERE l.pooling_area = b.pooling_area AND l.bill_id = b.id) l ON true
WHERE (l.standard, l.personal, l.repair) IS DISTINCT FROM (b.standard_fen, b.personal_fen, b.repair_fen)
"""

# Control account = detail: what residents owe on open bills, by pooling area and year.
_OPEN = """
open_bills AS (
    SELECT pooling_area, benefit_year::text AS year, sum(personal_fen + repair_fen) AS fen
    FROM billing_bill WHERE state = 'issued' GROUP BY 1, 2)
"""
_LEGS = """
legs AS (
    SELECT t.pooling_area, x.account, sum(x.fen) AS fen FROM ledger_transfer t
    CROSS JOIN LATERAL (VALUES (t.debit_account, t.amount_fen), (t.credit_account, -t.amount_fen)) AS x(account, fen)
    GROUP BY 1, 2)
"""
_RECEIVABLE = f"""
WITH {_OPEN}, {_LEGS}
SELECT coalesce(l.account, 'receivable of ' || o.pooling_area || ' ' || o.year),
       'is ' || coalesce(l.fen, 0) || ' fen, open bills come to ' || coalesce(o.fen, 0)
FROM (SELECT pooling_area, split_part(account, '/', 3) AS year, account, fen FROM legs
      WHERE account LIKE 'receivable/%%/resident') l
FULL JOIN open_bills o USING (pooling_area, year)
WHERE coalesce(l.fen, 0) <> coalesce(o.fen, 0)
"""
_EXPECTED = f"""
WITH {_OPEN}, {_LEGS}
SELECT coalesce(l.account, 'expected of ' || o.pooling_area || ' ' || o.year),
       'is ' || coalesce(-l.fen, 0) || ' fen, open bills come to ' || coalesce(o.fen, 0)
FROM (SELECT pooling_area, split_part(account, '/', 3) AS year, account, fen FROM legs
      WHERE account LIKE 'expected/%%') l
FULL JOIN open_bills o USING (pooling_area, year)
WHERE coalesce(-l.fen, 0) <> coalesce(o.fen, 0)
"""
_SUBSIDIES = f"""
WITH {_LEGS}, due AS (
    SELECT b.pooling_area, b.benefit_year::text AS year, l.payer, sum(l.amount_fen) AS fen
    FROM billing_bill b JOIN billing_billline l ON l.pooling_area = b.pooling_area AND l.bill_id = b.id
    WHERE b.state = 'settled' AND l.payer <> 'resident' GROUP BY 1, 2, 3)
SELECT coalesce(l.account, d.payer || ' of ' || d.pooling_area || ' ' || d.year),
       'is ' || coalesce(l.fen, 0) || ' fen, settled bills come to ' || coalesce(d.fen, 0)
FROM (SELECT pooling_area, split_part(account, '/', 3) AS year, split_part(account, '/', 5) AS payer, account, fen
      FROM legs WHERE account LIKE 'receivable/%%/subsidy/%%') l
FULL JOIN due d USING (pooling_area, year, payer)
WHERE coalesce(l.fen, 0) <> coalesce(d.fen, 0)
"""

_TWICE = """
SELECT 'resident ' || resident_id, 'has ' || count(*) || ' live bills for ' || benefit_year
FROM billing_bill WHERE state IN ('issued', 'settled')
GROUP BY pooling_area, resident_id, benefit_year, kind HAVING count(*) > 1
"""

_STATES = """
SELECT 'bill ' || b.id, 'is settled without a ledger entry that stands' FROM billing_bill b
LEFT JOIN ledger_entry e ON e.pooling_area = b.pooling_area AND e.id = b.settled_entry_id
LEFT JOIN ledger_entry r ON r.reverses_id = e.id
WHERE b.state = 'settled' AND b.standard_fen + b.repair_fen > 0 AND (e.id IS NULL OR r.id IS NOT NULL)
UNION ALL
SELECT 'bill ' || b.id, 'asks the resident for nothing and is still open' FROM billing_bill b
WHERE b.state = 'issued' AND b.personal_fen + b.repair_fen = 0
UNION ALL
SELECT 'bill ' || b.id, 'is refunded, and the entry that settled it was never reversed' FROM billing_bill b
LEFT JOIN ledger_entry r ON r.reverses_id = b.settled_entry_id
WHERE b.state = 'refunded' AND r.id IS NULL
"""


def _recomputed() -> Iterator[Violation]:
    """Every bill worked out again from the facts it is pinned to, where its policy is still the pinned one."""
    answers: dict[tuple[str, str, str], tuple[object, ...]] = {}
    for bill in Bill.objects.order_by("pk").iterator(chunk_size=BATCH_SIZE):
        if digest_of(bill.facts) != bill.facts_digest:
            yield Violation("B6", f"bill {bill.pk}", "its facts are not those of its digest")
            continue
        policy = enrolment.policy_pinned(bill.policy_id, bill.policy_digest)
        if policy.digest != bill.policy_digest:
            continue
        key = (bill.policy_digest, bill.facts_digest, str(bill.quoted_on))
        if key not in answers:
            try:
                answer = quote(policy, bill.facts, on=bill.quoted_on)
            except BadPerson as bad:
                yield Violation("B6", f"bill {bill.pk}", f"its policy refuses its facts: {bad}")
                continue
            answers[key] = (answer.klass, answer.standard_fen, answer.personal_fen, answer.repair_fen, answer.award)
        own = (bill.class_code, bill.standard_fen, bill.personal_fen, bill.repair_fen, bill.award)
        if answers[key] != own:
            yield Violation("B6", f"bill {bill.pk}", f"says {own}, its policy and facts say {answers[key]}")


def outdated(clock: Clock) -> Iterator[Violation]:
    """Open bills that today's facts would not give, and what they would.

    Findings, not violations, and so no part of `check`: a register moves every day. The counter refuses such a bill
    (`bill_outdated`, `not_eligible_now`), and the next run or a click on "reissue" replaces it.
    """
    waiting = Bill.objects.filter(state=BillState.ISSUED)
    for policy_id in sorted(set(waiting.order_by().values_list("policy_id", flat=True))):
        policy = policies.get(policy_id)
        drafter = PlaceDrafter(policy_id, clock.now())
        own = {bill.resident_id: bill for bill in waiting.filter(policy_id=policy_id).defer("facts")}
        for rows in enrolment.facts_batches(program("check"), policy_id, policy.area):
            for resident_id, _, village_code, facts in rows:
                bill = own.pop(resident_id, None)
                if bill is None:
                    continue
                draft = drafter.draft(facts, village_code)
                if isinstance(draft, NoBill):
                    yield Violation("outdated", f"bill {bill.pk}", f"today's facts give none: {draft.code}")
                elif not draft.costs(bill):
                    asks = f"asks {bill.payable_fen} fen, today's facts {draft.payable_fen}"
                    yield Violation("outdated", f"bill {bill.pk}", f"{asks} (award {bill.award}, {draft.award})")
        for bill in own.values():
            yield Violation("outdated", f"bill {bill.pk}", "its resident is dead or not enrolled any more")
