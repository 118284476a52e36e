"""Batch debits: the file for a bank, and its answer, taken in once, whole, and judged as everything that is told."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from canbao.billing import actions as billing
from canbao.billing.models import Bill
from canbao.demo.outside import bank_side
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import FixedClock
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import program
from canbao.payments import actions
from canbao.payments.actions import Agreement
from canbao.payments.models import Capture, Channel, DebitLine, DebitRun, Payment
from canbao.payments.partners import debit_file
from canbao.payments.queries import debits
from canbao.registry.models import Resident
from tests import town

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("books")]
KEEPER = program("operator", Capability.KEEP_CHANNELS)


DEBIT = ("农商行代扣", "Debit by the rural bank")


def bank_of(code: str = "bank_debit", partner: str = "debit_file", name: tuple[str, str] | None = DEBIT) -> Channel:
    agreement = Agreement(
        partner=partner, merchant_id="370481001", app_id="", address="", partner_key="", partner_key_id="", own_key="",
        own_key_id="", open_from=date(2024, 9, 1), name=name,
    )  # fmt: skip
    return actions.agree_channel(actor=KEEPER, policy_id=town.POLICY, code=code, agreement=agreement)


@pytest.fixture
def bank(clock: FixedClock) -> Channel:
    return bank_of()


def debited(bank: Channel, clock: FixedClock, names: str = "甲乙丙") -> list[Bill]:
    """People with a bill and an agreement each."""
    bills = []
    for number, name in enumerate(names):
        person = town.enrolled(name, date(1980, 3, 1 + number))
        bills.append(billing.issue_bill(actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, clock=clock))
        actions.sign_debit(
            actor=town.CLERK, resident_id=person.pk, channel_id=bank.pk, agreement_no=f"DK-{number:04d}", holder=name,
            signed_on=date(2024, 10, 1), clock=clock,
        )  # fmt: skip
    return bills


def run_of(bank: Channel, clock: FixedClock) -> DebitRun:
    return actions.make_run(actor=town.CLERK, channel_id=bank.pk, area_code=town.COUNTY, clock=clock)


def answered(run: DebitRun, clock: FixedClock, how: str = "some") -> bytes:
    return bank_side.answered(debits.file_of(run), clock.now(), how)


def taken(content: bytes, clock: FixedClock) -> DebitRun:
    return actions.take_answer(actor=town.CLERK, content=content, clock=clock)


def test_collected_bills_are_settled_and_failed_ones_are_open_again_with_the_reason(
    bank: Channel, clock: FixedClock
) -> None:
    bills = debited(bank, clock)
    run = run_of(bank, clock)
    file = debits.file_of(run)

    assert (run.count, run.total_fen, run.batch) == (3, 120000, f"{bank.pk:04d}000001")
    assert run.digest == hashlib.sha256(file).hexdigest()
    head, first = f"H|CANBAO-DEBIT-1|370481001|{run.batch}|20241101|3|120000", f"D|1|{bills[0].pk}|DK-0000|40000"
    assert file.startswith(f"{head}\n{first}\n".encode())
    done = taken(answered(run, clock), clock)

    assert done.answered_at == clock.now()
    states = [Bill.objects.get(pk=bill.pk).state for bill in bills]
    assert states == ["settled", "settled", "issued"]
    assert [payment.method for payment in Payment.objects.all()] == ["debit", "debit"]
    failed = debits.last_failure(bills[2].pk)
    assert failed is not None and (failed.result, failed.words) == ("10", "余额不足")
    # The next file takes the failed bill again, and nothing else.
    again = run_of(bank, clock)
    assert (again.sequence, again.count) == (2, 1)


def test_the_same_answer_twice_is_one_and_another_answer_is_refused(bank: Channel, clock: FixedClock) -> None:
    debited(bank, clock)
    run = run_of(bank, clock)
    first = answered(run, clock)
    taken(first, clock)

    taken(first, clock)

    assert Capture.objects.count() == Payment.objects.count() == 2
    with pytest.raises(Refusal, match="answer_contradicts"):
        taken(answered(run, clock, "all"), clock)


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("partial", "answer_incomplete"),
        ("wrong_total", "bad_file"),
        ("twice", "bad_file"),
        ("stranger", "unknown_line"),
    ],
)
def test_an_answer_that_is_not_whole_changes_nothing(how: str, code: str, bank: Channel, clock: FixedClock) -> None:
    debited(bank, clock)
    run = run_of(bank, clock)

    with pytest.raises(Refusal, match=code):
        taken(answered(run, clock, how), clock)

    assert not Capture.objects.exists() and not DebitLine.objects.exclude(result="").exists()
    taken(answered(run, clock, "all"), clock)
    assert Payment.objects.count() == 3


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content[:-40],
        lambda content: content.replace(b"|40000|", b"|40001|", 1),
        lambda content: content.rsplit(b"T|", 1)[0],
        lambda content: b"\xff\xfe" + content,
        lambda content: b"",
        lambda content: b"x" * (debit_file.BYTES_MAX + 1),
    ],
)
def test_a_file_cut_off_or_changed_on_its_way_is_refused(spoil, bank: Channel, clock: FixedClock) -> None:  # type: ignore[no-untyped-def]
    debited(bank, clock, "甲")
    run = run_of(bank, clock)

    with pytest.raises(Refusal, match="bad_file"):
        taken(spoil(answered(run, clock)), clock)


@pytest.mark.parametrize(
    ("field", "value", "where"),
    [
        (0, "X", "row 2, D"),
        (1, "one", "row 2, number"),
        (5, "?", "row 2, result"),
        (7, "", "row 2, serial"),
        (8, "2024", "row 2, time"),
    ],
)
def test_a_bad_line_is_named_by_row_and_column(
    field: int, value: str, where: str, bank: Channel, clock: FixedClock
) -> None:
    debited(bank, clock, "甲")
    run = run_of(bank, clock)
    head, line, _ = answered(run, clock).decode().strip().split("\n")
    parts = line.split("|")
    parts[field] = value

    with pytest.raises(Refusal, match=where):
        taken(debit_file.ended([head, "|".join(parts)]), clock)


def test_an_answer_to_a_batch_nobody_made_is_refused(bank: Channel, clock: FixedClock) -> None:
    debited(bank, clock, "甲")
    run = run_of(bank, clock)
    text = answered(run, clock).decode().replace(run.batch, "9999000001")

    with pytest.raises(Refusal, match="run_not_found"):
        taken(debit_file.ended(text.strip().split("\n")[:-1]), clock)


def test_money_collected_for_a_bill_paid_meanwhile_or_in_another_sum_is_held(bank: Channel, clock: FixedClock) -> None:
    bills = debited(bank, clock, "甲乙丙")
    run = run_of(bank, clock)
    actions.take_counter_payment(actor=town.CLERK, bill_id=bills[0].pk, amount_fen=40000, key="x", clock=clock)
    Resident.objects.filter(pk=bills[1].resident_id).update(died_on=clock.today())

    taken(answered(run, clock, "all"), clock)

    reasons = {capture.bill_id: capture.reason for capture in Capture.objects.all()}
    assert reasons == {bills[0].pk: "double", bills[1].pk: "after_death", bills[2].pk: ""}


def test_one_fen_less_is_held(bank: Channel, clock: FixedClock) -> None:
    debited(bank, clock, "甲")

    taken(answered(run_of(bank, clock), clock, "less"), clock)

    assert Capture.objects.get().reason == "wrong_amount"


def test_killed_amid_an_answer_it_goes_on_with_the_same_file(
    bank: Channel, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    debited(bank, clock)
    run = run_of(bank, clock)
    content = answered(run, clock, "all")
    from canbao.payments.actions import debits as module

    real, told = module.take_report, []

    def killed_after_one(**further: object) -> None:
        if told:
            raise KeyboardInterrupt
        told.append(real(**further))  # type: ignore[arg-type]

    monkeypatch.setattr(module, "take_report", killed_after_one)
    with pytest.raises(KeyboardInterrupt):
        taken(content, clock)
    monkeypatch.undo()
    assert Payment.objects.count() == 1

    assert taken(content, clock).answered_at is not None

    assert Payment.objects.count() == Capture.objects.count() == 3


def test_who_may_not_be_debited_is_left_out(bank: Channel, clock: FixedClock) -> None:
    gone, _ = debited(bank, clock, "甲乙")
    Resident.objects.filter(pk=gone.resident_id).update(died_on=clock.today())

    run = run_of(bank, clock)

    assert (run.count, run.left_out) == (1, 1)
    with pytest.raises(Refusal, match="nobody_to_debit"):
        run_of(bank, clock)


def test_agreements_are_one_a_person_and_can_be_ended(bank: Channel, clock: FixedClock) -> None:
    (bill,) = debited(bank, clock, "甲")

    def sign(**further: object) -> None:
        known: dict[str, object] = {
            "resident_id": bill.resident_id, "channel_id": bank.pk, "agreement_no": "DK-9999", "holder": "甲",
            "signed_on": date(2024, 10, 1),
        }  # fmt: skip
        actions.sign_debit(actor=town.CLERK, clock=clock, **{**known, **further})  # type: ignore[arg-type]

    with pytest.raises(Refusal, match="debited_already"):
        sign()
    actions.end_debit(actor=town.CLERK, resident_id=bill.resident_id, clock=clock)
    with pytest.raises(Refusal, match="not_debited"):
        actions.end_debit(actor=town.CLERK, resident_id=bill.resident_id, clock=clock)
    with pytest.raises(Refusal, match="bad_agreement"):
        sign(agreement_no="x y")
    with pytest.raises(Refusal, match="bad_agreement"):
        sign(signed_on=clock.today() + timedelta(days=1))
    with pytest.raises(Refusal, match="channel_of_another_kind"):
        sign(channel_id=10**9)
    with pytest.raises(Refusal, match="nobody_to_debit"):
        run_of(bank, clock)
    sign()
    assert run_of(bank, clock).count == 1


def test_what_was_sent_and_told_stays(bank: Channel, clock: FixedClock) -> None:
    debited(bank, clock, "甲")
    run = run_of(bank, clock)
    taken(answered(run, clock), clock)

    for change in ({"total_fen": 1}, {"answer_digest": "0" * 64}):
        with pytest.raises(DatabaseError), transaction.atomic():
            DebitRun.objects.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        DebitLine.objects.update(result="10")


def test_only_a_banks_files_need_no_name_in_the_notice(clock: FixedClock) -> None:
    with pytest.raises(Refusal, match="channel_not_in_notice"):
        bank_of(name=None)
    with pytest.raises(Refusal, match="channel_not_in_notice"):
        bank_of(partner="signed_push")
    # A channel that the notice names keeps the notice's name.
    assert bank_of("bank_counter").name_zh != "农商行代扣"
    with pytest.raises(Refusal, match="unknown_partner"):
        bank_of("village", partner="signed_push")
    with pytest.raises(Refusal, match="unknown_partner"):
        bank_of("wechat", partner="collective_list")
