"""Collectors: mandates with limits, listed QR codes, cash handed in by slips, and what the resident is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from canbao.billing import actions as billing
from canbao.billing.models import Bill
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import FixedClock
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.payments import actions
from canbao.payments.actions import Slip
from canbao.payments.models import Deposit, DepositDifference, ListedCode, Mandate, MessageState, Method, Payment
from canbao.payments.partners.partner import Called, CallFailed, Heard
from canbao.payments.queries import collectors
from canbao.registry.models import Resident
from canbao.staff import actions as staff
from canbao.staff.models import Grant, Login, Role
from tests import town

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("books")]
PICTURE = b"\x89PNG\r\n\x1a\n a slip"
TAX = Scope(71, "梁税务", prefixes=("370481",), purpose="test", capabilities=town.EVERYTHING)
OTHER_TAX = Scope(72, "齐税务", prefixes=("370481",), purpose="test", capabilities=town.EVERYTHING)


def bill_of(name: str, clock: FixedClock, village: str = town.EAST) -> Bill:
    person = town.enrolled(name, date(1980, 3, 1), village)
    return billing.issue_bill(actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, clock=clock)


def paid(name: str, clock: FixedClock, actor: Scope = town.CLERK, **further: object) -> Payment:
    bill = bill_of(name, clock)
    return take(bill, clock, actor, **further)


def take(bill: Bill, clock: FixedClock, actor: Scope, **further: object) -> Payment:
    return actions.take_counter_payment(
        actor=actor, bill_id=bill.pk, amount_fen=bill.payable_fen, key=f"{bill.pk}", clock=clock, **further,  # type: ignore[arg-type]
    )  # fmt: skip


def slip(fen: int, number: str = "A1", **further: object) -> Slip:
    known = {"bank": "农业银行", "slip_no": number, "deposited_on": date(2024, 11, 1), "picture": PICTURE}
    return Slip(amount_fen=fen, **{**known, **further})  # type: ignore[arg-type]


def handed_in(payments: list[Payment], clock: FixedClock, of: Slip, shortages: tuple[int, ...] = ()) -> Deposit:
    return actions.hand_in(
        actor=town.CLERK, pooling_area=town.FUND, payment_ids=[row.pk for row in payments], shortage_ids=shortages,
        slip=of, clock=clock,
    )  # fmt: skip


@pytest.fixture
def cadre(clock: FixedClock) -> Scope:
    """The cadre of the east village, in that role alone."""
    login = Login.objects.create(username="cadre", display_name="郭会计")
    Grant.objects.create(login=login, role=Role.VILLAGE_CADRE, area_code=town.EAST, from_on=date(2024, 1, 1))
    roles = frozenset({Role.VILLAGE_CADRE.value})
    return Scope(login.pk, "郭会计", roles, (town.EAST,), "take_payment", frozenset({"take_payment"}))


def mandate(cadre: Scope, clock: FixedClock, **further: object) -> Mandate:
    """Proposed by one tax officer, approved by another."""
    said: dict[str, object] = {
        "login_id": cadre.actor_id, "area_code": town.EAST, "contract_no": "代征〔2024〕7号",
        "from_on": date(2024, 10, 1), "until_on": date(2025, 1, 1), "day_limit_fen": 120000, "open_limit_fen": 80000,
    }  # fmt: skip
    wish = actions.ask_mandate(actor=TAX, clock=clock, **{**said, **further})  # type: ignore[arg-type]
    staff.approve(actor=OTHER_TAX, approval_id=wish.pk, clock=clock)
    return Mandate.objects.get(approval_id=wish.pk)


def test_a_slip_covers_whole_receipts_and_empties_the_drawer(clock: FixedClock) -> None:
    payments = [paid(name, clock) for name in ("甲", "乙", "丙")]
    clock.move(timedelta(days=3))
    before = collectors.held_by(town.FUND, 12, clock)

    handed_in(payments[:2], clock, slip(80000))

    after = collectors.held_by(town.FUND, 12, clock)
    assert (before.receipts, before.cash_fen, collectors.days_since(before.since, clock)) == (3, 120000, 3)
    assert (after.receipts, after.open_fen) == (1, 40000)
    assert not DepositDifference.objects.exists()
    (row,) = collectors.drawers(town.CLERK, clock)
    assert (row.cash_fen, row.receipts, row.last_deposit_on) == (40000, 1, date(2024, 11, 1))


def test_a_receipt_is_on_one_slip_and_a_slip_is_recorded_once(clock: FixedClock) -> None:
    first, second = paid("甲", clock), paid("乙", clock)
    handed_in([first], clock, slip(40000))

    with pytest.raises(Refusal, match="receipts_changed"):
        handed_in([first, second], clock, slip(80000, "A2"))
    with pytest.raises(Refusal, match="slip_known"):
        handed_in([second], clock, slip(40000))
    assert Deposit.objects.count() == 1
    with pytest.raises(DatabaseError), transaction.atomic():
        Deposit.objects.update(amount_fen=1)


def test_only_cash_of_ones_own_can_be_handed_in(clock: FixedClock) -> None:
    card, other = paid("甲", clock, method=Method.POS), paid("乙", clock, town.EAST_CLERK, method=Method.CASH)

    for row in (card, other):
        with pytest.raises(Refusal, match="receipts_changed"):
            handed_in([row], clock, slip(40000))
    with pytest.raises(Refusal, match="nothing_chosen"):
        handed_in([], clock, slip(40000))


@pytest.mark.parametrize(
    "change",
    [
        {"bank": " "},
        {"slip_no": ""},
        {"amount_fen": 0},
        {"deposited_on": date(2024, 11, 2)},
        {"picture": b"MZ"},
    ],
)
def test_a_slip_that_no_bank_gave_is_refused(change: dict[str, object], clock: FixedClock) -> None:
    row = paid("甲", clock)

    with pytest.raises(Refusal, match="bad_slip"):
        handed_in([row], clock, replace(slip(40000), **change))  # type: ignore[arg-type]


def test_what_a_slip_is_short_of_stays_the_collectors_until_a_later_slip_makes_it_up(clock: FixedClock) -> None:
    first, second = paid("甲", clock), paid("乙", clock)
    handed_in([first], clock, slip(39000))

    short = collectors.held_by(town.FUND, 12, clock)
    assert (short.cash_fen, short.short_fen, short.open_fen) == (40000, 1000, 41000)
    (open_one,) = collectors.open_shortages(town.FUND, 12)
    made = handed_in([second], clock, slip(41000, "A2"), (open_one.pk,))

    assert (made.expected_fen, made.over_fen) == (41000, 0)
    assert collectors.held_by(town.FUND, 12, clock).open_fen == 0
    with pytest.raises(Refusal, match="receipts_changed"):
        handed_in([], clock, slip(1000, "A3"), (open_one.pk,))


def test_what_a_slip_has_over_is_held_until_two_people_give_it_back(clock: FixedClock) -> None:
    made = handed_in([paid("甲", clock)], clock, slip(40100))
    assert made.difference.kind == "over"

    wish = actions.ask_give_back(actor=TAX, deposit_id=made.pk, area_code=town.COUNTY, clock=clock)
    with pytest.raises(Refusal, match="not_by_yourself"):
        staff.approve(actor=TAX, approval_id=wish.pk, clock=clock)
    staff.approve(actor=OTHER_TAX, approval_id=wish.pk, clock=clock)

    made.difference.refresh_from_db()
    assert made.difference.closed_at == clock.now()
    with pytest.raises(Refusal, match="no_surplus"):
        actions.ask_give_back(actor=TAX, deposit_id=made.pk, area_code=town.COUNTY, clock=clock)
    with pytest.raises(DatabaseError), transaction.atomic():
        DepositDifference.objects.update(closed_at=None, given_back_entry=None)


def test_an_agent_collects_only_with_a_mandate_that_two_tax_officers_gave(clock: FixedClock, cadre: Scope) -> None:
    bill = bill_of("甲", clock)
    with pytest.raises(Refusal, match="no_mandate"):
        take(bill, clock, cadre)
    given = mandate(cadre, clock)

    assert collectors.may_collect(cadre, town.EAST, clock.today())
    assert take(bill, clock, cadre).collector_id == cadre.actor_id

    actions.end_mandate(actor=TAX, mandate_id=given.pk, clock=clock)
    with pytest.raises(Refusal, match="no_mandate"):
        paid("乙", clock, cadre)


def test_a_mandate_ends_with_its_last_day_and_holds_in_its_area_alone(clock: FixedClock, cadre: Scope) -> None:
    mandate(cadre, clock, until_on=date(2024, 11, 2))
    wide = replace(cadre, prefixes=("370481",))

    with pytest.raises(Refusal, match="no_mandate"):
        take(bill_of("西人", clock, town.WEST), clock, wide)
    take(bill_of("甲", clock), clock, cadre)
    clock.move(timedelta(days=1))
    with pytest.raises(Refusal, match="no_mandate"):
        paid("乙", clock, cadre)


def test_limits_of_the_day_and_of_open_cash_hold(clock: FixedClock, cadre: Scope) -> None:
    mandate(cadre, clock)
    for name in ("甲", "乙"):
        paid(name, clock, cadre)

    with pytest.raises(Refusal, match="open_limit"):
        paid("丙", clock, cadre)
    # A card is no cash; the day's limit is of everything.
    paid("丁", clock, cadre, method=Method.POS)
    with pytest.raises(Refusal, match="day_limit"):
        paid("戊", clock, cadre, method=Method.POS)
    clock.move(timedelta(days=1))
    with pytest.raises(Refusal, match="open_limit"):
        paid("己", clock, cadre)
    assert actions.hand_in(
        actor=cadre, pooling_area=town.FUND,
        payment_ids=list(collectors.open_cash(town.FUND, cadre.actor_id or 0).values_list("pk", flat=True)),
        shortage_ids=(), slip=slip(80000), clock=clock,
    )  # fmt: skip
    paid("庚", clock, cadre)


@pytest.mark.parametrize(
    "change",
    [
        {"login_id": 10**9},
        {"area_code": town.WEST},
        {"contract_no": " "},
        {"until_on": date(2024, 10, 1)},
        {"day_limit_fen": 0},
    ],
)
def test_a_mandate_that_makes_no_sense_is_refused(change: dict[str, object], clock: FixedClock, cadre: Scope) -> None:
    with pytest.raises(Refusal, match="bad_mandate"):
        mandate(cadre, clock, **change)
    assert not Mandate.objects.exists()


def test_one_mandate_an_area(clock: FixedClock, cadre: Scope) -> None:
    mandate(cadre, clock)

    with pytest.raises(Refusal, match="mandate_there"):
        mandate(cadre, clock)


def listed(clock: FixedClock, content: str = "https://qr.bank.test/1") -> ListedCode:
    wish = actions.ask_code(
        actor=TAX, area_code=town.COUNTY, content=content, bank="日照银行", posted_at="便民服务大厅", clock=clock
    )
    staff.approve(actor=OTHER_TAX, approval_id=wish.pk, clock=clock)
    return ListedCode.objects.get(content=content)


def test_a_code_takes_money_only_while_it_is_on_the_countys_list(clock: FixedClock) -> None:
    bill = bill_of("甲", clock)
    with pytest.raises(Refusal, match="code_not_listed"):
        take(bill, clock, town.CLERK, method=Method.CODE, code_id=None)
    code = listed(clock)

    payment = take(bill, clock, town.CLERK, method=Method.CODE, code_id=code.pk)

    assert (payment.listed_code_id, payment.method) == (code.pk, Method.CODE)
    assert collectors.code_saying(code.content, clock.today()) == code
    actions.unlist_code(actor=TAX, code_id=code.pk, clock=clock)
    assert collectors.code_saying(code.content, clock.today()) is None
    with pytest.raises(Refusal, match="code_not_listed"):
        paid("乙", clock, method=Method.CODE, code_id=code.pk)
    with pytest.raises(Refusal, match="code_not_found"):
        actions.unlist_code(actor=TAX, code_id=code.pk, clock=clock)


def test_a_code_is_listed_once_and_reads_as_one_word(clock: FixedClock) -> None:
    listed(clock)

    with pytest.raises(Refusal, match="code_there"):
        listed(clock)
    for content in ("", "two words", "x" * 301):
        with pytest.raises(Refusal, match="bad_code"):
            listed(clock, content)


def test_the_resident_is_told_at_once_and_until_the_sender_has_it(clock: FixedClock) -> None:
    bill = bill_of("张三", clock)
    person = Resident.objects.get(pk=bill.resident_id)
    person.phone = "13800001234"
    person.save()
    payment = take(bill, clock, town.CLERK)
    message = collectors.message_of(payment.pk)
    assert message is not None
    for part in ("张＊", "400元", "2024-11-01 09:30", "东村", payment.receipt_no, message.code, "孙会计"):
        assert part in message.text

    sent: list[Called] = []

    def nobody(called: Called) -> Heard:
        raise CallFailed("no way")

    def sender(called: Called) -> Heard:
        sent.append(called)
        return Heard({}, str(message.pk).encode())

    worker = Scope(None, "worker", prefixes=("",), capabilities=frozenset({Capability.HEAR_CHANNELS.value}))
    assert [row.pk for row in collectors.messages_to_send(worker, clock.now(), 5)] == [message.pk]
    actions.send_message(actor=worker, message=message, address="https://sms.test", call=nobody, clock=clock)
    assert (message.state, message.send_at) == (MessageState.WAITING, clock.now() + timedelta(minutes=1))
    actions.send_message(actor=worker, message=message, address="https://sms.test", call=sender, clock=clock)

    assert (message.state, message.send_at, len(sent)) == (MessageState.SENT, None, 1)
    assert b"13800001234" in sent[0].body and "13800001234" not in message.text
    with pytest.raises(DatabaseError), transaction.atomic():
        type(message).objects.update(text="别的")


def test_nobody_without_a_phone_is_waited_for(clock: FixedClock) -> None:
    message = collectors.message_of(paid("甲", clock).pk)
    assert message is not None
    worker = Scope(None, "worker", prefixes=("",), capabilities=frozenset({Capability.HEAR_CHANNELS.value}))

    actions.send_message(actor=worker, message=message, address="", call=lambda called: Heard({}, b""), clock=clock)

    assert (message.state, message.send_at) == (MessageState.NO_PHONE, None)
