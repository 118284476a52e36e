"""Many bills settled by one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from canbao.billing import refusals, settlement
from canbao.kernel.capabilities import Capability
from canbao.kernel.scope import Scope


@dataclass(frozen=True, slots=True)
class Settled:
    """An open bill, the ledger entry that settles it, and when."""

    bill_id: int
    entry_id: int
    settled_at: datetime


def settle_bills(*, actor: Scope, pooling_area: str, settled: Sequence[Settled]) -> None:
    """As `settle_bill` for many bills of one pooling area, all locked by the caller.

    Refuses `changed_meanwhile` if one of them is not open.
    """
    actor.require(Capability.SETTLE_BILLS, pooling_area)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE billing_bill b SET state = 'settled', settled_at = s.at, settled_entry_id = s.entry"
            " FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) AS s(bill, entry, at)"
            " WHERE b.pooling_area = %s AND b.id = s.bill AND b.state = 'issued'",
            [
                [each.bill_id for each in settled], [each.entry_id for each in settled],
                [each.settled_at for each in settled], pooling_area,
            ],
        )  # fmt: skip
        if cursor.rowcount != len(settled):
            raise refusals.changed_meanwhile(len(settled) - cursor.rowcount, 0)
    settlement.cover_follows(actor, pooling_area, [each.bill_id for each in settled])
