"""What channels tell: checked, stored once as it came, judged under the lock of its bill, answered after commit.

An answer says "durably received". What cannot be judged at once because somebody else works on the bill is stored all
the same, and the worker judges it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction

from canbao.billing.drafts import Line
from canbao.billing.models import Bill, BillState
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import SHANGHAI, Clock
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope, program
from canbao.ledger import actions as ledger
from canbao.ledger import chart
from canbao.ledger.actions import Draft, Move
from canbao.payments import items, ways_back
from canbao.payments.actions import settling
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
from canbao.payments.models import (
    AlarmKind,
    Attempt,
    AttemptState,
    Capture,
    Channel,
    Delivery,
    Place,
    Refund,
    RefundState,
)
from canbao.payments.partners.partner import Answer
from canbao.payments.partners.report import FEN, Kind, Report, report_of
from canbao.policy import policies

LOCK_TIMEOUT = "2s"
TRIES = 3
LEFT_OVER_AFTER = timedelta(seconds=5)
UNAUTHORISED = Answer(401, b"", "text/plain")
_OPEN = (AttemptState.CREATED, AttemptState.SENT, AttemptState.UNKNOWN)


def ear(channel: Channel) -> Scope:
    """The program, hearing what the channel tells; the books name the channel."""
    return program(channel.name_zh, Capability.HEAR_CHANNELS)


def take_report(*, actor: Scope, channel: Channel, report: Report, raw: bytes, clock: Clock) -> Verdict | None:
    """Store a genuine report once and judge it in the same transaction; the verdict, also of one told before.

    None where it is stored and the worker judges it. `judge_left_over` does what a lock kept from being done.
    """
    actor.require(Capability.HEAR_CHANNELS, channel.pooling_area)
    for attempt in range(TRIES):
        try:
            with transaction.atomic(durable=True):
                stored = _store(channel, report, raw, clock)
                if not isinstance(stored, Delivery):
                    return _again(channel, stored, report, clock)
                return _judged(actor, channel, stored, report, clock)
        except OperationalError as fault:
            if not settling.is_busy(fault):
                raise
            break
        except IntegrityError:
            # Another telling of the same money was judged between our look and our write: look again.
            if attempt == TRIES - 1:
                raise
    with transaction.atomic(durable=True):
        _store(channel, report, raw, clock)
    return None


def judge_left_over(*, actor: Scope, clock: Clock, limit: int = 100) -> int:
    """Judge what is stored and was not judged when it came; how many were."""
    actor.require(Capability.HEAR_CHANNELS)
    waiting = Delivery.objects.filter(verdict__isnull=True, received_at__lt=clock.now() - LEFT_OVER_AFTER)
    done = 0
    for delivery_id in list(waiting.order_by("pk").values_list("pk", flat=True)[:limit]):
        try:
            with transaction.atomic(durable=True):
                settling.wait_at_most(LOCK_TIMEOUT)
                row = Delivery.objects.select_for_update(skip_locked=True).filter(pk=delivery_id, verdict=None).first()
                if row is not None:
                    channel = row.channel
                    _judged(ear(channel), channel, row, report_of(row.report), clock)
                    done += 1
        except (OperationalError, IntegrityError):
            # The next round finds it again.
            continue
    return done


def alarm(channel: Channel, kind: AlarmKind, clock: Clock) -> None:
    """Count what cannot be believed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO payments_alarm (pooling_area, channel_id, day, kind, count) VALUES (%s, %s, %s, %s, 1)"
            " ON CONFLICT (channel_id, day, kind) DO UPDATE SET count = payments_alarm.count + 1",
            [channel.pooling_area, channel.pk, clock.today(), kind],
        )


_STORE = """
WITH told AS (
    INSERT INTO payments_delivery (pooling_area, channel_id, event_id, report, raw_sealed, received_at, reason)
    SELECT %(area)s, %(channel)s, %(event)s, %(report)s::jsonb, %(raw)s, %(at)s, ''
    FROM (SELECT set_config('lock_timeout', %(timeout)s, true)) waits
    ON CONFLICT (channel_id, event_id) DO NOTHING RETURNING id
)
SELECT id, NULL FROM told
UNION ALL SELECT NULL, report FROM payments_delivery WHERE channel_id = %(channel)s AND event_id = %(event)s
"""


def _store(channel: Channel, report: Report, raw: bytes, clock: Clock) -> Delivery | dict[str, Any]:
    """The delivery, new; what was told under this number before if one is there. A lock is waited for LOCK_TIMEOUT.

    One statement, for every round trip counts on the last evening.
    """
    row = delivery_row(channel, report, raw, clock)
    with connection.cursor() as cursor:
        cursor.execute(
            _STORE,
            {
                "area": row.pooling_area, "channel": channel.pk, "event": row.event_id,
                "report": json.dumps(row.report), "raw": bytes(row.raw_sealed), "at": row.received_at,
                "timeout": LOCK_TIMEOUT,
            },
        )  # fmt: skip
        found = cursor.fetchone()
    if found is None:
        # Another telling of it was committed while this statement waited for it.
        known = Delivery.objects.filter(channel=channel, event_id=report.event_id)
        before: dict[str, Any] = known.values_list("report", flat=True).get()
        return before
    if found[0] is None:
        told_before: dict[str, Any] = json.loads(found[1]) if isinstance(found[1], str) else found[1]
        return told_before
    row.pk = found[0]
    row._state.adding = False
    return row


