"""Many tellings of one moment, settled in one transaction: one lock statement, one judgement each, one write a table.

Only what plainly settles an open bill, and what was told before word for word, goes in the set; whatever is told late,
wrongly or about a row that somebody else holds is taken alone afterwards. If the set fails, everything is taken alone,
so one bad telling spoils no other.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from django.db import transaction

from canbao.billing import actions as billing
from canbao.billing import queries as bills
from canbao.billing.drafts import Line
from canbao.billing.models import Bill, BillState
from canbao.enrolment import queries as enrolment
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.ledger import actions as ledger
from canbao.ledger import chart
from canbao.payments.actions import settling
from canbao.payments.actions.hearing import (
    LOCK_TIMEOUT,
    bill_seen,
    capture_row,
    delivery_row,
    ear,
    is_ours,
    take_report,
)
from canbao.payments.judging import AttemptSeen, Known, Outcome, Verdict, judge
from canbao.payments.models import Attempt, AttemptState, Capture, Channel, Delivery, Payment, Place, Shape
from canbao.payments.partners.report import Kind, Report
from canbao.registry import queries as registry

log = logging.getLogger("canbao.payments")


@dataclass(frozen=True, slots=True, eq=False)
class Telling:
    """A genuine report of a channel, and the bytes it came as."""

    channel: Channel
    report: Report
    raw: bytes


def take_together(*, actor: Scope, tellings: Sequence[Telling], clock: Clock) -> list[Verdict | Exception | None]:
    """As `take_report` for each, in order, in much fewer transactions; what `take_report` raised stands in its place.

    Every verdict is of a committed transaction.
    """
    actor.require(Capability.HEAR_CHANNELS)
    said: dict[Telling, Verdict] = {}
    if len(tellings) > 1:
        try:
            with transaction.atomic(durable=True):
                settling.wait_at_most(LOCK_TIMEOUT)
                said = _judged(actor, tellings, clock)
        except Exception as fault:
            # Whoever is to blame meets the fault again, alone.
            log.warning("%d tellings are judged one by one: %s", len(tellings), type(fault).__name__)
            said = {}
    return [said.get(telling) or _alone(telling, clock) for telling in tellings]


def _alone(telling: Telling, clock: Clock) -> Verdict | Exception | None:
    channel = telling.channel
    try:
        return take_report(actor=ear(channel), channel=channel, report=telling.report, raw=telling.raw, clock=clock)
    except Exception as fault:
        return fault


@dataclass(frozen=True, slots=True)
class _Case:
    """A telling with the rows it is about, locked."""

    telling: Telling
    bill: Bill
    attempt: Attempt | None
    lines: tuple[Line, ...]


def _judged(actor: Scope, tellings: Sequence[Telling], clock: Clock) -> dict[Telling, Verdict]:
    """Those that the set could judge; the rest changed nothing."""
    before = _told_before(tellings)
    said = {one: Verdict(Outcome.DUPLICATE) for one in tellings if before.get(_number(one)) == one.report.stored}
    found = _locked(_not_taken([one for one in _plain(tellings) if _number(one) not in before]))
    lines = bills.lines_by_bill([bill for _, bill, _ in found])
    cases = _standing(actor, [_Case(telling, bill, attempt, lines[bill.pk]) for telling, bill, attempt in found])
    by_channel: dict[int, list[_Case]] = {}
    for case in cases:
        by_channel.setdefault(case.telling.channel.pk, []).append(case)
    for own in by_channel.values():
        _write(own[0].telling.channel, own, clock)
    return said | {case.telling: Verdict(Outcome.SETTLE) for case in cases}


def _number(telling: Telling) -> tuple[int, str]:
    return telling.channel.pk, telling.report.event_id


def _told_before(tellings: Sequence[Telling]) -> dict[tuple[int, str], dict[str, Any]]:
    """Number → what was told under it, committed."""
    rows = Delivery.objects.filter(
        channel__in={one.channel.pk for one in tellings}, event_id__in=[one.report.event_id for one in tellings]
    )
    return {(channel, event): report for channel, event, report in rows.values_list("channel_id", "event_id", "report")}


def _plain(tellings: Iterable[Telling]) -> list[Telling]:
    """Money for something of ours, each number once; a receipt that is told at once goes alone."""
    seen: set[tuple[int, str, str]] = set()
    plain = []
    for telling in tellings:
        channel, report = telling.channel, telling.report
        numbers = {
            (channel.pk, "event", report.event_id),
            (channel.pk, "transaction", report.transaction_id),
            (0, "attempt", report.trade_no) if report.trade_no else (0, "bill", str(report.bill_id)),
        }
        whole = report.kind == Kind.PAID and report.transaction_id and report.amount_fen > 0 and report.paid_at
        alone = report.refund_number or Shape(channel.shape) in settling.TOLD_AT_ONCE
        if is_ours(channel, report) and whole and report.meant_for and not alone and seen.isdisjoint(numbers):
            plain.append(telling)
        seen |= numbers
    return plain


def _not_taken(tellings: Sequence[Telling]) -> list[Telling]:
    """Those whose money nobody told of before."""
    rows = Capture.objects.filter(
        channel__in={one.channel.pk for one in tellings},
        transaction_id__in=[one.report.transaction_id for one in tellings],
    )
    taken = set(rows.values_list("channel_id", "transaction_id"))
    return [one for one in tellings if (one.channel.pk, one.report.transaction_id) not in taken]


def _locked(tellings: Sequence[Telling]) -> list[tuple[Telling, Bill, Attempt | None]]:
    """With its open bill, those whose rows nobody else holds, each bill once. Nothing is waited for."""
    named = {one.report.trade_no for one in tellings if one.report.trade_no}
    rows = Attempt.objects.select_for_update(of=("self", "bill"), skip_locked=True).select_related("bill")
    attempts = {row.trade_no: row for row in rows.filter(trade_no__in=named).order_by("bill_id")} if named else {}
    pushed = {one.report.bill_id or 0 for one in tellings if not one.report.trade_no}
    open_ones = Bill.objects.select_for_update(of=("self",), skip_locked=True).filter(pk__in=pushed).order_by("pk")
    own = {row.pk: row for row in open_ones} if pushed else {}
    found, used = [], set[int]()
    for telling in tellings:
        channel, report = telling.channel, telling.report
        attempt = attempts.get(report.trade_no)
        bill = attempt.bill if attempt else own.get(report.bill_id or 0)
        if bill is None or bill.pk in used or bill.state != BillState.ISSUED:
            continue
        if bill.pooling_area == channel.pooling_area and (attempt is None or attempt.channel_id == channel.pk):
            used.add(bill.pk)
            found.append((telling, bill, attempt))
    return found


def _standing(actor: Scope, cases: Sequence[_Case]) -> list[_Case]:
    """Those that `judge` settles, by what is known of the person now."""
    persons = registry.locked_residents(actor, [case.bill.resident_id for case in cases])
    insured: dict[int, settling.Insured] = {}
    windows = cache(enrolment.Windows)
    for year in {case.bill.benefit_year for case in cases}:
        own = [case.bill for case in cases if case.bill.benefit_year == year]
        enrolled = enrolment.locked_enrolments(actor, [bill.resident_id for bill in own], year)
        facts = enrolment.facts_enrolled(enrolled.values())
        for bill in own:
            person, row = persons.get(bill.resident_id), enrolled.get(bill.resident_id)
            if person is not None and row is not None:
                there = partial(windows(bill.policy_id).policy_at, person.village_code)
                insured[bill.pk] = settling.Insured(person, row, there, partial(facts.__getitem__, person.pk))
    return [case for case in cases if case.bill.pk in insured and _is_settled(case, insured[case.bill.pk])]


def _is_settled(case: _Case, insured: settling.Insured) -> bool:
    attempt, report = case.attempt, case.telling.report
    seen = bill_seen(
        case.telling.channel, case.bill, report,
        lambda at: settling.require_standing_of(insured, case.bill, case.lines, at),
    )  # fmt: skip
    known = Known(ours=True, attempt=AttemptSeen(attempt.state, attempt.amount_fen) if attempt else None, bill=seen)
    return judge(report, known).outcome == Outcome.SETTLE


def _write(channel: Channel, cases: Sequence[_Case], clock: Clock) -> None:
    """What the single way writes for each, in the same tables, a statement or two a table."""
    actor, area, now = ear(channel), channel.pooling_area, clock.now()
    money = chart.channel_money(area, channel.code)
    drafts, captures = [], []
    for case in cases:
        capture = capture_row(channel, case.telling.report, case.attempt, case.bill, clock)
        capture.place = Place.SETTLED
        captures.append(capture)
        drafts.append(settling.payment_draft(case.bill, case.lines, money, capture.paid_at))
    entries = ledger.post_many(actor=actor.deputed(Capability.KEEP_LEDGER, area), drafts=drafts, clock=clock)
    for capture, entry_id in zip(captures, entries, strict=True):
        capture.entry_id = entry_id
    Capture.objects.bulk_create(captures)
    Payment.objects.bulk_create(
        settling.payment_row(actor, case.bill, settling.taken_through(capture, clock), capture.entry_id, capture)
        for case, capture in zip(cases, captures, strict=True)
    )
    ended = [case.attempt.pk for case in cases if case.attempt is not None]
    Attempt.objects.filter(pk__in=ended).update(state=AttemptState.PAID, ask_at=None, resolved_at=now)
    Delivery.objects.bulk_create(_deliveries(cases, captures, clock))
    billing.settle_bills(
        actor=actor.deputed(Capability.SETTLE_BILLS, area),
        pooling_area=area,
        settled=[
            billing.Settled(case.bill.pk, each.entry_id, each.paid_at)
            for case, each in zip(cases, captures, strict=True)
        ],
    )


def _deliveries(cases: Sequence[_Case], captures: Sequence[Capture], clock: Clock) -> Iterable[Delivery]:
    for case, capture in zip(cases, captures, strict=True):
        row = delivery_row(case.telling.channel, case.telling.report, case.telling.raw, clock)
        row.verdict, row.judged_at, row.capture = Outcome.SETTLE, clock.now(), capture
        yield row
