"""Letting a list of people leave the house: limited, and written down before it goes. A long one is made by a job."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import timedelta

from django.db import transaction

from canbao.intake import refusals, storing
from canbao.intake.models import ExportFile, ExportLog, ExportPiece, ExportState
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope

EXPORT_ROWS_MAX = 20_000
"""So many leave with the click; more are made beside it."""
FILE_ROWS_MAX = 2_000_000
SHEET_ROWS_MAX = 1_000_000
"""A workbook's sheet ends a little above that."""
KEPT = timedelta(days=3)
_PURPOSE_MAX = 200


def record_export(
    *,
    actor: Scope,
    area_code: str,
    what: str,
    query: Mapping[str, str],
    purpose: str,
    form: str,
    rows: int,
    clock: Clock,
) -> ExportLog:
    """The line in the log that a list may leave on. Refuses `purpose_missing`, `too_many_people`, `too_many_rows`."""
    actor.require(Capability.EXPORT_PEOPLE, area_code)
    said = " ".join(purpose.split())[:_PURPOSE_MAX]
    if not said:
        raise refusals.purpose_missing()
    if rows > FILE_ROWS_MAX:
        raise refusals.too_many_people(rows, FILE_ROWS_MAX)
    if form == "xlsx" and rows > SHEET_ROWS_MAX:
        raise refusals.too_many_rows(rows, SHEET_ROWS_MAX)
    return ExportLog.objects.create(
        area_code=area_code, what=what, query=dict(query), purpose=said, form=form, rows=rows,
        actor_id=actor.actor_id, actor_name=actor.actor_name, at=clock.now(),
    )  # fmt: skip


def ask_file(
    *, actor: Scope, line: ExportLog, made_of: Mapping[str, object], language: str, clock: Clock
) -> ExportFile:
    """A file that a job will fill; only who asked for it may take it away."""
    actor.require(Capability.EXPORT_PEOPLE, line.area_code)
    token = secrets.token_hex(32)
    return ExportFile.objects.create(
        log=line, owner_id=actor.actor_id or 0, made_of=dict(made_of), language=language, token=token,
        content_key=storing.new_key(token)[1], asked_at=clock.now(),
    )  # fmt: skip


@transaction.atomic
def fill_file(*, actor: Scope, log_id: int, name: str, parts: Iterable[bytes], rows: int, clock: Clock) -> None:
    """Keep the file sealed, whole or not at all; nothing if it was filled before."""
    found = ExportFile.objects.select_for_update().filter(log_id=log_id, state=ExportState.MAKING).first()
    if found is None:
        return
    actor.require(Capability.EXPORT_PEOPLE, found.log.area_code)
    key = storing.opened_key(found.token, bytes(found.content_key))
    for position, sealed in storing.sealed_parts(found.token, key, parts):
        ExportPiece.objects.create(file=found, position=position, sealed=sealed)
    found.state, found.name, found.rows, found.ready_at = ExportState.READY, name, rows, clock.now()
    found.save(update_fields=("state", "name", "rows", "ready_at"))


def give_up_file(*, log_id: int) -> None:
    ExportFile.objects.filter(log_id=log_id, state=ExportState.MAKING).update(state=ExportState.FAILED)


@transaction.atomic
def remove_files(*, clock: Clock) -> int:
    """Delete the files that were asked for KEPT ago; how many. The lines of the log stay."""
    old = ExportFile.objects.filter(asked_at__lt=clock.now() - KEPT).exclude(state=ExportState.REMOVED)
    ids = list(old.select_for_update(skip_locked=True).values_list("pk", flat=True))
    ExportPiece.objects.filter(file_id__in=ids).delete()
    return ExportFile.objects.filter(pk__in=ids).update(state=ExportState.REMOVED, content_key=b"")
