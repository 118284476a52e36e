"""The judge over everything that can be told and known: total, and as docs/explanation/channels.md says."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from canbao.billing.models import BillState
from canbao.payments.judging import (
    AttemptSeen,
    BillSeen,
    CaptureSeen,
    Known,
    Outcome,
    Reason,
    RefundSeen,
    Verdict,
    judge,
)
from canbao.payments.models.channels import AttemptState
from canbao.payments.models.refunds import RefundState
from canbao.payments.partners.report import Kind, Report

SUM, OTHER_SUM = 40000, 39900
MOMENT = datetime(2024, 11, 1, tzinfo=UTC)
OBSTACLES = (None, Reason.AFTER_DEATH, Reason.AFTER_CLOSE, Reason.OUTDATED)


def reports() -> Iterator[Report]:
    for kind, fen, item, confirmed, transaction, paid_at in itertools.product(
        Kind, (SUM, OTHER_SUM, 0), ("", "2025年", "特殊人群"), (False, True), ("t1", ""), (MOMENT, None)
    ):
        yield Report(
            event_id="e", kind=kind, merchant_id="m", amount_fen=fen, trade_no="n", transaction_id=transaction,
            item=item, paid_at=paid_at, confirmed=confirmed,
        )  # fmt: skip


def known() -> Iterator[Known]:
    bills = [None] + [
        BillSeen(state, payable, "2025年", obstacle)
        for state, payable, obstacle in itertools.product(BillState.values, (SUM, OTHER_SUM), OBSTACLES)
    ]
    attempts = [None] + [AttemptSeen(state, fen) for state in AttemptState.values for fen in (SUM, OTHER_SUM)]
    captures = [None, CaptureSeen("n", SUM), CaptureSeen("n", OTHER_SUM), CaptureSeen("another", SUM)]
    refunds = [None] + [
        RefundSeen(fen, state, current)
        for fen, state, current in itertools.product((SUM, OTHER_SUM), RefundState.values, (True, False))
    ]
    for ours, bill, attempt, capture in itertools.product((True, False), bills, attempts, captures):
        yield Known(ours, attempt, bill, capture)
    for ours, refund in itertools.product((True, False), refunds):
        yield Known(ours, refund=refund)


def test_whatever_is_told_and_known_there_is_one_verdict_and_it_keeps_the_rules() -> None:
    seen: Counter[Outcome] = Counter()
    everything = list(known())
    for report, what in itertools.product(reports(), everything):
        verdict = judge(report, what)
        seen[verdict.outcome] += 1
        fault = _broken(report, what, verdict)
        assert fault is None, (fault, report, what, verdict)

    assert set(seen) == set(Outcome)
    assert sum(seen.values()) > 100_000


def _broken(report: Report, what: Known, verdict: Verdict) -> str | None:
    """A rule that the verdict breaks; written the other way round than the judge: from the verdict to its grounds."""
    bill, attempt = what.bill, what.attempt
    if not what.ours:
        return None if verdict.outcome == Outcome.ALIEN else "not ours, and something happened"
    match verdict.outcome:
        case Outcome.SETTLE:
            right = bill is not None and bill.state == "issued" and bill.obstacle is None
            exact = bill is not None and report.amount_fen == bill.payable_fen
            asked = attempt is None or attempt.amount_fen == report.amount_fen
            ended = attempt is not None and attempt.state in ("failed", "closed")
            told = report.kind == Kind.PAID and report.transaction_id and report.paid_at and what.capture is None
            if not (right and exact and asked and told and (report.confirmed or not ended)):
                return "settled without grounds"
            return "another item" if report.item not in ("", bill.item if bill else "") else None
        case Outcome.HOLD:
            if report.kind != Kind.PAID or what.capture is not None or not verdict.reason:
                return "held what was no new money"
            if verdict.reason in (Reason.AFTER_DEATH, Reason.AFTER_CLOSE):
                return None if bill is not None and bill.obstacle == verdict.reason else "held for another reason"
            return None
        case Outcome.DUPLICATE:
            same_money = what.capture == CaptureSeen(report.meant_for, report.amount_fen)
            return None if same_money or what.refund is not None else "called new money known"
        case Outcome.ASK:
            ended = attempt is not None and attempt.state in ("failed", "closed")
            return None if ended and not report.confirmed else "asked although nothing contradicts"
        case Outcome.RETURN:
            refund = what.refund
            good = refund is not None and refund.current and refund.amount_fen == report.amount_fen
            return None if good and refund and refund.state != "returned" else "a refund moved that is not ours"
        case Outcome.ALIEN:
            return "ours, and called alien"
        case Outcome.NOTE:
            return "money was only noted" if report.kind in (Kind.PAID, Kind.RETURNED, Kind.BOUNCED) else None
        case Outcome.CONFLICT:
            if verdict.accepted:
                return "a contradiction was accepted"
            known_money = what.capture is not None and what.capture.meant_for == report.meant_for
            whole = report.transaction_id and report.amount_fen > 0 and report.paid_at
            if report.kind == Kind.PAID and whole and known_money and what.capture:
                return None if what.capture.amount_fen != report.amount_fen else "called a repetition a contradiction"
            return None
    return "no rule knows this verdict"


PAID = Report(
    event_id="e", kind=Kind.PAID, merchant_id="m", amount_fen=SUM, trade_no="n", transaction_id="t", paid_at=MOMENT
)
OPEN, SENT = BillSeen("issued", SUM), AttemptSeen("sent", SUM)


@pytest.mark.parametrize(
    ("what", "outcome", "reason"),
    [
        (Known(True, SENT, OPEN), "settle", ""),
        (Known(True, None, OPEN), "settle", ""),
        (Known(True, SENT, None), "hold", "unknown_bill"),
        (Known(True, AttemptSeen("sent", OTHER_SUM), OPEN), "hold", "wrong_amount"),
        (Known(True, SENT, BillSeen("settled", SUM)), "hold", "double"),
        (Known(True, SENT, BillSeen("void", SUM)), "hold", "void_bill"),
        (Known(True, SENT, BillSeen("issued", OTHER_SUM)), "hold", "outdated"),
        (Known(True, SENT, BillSeen("issued", SUM, obstacle=Reason.AFTER_DEATH)), "hold", "after_death"),
        (Known(True, AttemptSeen("closed", SUM), OPEN), "ask", ""),
        (Known(True, SENT, OPEN, CaptureSeen("n", SUM)), "duplicate", ""),
        (Known(True, SENT, OPEN, CaptureSeen("n", OTHER_SUM)), "conflict", ""),
        (Known(False, SENT, OPEN), "alien", ""),
    ],
)
def test_the_table(what: Known, outcome: str, reason: str) -> None:
    verdict = judge(PAID, what)

    assert (verdict.outcome, verdict.reason) == (outcome, reason)
