"""One person under two rows: merged by two people's decision, and parted again without a trace lost.

Nothing moves. The merged row keeps its enrolments, bills, payments, cover and categories, and points to the row that
the person is kept under; the database lets nothing new begin on it.
"""

from __future__ import annotations

from django.db import IntegrityError, transaction

from canbao.areas import queries as areas
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock, day_en, day_zh
from canbao.kernel.scope import Scope
from canbao.registry import queries
from canbao.registry.actions.refused import constraint_of
from canbao.registry.models import Merge, NotSame, Resident
from canbao.registry.proof import reason_of
from canbao.registry.refusals import (
    InAnotherMerge,
    MergeLeavesOpen,
    NotMerged,
    OutsideArea,
    SamePerson,
)
from canbao.registry.refused_corrections import BothWaysMerged, DiffersUnexplained
from canbao.staff.actions import ask_approval
from canbao.staff.models import Approval
from canbao.staff.queries import approvals_of_kind

MERGE, PART = "registry.merge", "registry.part"


@transaction.atomic
def ask_to_merge(
    *, actor: Scope, kept_id: int, merged_id: int, reason: str, page: str, clock: Clock, differs_because: str = ""
) -> Approval:
    """A wish that somebody else decides; refuses already what `merge_residents` would.

    BothWaysMerged while another wish to merge waits that this one would cross.
    """
    actor.require(Capability.KEEP_REGISTER)
    kept, merged = _two(actor, kept_id, merged_id)
    reason, differs_because = reason_of(reason), _explained(kept, merged, differs_because)
    # Two who ask at once, each the other way round, wait for each other here.
    for row in sorted((kept, merged), key=lambda row: row.pk):
        queries.locked_resident(actor, row.pk)
    _refuse_crossing(actor, kept, merged)
    names = queries.masked_name(merged.name), queries.masked_name(kept.name)
    said = "；".join(filter(None, [reason, differs_because]))
    return ask_approval(
        actor=actor,
        kind=MERGE,
        # Whoever decides holds both rows.
        area_code=areas.covering([kept.village_code, merged.village_code]),
        key=f"{merged.pk}",
        subject={"kept": kept.pk, "merged": merged.pk, "reason": reason, "differs_because": differs_because},
        summary=(
            f"合并重复登记：{names[0]}（{day_zh(merged.birth_on)}出生）的另一条登记并入 {names[1]} 的登记。{said}",
            f"Merge a second entry of {names[0]} (born {day_en(merged.birth_on)}) into that of {names[1]}. {said}",
        ),
        page=page,
        clock=clock,
    )


def ask_to_part(*, actor: Scope, merged_id: int, reason: str, page: str, clock: Clock) -> Approval:
    """A wish to undo a merge. NotMerged if the row is in none."""
    actor.require(Capability.KEEP_REGISTER)
    merged = queries.resident(actor, merged_id)
    if merged.merged_into_id is None:
        raise NotMerged
    reason = reason_of(reason)
    return ask_approval(
        actor=actor,
        kind=PART,
        area_code=merged.village_code,
        key=f"{merged.pk}",
        subject={"merged": merged.pk, "reason": reason},
        summary=(
            f"撤销合并：{queries.masked_name(merged.name)}恢复为单独的登记。{reason}",
            f"Undo a merge: {queries.masked_name(merged.name)} is an entry of its own again. {reason}",
        ),
        page=page,
        clock=clock,
    )


