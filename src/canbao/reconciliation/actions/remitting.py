"""What channels must hand on, day by day, and when it was there."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import QuerySet

from canbao.areas import queries as areas
from canbao.areas.refusals import CalendarMissing
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.ledger.actions import actor_name
from canbao.reconciliation import arrivals, layouts, queries, refusals
from canbao.reconciliation.arrivals import Arrival
from canbao.reconciliation.layouts import BadStatement, Fault
from canbao.reconciliation.models import Remittance, RemittanceArrival, Statement


def expect(statement: Statement) -> None:
    """What the statement's day owes the fund, where a term is agreed with the channel."""
    owed, within = statement.paid_fen - statement.returned_fen, statement.channel.remits_within
    if owed > 0 and within is not None:
        Remittance.objects.create(
            pooling_area=statement.pooling_area, statement=statement, channel=statement.channel, day=statement.day,
            due_on=_due_on(statement.day, within), expected_fen=owed,
        )  # fmt: skip
    _say_when_due(Remittance.objects.filter(channel=statement.channel))


def _due_on(day: date, within: int) -> date | None:
    """None where it falls in a year whose holidays are not known: they are published late in the year before."""
    try:
        return areas.add_working_days(day, within) if within else day
    except CalendarMissing:
        return None


def _say_when_due(rows: QuerySet[Remittance]) -> None:
    """The days that no calendar reached when the statement was read, as far as one does now."""
    for row in rows.filter(due_on=None, channel__remits_within__isnull=False).select_related("channel"):
        row.due_on = _due_on(row.day, row.channel.remits_within or 0)
        if row.due_on is not None:
            row.save(update_fields=("due_on",))


def take_arrivals(*, actor: Scope, content: bytes, clock: Clock) -> int:
    """Take in the statement of the fund's account: all of it or nothing; how many arrivals it told of for the first
    time. The same rows again change nothing.

    Refuses `too_big`, `bad_statement` (also for a row that contradicts what was taken in before).
    """
    actor.require(Capability.RESOLVE_MONEY)
    if len(content) > layouts.BYTES_MAX:
        raise refusals.too_big(layouts.BYTES_MAX)
    try:
        rows = arrivals.read(content, clock.today())
        with transaction.atomic():
            _say_when_due(queries.remittances(actor))
            new = [row for row in rows if _arrived(actor, row)]
    except BadStatement as bad:
        raise refusals.bad_statement(bad.faults) from None
    return len(new)


def _arrived(actor: Scope, row: Arrival) -> bool:
    """Whether the row is news. BadStatement for one that belongs to nothing or says something else than before."""
    same_merchant = queries.remittances(actor).filter(channel__merchant_id=row.merchant_id, day=row.day)
    wanted = list(same_merchant.select_for_update(of=("self",)).order_by("pk"))
    if not wanted:
        zh, en = "没有这个商户号这一天的对账单，先导入对账单", "there is no statement of this merchant and day yet"
        raise BadStatement([Fault(row.row, "账期", zh, en)])
    told = RemittanceArrival.objects.filter(remittance__in=wanted, reference=row.reference)
    if told.filter(arrived_on=row.arrived_on, fen=row.fen).exists():
        return False
    # One merchant may serve two channels of a place: the sum tells which.
    told_of = set(told.values_list("remittance_id", flat=True))
    open_ones = [each for each in wanted if each.missing_fen > 0 and each.pk not in told_of]
    found = next((each for each in open_ones if each.missing_fen == row.fen), open_ones[0] if open_ones else None)
    if found is None:
        zh, en = "这一天的钱已经记为到账，凭证、日期或金额不同", "this day's money arrived already, under other words"
        raise BadStatement([Fault(row.row, "凭证号", zh, en)])
    RemittanceArrival.objects.create(
        pooling_area=found.pooling_area, remittance=found, reference=row.reference, arrived_on=row.arrived_on,
        fen=row.fen,
    )  # fmt: skip
    if found.arrived_on is None or found.arrived_on <= row.arrived_on:
        found.reference, found.arrived_on = row.reference, row.arrived_on
    found.arrived_fen = (found.arrived_fen or 0) + row.fen
    found.save(update_fields=("reference", "arrived_on", "arrived_fen"))
    return True


def follow(*, actor: Scope, remittance_id: int) -> Remittance:
    """Be the one who asks after it. Refuses `remittance_not_found`."""
    actor.require(Capability.RESOLVE_MONEY)
    with transaction.atomic():
        row = queries.remittances(actor).select_for_update(of=("self",)).filter(pk=remittance_id).first()
        if row is None:
            raise refusals.remittance_not_found()
        row.owner_id, row.owner = actor.actor_id, actor_name(actor)
        row.save(update_fields=("owner_id", "owner"))
    return row
