"""Where a refund ends: the books say that it arrived, and a room above that gave the money takes it back at once."""

from __future__ import annotations

from collections.abc import Callable

from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.ledger import actions as ledger
from canbao.ledger import chart
from canbao.ledger.actions import Draft, Move
from canbao.payments.models import Channel, Refund, RefundState
from canbao.payments.partners import PERSONAL_ACCOUNT as PERSONAL_ACCOUNT

GiveBack = Callable[[Scope, Refund, Clock], None]
_ways: dict[str, GiveBack] = {}


def attach(partner: str, give_back: GiveBack) -> None:
    """Let money of this kind of partner go back in the transaction that decides so; the room does it on its side."""
    _ways[partner] = give_back


def follow(actor: Scope, refund: Refund, clock: Clock) -> None:
    """Give back at once what needs nobody outside to arrive."""
    if refund.capture is None or refund.capture.channel.partner not in _ways:
        return
    _ways[refund.capture.channel.partner](actor, refund, clock)
    arrived(actor, refund.capture.channel, refund, clock)


def arrived(actor: Scope, channel: Channel, refund: Refund, clock: Clock) -> None:
    """The channel's money is less by the refund."""
    area = channel.pooling_area
    refund.returned_entry = ledger.post(
        actor=actor.deputed(Capability.KEEP_LEDGER, area),
        draft=Draft(
            area,
            f"returned:{refund.pk}",
            "returned",
            str(refund.pk),
            clock.today(),
            (Move(chart.refund_due(area, channel.code), chart.channel_money(area, channel.code), refund.amount_fen),),
        ),
        clock=clock,
    )
    refund.state, refund.returned_at, refund.ask_at = RefundState.RETURNED, clock.now(), None
    refund.save(update_fields=("state", "returned_at", "returned_entry", "ask_at"))
