"""A bill says what the policy says of the facts, is issued once, and never changes afterwards."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest
from psycopg import errors

from canbao.billing import actions, invariants, queries
from canbao.billing.drafts import Line
from canbao.billing.models import Bill, BillState
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.refusals import Refusal
from canbao.ledger import chart
from canbao.ledger import queries as ledger
from canbao.registry.models import Resident
from tests import town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


def issue(person: Resident, clock: FixedClock) -> Bill:
    return actions.issue_bill(actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, clock=clock)


def fen(account: chart.Account) -> int:
    return ledger.balance(town.FUND_OFFICE, account).fen


RESIDENTS_OWE = chart.resident_receivable(town.FUND, town.YEAR)


def test_an_adult_owes_400_yuan_and_nobody_else_owes_anything(clock: FixedClock) -> None:
    bill = issue(town.enrolled("王建国", date(1980, 3, 1)), clock)

    assert (bill.state, bill.payable_fen, queries.lines(bill)) == (
        "issued",
        40000,
        (Line("contribution", "resident", 40000),),
    )
    assert fen(RESIDENTS_OWE) == 40000


def test_at_63_the_citys_half_is_on_the_bill_but_not_owed_before_the_person_pays(clock: FixedClock) -> None:
    bill = issue(town.enrolled("张桂兰", date(1961, 5, 1)), clock)

    assert queries.lines(bill) == (
        Line("contribution", "resident", 20000),
        Line("contribution", "city_finance", 20000),
    )
    assert fen(chart.subsidy_receivable(town.FUND, town.YEAR, "city_finance")) == 0


def test_a_bill_that_asks_nothing_of_the_resident_is_settled_on_issue(clock: FixedClock) -> None:
    bill = issue(town.enrolled("李孤", date(2014, 5, 1), category="orphan"), clock)

    assert (bill.state, bill.payable_fen) == (BillState.SETTLED, 0)
    assert fen(chart.subsidy_receivable(town.FUND, town.YEAR, "medical_assistance_fund")) == 40000


def test_issuing_twice_gives_the_same_bill(clock: FixedClock) -> None:
    person = town.enrolled("王建国", date(1980, 3, 1))

    assert issue(person, clock).pk == issue(person, clock).pk


def test_new_facts_void_the_bill_and_issue_another(clock: FixedClock) -> None:
    person = town.enrolled("王建国", date(1980, 3, 1))
    first = issue(person, clock)
    town.certify(person, "subsistence_allowance")
    second = actions.reissue_bill(actor=town.CLERK, bill_id=first.pk, clock=clock)
    first.refresh_from_db()

    assert (first.state, second.state, second.replaces_id) == ("void", "settled", first.pk)
    assert fen(RESIDENTS_OWE) == 0


def test_a_void_bill_takes_the_debt_back_and_cannot_be_voided_again(clock: FixedClock) -> None:
    bill = issue(town.enrolled("王建国", date(1980, 3, 1)), clock)
    actions.void_bill(actor=town.CLERK, bill_id=bill.pk, reason="登记有误", clock=clock)
    with pytest.raises(Refusal) as refusal:
        actions.void_bill(actor=town.CLERK, bill_id=bill.pk, reason="登记有误", clock=clock)

    assert (refusal.value.code, fen(RESIDENTS_OWE)) == ("bill_not_open", 0)


def test_nobody_is_billed_without_enrolment(clock: FixedClock) -> None:
    person = town.resident("未登记", date(1980, 3, 1))
    with pytest.raises(Refusal) as refusal:
        issue(person, clock)

    assert refusal.value.code == "not_enrolled"


def test_the_reason_of_the_policy_is_the_reason_of_the_refusal(clock: FixedClock) -> None:
    person = town.enrolled("王建国", date(1980, 3, 1))
    Resident.objects.filter(pk=person.pk).update(employee_insured=True)
    with pytest.raises(Refusal) as refusal:
        issue(person, clock)

    assert refusal.value.code == "employee_insured"
    assert refusal.value.text("zh-hans") != refusal.value.text("en")


def test_open_bills_that_today_would_not_give_are_found_and_are_no_violation(clock: FixedClock) -> None:
    same, aided, employee, dead, paid_by_others = (
        town.enrolled(name, date(1980, 3, 1), category=category)
        for name, category in (("甲", None), ("乙", None), ("丙", None), ("丁", None), ("戊", "extreme_poverty"))
    )
    bills = {person.pk: issue(person, clock) for person in (same, aided, employee, dead, paid_by_others)}
    assert list(invariants.outdated(clock)) == []
    town.certify(aided, "subsistence_allowance")
    Resident.objects.filter(pk=employee.pk).update(employee_insured=True)
    Resident.objects.filter(pk=dead.pk).update(died_on=date(2024, 11, 1))
    found = {finding.subject: finding.what for finding in invariants.outdated(clock)}

    assert found.keys() == {f"bill {bills[person.pk].pk}" for person in (aided, employee, dead)}
    assert "today's facts 0" in found[f"bill {bills[aided.pk].pk}"]
    assert "employee_insured" in found[f"bill {bills[employee.pk].pk}"]
    assert invariants.check() == []


def test_the_dead_are_not_billed(clock: FixedClock) -> None:
    person = town.enrolled("赵阿婆", date(1940, 3, 1))
    Resident.objects.filter(pk=person.pk).update(died_on=date(2024, 10, 30))
    with pytest.raises(Refusal) as refusal:
        issue(person, clock)

    assert refusal.value.code == "deceased"


def test_a_clerk_of_another_village_finds_no_bill(clock: FixedClock) -> None:
    bill = issue(town.enrolled("王建国", date(1980, 3, 1)), clock)
    with pytest.raises(Refusal) as refusal:
        queries.bill(town.OTHER_CLERK, bill.pk)

    assert refusal.value.code == "bill_not_found"


def test_the_name_and_number_of_the_person_are_not_among_the_pinned_facts(clock: FixedClock) -> None:
    person = town.enrolled("王建国", date(1980, 3, 1))
    person.document_kind, person.id_number = "passport", "G1234567"
    person.save()

    assert not {"person_id", "id_number", "name"} & issue(person, clock).facts.keys()


def test_a_bill_issued_after_the_window_is_worked_out_for_its_day(clock: FixedClock) -> None:
    person = town.enrolled("王建国", date(1980, 3, 1))
    bill = issue(person, FixedClock(shanghai(2025, 2, 10, 9)))

    assert bill.quoted_on == date(2025, 2, 10)


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ("UPDATE billing_bill SET personal_fen = 1", "cannot change after issue"),
        ("UPDATE billing_bill SET facts = '{}'", "cannot change after issue"),
        ("UPDATE billing_bill SET state = 'paid'", "cannot move from issued to paid"),
        ("UPDATE billing_bill SET issued_by = 'x', state = 'void'", "cannot change after issue"),
        ("DELETE FROM billing_bill", "DELETE refused"),
        ("DELETE FROM billing_billline", "DELETE refused"),
        ("UPDATE billing_billline SET amount_fen = 1", "UPDATE refused"),
        ("TRUNCATE billing_bill CASCADE", "refused"),
        (
            "INSERT INTO billing_billline (pooling_area, bill_id, item, payer, amount_fen)"
            " SELECT pooling_area, id, 'repair', 'resident', 1 FROM billing_bill",
            "no line can be added",
        ),
        (
            "INSERT INTO billing_bill ({columns}) SELECT {columns} FROM"
            " (SELECT (jsonb_populate_record(b, '{{\"id\": 999999}}')).* FROM billing_bill b) twin",
            "billing_bill_one_live",
        ),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_the_database_lets_nobody_change_a_bill(
    superuser_url: str, clock: FixedClock, change: str, refused: str
) -> None:
    issue(town.enrolled("王建国", date(1980, 3, 1)), clock)
    with (
        psycopg.connect(superuser_url) as connection,
        pytest.raises((errors.CheckViolation, errors.UniqueViolation), match=refused),
    ):
        if "{columns}" in change:
            change = change.format(columns=town.columns(connection, "billing_bill"))
        connection.execute(change.encode())


@pytest.mark.parametrize("state", [BillState.SETTLED, BillState.VOID])
@pytest.mark.django_db(transaction=True)
def test_a_closed_bill_stays_closed(superuser_url: str, clock: FixedClock, state: str) -> None:
    category = "orphan" if state == BillState.SETTLED else None
    bill = issue(town.enrolled("李孤", date(2014, 5, 1), category=category), clock)
    if state == BillState.VOID:
        actions.void_bill(actor=town.CLERK, bill_id=bill.pk, reason="误", clock=clock)
    with (
        psycopg.connect(superuser_url) as connection,
        pytest.raises(errors.CheckViolation, match=f"cannot move from {state}"),
    ):
        connection.execute(
            "UPDATE billing_bill SET state = 'issued', settled_at = NULL, settled_entry_id = NULL, voided_at = NULL"
        )
