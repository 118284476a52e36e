"""One simulated partner of one channel: its trades, its refunds, and the three languages it may speak."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from canbao.payments.partners.partner import Called, Heard

OPEN, PAID, CLOSED, FAILED = "open", "paid", "closed", "failed"
RETURNED, BOUNCED = "returned", "bounced"


@dataclass
class Trade:
    """What somebody ordered here. A trade is paid once; `transaction_id` is ours, `paid_fen` what was really paid."""

    trade_no: str
    amount_fen: int
    title: str = ""
    report_url: str = ""
    return_url: str = ""
    expires_at: datetime | None = None
    state: str = OPEN
    transaction_id: str = ""
    paid_fen: int = 0
    paid_at: datetime | None = None
    bounces: bool = False
    """Whether the next refund of it comes back."""
    refunds: dict[str, str] = field(default_factory=dict)
    refunded_at: dict[str, datetime] = field(default_factory=dict)
    bill_id: int = 0
    """The bill, where this side started by itself; `item` is the entry chosen on its page."""
    item: str = ""


@dataclass(repr=False)
class Side:
    """`private` is this side's key, `theirs` the public key of whoever uses it; `seal_key` has 32 characters."""

    kind: str
    name: str
    merchant_id: str
    app_id: str
    private: str
    key_id: str
    theirs: str
    theirs_id: str
    seal_key: str
    address: str
    now: Callable[[], datetime]
    algorithm: str = "rsa"
    place: str = ""
    """The area whose fund it takes money for."""
    told_at: str = ""
    """Where a side that starts by itself asks for bills and tells what it took."""
    trades: dict[str, Trade] = field(default_factory=dict)
    run: str = field(default_factory=lambda: secrets.token_hex(6))
    """Tells what this run of the side tells from what an earlier one did."""
    told: int = 0

    def open_trade(self, trade: Trade) -> Trade:
        """The trade of that number, begun unless it is there."""
        return self.trades.setdefault(trade.trade_no, trade)

    def pay(self, trade: Trade, fen: int | None = None) -> None:
        """Take the money. Whatever is paid or over stays so."""
        self.run_out(trade)
        if trade.state != OPEN:
            return
        trade.state, trade.paid_at = PAID, self.now().replace(microsecond=0)
        trade.paid_fen = trade.amount_fen if fen is None else fen
        trade.transaction_id = f"4200{trade.trade_no[-24:]}"

    def run_out(self, trade: Trade) -> None:
        """A trade that nobody paid in time is closed."""
        if trade.state == OPEN and trade.expires_at is not None and self.now() > trade.expires_at:
            trade.state = CLOSED

    def trade_of(self, transaction_id: str) -> Trade | None:
        return next((trade for trade in self.trades.values() if trade.transaction_id == transaction_id), None)

    def give_back(self, trade: Trade, number: str) -> str:
        """How the refund of that number ended: the same number, the same end."""
        if number not in trade.refunds:
            trade.refunds[number] = BOUNCED if trade.bounces else RETURNED
            trade.refunded_at[number] = self.now().replace(microsecond=0)
            trade.bounces = False
        return trade.refunds[number]

    def event_id(self) -> str:
        self.told += 1
        return f"{self.kind}-{self.run}-{self.told:08d}"


class Answering(Protocol):
    """How a kind of partner hears requests."""

    def answer(self, side: Side, called: Called) -> Heard:
        """The answer to a request of the program."""
        ...


class Language(Answering, Protocol):
    """How a kind of partner with a cashier page tells what happened."""

    def ordered(self, side: Side, fields: Mapping[str, str]) -> Trade | None:
        """The trade that the address of a cashier page names; None if its signature does not fit."""
        ...

    def telling(self, side: Side, trade: Trade, event_id: str, state: str | None = None) -> Heard:
        """What it sends to tell how the trade stands, signed; `state` instead of the trade's own."""
        ...
