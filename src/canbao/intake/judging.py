"""A file's records, chunk by chunk, each with what it comes to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from canbao.intake.models import Batch, Outcome
from canbao.intake.places import Places
from canbao.intake.reading.ahead import read_ahead
from canbao.intake.reading.columns import Column
from canbao.intake.reading.faults import Fault
from canbao.intake.reading.files import File
from canbao.intake.reading.mapping import Assigned, Mapping, locate
from canbao.intake.reading.records import Record, records
from canbao.intake.sources import Source, source
from canbao.intake.sources.source import Context, Verdict
from canbao.kernel.capabilities import Capability
from canbao.kernel.scope import Scope, area_prefix

CHUNK = 10_000
# A household may be longer than this by mistake: a list without numbers whose rows all name one head.
_HOUSEHOLD_MAX = 500
Judged = list[tuple[Record, Verdict]]


def working_scope(batch: Batch) -> Scope:
    """Who handed the list in, for the work that follows from it: a list concerns its whole pooling area."""
    return Scope(
        actor_id=batch.actor_id,
        actor_name=batch.actor_name,
        prefixes=(area_prefix(batch.pooling_area),),
        purpose=Capability.IMPORT_LISTS,
        capabilities=frozenset({Capability.IMPORT_LISTS, Capability.KEEP_REGISTER, Capability.CERTIFY_CATEGORY}),
    )


def context_of(batch: Batch, today: date) -> Context:
    return Context(
        scope=working_scope(batch),
        pooling_area=batch.pooling_area,
        area_code=batch.area_code,
        places=Places(batch.area_code),
        today=today,
        batch_id=batch.pk,
        applied_at=batch.applied_at,
        options=batch.options,
    )


def mapping_of(batch: Batch) -> Mapping:
    return tuple(Assigned(index, key, part) for index, key, part in batch.mapping)


def columns_of(wanted: Source, options: Iterable[str]) -> list[Column]:
    """The columns that a file has to bring; what was chosen for all of it need not stand there."""
    chosen = set(options)
    return [column for column in wanted.columns if column.key not in chosen]


def judged(batch: Batch, file: File, context: Context, lock: bool = False) -> Iterator[Judged]:
    """Every record of the file in order with its verdict, in chunks; with `lock` the register's rows are held."""
    wanted = source(batch.source)
    columns = columns_of(wanted, batch.options)
    stream = records(locate(file, columns), mapping_of(batch), columns)
    seen: dict[int, int] = {}
    people: dict[int, tuple[str, int]] = {}
    for chunk in read_ahead(_chunks(stream, wanted.together)):
        verdicts: list[Verdict | None] = [_of_the_file(record, wanted, seen) for record in chunk]
        ready = [record for record, verdict in zip(chunk, verdicts, strict=True) if verdict is None]
        of_the_register = iter(wanted.effect.judge(context, ready, lock) if ready else ())
        yield _whole_rows(
            [
                (record, verdict or _of_one_person(record, next(of_the_register), people))
                for record, verdict in zip(chunk, verdicts, strict=True)
            ]
        )


def _chunks(stream: Iterator[Record], together: Sequence[str]) -> Iterator[list[Record]]:
    """Cut between households, so that who is their head is judged with all of their rows at hand."""
    chunk: list[Record] = []
    for record in stream:
        if len(chunk) >= CHUNK and (len(chunk) >= CHUNK + _HOUSEHOLD_MAX or not _alike(chunk[-1], record, together)):
            yield chunk
            chunk = []
        chunk.append(record)
    if chunk:
        yield chunk


def _alike(one: Record, other: Record, columns: Sequence[str]) -> bool:
    if (one.sheet, one.row) == (other.sheet, other.row):
        return True
    own = [one.values.get(column) for column in columns]
    return any(own) and own == [other.values.get(column) for column in columns]


def _of_the_file(record: Record, wanted: Source, seen: dict[int, int]) -> Verdict | None:
    """What the file alone says of a record; None if the register has to be asked."""
    if record.skipped:
        return Verdict(Outcome.SKIPPED, reasons=[Fault(record.skipped)])
    if record.faults:
        return Verdict.refused(*record.faults)
    key, known = hash(tuple(map(record.values.get, wanted.key))), len(seen)
    first = seen.setdefault(key, record.row)
    if len(seen) == known:
        return Verdict.refused(Fault("twice_in_file", None, {"row": str(first)}))
    return None


def _whole_rows(judged: Judged) -> Judged:
    """Of a row that holds several people, all are taken or nobody: half a household is none."""
    failed: dict[tuple[str, int], tuple[Record, Verdict]] = {}
    for record, verdict in judged:
        if record.together and verdict.outcome == Outcome.REFUSED:
            failed.setdefault((record.sheet, record.row), (record, verdict))
    if not failed:
        return judged
    return [
        (record, _with_the_row(failed[record.sheet, record.row]))
        if (record.sheet, record.row) in failed and verdict.outcome != Outcome.REFUSED
        else (record, verdict)
        for record, verdict in judged
    ]


def _with_the_row(failed: tuple[Record, Verdict]) -> Verdict:
    other, refused = failed
    who = other.values.get("name") or f"{other.part}"
    return Verdict.refused(Fault("row_not_whole", refused.reasons[0].column, {"who": who}))


def _of_one_person(record: Record, verdict: Verdict, people: dict[int, tuple[str, int]]) -> Verdict:
    """A list may know somebody under two numbers: what it says of him a second time is refused."""
    if verdict.resident_id is None or verdict.outcome == Outcome.REFUSED:
        return verdict
    number = record.values.get("id_number") or ""
    first, row = people.setdefault(verdict.resident_id, (number, record.row))
    return verdict if first == number else Verdict.refused(Fault("twice_in_file", None, {"row": str(row)}))
