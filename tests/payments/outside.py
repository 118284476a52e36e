"""Channels of the town, agreed on with simulated partners that stand in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache

from canbao.demo.outside.agreed import Pairs, agreed, new_pairs
from canbao.demo.outside.languages import ANSWERING, LANGUAGES
from canbao.demo.outside.side import Side, Trade
from canbao.kernel.clock import FixedClock
from canbao.payments import actions
from canbao.payments.actions.agreeing import setup_of
from canbao.payments.models import Attempt, Channel
from canbao.payments.partners import PARTNERS
from canbao.payments.partners.partner import Answer, Called, CallFailed, Heard
from tests import town

REPORT_URL, RETURN_URL = "https://canbao.test/told", "https://canbao.test/back"


@cache
def pairs(algorithm: str = "rsa") -> Pairs:
    return new_pairs(algorithm)


@dataclass
class Outside:
    """One channel, the partner on its other side, and whether the way between them is open."""

    channel: Channel
    side: Side
    clock: FixedClock
    reachable: bool = True
    answers_arrive: bool = True

    def call(self, called: Called) -> Heard:
        if not self.reachable:
            raise CallFailed("no way")
        heard = ANSWERING[self.side.kind].answer(self.side, called)
        if not self.answers_arrive:
            raise CallFailed("no answer")
        return heard

    def begin(self, bill_id: int, **further: str) -> Attempt:
        attempt = actions.begin_attempt(
            actor=actions.payer(), bill_id=bill_id, channel_id=self.channel.pk, clock=self.clock, **further
        )
        return self.send(attempt)

    def send(self, attempt: Attempt) -> Attempt:
        return actions.send_attempt(
            actor=actions.payer(), attempt=attempt, report_url=REPORT_URL, return_url=RETURN_URL, call=self.call,
            clock=self.clock,
        )  # fmt: skip

    def ask(self, attempt: Attempt) -> Attempt:
        attempt.refresh_from_db()
        return actions.ask_attempt(actor=hearing(self.channel), attempt=attempt, call=self.call, clock=self.clock)

    def trade(self, attempt: Attempt) -> Trade:
        """What the payer's browser opens: the other side's cashier page."""
        if self.side.kind == "wechat_pay":
            return self.side.trades[attempt.trade_no]
        from urllib.parse import parse_qsl, urlsplit

        found = LANGUAGES[self.side.kind].ordered(self.side, dict(parse_qsl(urlsplit(attempt.pay_url).query)))
        assert found is not None
        return found

    def telling(self, trade: Trade, state: str | None = None, event_id: str | None = None) -> Heard:
        return LANGUAGES[self.side.kind].telling(self.side, trade, event_id or self.side.event_id(), state)

    def tell(self, heard: Heard) -> Answer:
        return actions.hear(channel=self.channel, heard=heard, clock=self.clock)

    def tell_alone(self, heard: Heard) -> Answer:
        """As to a process where nobody else tells anything: in a transaction of its own."""
        partner = PARTNERS[self.channel.partner]
        report = partner.read(setup_of(self.channel), heard, self.clock.now())
        verdict = actions.take_report(
            actor=hearing(self.channel), channel=self.channel, report=report, raw=heard.body, clock=self.clock
        )
        return partner.answer(verdict is None or verdict.accepted)


def hearing(channel: Channel):  # type: ignore[no-untyped-def]
    from canbao.payments.actions.hearing import ear

    return ear(channel)


def bank(clock: FixedClock, algorithm: str = "rsa", code: str = "ccb_device") -> Outside:
    """A partner who starts by himself."""
    channel, side = agreed(
        policy_id=town.POLICY, code=code, kind="signed_push", address="https://bank.test", pairs=pairs(algorithm),
        open_from=date(2024, 9, 1), now=clock.now,
    )  # fmt: skip
    return Outside(channel, side, clock)


def outside(clock: FixedClock, kind: str, code: str | None = None, policy_id: str = town.POLICY) -> Outside:
    names = {"wechat_pay": "wechat", "alipay": "alipay", "union_pay": "union_pay"}
    channel, side = agreed(
        policy_id=policy_id, code=code or names[kind], kind=kind, address="https://partner.test", pairs=pairs(),
        open_from=date(2024, 9, 1), now=clock.now,
    )  # fmt: skip
    return Outside(channel, side, clock)


Twist = Callable[[Heard], Heard]
