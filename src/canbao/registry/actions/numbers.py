"""One number, one live person, also while keys are being rotated."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection

from canbao.kernel.binding import bound
from canbao.kernel.capabilities import Capability
from canbao.kernel.scope import Scope
from canbao.kernel.vault import ring
from canbao.registry import seals
from canbao.registry.models import Resident
from canbao.registry.refusals import NumberTaken

_LOCK = int.from_bytes(b"num")


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