def delivery_row(channel: Channel, report: Report, raw: bytes, clock: Clock) -> Delivery:
    """What was told, sealed, not written yet."""
    row = Delivery(
        pooling_area=channel.pooling_area, channel=channel, event_id=report.event_id, report=report.stored,
        received_at=clock.now(),
    )  # fmt: skip
    row.seal_raw(raw)
    return row


def _again(channel: Channel, before: dict[str, Any], report: Report, clock: Clock) -> Verdict:
    """One number told twice: the same story is a duplicate, another one a conflict, a stranger's nothing of ours."""
    if before == report.stored:
        return Verdict(Outcome.DUPLICATE)
    if not is_ours(channel, report):
        alarm(channel, AlarmKind.ALIEN, clock)
        return Verdict(Outcome.ALIEN)
    alarm(channel, AlarmKind.CONFLICT, clock)
    return Verdict(Outcome.CONFLICT)


def is_ours(channel: Channel, report: Report) -> bool:
    """Whether merchant, application and currency are those of the channel."""
    return (report.merchant_id, report.app_id, report.currency) == (channel.merchant_id, channel.app_id, FEN)


@dataclass(slots=True)
class _About:
    """The rows that a report is about, locked."""

    bill: Bill | None
    attempt: Attempt | None
    refund: Refund | None
    _lines: tuple[Line, ...] | None = None

    @property
    def lines(self) -> tuple[Line, ...]:
        """Those of the bill, read once."""
        assert self.bill is not None
        if self._lines is None:
            self._lines = settling.lines_of(self.bill)
        return self._lines


def _judged(actor: Scope, channel: Channel, delivery: Delivery, report: Report, clock: Clock) -> Verdict:
    about = _locked(channel, report)
    capture = Capture.objects.filter(channel=channel, transaction_id=report.transaction_id).first()
    known = Known(
        ours=is_ours(channel, report),
        attempt=AttemptSeen(about.attempt.state, about.attempt.amount_fen) if about.attempt else None,
        bill=_seen(actor, channel, about, report) if about.bill and capture is None else None,
        capture=CaptureSeen(capture.meant_for, capture.amount_fen) if capture else None,
        refund=_refund_seen(about.refund, report),
    )
    verdict = judge(report, known)
    made = _carry_out(actor, channel, verdict, report, about, clock)
    delivery.verdict, delivery.reason, delivery.judged_at = verdict.outcome, verdict.reason, clock.now()
    delivery.capture = made or capture
    delivery.save(update_fields=("verdict", "reason", "judged_at", "capture"))
    return verdict


def _locked(channel: Channel, report: Report) -> _About:
    """An attempt is locked in one statement with its bill. Of a bill that was voided, the one that took its place."""
    if report.refund_number:
        rows = Refund.objects.select_for_update(of=("self",)).filter(capture__channel=channel)
        return _About(None, None, rows.filter(number=report.refund_number[:-2]).first())
    attempt = _locked_attempt(channel, report.trade_no) if report.trade_no else None
    if attempt is not None:
        bill: Bill | None = attempt.bill
    else:
        here = Bill.objects.filter(pooling_area=channel.pooling_area, pk=report.bill_id or 0)
        bill = here.select_for_update(of=("self",)).first() if report.bill_id is not None else None
    while bill is not None and bill.state == BillState.VOID:
        successor = Bill.objects.filter(pooling_area=bill.pooling_area, replaces_id=bill.pk).first()
        if successor is None:
            break
        bill = settling.lock_bill(successor.pk)
    return _About(bill, attempt, None)


def _locked_attempt(channel: Channel, trade_no: str) -> Attempt | None:
    """With its bill, both locked: whoever else locks a bill locks no attempt of it first."""
    rows = Attempt.objects.select_for_update(of=("self", "bill")).select_related("bill")
    return rows.filter(channel=channel, trade_no=trade_no).first()


def _refund_seen(refund: Refund | None, report: Report) -> RefundSeen | None:
    if refund is None:
        return None
    return RefundSeen(refund.amount_fen, refund.state, refund.number_there == report.refund_number)


def _seen(actor: Scope, channel: Channel, about: _About, report: Report) -> BillSeen:
    bill = about.bill
    assert bill is not None
    return bill_seen(channel, bill, report, lambda at: settling.require_standing(actor, bill, about.lines, at))


