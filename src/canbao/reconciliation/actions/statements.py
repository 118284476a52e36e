"""Statements: take one in, match it, take a difference on, explain it.

Taking in is one transaction under a lock of the channel, so that two files of one day never both count.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date

from django.db import connection, transaction

from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.copying import copy_rows
from canbao.kernel.scope import Scope
from canbao.ledger.actions import actor_name
from canbao.payments import queries as payments
from canbao.payments.models import Channel
from canbao.reconciliation import layouts, ours, queries, refusals
from canbao.reconciliation.actions.remitting import expect
from canbao.reconciliation.layouts import LAYOUTS, BadStatement, Line
from canbao.reconciliation.models import Difference, Statement, StatementLine

EXPLANATION_MAX = 300
_LINE_COLUMNS = (
    "pooling_area", "statement_id", "channel_id", "row", "kind", "number", "trade_no", "amount_fen", "at",
)  # fmt: skip


def take_statement(
    *, actor: Scope, channel_id: int, day: date, layout: str, content: bytes, file_name: str, clock: Clock
) -> Statement:
    """Read a file of one day, match it and open what does not agree. The same file or the same lines again: the first.

    All or nothing. Refuses `channel_not_found`, `unknown_layout`, `too_big`, `statement_day_not_over`, `bad_statement`,
    `contradicts`, `told_before`.
    """
    actor.require(Capability.RESOLVE_MONEY)
    channel = payments.channel_inside(actor, channel_id)
    if layout not in LAYOUTS:
        raise refusals.unknown_layout(layout)
    if len(content) > layouts.BYTES_MAX:
        raise refusals.too_big(layouts.BYTES_MAX)
    if day >= clock.today():
        raise refusals.day_not_over(day)
    digest = hashlib.sha256(content).hexdigest()
    known = Statement.objects.filter(channel=channel, digest=digest, day=day).first()
    if known is not None:
        return known
    try:
        lines = layouts.read(content, LAYOUTS[layout], merchant_id=channel.merchant_id, day=day)
    except BadStatement as bad:
        raise refusals.bad_statement(bad.faults) from None
    with transaction.atomic():
        Channel.objects.select_for_update(of=("self",)).get(pk=channel.pk)
        said = layouts.digest_of(lines)
        known = Statement.objects.filter(channel=channel, day=day).first()
        if known is not None:
            if known.lines_digest == said:
                return known
            raise refusals.contradicts(day)
        _require_new(channel, lines)
        made = Statement.objects.create(
            pooling_area=channel.pooling_area, channel=channel, day=day, layout=layout, file_name=file_name[:200],
            digest=digest, lines_digest=said, lines=len(lines),
            paid_fen=sum(line.amount_fen for line in lines if line.kind == "paid"),
            returned_fen=sum(line.amount_fen for line in lines if line.kind == "returned"),
            read_at=clock.now(), read_by=actor_name(actor),
        )  # fmt: skip
        with connection.cursor() as cursor:
            rows = (
                (made.pooling_area, made.pk, channel.pk, line.row, line.kind, line.number, line.trade_no,
                 line.amount_fen, line.at)
                for line in lines
            )  # fmt: skip
            copy_rows(cursor, "reconciliation_statementline", _LINE_COLUMNS, rows)
        expect(made)
        _match(channel, clock)
    return made


def _require_new(channel: Channel, lines: Sequence[Line]) -> None:
    for kind in ("paid", "returned"):
        numbers = [line.number for line in lines if line.kind == kind]
        rows = StatementLine.objects.filter(channel=channel, kind=kind, number__in=numbers)
        told = rows.select_related("statement").first()
        if told is not None:
            raise refusals.told_before(told.number, told.statement.day)


def _match(channel: Channel, clock: Clock) -> None:
    with connection.cursor() as cursor:
        for statement in ours.matching():
            cursor.execute(statement, {"channel": channel.pk, "now": clock.now()})


def match_again(*, actor: Scope, channel_id: int, clock: Clock) -> None:
    """Hold the statements against what came since. Refuses `channel_not_found`."""
    actor.require(Capability.RESOLVE_MONEY)
    channel = payments.channel_inside(actor, channel_id)
    with transaction.atomic():
        Channel.objects.select_for_update(of=("self",)).get(pk=channel.pk)
        _match(channel, clock)


def take_on(*, actor: Scope, difference_id: int) -> Difference:
    """Be the one who looks into it. Refuses `difference_not_found`, `already_resolved`."""
    actor.require(Capability.RESOLVE_MONEY)
    with transaction.atomic():
        row = _locked(actor, difference_id)
        row.owner_id, row.owner = actor.actor_id, actor_name(actor)
        row.save(update_fields=("owner_id", "owner"))
    return row


def explain(*, actor: Scope, difference_id: int, explanation: str, clock: Clock) -> Difference:
    """Close it with a reason; nothing moves.

    Refuses `explanation_missing`, `difference_not_found`, `already_resolved`.
    """
    actor.require(Capability.RESOLVE_MONEY)
    said = " ".join(explanation.split())[:EXPLANATION_MAX]
    if not said:
        raise refusals.explanation_missing()
    with transaction.atomic():
        row = _locked(actor, difference_id)
        row.resolved_at, row.resolved_by, row.explanation = clock.now(), actor_name(actor), said
        row.save(update_fields=("resolved_at", "resolved_by", "explanation"))
    return row


def _locked(actor: Scope, difference_id: int) -> Difference:
    queries.difference(actor, difference_id)
    row = Difference.objects.select_for_update(of=("self",)).get(pk=difference_id)
    if row.resolved_at is not None:
        raise refusals.already_resolved()
    return row
