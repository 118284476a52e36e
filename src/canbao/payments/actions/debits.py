"""Batch debits: agreements of payers, the file for the bank, and its answer, judged line by line as all else is."""

from __future__ import annotations

import re
from datetime import date

from django.db import IntegrityError, transaction

from canbao.billing import queries as bills
from canbao.billing.models import Bill
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.ledger import actions as ledger
from canbao.payments import refused_debits
from canbao.payments.actions import settling
from canbao.payments.actions.hearing import ear, take_report
from canbao.payments.models import Channel, DebitLine, DebitMandate, DebitRun
from canbao.payments.partners import debit_file
from canbao.payments.partners.report import Kind, Report
from canbao.payments.queries import debits
from canbao.registry import queries as registry

_AGREEMENT = re.compile(r"[0-9A-Za-z-]{4,40}")


def sign_debit(
    *, actor: Scope, resident_id: int, channel_id: int, agreement_no: str, holder: str, signed_on: date, clock: Clock
) -> DebitMandate:
    """Record that a payer lets a bank debit him for the resident's bills.

    Refuses `resident_not_found`, `channel_of_another_kind`, `bad_agreement`, `debited_already`.
    """
    actor.require(Capability.TAKE_PAYMENT)
    person = registry.resident(actor, resident_id)
    channel = debits.bank_channel(person.pooling_area, channel_id)
    if channel is None:
        raise refused_debits.channel_of_another_kind()
    agreement_no, holder = agreement_no.strip(), " ".join(holder.split())[:60]
    if not _AGREEMENT.fullmatch(agreement_no) or not holder or signed_on > clock.today():
        raise refused_debits.bad_agreement()
    try:
        with transaction.atomic():
            return DebitMandate.objects.create(
                pooling_area=person.pooling_area, channel=channel, resident=person, agreement_no=agreement_no,
                holder=holder, signed_on=signed_on, recorded_at=clock.now(), recorded_by=ledger.actor_name(actor),
            )  # fmt: skip
    except IntegrityError as fault:
        if "payments_debited_by_one" in str(fault):
            raise refused_debits.debited_already() from None
        raise


def end_debit(*, actor: Scope, resident_id: int, clock: Clock) -> DebitMandate:
    """The payer is debited no more. Refuses `resident_not_found`, `not_debited`."""
    actor.require(Capability.TAKE_PAYMENT)
    person = registry.resident(actor, resident_id)
    with transaction.atomic():
        row = DebitMandate.objects.select_for_update().filter(resident_id=person.pk, ended_at=None).first()
        if row is None:
            raise refused_debits.not_debited()
        row.ended_at = clock.now()
        row.save(update_fields=("ended_at",))
    return row


def make_run(*, actor: Scope, channel_id: int, area_code: str, clock: Clock) -> DebitRun:
    """The next file for the bank: open bills of the area whose payers agreed to be debited, a thousand at most.

    What the register no longer gives is left out and counted. Refuses `channel_of_another_kind`, `nobody_to_debit`,
    `busy`.
    """
    actor.require(Capability.KEEP_COLLECTION, area_code)
    channel = debits.bank_channel_inside(actor, channel_id)
    if channel is None:
        raise refused_debits.channel_of_another_kind()
    with transaction.atomic(durable=True):
        settling.wait_at_most()
        Channel.objects.select_for_update().get(pk=channel.pk)
        found = debits.debitable(actor, channel, area_code)[: debit_file.LINES_MAX]
        standing = [(mandate, bill) for mandate, bill in found if _stands(actor, bill, clock)]
        left_out = len(found) - len(standing)
        if not standing:
            raise refused_debits.nobody_to_debit(left_out)
        last = DebitRun.objects.filter(channel=channel).order_by("-sequence").values_list("sequence", flat=True)
        run = DebitRun(
            pooling_area=channel.pooling_area, channel=channel, sequence=(last.first() or 0) + 1, area_code=area_code,
            count=len(standing), total_fen=sum(bill.payable_fen for _, bill in standing), left_out=left_out,
            made_on=clock.today(), made_at=clock.now(), made_by=ledger.actor_name(actor),
        )  # fmt: skip
        lines = [
            DebitLine(
                pooling_area=channel.pooling_area, run=run, number=number, bill_id=bill.pk, mandate=mandate,
                agreement_no=mandate.agreement_no, amount_fen=bill.payable_fen,
            )
            for number, (mandate, bill) in enumerate(standing, start=1)
        ]  # fmt: skip
        run.digest = debit_file.digest_of(debits.file_of(run, lines))
        run.save()
        DebitLine.objects.bulk_create(lines)
    return run


