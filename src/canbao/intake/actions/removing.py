"""Deleting files and rows whose time is over. The digest stays, so that the same file is still known."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction

from canbao.intake.models import ASKED, UNDER_WAY, Batch, Piece, State
from canbao.kernel.binding import bound
from canbao.kernel.clock import Clock
from canbao.kernel.scope import program

REMOVER = program("lists")
# What was written stays written; of the rest nothing was, and the file may be handed in again.
_STAYS = (State.APPLIED, State.UNDONE)


def remove_old(*, clock: Clock) -> int:
    """Delete the content of the lists handed in CANBAO_LIST_DAYS ago or before; how many lists that were.

    Those that somebody decides or works on at the moment wait for the next time.
    """
    before = clock.now() - timedelta(days=settings.LIST_DAYS)
    with bound(REMOVER):
        old = Batch.objects.filter(handed_in_at__lt=before, removed_at=None).exclude(state__in=(*ASKED, *UNDER_WAY))
        ids = list(old.values_list("pk", flat=True))
        return sum(_remove(batch_id, clock) for batch_id in ids)


@transaction.atomic
def _remove(batch_id: int, clock: Clock) -> bool:
    found = Batch.objects.select_for_update(skip_locked=True).filter(pk=batch_id, removed_at=None).first()
    if found is None or found.state in (*ASKED, *UNDER_WAY):
        return False
    remove_content(found)
    found.removed_at, found.samples = clock.now(), []
    found.state = found.state if found.state in _STAYS else State.WITHDRAWN
    found.save(update_fields=("removed_at", "samples", "state"))
    return True


def remove_content(found: Batch) -> None:
    """The file with its key, and every row."""
    Piece.objects.filter(batch=found).delete()
    found.content_key = b""
    found.save(update_fields=("content_key",))
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM intake_row WHERE pooling_area = %s AND batch_id = %s", [found.pooling_area, found.pk]
        )
