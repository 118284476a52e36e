"""The way of a file: handed in, columns set, previewed, approved by another person, applied wholly or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction

from canbao.areas import queries as areas
from canbao.intake import jobs, refusals, storing
from canbao.intake.actions.removing import remove_content
from canbao.intake.judging import columns_of
from canbao.intake.models import Batch, Layout, Piece, State
from canbao.intake.queries.batches import batch_in_hand, live_batch, newcomers_of
from canbao.intake.reading.files import open_file
from canbao.intake.reading.mapping import Assigned, Located, guess, locate
from canbao.intake.reading.records import shown
from canbao.intake.sources import Source, offered, source
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.staff import actions as staff
from canbao.staff.models import Approval

APPROVAL = "intake.apply"
FILE_BYTES_MAX = 200 << 20
_SAMPLE_ROWS = 3


def hand_in(
    *,
    actor: Scope,
    source_code: str,
    area_code: str,
    file_name: str,
    content: bytes,
    clock: Clock,
    options: Mapping[str, str] | None = None,
) -> Batch:
    """Keep the file sealed, find its columns. Refuses what `open_file` and `locate` refuse, a file that was handed in
    before (`handed_in_before`), a source that is not this person's to give, an area outside his or of no fund of ours.
    """
    actor.require(Capability.IMPORT_LISTS, area_code)
    wanted = next((each for each in offered(actor) if each.code == source_code), None)
    fund = areas.pooling_area_of(area_code)
    if wanted is None or fund is None or actor.actor_id is None:
        raise refusals.not_yours()
    if len(content) > FILE_BYTES_MAX:
        raise refusals.too_large_file()
    chosen = {key: value for key, value in (options or {}).items() if value}
    digest = hashlib.sha256(content).hexdigest()
    if (before := live_batch(fund.code, area_code, source_code, digest, chosen)) is not None:
        raise refusals.HandedInBefore(before.pk, before.actor_name, before.handed_in_at)
    file = open_file(content)
    located = locate(file, columns_of(wanted, chosen))
    key, sealed = storing.new_key(digest)
    made = Batch(
        pooling_area=fund.code, area_code=area_code, source=source_code, options=chosen, file_name=file_name[:200],
        file_bytes=len(content), digest=digest, content_key=sealed, encoding=file.encoding or "",
        layout=located.header.layout, headings=[heading[:200] for heading in located.header.headings],
        samples=_samples(located), sheets=[sheet.name[:100] for sheet, _ in located.sheets],
        left_out=[name[:100] for name in located.left_out],
        mapping=_mapping(wanted, area_code, located, chosen), actor_id=actor.actor_id,
        actor_name=actor.actor_name, handed_in_at=clock.now(),
    )  # fmt: skip
    try:
        with transaction.atomic():
            made.save(force_insert=True)
            Piece.objects.bulk_create(storing.pieces(made, key, content), batch_size=20)
    except IntegrityError:
        before = live_batch(fund.code, area_code, source_code, digest, chosen)
        if before is None:
            raise
        raise refusals.HandedInBefore(before.pk, before.actor_name, before.handed_in_at) from None
    return made


def _samples(located: Located) -> list[list[str]]:
    """The first rows below the headings, with every digit a star: they show which column is which, and of nobody."""
    sheet, header_row = located.sheets[0]
    found: list[list[str]] = []
    for number, row in sheet.rows():
        if number > header_row and any(cell not in (None, "") for cell in row):
            texts = shown(row)[: len(located.header.headings)]
            found.append(["".join("＊" if c.isdigit() else c for c in text)[:20] for text in texts])
        if len(found) == _SAMPLE_ROWS:
            break
    return found


def _mapping(wanted: Source, area_code: str, located: Located, options: Mapping[str, str]) -> list[list[Any]]:
    remembered = Layout.objects.filter(area_code=area_code, source=wanted.code, layout=located.header.layout).first()
    if remembered is not None:
        return list(remembered.mapping)
    guessed = guess(located.header.headings, columns_of(wanted, options))
    return [[each.index, each.key, each.part] for each in guessed]


def set_columns(*, actor: Scope, batch_id: int, mapping: Sequence[Assigned], clock: Clock) -> Batch:
    """Say which column is which, remember it for files of this layout, and preview.

    Refuses `columns_missing` if a required one is nowhere, `wrong_step` past the preview.
    """
    actor.require(Capability.IMPORT_LISTS)
    with transaction.atomic():
        found = _locked(actor, batch_id, State.MAPPING, State.PREVIEWED, State.OUTDATED, State.FAILED)
        wanted = source(found.source)
        columns = columns_of(wanted, found.options)
        assigned = {each.key for each in mapping}
        missing = [str(column.name) for column in columns if column.required and column.key not in assigned]
        if missing:
            raise refusals.columns_missing(missing)
        found.mapping = [[each.index, each.key, each.part] for each in mapping]
        Layout.objects.update_or_create(
            area_code=found.area_code,
            source=found.source,
            layout=found.layout,
            defaults={"mapping": found.mapping},
        )
        _begin(found, State.READING)
        jobs.preview.defer(batch_id=found.pk)
    return found


def preview_again(*, actor: Scope, batch_id: int) -> Batch:
    """After the register changed, or after a fault."""
    actor.require(Capability.IMPORT_LISTS)
    with transaction.atomic():
        found = _locked(actor, batch_id, State.PREVIEWED, State.OUTDATED, State.FAILED)
        _begin(found, State.READING)
        jobs.preview.defer(batch_id=found.pk)
    return found


def submit(*, actor: Scope, batch_id: int, clock: Clock, page: str = "") -> Approval:
    """Ask a second person to let it be applied. Refuses `nothing_to_write`."""
    actor.require(Capability.IMPORT_LISTS)
    with transaction.atomic():
        found = _locked(actor, batch_id, State.PREVIEWED)
        newcomers = newcomers_of(found).count()
        if not found.new + found.changed + newcomers:
            raise refusals.nothing_to_write()
        name = source(found.source).name
        where = areas.names([found.area_code]).get(found.area_code, found.area_code)
        approval = staff.ask_approval(
            actor=actor,
            kind=APPROVAL,
            area_code=found.area_code,
            key=f"batch:{found.pk}",
            subject={"batch": found.pk},
            summary=(
                f"导入{where}的{name}：新增 {found.new}，变更 {found.changed}，"
                f"名册新人 {newcomers}，不能写入 {found.refused - newcomers}",
                f"Import of {found.source} for {where}: {found.new} new, {found.changed} changed, "
                f"{newcomers} new by a roll, {found.refused - newcomers} refused",
            ),
            clock=clock,
            page=page,
        )
        found.state, found.approval_id = State.WAITING, approval.pk
        found.save(update_fields=("state", "approval_id"))
    return approval


def approved(actor: Scope, approval: Approval, clock: Clock) -> None:
    """What a yes means: the list is applied in the background."""
    found = Batch.objects.select_for_update().get(pk=approval.subject["batch"])
    if found.state != State.WAITING:
        raise refusals.wrong_step()
    found.approver_name = actor.actor_name
    _begin(found, State.APPLYING, "approver_name")
    jobs.apply.defer(batch_id=found.pk)


def let_go(actor: Scope, approval: Approval, clock: Clock) -> None:
    """What a no means: the list is where it was before it was asked for."""
    Batch.objects.filter(pk=approval.subject["batch"], state=State.WAITING).update(
        state=State.PREVIEWED, approval_id=None
    )


def withdraw(*, actor: Scope, batch_id: int, clock: Clock) -> Batch:
    """Take the file back before it is applied; its content and rows are removed.

    Refuses `approval_not_found` to whoever neither handed in nor submitted a list that waits for a second person.
    """
    actor.require(Capability.IMPORT_LISTS)
    with transaction.atomic():
        found = _locked(actor, batch_id, State.MAPPING, State.PREVIEWED, State.WAITING, State.OUTDATED, State.FAILED)
        if found.state == State.WAITING and found.approval_id is not None:
            staff.withdraw(actor=actor, approval_id=found.approval_id, clock=clock, owner_id=found.actor_id)
        found.state = State.WITHDRAWN
        found.save(update_fields=("state",))
        remove_content(found)
    return found


def _locked(actor: Scope, batch_id: int, *states: State) -> Batch:
    found = Batch.objects.select_for_update().get(pk=batch_in_hand(actor, batch_id).pk)
    if found.state not in states:
        raise refusals.wrong_step()
    return found


def _begin(found: Batch, state: State, *also: str) -> None:
    found.state, found.fault, found.fault_zh, found.fault_en = state, "", "", ""
    try:
        with transaction.atomic():
            found.save(update_fields=("state", "fault", "fault_zh", "fault_en", "mapping", *also))
    except IntegrityError:
        raise refusals.wrong_step() from None
