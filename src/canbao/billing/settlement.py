"""What a settled bill sets in motion: the ledger's moves, and the cover that follows in the same transaction.

Billing and payments lie below entitlement and must not import it, and no payment may commit without its cover. So
entitlement hands its derivation down here, once, when the program starts; without it nothing can be settled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from canbao.billing.drafts import Line
from canbao.billing.models import RESIDENT_PAYS, LineItem
from canbao.kernel.capabilities import Capability
from canbao.kernel.scope import Scope
from canbao.ledger import chart
from canbao.ledger.actions import Move

CoverFollows = Callable[[Scope, Sequence[int]], None]
"""Takes who may derive cover and the ids of bills just settled or refunded; derives inside the caller's transaction."""

_cover_follows: CoverFollows | None = None


def let_cover_follow(derive: CoverFollows) -> None:
    global _cover_follows
    _cover_follows = derive


def cover_follows(actor: Scope, pooling_area: str, bill_ids: Sequence[int]) -> None:
    """Derive the cover of bills of one pooling area that the open transaction settled or refunded."""
    if _cover_follows is None:
        raise RuntimeError("no room derives cover: canbao.entitlement must be among INSTALLED_APPS")
    if bill_ids:
        _cover_follows(actor.deputed(Capability.DERIVE_COVER, pooling_area), bill_ids)


def due_moves(pooling_area: str, benefit_year: int, payable_fen: int) -> tuple[Move, ...]:
    """On issue: the resident owes it and the fund expects it. Nothing where the resident has nothing to pay."""
    if not payable_fen:
        return ()
    return (
        Move(
            chart.resident_receivable(pooling_area, benefit_year),
            chart.expected(pooling_area, benefit_year),
            payable_fen,
        ),
    )


def void_moves(pooling_area: str, benefit_year: int, payable_fen: int) -> tuple[Move, ...]:
    """On voiding: the mirror image of the issue."""
    return tuple(Move(m.credit, m.debit, m.amount_fen) for m in due_moves(pooling_area, benefit_year, payable_fen))


def income_moves(pooling_area: str, benefit_year: int, lines: Iterable[Line]) -> tuple[Move, ...]:
    """On settlement: what the resident paid turns into income, and every other payer owes his part from now on."""
    income = {item: chart.income(pooling_area, benefit_year, item) for item in LineItem.values}
    expected = chart.expected(pooling_area, benefit_year)
    return tuple(
        Move(
            expected
            if line.payer == RESIDENT_PAYS
            else chart.subsidy_receivable(pooling_area, benefit_year, line.payer),
            income[line.item],
            line.amount_fen,
        )
        for line in lines
    )
