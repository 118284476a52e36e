"""The counter takes exactly the bill's amount, once, and everything that follows is there or nothing is."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from canbao.billing import actions as billing
from canbao.billing import standing
from canbao.billing.models import Bill
from canbao.enrolment import actions as enrolment
from canbao.entitlement import queries as entitlement
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.ledger import chart
from canbao.ledger import queries as ledger
from canbao.ledger.models import Entry
from canbao.payments import actions, queries
from canbao.payments.models import Payment
from canbao.registry.models import Resident
from tests import town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


@pytest.fixture
def bill(clock: FixedClock) -> Bill:
    """200 yuan of a woman of 63."""
    person = town.enrolled("张桂兰", date(1961, 5, 1))
    return billing.issue_bill(actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, clock=clock)


def take(
    bill: Bill,
    clock: FixedClock,
    fen: int = 20000,
    key: str = "first",
    actor: Scope = town.CLERK,
    method: str = "cash",
) -> Payment:
    return actions.take_counter_payment(
        actor=actor, bill_id=bill.pk, amount_fen=fen, key=key, clock=clock, method=method
    )


def refused(*args: object, **kwargs: object) -> Refusal:
    entries = Entry.objects.count()
    with pytest.raises(Refusal) as refusal:
        take(*args, **kwargs)  # type: ignore[arg-type]
    assert Entry.objects.count() == entries
    return refusal.value


def test_one_payment_settles_the_bill_posts_the_entry_and_starts_the_cover(bill: Bill, clock: FixedClock) -> None:
    payment = take(bill, clock)
    bill.refresh_from_db()
    entry = ledger.entry(town.CLERK, town.FUND, payment.entry_id)
    cover = entitlement.cover_of(town.CLERK, bill.resident_id, town.YEAR)

    assert (bill.state, bill.settled_entry_id) == ("settled", payment.entry_id)
    assert [(leg.debit_account, leg.credit_account, leg.amount_fen) for leg in entry.transfers] == [
        ("cash/370400/counter/12", "receivable/370400/2025/resident", 20000),
        ("expected/370400/2025", "income/370400/2025/contribution", 20000),
        ("receivable/370400/2025/subsidy/city_finance", "income/370400/2025/contribution", 20000),
    ]
    assert cover is not None
    assert (cover.cover_from, cover.cover_until) == (date(2025, 1, 1), date(2026, 1, 1))
    assert cover.because_entry_id == payment.entry_id


def test_card_money_stands_in_its_own_account(bill: Bill, clock: FixedClock) -> None:
    take(bill, clock, method="pos")

    assert ledger.balance(town.FUND_OFFICE, chart.counter_money(town.FUND, "pos", 12)).fen == 20000
    assert ledger.balance(town.FUND_OFFICE, chart.counter_money(town.FUND, "cash", 12)).fen == 0


@pytest.mark.parametrize("fen", [19999, 20001, 40000, 0, -20000])
def test_another_amount_is_refused_with_what_to_take(bill: Bill, clock: FixedClock, fen: int) -> None:
    refusal = refused(bill, clock, fen=fen)

    assert refusal.code == "wrong_amount"
    assert "200元" in refusal.todo[0]
    assert "200 yuan" in refusal.todo[1]


def test_the_same_key_again_gives_the_same_payment(bill: Bill, clock: FixedClock) -> None:
    first = take(bill, clock)
    clock.move(timedelta(hours=1))

    assert take(bill, clock).pk == first.pk


def test_the_same_key_for_something_else_is_refused(bill: Bill, clock: FixedClock) -> None:
    take(bill, clock)

    assert refused(bill, clock, fen=1).code == "key_reused"
    assert refused(bill, clock, method="pos").code == "key_reused"


def test_a_second_payment_is_refused_with_the_first_receipt(bill: Bill, clock: FixedClock) -> None:
    first = take(bill, clock)
    refusal = refused(bill, clock, key="second")

    assert refusal.code == "already_paid"
    assert first.receipt_no in refusal.zh
    assert first.receipt_no in refusal.en


def test_nothing_is_taken_where_others_pay_everything(clock: FixedClock) -> None:
    orphan = town.enrolled("李孤", date(2014, 5, 1), category="orphan")
    own = billing.issue_bill(actor=town.CLERK, resident_id=orphan.pk, benefit_year=town.YEAR, clock=clock)

    assert refused(own, clock, fen=0).code == "nothing_to_pay"


def test_a_void_bill_names_its_successor(bill: Bill, clock: FixedClock) -> None:
    town.certify(bill.resident, "extreme_poverty")
    successor = billing.reissue_bill(actor=town.CLERK, bill_id=bill.pk, clock=clock)
    refusal = refused(bill, clock)

    assert refusal.code == "bill_void"
    assert str(successor.pk) in refusal.todo[0]


def test_before_the_window_nothing_is_taken(bill: Bill) -> None:
    assert refused(bill, FixedClock(shanghai(2024, 9, 30, 23, 59, 59))).code == "window_not_open"


@pytest.mark.parametrize(
    ("paid_at", "in_window", "first_day"),
    [
        (shanghai(2024, 10, 1), True, date(2025, 1, 1)),
        (shanghai(2024, 12, 31, 23, 59, 59), True, date(2025, 1, 1)),
        (shanghai(2025, 1, 1), False, date(2025, 4, 1)),
        (shanghai(2025, 2, 28, 12), False, date(2025, 5, 28)),
    ],
)
def test_the_moment_of_payment_decides_the_window_and_the_wait(
    clock: FixedClock, paid_at: object, in_window: bool, first_day: date
) -> None:
    person = town.enrolled("王建国", date(1980, 3, 1))
    own = billing.issue_bill(actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, clock=clock)
    take(own, FixedClock(paid_at), fen=40000)  # type: ignore[arg-type]
    cover = entitlement.cover_of(town.CLERK, person.pk, town.YEAR)

    assert cover is not None
    assert (cover.in_window, cover.cover_from) == (in_window, first_day)


def test_a_wait_past_the_end_of_the_year_leaves_a_cover_without_days(clock: FixedClock) -> None:
    person = town.enrolled("王建国", date(1980, 3, 1))
    late = FixedClock(shanghai(2025, 10, 15, 9))
    own = billing.issue_bill(actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, clock=late)
    take(own, late, fen=own.payable_fen)
    cover = entitlement.cover_of(town.CLERK, person.pk, town.YEAR)

    assert cover is not None
    assert (cover.cover_from, cover.cover_until, cover.waiting_months) == (None, None, 3)


def test_after_the_year_nothing_is_taken(bill: Bill) -> None:
    refusal = refused(bill, FixedClock(shanghai(2026, 1, 1)))

    assert refusal.code == "not_eligible_now"


def test_nothing_is_taken_for_the_dead_or_for_a_stopped_enrolment(bill: Bill, clock: FixedClock) -> None:
    Resident.objects.filter(pk=bill.resident_id).update(died_on=date(2024, 11, 1))
    assert refused(bill, clock).code == "deceased"

    Resident.objects.filter(pk=bill.resident_id).update(died_on=None)
    enrolment.stop(
        actor=town.CLERK,
        resident_id=bill.resident_id,
        benefit_year=town.YEAR,
        stopped_on=date(2024, 11, 1),
        reason="职工参保",
        clock=clock,
    )
    assert refused(bill, clock).code == "not_enrolled"


def test_a_bill_whose_figures_no_longer_hold_must_be_reissued(
    bill: Bill, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where an award holds only inside the window: at the counter the policy asks for another amount."""
    real = standing.quote

    def dearer(*args: object, **kwargs: object) -> object:
        answer = real(*args, **kwargs)  # type: ignore[arg-type]
        answer.personal_fen, answer.payers = 40000, {}
        return answer

    monkeypatch.setattr(standing, "quote", dearer)
    refusal = refused(bill, clock)

    assert refusal.code == "bill_outdated"
    assert "400元" in refusal.zh


