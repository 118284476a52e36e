"""The chart of accounts as an accounting course: what happened, what is posted, what the balances say."""

from __future__ import annotations

import pytest

from canbao.kernel.clock import FixedClock
from canbao.ledger import actions, chart, queries
from canbao.ledger.actions import Draft, Move
from tests.ledger.conftest import ACCOUNTANT, AREA

pytestmark = pytest.mark.usefixtures("books")
YEAR = 2025
RESIDENT = chart.resident_receivable(AREA, YEAR)
EXPECTED = chart.expected(AREA, YEAR)
INCOME = chart.income(AREA, YEAR, "contribution")
REPAIR = chart.income(AREA, YEAR, "repair")
CASH = chart.counter_money(AREA, "cash", 12)


def post(clock: FixedClock, idem: str, *moves: Move) -> int:
    draft = Draft(AREA, idem, "example", idem, clock.today(), moves)
    return actions.post(actor=ACCOUNTANT, draft=draft, clock=clock).pk


def fen(account: chart.Account) -> int:
    return queries.balance(ACCOUNTANT, account).fen


def test_a_resident_pays_400_yuan_in_cash(clock: FixedClock) -> None:
    """Billed, the person may still stay away: no income yet. Paid, the money is the fund's."""
    post(clock, "issue", Move(RESIDENT, EXPECTED, 40000))

    assert (fen(RESIDENT), fen(EXPECTED), fen(INCOME)) == (40000, -40000, 0)

    post(clock, "pay", Move(CASH, RESIDENT, 40000), Move(EXPECTED, INCOME, 40000))

    assert (fen(CASH), fen(RESIDENT), fen(EXPECTED), fen(INCOME)) == (40000, 0, 0, -40000)


def test_at_63_the_city_owes_its_half_only_when_the_person_pays_his(clock: FixedClock) -> None:
    city = chart.subsidy_receivable(AREA, YEAR, "city_finance")
    post(clock, "issue", Move(RESIDENT, EXPECTED, 20000))

    assert fen(city) == 0

    post(clock, "pay", Move(CASH, RESIDENT, 20000), Move(EXPECTED, INCOME, 20000), Move(city, INCOME, 20000))

    assert (fen(city), fen(INCOME)) == (20000, -40000)


def test_an_orphan_pays_nothing_and_the_payer_owes_at_once(clock: FixedClock) -> None:
    payer = chart.subsidy_receivable(AREA, YEAR, "medical_assistance_fund")
    post(clock, "issue and settle", Move(payer, INCOME, 40000))

    assert (fen(payer), fen(INCOME), fen(RESIDENT)) == (40000, -40000, 0)


def test_a_repaired_year_is_income_of_its_own(clock: FixedClock) -> None:
    post(clock, "issue", Move(RESIDENT, EXPECTED, 80000))
    post(
        clock,
        "pay",
        Move(CASH, RESIDENT, 80000),
        Move(EXPECTED, INCOME, 40000),
        Move(EXPECTED, REPAIR, 40000),
    )

    assert (fen(EXPECTED), fen(INCOME), fen(REPAIR)) == (0, -40000, -40000)


def test_a_void_bill_leaves_nothing_behind(clock: FixedClock) -> None:
    entry = post(clock, "issue", Move(RESIDENT, EXPECTED, 40000))
    actions.reverse(actor=ACCOUNTANT, pooling_area=AREA, entry_id=entry, because="作废", clock=clock)

    assert (fen(RESIDENT), fen(EXPECTED)) == (0, 0)


def test_balances_are_the_same_before_and_after_the_day_is_sealed(clock: FixedClock) -> None:
    from datetime import timedelta

    day = clock.today()
    post(clock, "issue", Move(RESIDENT, EXPECTED, 40000))
    clock.move(timedelta(days=1))
    post(clock, "pay", Move(CASH, RESIDENT, 40000), Move(EXPECTED, INCOME, 40000))
    before = [queries.balance(ACCOUNTANT, account) for account in (RESIDENT, EXPECTED, INCOME, CASH)]
    actions.seal_day(actor=ACCOUNTANT, pooling_area=AREA, day=day, clock=clock)

    assert [queries.balance(ACCOUNTANT, account) for account in (RESIDENT, EXPECTED, INCOME, CASH)] == before
