"""Cycles of work and kill -9 at counters and under callbacks, and what must be true after each."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.db import connection

from canbao.billing.models import Bill, BillState
from canbao.cli.database import roles
from canbao.cli.database.server import PrivateServer
from canbao.demo.outside import push_side
from canbao.demo.outside.agreed import agreed
from canbao.demo.outside.side import Side
from canbao.kernel.clock import FixedClock
from canbao.ledger.models import Entry
from canbao.payments.models import Attempt, Capture, Channel, Delivery, Payment
from tests import town
from tests.payments.nursery import Nursery, counter_line, told_line
from tests.payments.outside import Outside, outside, pairs
from tests.payments.schedules import bills_of

WORK_OF_A_CYCLE = 24
BILLS_AT_ONCE = 1000
CHECKED_EVERY = 50


@dataclass
class Toll:
    """How much was done and lost in all cycles."""

    cycles: int = 0
    acknowledged: int = 0
    callbacks: int = 0
    in_the_middle: int = 0

    def line(self, seed: int) -> str:
        return (
            f"kills: seed {seed}: {self.cycles:,} processes killed, {self.in_the_middle:,} amid their work, "
            f"{self.acknowledged:,} acknowledged ({self.callbacks:,} callbacks), 0 lost, 0 half-posted"
        )


@dataclass
class Streets:
    """The ways money comes in: a bank that pushes, a cashier page, a counter."""

    clock: FixedClock
    bank: Channel
    bank_side: Side
    page: Outside
    serial: int = 0

    def work_for(self, bills: list[Bill]) -> list[str]:
        """One line a bill, by each way in turn; every third callback is told twice."""
        lines = []
        for number, bill in enumerate(bills):
            if number % 3 == 0:
                lines.append(counter_line(bill.pk))
                continue
            told = self._pushed(bill) if number % 3 == 1 else self._paid_online(bill)
            lines += [told, told] if number % 4 == 0 else [told]
        return lines

    def _pushed(self, bill: Bill) -> str:
        self.serial += 1
        trade = push_side.take(self.bank_side, f"kill {bill.pk} {self.serial}", bill.payable_fen)
        return told_line(self.bank.pk, push_side.telling(self.bank_side, trade, bill.pk))

    def _paid_online(self, bill: Bill) -> str:
        trade = self.page.trade(self.page.begin(bill.pk))
        self.page.side.pay(trade)
        return told_line(self.page.channel.pk, self.page.telling(trade))


def kill_again_and_again(
    server: PrivateServer, folder: Path, clock: FixedClock, cycles: int, seed: int, people: int = BILLS_AT_ONCE
) -> Toll:
    """So many processes, killed; AssertionError with the seed for anything lost or half posted."""
    nursery = Nursery(server.url(roles.APP, str(connection.settings_dict["NAME"])), folder)
    chance, toll = random.Random(seed), Toll()
    bank, bank_side = agreed(
        policy_id=town.POLICY, code="ccb_device", kind="signed_push", address="https://bank.test", pairs=pairs(),
        open_from=date(2024, 9, 1), now=clock.now,
    )  # fmt: skip
    streets = Streets(clock, bank, bank_side, outside(clock, "alipay"))
    left: list[Bill] = []
    try:
        while toll.cycles < cycles:
            if len(left) < WORK_OF_A_CYCLE:
                left = bills_of(people, clock)
            mine, left = left[:WORK_OF_A_CYCLE], left[WORK_OF_A_CYCLE:]
            said, unfinished = nursery.kill_one(streets.work_for(mine), chance)
            toll.cycles += 1
            toll.in_the_middle += unfinished
            toll.acknowledged += len(said)
            toll.callbacks += sum(line.startswith("told") for line in said)
            faults = _faults(mine, said)
            # Whoever comes next takes up what was under way.
            keys = [bill.pk for bill in mine]
            left = list(Bill.objects.filter(pk__in=keys, state=BillState.ISSUED).order_by("pk")) + left
            assert not faults, f"seed {seed}, cycle {toll.cycles}: {faults[:3]}"
            if toll.cycles % CHECKED_EVERY == 0 or toll.cycles == cycles:
                assert town.violations() == [], f"seed {seed}, cycle {toll.cycles}"
    finally:
        nursery.close()
    print(toll.line(seed))
    return toll


def _faults(bills: list[Bill], said: list[str]) -> list[str]:
    """What was acknowledged and is not there, and what is there by halves."""
    keys = [bill.pk for bill in bills]
    settled = set(Bill.objects.filter(pk__in=keys, state=BillState.SETTLED).values_list("pk", flat=True))
    paid = dict(Payment.objects.filter(bill_id__in=keys).values_list("bill_id", "entry_id"))
    entries = set(
        Entry.objects.filter(cause_kind="payment", cause_id__in=[str(key) for key in keys]).values_list("pk", flat=True)
    )
    captured = set(Capture.objects.filter(bill_id__in=keys, place="settled").values_list("bill_id", flat=True))
    half = Attempt.objects.filter(captures__bill_id__in=captured).exclude(state="paid").count()
    found = [f"bill {key}: acknowledged at the counter and open" for key in _counted(said) - settled]
    if settled != set(paid) or set(paid.values()) != entries or half:
        found.append(f"{len(settled)} settled, {len(paid)} paid, {len(entries)} entries, {half} attempts by halves")
    told = sum(line.startswith("told") for line in set(said))
    stored = Delivery.objects.filter(capture__bill_id__in=keys, verdict="settle").count()
    if stored < told:
        found.append(f"{told} callbacks acknowledged, {stored} deliveries judged")
    return found


def _counted(said: list[str]) -> set[int]:
    return {int(line.split(" ")[1]) for line in said if line.startswith("counter")}
