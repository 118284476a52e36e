"""The long works on a batch. Each is one transaction and may be begun anew after a kill: nothing is half done."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from itertools import islice
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.utils import translation

from canbao.intake import refusals
from canbao.intake.actions.contents import file_of
from canbao.intake.judging import Judged, context_of, judged, working_scope
from canbao.intake.models import Batch, Outcome, Piece, Row, State
from canbao.intake.progress import Reporter
from canbao.intake.reading.records import Record
from canbao.intake.sources import source
from canbao.intake.sources.source import Verdict, Written
from canbao.kernel.binding import bound
from canbao.kernel.clock import Clock
from canbao.kernel.copying import copy_rows
from canbao.kernel.personal import mask_id_number
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import program
from canbao.registry import bulk

# Finds the batches of every area; each is then worked for who handed it in.
WORKER = program("lists")
NOTHING = "{}"
log = logging.getLogger(__name__)

_COLUMNS = (
    "pooling_area", "batch_id", "position", "sheet", "row", "part", "outcome", "resident_id", "name", "masked", "place",
    "changes", "reason", "reasons",
)  # fmt: skip
_COUNTED = (Outcome.NEW, Outcome.CHANGED, Outcome.SAME, Outcome.REFUSED, Outcome.SKIPPED)


def preview(*, batch_id: int, clock: Clock) -> None:
    """Say of every row what it would do. Nothing happens if somebody else is at it, or the batch is past it."""
    _work(batch_id, State.READING, clock, _preview)


def apply(*, batch_id: int, clock: Clock) -> None:
    """Write what the preview said, all of it or nothing; `outdated` if the register is no longer what it saw."""
    _work(batch_id, State.APPLYING, clock, _apply)


def undo(*, batch_id: int, clock: Clock) -> None:
    """Put back what the list wrote, all of it or nothing; it stays applied if something rests on it."""
    _work(batch_id, State.UNDOING, clock, _undo)


def _work(batch_id: int, at: State, clock: Clock, do: Any) -> None:
    with bound(WORKER):
        unlocked = Batch.objects.filter(pk=batch_id, state=at).first()
    if unlocked is None:
        return
    with bound(working_scope(unlocked)):
        try:
            # What is kept of a row is kept in the language of the files themselves.
            with transaction.atomic(), translation.override("zh-hans"):
                found = Batch.objects.select_for_update(skip_locked=True).filter(pk=batch_id, state=at).first()
                if found is not None:
                    do(found, clock)
        except Refusal as refusal:
            _stop(batch_id, at, refusal)
        except DatabaseError as fault:
            # The text of an error may quote a row, so only the constraint's name is kept.
            name = getattr(getattr(fault.__cause__, "diag", None), "constraint_name", None)
            _stop(batch_id, at, refusals.refused_by_database(name) if name else refusals.interrupted())
            log.error("batch %s stopped: %s %s", batch_id, type(fault).__name__, name or "")
        except Exception as fault:
            _stop(batch_id, at, refusals.interrupted())
            log.error("batch %s stopped: %s", batch_id, type(fault).__name__)


def _stop(batch_id: int, at: State, said: Refusal) -> None:
    state = State.OUTDATED if isinstance(said, refusals.Outdated) else State.FAILED
    if at == State.UNDOING:
        state = State.APPLIED
    Batch.objects.filter(pk=batch_id, state=at).update(
        state=state,
        approval_id=None,
        fault=said.code,
        fault_zh=said.text("zh-hans")[:400],
        fault_en=said.text("en")[:400],
    )


def _preview(found: Batch, clock: Clock) -> None:
    counts = dict.fromkeys(_COUNTED, 0)
    reporter = Reporter(found.pk, clock)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM intake_row WHERE pooling_area = %s AND batch_id = %s", _key(found))
    position = 0
    effect = source(found.source).effect
    for chunk in judged(found, file_of(found), context_of(found, clock.today())):
        if effect.brings_people:
            _draw_ids(chunk)
        _copy(found, position, chunk)
        for _, verdict in chunk:
            counts[verdict.outcome] += 1
        position += len(chunk)
        reporter.tell(position)
    reporter.close()
    for outcome, count in counts.items():
        setattr(found, outcome.value, count)
    found.state = State.PREVIEWED
    found.save(update_fields=("state", *(outcome.value for outcome in _COUNTED)))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE intake_row")


def _draw_ids(chunk: Judged) -> None:
    """Whom a new row becomes is settled before it is written, so that the row leads to the person afterwards."""
    new = [verdict for _, verdict in chunk if verdict.outcome == Outcome.NEW]
    for verdict, resident_id in zip(new, bulk.next_resident_ids(len(new)), strict=True):
        verdict.resident_id = resident_id


def _copy(found: Batch, first: int, chunk: Judged) -> None:
    rows = (_row(found, position, record, verdict) for position, (record, verdict) in enumerate(chunk, first))
    with connection.wrap_database_errors, connection.cursor() as cursor:
        copy_rows(cursor, "intake_row", _COLUMNS, rows)


def _row(found: Batch, position: int, record: Record, verdict: Verdict) -> Sequence[Any]:
    number = record.values.get("id_number")
    return (
        found.pooling_area, found.pk, position, record.sheet[:100], record.row, record.part, verdict.outcome.value,
        verdict.resident_id, record.values.get("name", "")[:60], mask_id_number(number) if number else "",
        verdict.place, json.dumps(verdict.changes, ensure_ascii=False) if verdict.changes else NOTHING,
        verdict.reasons[0].code if verdict.reasons else "", _reasons(verdict) if verdict.reasons else "[]",
    )  # fmt: skip


def _reasons(verdict: Verdict) -> str:
    return json.dumps([[each.code, each.column, dict(each.said)] for each in verdict.reasons], ensure_ascii=False)


def _apply(found: Batch, clock: Clock) -> None:
    context, effect = context_of(found, clock.today()), source(found.source).effect
    total = found.rows
    reporter = Reporter(found.pk, clock, total)
    position = different = first = 0
    for chunk in judged(found, file_of(found), context, lock=True):
        for (record, verdict), seen in zip(chunk, _seen(found, position, len(chunk)), strict=True):
            if verdict.outcome == Outcome.NEW and effect.brings_people:
                verdict.resident_id = seen[1]
            if (verdict.outcome.value, verdict.resident_id, verdict.changes, verdict.place) != seen:
                first = first or record.row
                different += 1
        if different:
            raise refusals.Outdated(first, different)
        effect.write(context, chunk)
        position += len(chunk)
        reporter.tell(position)
    reporter.close()
    if position != total:
        raise refusals.Outdated(position, abs(total - position))
    found.state, found.applied_at = State.APPLIED, clock.now()
    found.save(update_fields=("state", "applied_at"))


_UNDONE_AT_ONCE = 10_000
_WRITTEN = ("row", "outcome", "resident_id", "changes", "place")


def _undo(found: Batch, clock: Clock) -> None:
    """From the last row to the first."""
    context, effect = context_of(found, clock.today()), source(found.source).effect
    reporter = Reporter(found.pk, clock, found.new + found.changed)
    rows = Row.objects.filter(
        pooling_area=found.pooling_area, batch_id=found.pk, outcome__in=(Outcome.NEW, Outcome.CHANGED)
    ).order_by("-position")
    stream, done = rows.values_list(*_WRITTEN).iterator(_UNDONE_AT_ONCE), 0
    while part := [Written(*row) for row in islice(stream, _UNDONE_AT_ONCE)]:
        effect.undo(context, part)
        done += len(part)
        reporter.tell(done)
    if not found.new + found.changed:
        effect.undo(context, [])
    reporter.close()
    if done != found.new + found.changed:
        raise refusals.rows_removed()
    Piece.objects.filter(batch=found).delete()
    found.state, found.content_key = State.UNDONE, b""
    found.save(update_fields=("state", "content_key"))


def _seen(found: Batch, position: int, count: int) -> list[tuple[str, int | None, Any, str]]:
    """What the preview said of the records from a position on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT outcome, resident_id, changes, place FROM intake_row WHERE pooling_area = %s AND batch_id = %s "
            "AND position >= %s AND position < %s ORDER BY position",
            [*_key(found), position, position + count],
        )
        rows = [
            (outcome, who, {} if changes == NOTHING else json.loads(changes), place)
            for outcome, who, changes, place in cursor.fetchall()
        ]
    return rows + [("", None, None, "")] * (count - len(rows))


def _key(found: Batch) -> list[Any]:
    return [found.pooling_area, found.pk]
