"""Which entry of a payment page somebody must choose: the notice names it, the bill tells which."""

from __future__ import annotations

from canbao.billing.models import Bill
from canbao.policy import policies


def item_of(bill: Bill, code: str) -> str:
    """The entry for this bill in the channel of that code; "" where the notice names none."""
    channel = policies.get(bill.policy_id).notice.channels.get(code)
    if channel is None:
        return ""
    fitting = [item for item in channel.items if item.aided is None or item.aided == (bill.award is not None)]
    return fitting[0].choose if fitting else ""
