"""One resident from the notice to the first day of cover: 张桂兰 of Tengzhou, 63 years old, 200 yuan.

Each step is one line of the flow in the README, and rests on the one before it.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from canbao.billing import actions as billing
from canbao.billing import queries as bills
from canbao.cli.books import chain
from canbao.entitlement import queries as entitlement
from canbao.kernel.clock import FixedClock, shanghai
from canbao.ledger import actions as ledger
from canbao.ledger import chart
from canbao.ledger import queries as books
from canbao.payments import actions as payments
from canbao.policy import policies, quote
from canbao.supervision import queries as supervision
from tests import town


@pytest.mark.django_db
@pytest.mark.usefixtures("books")
def test_from_the_notice_to_the_first_day_of_cover(clock: FixedClock) -> None:
    # The city publishes a notice, and a policy file says what it means: 60 to 69, the city bears half (TZ-16).
    policy = policies.get(town.POLICY)
    half = next(clause for key, clause in policy.clauses.items() if key == "TZ-16")
    assert "50%" in half.text or "一半" in half.text

    # Before anybody is registered, the notice already has an answer for a person of 63.
    asked = {"birth_date": "1961-05-01", "hukou_area": town.COUNTY, "residence_area": town.EAST}
    answer = quote(policy, asked)
    assert (answer.personal_fen, answer.payers, answer.award) == (20000, {"city_finance": 20000}, "age_60_69")

    # 张桂兰 is in the register of her village and enrols on 20 October.
    zhang = town.resident("张桂兰", date(1961, 5, 1))
    town.enrol(zhang, registered_on=date(2024, 10, 20))

    # Her township issues the bills of the place; hers is pinned to the policy and to her facts of that day.
    run = billing.issue_bills(actor=town.CLERK, policy_id=town.POLICY, area_code=town.EAST_TOWN, clock=clock)
    bill = bills.live_bill(town.CLERK, zhang.pk, town.YEAR)
    assert run.issued == 1
    assert bill is not None
    assert (bill.state, bill.payable_fen, bill.policy_digest) == ("issued", 20000, policy.digest)

    # She owes 200 yuan. The city owes nothing yet: its half depends on hers.
    city = chart.subsidy_receivable(town.FUND, town.YEAR, "city_finance")
    assert books.balance(town.FUND_OFFICE, city).fen == 0

    # At the village counter she hands over 200 yuan, exactly, and gets a receipt.
    payment = payments.take_counter_payment(
        actor=town.CLERK, bill_id=bill.pk, amount_fen=20000, key="her visit", clock=clock
    )
    assert payment.receipt_no == "370400-000012-000001"

    # The ledger has one entry for it: the money, the income, and now the city's half.
    assert books.balance(town.FUND_OFFICE, chart.counter_money(town.FUND, "cash", 12)).fen == 20000
    assert books.balance(town.FUND_OFFICE, city).fen == 20000
    assert books.balance(town.FUND_OFFICE, chart.income(town.FUND, town.YEAR, "contribution")).fen == -40000

    # Her cover follows, from New Year's Day; the day before she is not covered.
    cover = entitlement.cover_of(town.CLERK, zhang.pk, town.YEAR)
    assert cover is not None
    assert (cover.cover_from, cover.cover_until, cover.waiting_months) == (date(2025, 1, 1), date(2026, 1, 1), 0)
    assert not entitlement.is_covered(town.CLERK, zhang.pk, date(2024, 12, 31))
    assert entitlement.is_covered(town.CLERK, zhang.pk, date(2025, 1, 1))

    # The next day the books are sealed: what happened cannot be told otherwise any more.
    night = FixedClock(shanghai(2024, 11, 2) + timedelta(hours=1))
    seal = ledger.seal_day(actor=town.FUND_OFFICE, pooling_area=town.FUND, day=date(2024, 11, 1), clock=night)
    assert (seal.entries, seal.amount_fen) == (2, 20000 + 60000)

    # The supervisor sees one person who should, and who did.
    progress = supervision.progress(town.CLERK, town.POLICY, town.COUNTY, clock)
    assert [(row.name, row.should, row.settled, row.covered) for row in progress.rows] == [("东镇", 1, 1, 1)]

    # And whoever asks why she is covered from that day gets the chain, down to the clause.
    told = "\n".join(chain(entitlement.trace_person_year(town.CLERK, zhang.pk, town.YEAR), "zh"))
    links = ["from 2025-01-01", "ledger entry", payment.receipt_no, f"bill {bill.pk}", policy.digest, "TZ-16", "A-53"]
    assert [link for link in links if link not in told] == []
