"""What a channel tells, in our words, whatever language it spoke."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

FEN = "CNY"


class Kind(StrEnum):
    PAID = "paid"
    PENDING = "pending"
    """Nobody has paid yet, and may still."""
    FAILED = "failed"
    CLOSED = "closed"
    RETURNED = "returned"
    """A refund has arrived."""
    BOUNCED = "bounced"
    """A refund came back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One thing told. `event_id` is the channel's own number of the telling, `transaction_id` that of the money.

    `trade_no` names our attempt, or `bill_id` the bill where the other side starts by itself. `confirmed` marks the
    answer to a question of ours. `reference` is the serial of a transfer that a person made.
    """

    event_id: str
    kind: Kind
    merchant_id: str
    amount_fen: int = 0
    app_id: str = ""
    currency: str = FEN
    trade_no: str = ""
    bill_id: int | None = None
    item: str = ""
    transaction_id: str = ""
    refund_number: str = ""
    paid_at: datetime | None = None
    confirmed: bool = False
    reference: str = ""

    @property
    def meant_for(self) -> str:
        """The attempt or the bill that it names, as the other side wrote it."""
        return self.trade_no or (f"bill {self.bill_id}" if self.bill_id is not None else "")

    @property
    def stored(self) -> dict[str, Any]:
        """As JSON holds it."""
        said = {**asdict(self), "paid_at": self.paid_at.isoformat() if self.paid_at else None}
        # Reports of former days know no reference, and told again they are the same.
        return said if self.reference else {key: value for key, value in said.items() if key != "reference"}


def report_of(stored: dict[str, Any]) -> Report:
    """The report that was stored."""
    paid_at = datetime.fromisoformat(stored["paid_at"]) if stored["paid_at"] else None
    return Report(**{**stored, "kind": Kind(stored["kind"]), "paid_at": paid_at})