def take_answer(*, actor: Scope, content: bytes, clock: Clock) -> DebitRun:
    """Take in what the bank answered, once: the same file again changes nothing, and goes on with one that was killed.

    Refuses `bad_file`, `run_not_found`, `answer_incomplete`, `unknown_line`, `answer_contradicts`.
    """
    actor.require(Capability.KEEP_COLLECTION)
    try:
        answer = debit_file.read(content)
    except debit_file.BadFile as fault:
        raise refused_debits.bad_file(fault) from fault
    run = debits.run_named(actor, answer.company, answer.batch)
    if run is None:
        raise refused_debits.run_not_found(answer.batch)
    run = _kept(run, answer, clock)
    if run.answered_at is None:
        _judge_lines(run, clock)
        run.answered_at = clock.now()
        run.save(update_fields=("answered_at",))
    return run


def _stands(actor: Scope, bill: Bill, clock: Clock) -> bool:
    try:
        settling.require_standing(actor, bill, bills.lines(bill), clock.now())
    except Refusal:
        return False
    return True


def _kept(run: DebitRun, answer: debit_file.Answered, clock: Clock) -> DebitRun:
    """The whole answer in its lines, or nothing of it."""
    with transaction.atomic(durable=True):
        row = DebitRun.objects.select_for_update(of=("self",)).select_related("channel").get(pk=run.pk)
        if row.answer_digest:
            if row.answer_digest != answer.digest:
                raise refused_debits.answer_contradicts(row.batch)
            return row
        lines = {line.number: line for line in DebitLine.objects.filter(run=row)}
        if len(answer.lines) != len(lines):
            raise refused_debits.answer_incomplete(len(answer.lines), len(lines))
        for at, told in enumerate(answer.lines, start=2):
            line = lines.get(told.number)
            if line is None or (line.bill_id, line.agreement_no) != (told.bill_id, told.agreement_no):
                raise refused_debits.unknown_line(at)
            line.result, line.words, line.serial, line.told = told.result, told.words, told.serial, told.raw
            line.paid_at, line.told_fen = told.paid_at, told.amount_fen
        DebitLine.objects.bulk_update(lines.values(), ("result", "words", "serial", "told", "paid_at", "told_fen"))
        row.answer_digest, row.answer_taken_at = answer.digest, clock.now()
        row.save(update_fields=("answer_digest", "answer_taken_at"))
    return row


def _judge_lines(run: DebitRun, clock: Clock) -> None:
    """Every line that the bank collected, as if it had been told by itself; what was judged before is told again."""
    channel = run.channel
    for line in DebitLine.objects.filter(run=run, result=debit_file.COLLECTED).order_by("number"):
        report = Report(
            event_id=f"debit {run.batch} {line.number}", kind=Kind.PAID, merchant_id=channel.merchant_id,
            app_id=channel.app_id, amount_fen=line.told_fen or 0, bill_id=line.bill_id, transaction_id=line.serial,
            paid_at=line.paid_at, confirmed=True,
        )  # fmt: skip
        take_report(actor=ear(channel), channel=channel, report=report, raw=line.told.encode(), clock=clock)
