"""The money of a ground: mandates and codes of its collectors, banks' files, lists, slips, and what does not agree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from canbao.demo.outside.side import Trade
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import FixedClock
from canbao.kernel.scope import Scope
from canbao.ledger import actions as ledger
from canbao.ledger import chart
from canbao.ledger.actions import Draft, Move
from canbao.mutual_aid.models import AidRun, PersonalAccount, Relative
from canbao.payments.models import (
    Capture,
    Channel,
    CollectiveList,
    DebitMandate,
    DebitRun,
    Deposit,
    DepositReceipt,
    ListedCode,
    Mandate,
    Payment,
)
from canbao.reconciliation import actions as reconciliation
from canbao.reconciliation.models import Difference, Remittance
from canbao.registry import actions as registry
from tests import town
from tests.payments.outside import outside


@dataclass(frozen=True)
class Place:
    """Where the money lies: `name` is whom a page of another place must not show."""

    name: str
    fund: str
    policy: str
    area: str
    village: str
    clerk: Scope
    clock: FixedClock


def collected(place: Place, payment: Payment) -> tuple[dict[str, str], dict[str, str]]:
    """The parts of addresses that lead there, and the keys that a form sends for it."""
    money = _held(place)
    bank = _bank(place)
    run = DebitRun.objects.create(
        pooling_area=place.fund, channel=bank, sequence=1, area_code=place.area, count=1, total_fen=1, digest="0" * 64,
        made_on=place.clock.today(), made_at=place.clock.now(), made_by=place.name,
    )  # fmt: skip
    listed = CollectiveList.objects.create(
        pooling_area=place.fund, channel=bank, institution=place.name, area_code=place.village, count=1, sum_fen=1,
        made_at=place.clock.now(), made_by="某人",
    )  # fmt: skip
    DebitMandate.objects.create(
        pooling_area=place.fund, channel=bank, resident_id=payment.resident_id, agreement_no="1234",
        holder=place.name, signed_on=place.clock.today(), recorded_at=place.clock.now(), recorded_by="某人",
    )  # fmt: skip
    parts = {
        "channel_id": str(money.channel_id), "capture_id": str(money.pk), "debit_run_id": str(run.pk),
        "collective_id": str(listed.pk), "deposit_id": str(_deposit(place, payment).pk),
        "difference_id": str(_difference(place, money).pk),
        **_aid(place, payment),
    }  # fmt: skip
    sent = {
        "bank": str(bank.pk), "channel": str(money.channel_id), "receipt": str(payment.pk), "fund": place.fund,
        "remittance": str(Remittance.objects.get(channel=money.channel).pk),
        "bill": str(payment.bill_id), "mandate": str(_mandate(place).pk), "code": str(_code(place).pk),
    }  # fmt: skip
    return parts, sent


def _aid(place: Place, payment: Payment) -> dict[str, str]:
    """A tie of the person with a holder, a hold, and a run that deducts it."""
    name = f"{place.name}付"
    holder = registry.register_resident(
        actor=place.clerk,
        person=registry.NewResident(
            name=name, birth_on=date(1980, 1, 1), sex="male", village_code=place.village,
            facts={"employee_insured": True},
        ),
    )  # fmt: skip
    account = PersonalAccount.objects.create(pooling_area=place.fund, holder=holder)
    tie = Relative.objects.create(
        pooling_area=place.fund, account=account, resident_id=payment.resident_id, policy_id=place.policy,
        relation="子女", kinship_evidence=name, member_evidence=name, member_agreed_at=place.clock.now(),
        recorded_by=name,
    )  # fmt: skip
    run = AidRun.objects.create(
        pooling_area=place.fund, policy_id=place.policy, group="renewal", state="done", total=1, actor_name=name,
        started_at=place.clock.now(),
    )  # fmt: skip
    return {"tie_id": str(tie.pk), "aid_run_id": str(run.pk), "aid_group": "renewal"}


def _held(place: Place) -> Capture:
    """Money that a channel of the place took for nobody knows what."""
    out = outside(place.clock, "union_pay" if place.village == town.WEST else "alipay", policy_id=place.policy)
    trade = out.side.open_trade(Trade(place.village.rjust(32, "0"), 40000))
    out.side.pay(trade)
    out.tell(out.telling(trade))
    return Capture.objects.filter(channel=out.channel).latest("pk")


def _difference(place: Place, money: Capture) -> Difference:
    """A line of the channel's statement that nothing of ours answers."""
    day, merchant = place.clock.today() - timedelta(days=1), money.channel.merchant_id
    head = "流水号,订单号,金额,交易时间,类型,退款单号,商户号"
    reconciliation.take_statement(
        actor=place.clerk, channel_id=money.channel_id, day=day, layout="bank", file_name=f"{place.name}.csv",
        content=f"{head}\nx{money.pk},7,1,{day} 08:00:00,收款,,{merchant}\n".encode(), clock=place.clock,
    )  # fmt: skip
    return Difference.objects.get(channel=money.channel)


def _bank(place: Place) -> Channel:
    """A bank of the pooling area, known in all of it."""
    which = "abc"[int(place.village[8])]
    return Channel.objects.create(
        pooling_area=place.fund, policy_id=place.policy, code=f"debit_{which}", shape="file", name_zh="某银行",
        name_en="a bank", partner="debit_file", merchant_id="1", open_from=place.clock.today(),
    )  # fmt: skip


def _mandate(place: Place) -> Mandate:
    return Mandate.objects.create(
        pooling_area=place.fund, login_id=place.clerk.actor_id, collector=place.name, area_code=place.village,
        contract_no="1", from_on=date(2024, 1, 1), until_on=date(2026, 1, 1), day_limit_fen=1, open_limit_fen=1,
        given_at=place.clock.now(), given_by="某人",
    )  # fmt: skip


def _code(place: Place) -> ListedCode:
    """A code that the place made known: everybody may read it."""
    return ListedCode.objects.create(
        pooling_area=place.fund, area_code=place.area, content=place.village, bank="某银行", posted_at="某处",
        from_on=date(2024, 1, 1), listed_at=place.clock.now(), listed_by="某人", approved_by="某人", approval_id=1,
    )  # fmt: skip


def _deposit(place: Place, payment: Payment) -> Deposit:
    """A slip for the payment, inside the test's own transaction."""
    cash = chart.counter_money(place.fund, "cash", place.clerk.actor_id or 0)
    entry = ledger.post(
        actor=place.clerk.deputed(Capability.KEEP_LEDGER, place.fund), clock=place.clock,
        draft=Draft(
            place.fund, f"deposit {place.village}", "deposit", place.village, place.clock.today(),
            (Move(chart.channel_money(place.fund, "cash_deposit"), cash, payment.amount_fen),),
        ),
    )  # fmt: skip
    made = Deposit.objects.create(
        pooling_area=place.fund, collector_id=place.clerk.actor_id, collected_by=place.name, bank="某银行",
        slip_no=place.village, deposited_on=place.clock.today(), amount_fen=payment.amount_fen,
        receipts_fen=payment.amount_fen, evidence="0" * 32, evidence_type="image/png",
        recorded_at=place.clock.now(), entry=entry,
    )  # fmt: skip
    DepositReceipt.objects.create(pooling_area=place.fund, deposit=made, payment=payment)
    return made