def bill_seen(channel: Channel, bill: Bill, report: Report, require: Callable[[datetime], None]) -> BillSeen:
    """`require` refuses a bill that does not stand at a moment (`settling.require_standing`)."""
    obstacle: Reason | None = None
    right = report.kind == Kind.PAID and bill.state == BillState.ISSUED and report.amount_fen == bill.payable_fen
    if right and report.paid_at is not None:
        policy = policies.get(bill.policy_id)
        try:
            require(report.paid_at)
        except Refusal as refusal:
            late = report.paid_at.astimezone(SHANGHAI).replace(tzinfo=None) > policy.closes
            after_death = refusal.code == "deceased"
            obstacle = Reason.AFTER_DEATH if after_death else Reason.AFTER_CLOSE if late else Reason.OUTDATED
        if channel.policy_id != bill.policy_id:
            obstacle = Reason.OUTDATED
    return BillSeen(bill.state, bill.payable_fen, items.item_of(bill, channel.code), obstacle)


def _carry_out(
    actor: Scope, channel: Channel, verdict: Verdict, report: Report, about: _About, clock: Clock
) -> Capture | None:
    match verdict.outcome:
        case Outcome.SETTLE:
            return _settle(actor, channel, report, about, clock)
        case Outcome.HOLD:
            return _hold(actor, channel, report, about, verdict.reason, clock)
        case Outcome.ASK:
            _move(about.attempt, AttemptState.UNKNOWN, clock)
        case Outcome.CONFLICT | Outcome.ALIEN:
            kind = AlarmKind.CONFLICT if verdict.outcome == Outcome.CONFLICT else AlarmKind.ALIEN
            alarm(channel, kind, clock)
            if verdict.outcome == Outcome.CONFLICT and about.attempt and about.attempt.state in _OPEN:
                _move(about.attempt, AttemptState.UNKNOWN, clock)
        case Outcome.NOTE:
            ended = {Kind.FAILED: AttemptState.FAILED, Kind.CLOSED: AttemptState.CLOSED}.get(report.kind)
            if ended is not None and about.attempt is not None and about.attempt.state in _OPEN:
                _move(about.attempt, ended, clock)
        case Outcome.RETURN:
            _return(actor, channel, report, about.refund, clock)
    return None


def _move(attempt: Attempt | None, state: AttemptState, clock: Clock) -> None:
    assert attempt is not None
    attempt.state = state
    attempt.ask_at = clock.now() if state == AttemptState.UNKNOWN else None
    attempt.resolved_at = None if state == AttemptState.UNKNOWN else clock.now()
    attempt.save(update_fields=("state", "ask_at", "resolved_at"))


def _settle(actor: Scope, channel: Channel, report: Report, about: _About, clock: Clock) -> Capture:
    bill = about.bill
    assert bill is not None and report.paid_at is not None
    money = chart.channel_money(channel.pooling_area, channel.code)
    entry = settling.post_payment(actor, bill, about.lines, money, report.paid_at, clock)
    capture = _capture(channel, report, about, entry.pk, Place.SETTLED, "", clock)
    settling.settle(
        actor=actor, bill=bill, taken=settling.taken_through(capture, clock), entry=entry, clock=clock, capture=capture
    )
    if about.attempt is not None:
        _move(about.attempt, AttemptState.PAID, clock)
    return capture


def _hold(actor: Scope, channel: Channel, report: Report, about: _About, reason: str, clock: Clock) -> Capture:
    assert report.paid_at is not None
    area = channel.pooling_area
    entry = ledger.post(
        actor=actor.deputed(Capability.KEEP_LEDGER, area),
        draft=Draft(
            area,
            f"capture:{channel.pk}:{report.transaction_id}",
            "capture",
            f"{channel.pk}:{report.transaction_id}",
            report.paid_at.astimezone(SHANGHAI).date(),
            (
                Move(
                    chart.channel_money(area, channel.code),
                    chart.held_money(area, channel.code, reason),
                    report.amount_fen,
                ),
            ),
        ),
        clock=clock,
    )
    if about.attempt is not None:
        _move(about.attempt, AttemptState.PAID, clock)
    return _capture(channel, report, about, entry.pk, Place.HELD, reason, clock)


def _capture(
    channel: Channel, report: Report, about: _About, entry_id: int, place: Place, reason: str, clock: Clock
) -> Capture:
    made = capture_row(channel, report, about.attempt, about.bill, clock)
    made.entry_id, made.place, made.reason = entry_id, place, reason
    made.save(force_insert=True)
    return made


def capture_row(channel: Channel, report: Report, attempt: Attempt | None, bill: Bill | None, clock: Clock) -> Capture:
    """The money told of, not written yet, without its entry and its place."""
    assert report.paid_at is not None
    return Capture(
        pooling_area=channel.pooling_area,
        channel=channel,
        transaction_id=report.transaction_id,
        attempt=attempt,
        bill=bill,
        meant_for=report.meant_for,
        amount_fen=report.amount_fen,
        paid_at=report.paid_at,
        received_at=clock.now(),
    )


def _return(actor: Scope, channel: Channel, report: Report, refund: Refund | None, clock: Clock) -> None:
    assert refund is not None
    if report.reference:
        refund.reference = report.reference
        refund.save(update_fields=("reference",))
    if report.kind == Kind.BOUNCED:
        refund.state, refund.ask_at = RefundState.BOUNCED, None
        refund.save(update_fields=("state", "ask_at"))
        return
    ways_back.arrived(actor, channel, refund, clock)