def test_receipt_numbers_rise_by_collector(clock: FixedClock) -> None:
    numbers = []
    for day, actor in ((1, town.CLERK), (2, town.FUND_OFFICE), (3, town.CLERK)):
        person = town.enrolled("李" + "甲乙丙"[day - 1], date(1980, 3, day))
        own = billing.issue_bill(actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, clock=clock)
        numbers.append(take(own, clock, fen=40000, key=str(day), actor=actor).receipt_no)

    assert numbers == ["370400-000012-000001", "370400-000001-000001", "370400-000012-000002"]


def test_a_clerk_of_another_village_can_take_nothing_and_sees_no_receipt(bill: Bill, clock: FixedClock) -> None:
    assert refused(bill, clock, actor=town.OTHER_CLERK).code == "bill_not_found"
    receipt = take(bill, clock).receipt_no
    with pytest.raises(Refusal) as refusal:
        queries.payment_by_receipt(town.OTHER_CLERK, receipt)

    assert refusal.value.code == "payment_not_found"
    assert queries.payment_by_receipt(town.CLERK, receipt).bill_id == bill.pk


def test_money_is_taken_by_somebody_who_signed_in(bill: Bill, clock: FixedClock) -> None:
    nobody = Scope(actor_id=None, actor_name="", prefixes=("37",), capabilities=town.EVERYTHING)

    assert refused(bill, clock, actor=nobody).code == "no_collector"


def test_if_cover_cannot_follow_nothing_is_taken(
    bill: Bill, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Payment, entry, bill and cover are one transaction: a fault in the last takes back the first."""
    from canbao.billing import settlement

    def fails(*args: object) -> None:
        raise RuntimeError("no cover")

    entries = Entry.objects.count()
    with monkeypatch.context() as patched:
        patched.setattr(settlement, "_cover_follows", fails)
        with pytest.raises(RuntimeError, match="no cover"):
            take(bill, clock)
    bill.refresh_from_db()

    assert (Payment.objects.count(), Entry.objects.count(), bill.state) == (0, entries, "issued")


def test_every_refusal_speaks_two_languages_and_says_what_to_do() -> None:
    import inspect
    from datetime import datetime

    from canbao.payments import refusals

    samples: dict[str, object] = {"date": date(2025, 1, 1), "datetime": datetime(2025, 1, 1), "str": "x"}  # noqa: DTZ001
    made = 0
    for name, make in inspect.getmembers(refusals, inspect.isfunction):
        if make.__module__ != refusals.__name__:
            continue
        parameters = inspect.signature(make).parameters.values()
        refusal = make(*(samples.get(str(parameter.annotation), 1) for parameter in parameters))
        made += 1
        assert refusal.code == name
        assert refusal.zh and refusal.en and all(refusal.todo), name
        assert refusal.en.isascii() or "“" in refusal.en, name

    assert made >= 12
