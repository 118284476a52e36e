"""What every partner module can do, and what it is given for it. Nothing here knows a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from canbao.payments.partners.report import Report

CLOCKS_APART_MAX = timedelta(minutes=5)


class NotGenuine(Exception):
    """A signature that does not fit, an unknown key, or a moment too far from ours. Nothing may be believed of it."""


class CallFailed(Exception):
    """The other side could not be reached, or what it answered cannot be believed: what it did is not known."""


@dataclass(frozen=True, repr=False)
class Setup:
    """What is agreed with a partner for one channel. Keys are PEM, of the algorithm that `keys.ALGORITHMS` names;
    `seal_key` is WeChat's APIv3 key. A repr would print them, so there is none."""

    merchant_id: str
    app_id: str
    address: str
    partner_key: str
    partner_key_id: str
    own_key: str
    own_key_id: str
    seal_key: str = ""
    algorithm: str = "rsa"


@dataclass(frozen=True, slots=True)
class Heard:
    """A request or an answer of the other side: header names in lower case, the body as it came."""

    headers: Mapping[str, str]
    body: bytes
    status: int = 200


@dataclass(frozen=True, slots=True)
class Called:
    """A request of ours."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


Call = Callable[[Called], Heard]
"""Sends a request and gives the answer, whatever its status. CallFailed if there is none."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side wants to hear when it tells us something."""

    status: int
    body: bytes
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What somebody is about to pay. `report_url` is where the result is told, `return_url` where the browser goes."""

    trade_no: str
    amount_fen: int
    title: str
    expires_at: datetime
    report_url: str
    return_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """A refund to be sent: the whole of a transaction. `number` stays the same however often it is sent."""

    number: str
    trade_no: str
    transaction_id: str
    amount_fen: int


class Partner(Protocol):
    """One language of a payment partner, who tells what was paid and sends refunds."""

    def read(self, setup: Setup, heard: Heard, now: datetime) -> Report:
        """What the partner tells of its own accord. NotGenuine if it is not the partner, or not now."""
        ...

    def answer(self, accepted: bool) -> Answer:
        """Accepted, so that it is not told again; or not."""
        ...

    def give_back(self, setup: Setup, wish: Return, call: Call, now: datetime) -> tuple[Report, bytes] | None:
        """Send a refund, or ask about it, which is the same here; None while it is under way. CallFailed."""
        ...


class Cashier(Partner, Protocol):
    """A partner with a cashier page, where attempts are ordered and asked about."""

    def order(self, setup: Setup, order: Order, call: Call, now: datetime) -> str:
        """The address of the cashier page. CallFailed if it is not known whether there is one."""
        ...

    def ask(self, setup: Setup, trade_no: str, call: Call, now: datetime) -> tuple[Report, bytes] | None:
        """How an attempt stands, with the answer as it came; None if the partner does not know it. CallFailed."""
        ...


def require_recent(told_at: datetime, now: datetime) -> None:
    """NotGenuine if the other side's clock is far from ours: an old telling may be played again."""
    if abs(told_at - now) > CLOCKS_APART_MAX:
        raise NotGenuine("too old")