@transaction.atomic
def merge_residents(
    *, actor: Scope, kept_id: int, merged_id: int, reason: str, clock: Clock, differs_because: str = ""
) -> Merge:
    """SamePerson, OutsideArea, InAnotherMerge, or MergeLeavesOpen while the merged row's enrolment is not settled or
    stands beside one of the other row for the same year; DiffersUnexplained for two whose sex or birth date differ
    without a word about it.
    """
    actor.require(Capability.KEEP_REGISTER)
    reason, differs_because = reason_of(reason), _explained(*_two(actor, kept_id, merged_id), differs_because)
    rows = Resident.objects.select_for_update(of=("self",)).filter(id__in=[kept_id, merged_id]).order_by("id")
    locked = {row.pk: row for row in rows}
    kept, merged = locked[kept_id], locked[merged_id]
    merged.merged_into = kept
    try:
        with transaction.atomic():
            merged.save(update_fields=["merged_into"])
    except IntegrityError as error:
        refusals = {
            "registry_no_chain_of_merges": InAnotherMerge,
            "registry_merge_leaves_nothing_open": MergeLeavesOpen,
        }
        if (refusal := refusals.get(constraint_of(error))) is None:
            raise
        raise refusal from error
    return Merge.objects.create(
        pooling_area=kept.pooling_area, kept=kept, merged=merged, reason=reason, differs_because=differs_because,
        at=clock.now(), by=actor.actor_name,
    )  # fmt: skip


@transaction.atomic
def part_residents(*, actor: Scope, merged_id: int, reason: str, clock: Clock) -> Merge:
    """Undo a merge: both rows are as they were. NotMerged if the row is in none."""
    actor.require(Capability.KEEP_REGISTER)
    merged = queries.locked_resident(actor, merged_id)
    reason = reason_of(reason)
    merge = Merge.objects.filter(pooling_area=merged.pooling_area, merged=merged, undone_at=None).first()
    if merge is None:
        raise NotMerged
    merged.merged_into = None
    merged.save(update_fields=["merged_into"])
    merge.undone_at, merge.undone_by, merge.undone_because = clock.now(), actor.actor_name, reason
    merge.save(update_fields=["undone_at", "undone_by", "undone_because"])
    return merge


def say_not_same(*, actor: Scope, first_id: int, second_id: int, reason: str, clock: Clock) -> NotSame:
    """Two people after all: the pair is proposed no more. SamePerson, OutsideArea, ReasonMissing."""
    actor.require(Capability.KEEP_REGISTER)
    first, second = sorted((queries.resident(actor, first_id), queries.resident(actor, second_id)), key=lambda r: r.pk)
    if first.pk == second.pk:
        raise SamePerson
    if first.pooling_area != second.pooling_area:
        raise OutsideArea
    row, _ = NotSame.objects.get_or_create(
        pooling_area=first.pooling_area,
        first=first,
        second=second,
        defaults={"at": clock.now(), "by": actor.actor_name, "reason": reason_of(reason)},
    )
    return row


def _two(actor: Scope, kept_id: int, merged_id: int) -> tuple[Resident, Resident]:
    kept, merged = queries.resident(actor, kept_id), queries.resident(actor, merged_id)
    if kept.pk == merged.pk:
        raise SamePerson
    if kept.pooling_area != merged.pooling_area:
        raise OutsideArea
    if kept.merged_into_id or merged.merged_into_id:
        raise InAnotherMerge
    return kept, merged


def _explained(kept: Resident, merged: Resident, differs_because: str) -> str:
    """Why they are one person though a fixed fact differs; empty where none does."""
    sex, birth = kept.sex != merged.sex, kept.birth_on != merged.birth_on
    if not sex and not birth:
        return ""
    if not differs_because.strip():
        raise DiffersUnexplained(sex, birth)
    return reason_of(differs_because)


def _refuse_crossing(actor: Scope, kept: Resident, merged: Resident) -> None:
    """Several rows may wait to be merged into one; a row that is to be merged waits for nothing else."""
    everywhere = actor.deputed(Capability.KEEP_REGISTER, kept.pooling_area)
    for wish in approvals_of_kind(everywhere, MERGE, None, waiting=True):
        theirs = wish.subject["kept"], wish.subject["merged"]
        if kept.pk == theirs[1] or merged.pk in theirs:
            raise BothWaysMerged
