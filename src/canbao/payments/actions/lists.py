"""Collective payments: one list, one payment of exactly its sum, and every bill settled whole or its money held."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.ledger import actions as ledger
from canbao.payments import items, refused_debits
from canbao.payments.actions.hearing import ear, take_report
from canbao.payments.models import CollectiveLine, CollectiveList, ListState
from canbao.payments.partners.report import Kind, Report
from canbao.payments.queries import lists

LINES_MAX = 2_000
_REFERENCE = re.compile(r"[0-9A-Za-z-]{1,40}")


def make_list(
    *, actor: Scope, channel_id: int, area_code: str, institution: str, bill_ids: Sequence[int], clock: Clock
) -> CollectiveList:
    """Put open bills of people of an area on one list, to be paid by one payment of its sum.

    Refuses `channel_of_another_kind`, `nobody_on_list`, `institution_missing`, `bills_changed`.
    """
    actor.require(Capability.TAKE_PAYMENT, area_code)
    channel = lists.collective_channel(actor, channel_id)
    if channel is None:
        raise refused_debits.channel_of_another_kind()
    wanted, institution = sorted(set(bill_ids))[: LINES_MAX + 1], " ".join(institution.split())[:80]
    if not wanted or len(wanted) > LINES_MAX:
        raise refused_debits.nobody_on_list()
    if not institution:
        raise refused_debits.institution_missing()
    try:
        with transaction.atomic(durable=True):
            found = list(lists.candidates(actor, channel.policy_id, area_code).filter(pk__in=wanted))
            if len(found) != len(wanted):
                raise refused_debits.bills_changed()
            made = CollectiveList.objects.create(
                pooling_area=channel.pooling_area, channel=channel, institution=institution, area_code=area_code,
                count=len(found), sum_fen=sum(bill.payable_fen for bill in found), made_at=clock.now(),
                made_by=ledger.actor_name(actor),
            )  # fmt: skip
            CollectiveLine.objects.bulk_create(
                CollectiveLine(
                    pooling_area=channel.pooling_area, of=made, number=number, bill_id=bill.pk,
                    amount_fen=bill.payable_fen,
                )
                for number, bill in enumerate(found, start=1)
            )  # fmt: skip
    except IntegrityError as fault:
        if "payments_list_line_open" in str(fault):
            raise refused_debits.bills_changed() from None
        raise
    return made


def drop_list(*, actor: Scope, list_id: int, clock: Clock) -> CollectiveList:
    """Give the list up before it is paid. Refuses `list_not_found`, `list_closed`."""
    actor.require(Capability.TAKE_PAYMENT)
    with transaction.atomic():
        row = _open(actor, list_id)
        row.state, row.closed_at, row.closed_by = ListState.DROPPED, clock.now(), ledger.actor_name(actor)
        row.save(update_fields=("state", "closed_at", "closed_by"))
        CollectiveLine.objects.filter(of=row).update(closed_at=clock.now())
    return row


def record_transfer(
    *, actor: Scope, list_id: int, amount_fen: int, reference: str, paid_at: datetime | None, clock: Clock
) -> CollectiveList:
    """The institution's payment has come: settle every bill of the list, or hold its part under a reason.

    `reference` is the bank's serial of it. Asked again it goes on with what was left. Refuses `list_not_found`,
    `list_closed`, `bad_transfer`, `wrong_sum`, `reference_known`.
    """
    actor.require(Capability.KEEP_COLLECTION)
    reference = reference.strip()
    if not _REFERENCE.fullmatch(reference) or paid_at is None or paid_at > clock.now():
        raise refused_debits.bad_transfer()
    known = lists.collective_list(actor, list_id)
    if known is None:
        raise refused_debits.list_not_found()
    if not (known.state == ListState.PAID and known.reference == reference):
        try:
            with transaction.atomic(durable=True):
                row = _open(actor, list_id)
                if amount_fen != row.sum_fen:
                    raise refused_debits.wrong_sum(amount_fen, row.sum_fen)
                row.state, row.closed_at, row.closed_by = ListState.PAID, clock.now(), ledger.actor_name(actor)
                row.paid_at, row.reference = paid_at, reference
                row.save(update_fields=("state", "closed_at", "closed_by", "paid_at", "reference"))
                CollectiveLine.objects.filter(of=row).update(closed_at=clock.now())
        except IntegrityError as fault:
            if "payments_list_paid_once" in str(fault):
                raise refused_debits.reference_known() from None
            raise
        known = row
    if known.judged_at is None:
        _judge_lines(known, clock)
        known.judged_at = clock.now()
        known.save(update_fields=("judged_at",))
    return known


def _open(actor: Scope, list_id: int) -> CollectiveList:
    """Locked. Refuses `list_not_found`, `list_closed`."""
    rows = lists.collective_lists(actor).select_for_update(of=("self",))
    row = rows.filter(pk=list_id).first()
    if row is None:
        raise refused_debits.list_not_found()
    if row.state != ListState.OPEN:
        raise refused_debits.list_closed()
    return row


def _judge_lines(paid: CollectiveList, clock: Clock) -> None:
    channel = paid.channel
    for line in CollectiveLine.objects.filter(of=paid).select_related("bill").order_by("number"):
        report = Report(
            event_id=f"list {paid.pk} {line.number}", kind=Kind.PAID, merchant_id=channel.merchant_id,
            app_id=channel.app_id, amount_fen=line.amount_fen, bill_id=line.bill_id,
            item=items.item_of(line.bill, channel.code), transaction_id=transaction_of(paid, line.number),
            paid_at=paid.paid_at, confirmed=True,
        )  # fmt: skip
        raw = f"{paid.reference}|{line.number}|{line.bill_id}|{line.amount_fen}".encode()
        take_report(actor=ear(channel), channel=channel, report=report, raw=raw, clock=clock)


def transaction_of(paid: CollectiveList, number: int) -> str:
    """The name of one person's part of the payment."""
    return f"{paid.reference}/{number}"
