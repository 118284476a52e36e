"""Random schedules of what channels tell: duplicated, out of order, late, forged, wrong, through two channels at once.

A schedule is one bill and at least fifteen deliveries about it. All are made from one seed; the same seed makes the
same ones. Some schedules are delivered alone, most beside each other, so that what comes at once is judged together.
`Model` is a second, much simpler account of what must be true in the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from canbao.billing import actions as billing
from canbao.billing.models import Bill
from canbao.demo.outside.side import CLOSED, PAID, Side, Trade
from canbao.enrolment.models import Enrolment
from canbao.kernel.clock import FixedClock
from canbao.kernel.refusals import Refusal
from canbao.payments import actions
from canbao.payments.actions.agreeing import setup_of
from canbao.payments.actions.gathering import EAR
from canbao.payments.actions.together import Telling, take_together
from canbao.payments.models import Attempt, Capture, Payment
from canbao.payments.partners import PARTNERS
from canbao.payments.partners.partner import Answer, Heard, NotGenuine
from canbao.payments.partners.rsa import new_pair
from canbao.registry.models import Resident
from tests import town
from tests.payments.outside import Outside, outside

DELIVERIES_MIN = 15
KINDS = ("wechat_pay", "alipay", "union_pay")
TELLINGS = ("again", "anew", "closed", "forged", "changed", "alien", "ask", "ask_in_vain")
WEIGHTS = (30, 22, 10, 8, 5, 4, 8, 4)
ALONE, BESIDE = 60, 40
"""Of each thousand schedules so many are delivered alone, the others so many at a time."""


@dataclass
class Told:
    """How much of what was told, for the line that says what the storm was."""

    schedules: int = 0
    deliveries: int = 0
    kinds: Counter[str] = field(default_factory=Counter)

    def line(self, seed: int) -> str:
        mix = ", ".join(f"{count:,} {kind}" for kind, count in sorted(self.kinds.items()))
        return f"storm: seed {seed}: {self.schedules:,} schedules, {self.deliveries:,} deliveries ({mix})"


@dataclass
class Model:
    """What must be true of one bill in the end. `heard` are transactions of which a genuine success was taken in."""

    bill: Bill
    trades: list[tuple[Outside, Trade]] = field(default_factory=list)
    heard: set[tuple[int, str]] = field(default_factory=set)
    blocked: bool = False
    """The person has died or the bill was voided before any money was heard of: whatever comes is held."""

    def faults(self, seen: Seen) -> list[str]:
        bill = seen.bills[self.bill.pk]
        paid = seen.payments.get(bill.pk, [])
        found = []
        if len(paid) > 1:
            found.append(f"{len(paid)} payments")
        exact = [
            trade for out, trade in self.trades
            if (out.channel.pk, trade.transaction_id) in self.heard and trade.paid_fen == bill.payable_fen
        ]  # fmt: skip
        if self.blocked and any(payment.capture_id for payment in paid):
            found.append("money settled a bill that stands no more")
        if bill.state == "issued" and exact and not self.blocked:
            found.append("a payment of exactly its sum was heard and the bill is open")
        if (bill.state == "settled") != bool(paid):
            found.append(f"is {bill.state} with {len(paid)} payments")
        for out, trade in self.trades:
            captures = seen.captures.get((out.channel.pk, trade.transaction_id or "-"), [])
            heard = (out.channel.pk, trade.transaction_id) in self.heard
            if len(captures) != heard:
                found.append(f"{trade.trade_no}: {len(captures)} captures, heard: {heard}")
            if captures and captures[0].amount_fen != trade.paid_fen:
                found.append(f"{trade.trade_no}: captured {captures[0].amount_fen} of {trade.paid_fen}")
        return [f"bill {bill.pk}: {fault}" for fault in found]


@dataclass
class Seen:
    """What the database holds in the end about the bills of many schedules, read at once."""

    bills: dict[int, Bill]
    payments: dict[int, list[Payment]] = field(default_factory=dict)
    captures: dict[tuple[int, str], list[Capture]] = field(default_factory=dict)

    @classmethod
    def of(cls, bills: list[Bill]) -> Seen:
        keys = [bill.pk for bill in bills]
        seen = cls({bill.pk: bill for bill in Bill.objects.filter(pk__in=keys)})
        for payment in Payment.objects.filter(bill_id__in=keys):
            seen.payments.setdefault(payment.bill_id, []).append(payment)
        for capture in Capture.objects.filter(bill_id__in=keys):
            seen.captures.setdefault((capture.channel_id, capture.transaction_id), []).append(capture)
        return seen


Deliveries = Generator[list[tuple[Outside, Heard]], list[Answer], Model]


@dataclass
class Storm:
    """`channels` and the clock are shared by all schedules; every schedule has a bill and a stream of chance."""

    channels: list[Outside]
    clock: FixedClock
    told: Told = field(default_factory=Told)
    stranger: str = field(default_factory=lambda: new_pair()[0])
    beside: int = 1
    """How many schedules are under way."""

    def deliver(self, schedules: list[Deliveries]) -> list[Model]:
        """All of them, beside each other, to their ends; the models in their order."""
        self.beside = len(schedules)
        models: dict[int, Model] = {}
        answers: dict[int, list[Answer] | None] = dict.fromkeys(range(len(schedules)))
        while answers:
            said: dict[int, list[tuple[Outside, Heard]]] = {}
            for number, answer in answers.items():
                try:
                    said[number] = next(schedules[number]) if answer is None else schedules[number].send(answer)
                except StopIteration as end:
                    models[number] = end.value
            tell = tell_together if self.beside > 1 else tell_alone
            given = iter(tell([each for own in said.values() for each in own], self.clock))
            answers = {number: [next(given) for _ in own] for number, own in said.items()}
        return [models[number] for number in range(len(schedules))]

    def run(self, bill: Bill, chance: Random) -> Deliveries:
        """One schedule: gives what is delivered next, is sent the answers, ends with the model of what must be true."""
        self.told.schedules += 1
        model = Model(bill)
        if chance.random() < 0.04:
            self._pay_at_the_counter(model)
        chosen = chance.sample(self.channels, 2 if chance.random() < 0.25 else 1)
        attempts = [(out, attempt) for out in chosen if (attempt := self._begun(out, model)) is not None]
        if not attempts:
            self.told.kinds["paid before"] += 1
            return model
        if chance.random() < 0.05 and not Payment.objects.filter(bill_id=bill.pk).exists():
            self._block(model, chance)
        for out, attempt in attempts:
            trade = out.trade(attempt)
            model.trades.append((out, trade))
            if chance.random() < 0.9:
                out.side.pay(trade, trade.amount_fen + chance.choice((-100, 100)) if chance.random() < 0.12 else None)
        said: list[tuple[Outside, Heard, str, bool]] = []
        for number in range(chance.randrange(DELIVERIES_MIN, DELIVERIES_MIN + 5)):
            out, attempt = chance.choice(attempts)
            trade = out.side.trades[attempt.trade_no]
            kind = chance.choices(TELLINGS, WEIGHTS)[0] if number else "anew"
            yield from self._deliver(model, out, attempt, trade, kind, said, chance)
            if chance.random() < 0.02 and not model.blocked:
                self._pay_at_the_counter(model)
            if chance.random() < 0.3 / self.beside:
                self.clock.move(timedelta(seconds=chance.randrange(20)))
        # When faults stop, everything that is not known yet is asked about.
        for out, attempt in attempts:
            attempt.refresh_from_db()
            if attempt.state in ("sent", "unknown", "created"):
                self._asked(model, out, attempt, out.side.trades[attempt.trade_no])
        return model

    def _block(self, model: Model, chance: Random) -> None:
        model.blocked = True
        if chance.random() < 0.5:
            Resident.objects.filter(pk=model.bill.resident_id).update(died_on=self.clock.today())
            self.told.kinds["after a death"] += 1
        else:
            billing.void_bill(actor=town.CLERK, bill_id=model.bill.pk, reason="开错", clock=self.clock)
            self.told.kinds["for a void bill"] += 1

    def _begun(self, out: Outside, model: Model) -> Attempt | None:
        try:
            return out.begin(model.bill.pk)
        except Refusal as refusal:
            assert refusal.code == "already_paid", refusal
            return None

    def _pay_at_the_counter(self, model: Model) -> None:
        bill = model.bill
        try:
            actions.take_counter_payment(
                actor=town.CLERK, bill_id=bill.pk, amount_fen=bill.payable_fen, key=f"storm {bill.pk}",
                clock=self.clock,
            )  # fmt: skip
        except Refusal as refusal:
            assert refusal.code == "already_paid", refusal

    def _deliver(
        self, model: Model, out: Outside, attempt: Attempt, trade: Trade, kind: str,
        said: list[tuple[Outside, Heard, str, bool]], chance: Random,
    ) -> Generator[list[tuple[Outside, Heard]], list[Answer], None]:  # fmt: skip
        self.told.deliveries += 1
        if kind in ("ask", "ask_in_vain"):
            self.told.kinds[kind] += 1
            out.reachable = kind == "ask"
            self._asked(model, out, attempt, trade)
            out.reachable = True
            return
        genuine = False
        if kind == "again" and said:
            out, heard, first, genuine = chance.choice(said)
            kind = f"{first} again"
        elif kind in ("forged", "changed", "alien"):
            heard = self._false(out, trade, kind)
        elif kind == "closed":
            heard = out.telling(trade, CLOSED)
            said.append((out, heard, kind, False))
        else:
            kind = "paid" if trade.state == PAID else "pending"
            heard, genuine = out.telling(trade), trade.state == PAID
            said.append((out, heard, kind, genuine))
        self.told.kinds[kind] += 1
        at_once = 2 if chance.random() < 0.1 else 1
        self.told.deliveries += at_once - 1
        self.told.kinds["twice at once"] += at_once - 1
        answers = yield [(out, heard)] * at_once
        expected = 401 if kind in ("forged", "changed") else 200
        for answer in answers:
            # What is told again too late is refused as too old, and asked about in the end.
            assert answer.status == expected or (kind.endswith("again") and answer.status == 401), (kind, answer)
        if genuine and answers[0].status == 200:
            self._note_heard(model, out)

    def _false(self, out: Outside, trade: Trade, kind: str) -> Heard:
        if kind == "changed":
            good = out.telling(trade)
            return replace(good, body=good.body[:-3] + b"!" + good.body[-2:])
        side: Side = replace(out.side, **({"private": self.stranger} if kind == "forged" else {"merchant_id": "other"}))
        false = replace(trade)
        side.pay(false)
        return replace(out, side=side).telling(false, PAID, event_id=out.side.event_id())

    def _asked(self, model: Model, out: Outside, attempt: Attempt, trade: Trade) -> None:
        attempt.refresh_from_db()
        out.ask(attempt)
        self._note_heard(model, out)

    def _note_heard(self, model: Model, out: Outside) -> None:
        """A success counts as heard once it was taken in: an unconfirmed one after a closing waits for its answer."""
        for each, trade in model.trades:
            key = (out.channel.pk, trade.transaction_id)
            new = each is out and trade.transaction_id and key not in model.heard
            if new and Attempt.objects.filter(trade_no=trade.trade_no, state="paid").exists():
                model.heard.add(key)


def tell_alone(said: list[tuple[Outside, Heard]], clock: FixedClock) -> list[Answer]:
    return [out.tell(heard) for out, heard in said]


def tell_together(said: list[tuple[Outside, Heard]], clock: FixedClock) -> list[Answer]:
    """What is genuine in one transaction, as under load; the rest as it comes alone."""
    answers: dict[int, Answer] = {}
    tellings: dict[int, Telling] = {}
    for number, (out, heard) in enumerate(said):
        try:
            report = PARTNERS[out.channel.partner].read(setup_of(out.channel), heard, clock.now())
        except (NotGenuine, KeyError, ValueError, TypeError):
            answers[number] = out.tell(heard)
        else:
            tellings[number] = Telling(out.channel, report, heard.body)
    verdicts = take_together(actor=EAR, tellings=list(tellings.values()), clock=clock)
    for number, verdict in zip(tellings, verdicts, strict=True):
        assert not isinstance(verdict, Exception), verdict
        partner = PARTNERS[said[number][0].channel.partner]
        answers[number] = partner.answer(verdict is None or verdict.accepted)
    return [answers[number] for number in range(len(said))]


def bills_of(count: int, clock: FixedClock) -> list[Bill]:
    """So many open bills of one county, loaded in bulk."""
    people = Resident.objects.bulk_create(
        Resident(
            pooling_area=town.FUND, village_code=town.EAST, name="张三", pinyin="zhangsan", initials="zs",
            birth_on=date(1980, 3, 1), sex="female", hukou_area=town.COUNTY, residence_area=town.EAST,
            covered_years=list(range(2017, 2025)),
        )
        for _ in range(count)
    )  # fmt: skip
    Enrolment.objects.bulk_create(
        Enrolment(
            pooling_area=town.FUND, resident_id=person.pk, benefit_year=town.YEAR, policy_id=town.POLICY,
            repair_years=0, registered_on=date(2024, 10, 20), state="live",
        )
        for person in people
    )  # fmt: skip
    billing.issue_bills(actor=town.CLERK, policy_id=town.POLICY, area_code=town.COUNTY, clock=clock)
    return list(Bill.objects.filter(resident_id__in=[person.pk for person in people]).order_by("pk"))


def storm_of(seed: int, schedules: int, clock: FixedClock) -> Told:
    """Run the schedules, a thousand bills at a time; what the model or an invariant finds wrong fails with the seed."""
    storm = Storm([outside(clock, kind) for kind in KINDS], clock)
    done = 0
    while done < schedules:
        clock.moment = town.IN_WINDOW
        bills = bills_of(min(1000, schedules - done), clock)
        models: list[Model] = []
        while len(models) < len(bills):
            few = bills[len(models) :][: 1 if len(models) < ALONE else BESIDE]
            begun = [storm.run(bill, Random(f"{seed} {done + number}")) for number, bill in enumerate(few)]
            models += storm.deliver(begun)
            done += len(few)
        seen = Seen.of(bills)
        faults = [fault for model in models for fault in model.faults(seen)]
        assert faults == [], f"seed {seed}: {faults[:5]}"
        assert town.violations() == [], f"seed {seed}"
    print(storm.told.line(seed))
    return storm.told
