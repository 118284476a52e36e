"""Who is debited by which bank, the files that were made, and what the bank answered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from canbao.areas import queries as areas
from canbao.billing.models import Bill, BillState
from canbao.kernel.scope import Scope, area_prefix
from canbao.payments.models import Capture, Channel, DebitLine, DebitMandate, DebitRun, Shape
from canbao.payments.partners import debit_file
from canbao.payments.queries.payments import inside


def bank_channels(pooling_area: str) -> list[Channel]:
    """The banks with whom files are exchanged for a pooling area."""
    return list(Channel.objects.filter(pooling_area=pooling_area, shape=Shape.FILE).order_by("name_zh", "pk"))


def bank_channel(pooling_area: str, channel_id: int) -> Channel | None:
    return Channel.objects.filter(pooling_area=pooling_area, shape=Shape.FILE, pk=channel_id).first()


def bank_channels_inside(scope: Scope) -> QuerySet[Channel]:
    """Those of places that lie inside the scope as a whole."""
    return Channel.objects.filter(policy_id__in=inside(scope), shape=Shape.FILE).order_by("policy_id", "pk")


def bank_channel_inside(scope: Scope, channel_id: int) -> Channel | None:
    return bank_channels_inside(scope).filter(pk=channel_id).first()


def debit_of(resident_id: int) -> DebitMandate | None:
    """The agreement by which a resident's bills are debited now, for who may see the resident."""
    return DebitMandate.objects.filter(resident_id=resident_id, ended_at=None).select_related("channel").first()


def last_failure(bill_id: int) -> DebitLine | None:
    """The last time a bank could not collect the bill."""
    failed = DebitLine.objects.filter(bill_id=bill_id).exclude(result__in=("", debit_file.COLLECTED))
    return failed.select_related("run__channel").order_by("-run__answer_taken_at", "-pk").first()


def debitable(scope: Scope, channel: Channel, area_code: str) -> list[tuple[DebitMandate, Bill]]:
    """Open bills of the channel's policy in the area whose payers agreed, and that no bank has before it."""
    mandates = {
        row.resident_id: row
        for row in DebitMandate.objects.filter(
            scope.q("resident__village_code"),
            pooling_area=channel.pooling_area,
            channel=channel,
            ended_at=None,
            resident__village_code__startswith=area_prefix(area_code),
        )
    }
    waiting = DebitLine.objects.filter(pooling_area=channel.pooling_area, result="").values("bill_id")
    rows = (
        Bill.objects.filter(
            pooling_area=channel.pooling_area,
            policy_id=channel.policy_id,
            state=BillState.ISSUED,
            resident_id__in=list(mandates),
        )
        .exclude(pk__in=waiting)
        .order_by("village_code", "pk")
    )
    return [(mandates[bill.resident_id], bill) for bill in rows if bill.payable_fen]


def runs(scope: Scope) -> QuerySet[DebitRun]:
    """The files for areas inside the scope, the latest first."""
    inside_now = DebitRun.objects.filter(scope.q("area_code"), pooling_area__in=areas.pooling_codes(scope))
    return inside_now.select_related("channel").order_by("-made_at", "-pk")


def run(scope: Scope, run_id: int) -> DebitRun | None:
    return runs(scope).filter(pk=run_id).first()


def run_named(scope: Scope, company: str, batch: str) -> DebitRun | None:
    """The file that a bank's answer names, inside the scope."""
    if not (len(batch) == 10 and batch.isascii() and batch.isdigit()):
        return None
    rows = runs(scope).filter(channel_id=int(batch[:4]), sequence=int(batch[4:]), channel__merchant_id=company)
    return rows.first()


@dataclass(frozen=True, slots=True)
class Outcome:
    """One line with what became of it: `capture` is the money, if the bank collected any."""

    line: DebitLine
    capture: Capture | None


def outcomes(run: DebitRun) -> list[Outcome]:
    """The lines of a file in order."""
    lines = list(DebitLine.objects.filter(run=run).select_related("bill__resident").order_by("number"))
    serials = [line.serial for line in lines if line.serial]
    captures = {
        capture.transaction_id: capture
        for capture in Capture.objects.filter(channel=run.channel, transaction_id__in=serials)
    }
    return [Outcome(line, captures.get(line.serial) if line.serial else None) for line in lines]


def file_of(run: DebitRun, lines: Iterable[DebitLine] | None = None) -> bytes:
    """The file for the bank, the same bytes every time."""
    rows = DebitLine.objects.filter(run=run).order_by("number") if lines is None else lines
    wanted = (debit_file.Wanted(row.number, row.bill_id, row.agreement_no, row.amount_fen) for row in rows)
    return debit_file.written(run.channel.merchant_id, run.batch, run.made_on, wanted)
