"""One number, one live person, also while keys are being rotated."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from django.db import connection, transaction
from django.db.models import BinaryField, Q, QuerySet
from django.db.models.functions import Substr
from django.db.models.lookups import Exact

from canbao.kernel.binding import bound
from canbao.kernel.capabilities import Capability
from canbao.kernel.scope import Scope
from canbao.kernel.vault import ring
from canbao.registry import seals
from canbao.registry.models import FormerDocument, Resident
from canbao.registry.refusals import NumberTaken

BATCH = 1000
_LOCK = int.from_bytes(b"num")
_COLUMNS = ("number_sealed", "number_index", "number_tail", "phone_sealed", "phone_index", "bank_card_sealed")
_WRITE = f"""
    UPDATE registry_resident r SET {", ".join(f"{column} = new.{column}" for column in _COLUMNS)}
    FROM unnest(%s::bigint[], {", ".join(["%s::bytea[]"] * len(_COLUMNS))}) AS new (id, {", ".join(_COLUMNS)})
    WHERE r.id = new.id
"""


def claim(actor: Scope, pooling_area: str, numbers: Collection[str]) -> None:
    """NumberTaken if a living person of the area has one of them; to be called before they are written.

    Where one key is in use this does nothing: the unique index decides. But it cannot see that two keys made the same:
    while rows of two stand side by side, transactions give out the numbers of an area one after the other, and look
    under every key.
    """
    if not numbers or not ring().is_rotating:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, int(pooling_area)])
    under_any_key = [found for number in numbers for found in seals.indexes("number", number)]
    # Whoever has the number may live where the actor sees nobody.
    with bound(actor.deputed(Capability.KEEP_REGISTER, pooling_area)):
        holders = Resident.objects.filter(pooling_area=pooling_area, number_index__in=under_any_key, died_on=None)
        if holders.exists():
            raise NumberTaken


def rotate(*, actor: Scope) -> Iterator[int]:
    """Seal again, under the active key, whatever stands under another one; yields how many rows each batch changed.

    Each batch is a transaction of its own, so an interrupted rotation goes on where it stopped.
    """
    actor.require(Capability.KEEP_KEYS)
    last = 0
    while True:
        with transaction.atomic():
            batch = list(_stale().filter(id__gt=last).select_for_update(of=("self",), no_key=True)[:BATCH])
            for row in batch:
                for kind in ("id_number", "phone", "bank_card"):
                    number = getattr(row, kind)
                    setattr(row, kind, number.unmasked if number else None)
            with connection.cursor() as cursor:
                columns = [[getattr(row, column) for row in batch] for column in _COLUMNS]
                cursor.execute(_WRITE, [[row.pk for row in batch], *columns])
        if not batch:
            break
        last = batch[-1].pk
        yield len(batch)
    while former := _rotate_former():
        yield former


def _rotate_former() -> int:
    """One batch of the numbers that people had before; they are few."""
    key = Substr("number_sealed", 1, len(ring().active_id), output_field=BinaryField())
    with transaction.atomic():
        stale = FormerDocument.objects.filter(~Q(Exact(key, ring().active_id))).order_by("id")
        batch = list(stale.select_for_update(of=("self",), no_key=True)[:BATCH])
        for row in batch:
            row.id_number = row.id_number.unmasked
            row.save(update_fields=["number_sealed", "number_index"])
    return len(batch)


def _stale() -> QuerySet[Resident]:
    stale = Q()
    for column in ("number_sealed", "phone_sealed", "bank_card_sealed"):
        key = Substr(column, 1, len(ring().active_id), output_field=BinaryField())
        stale |= Q(~Q(Exact(key, ring().active_id)), **{f"{column}__isnull": False})
    return Resident.objects.filter(stale).order_by("id")


def unknown_key() -> str | None:
    """The id of a key that something is sealed under and that is not in the ring; looks at the newest rows only."""
    newest = Resident.objects.filter(number_sealed__isnull=False).order_by("-id")[:5]
    ids = {bytes(row.number_sealed or b"")[: len(ring().active_id)] for row in newest}
    return next((key.hex() for key in sorted(ids) if not ring().knows(key)), None)
