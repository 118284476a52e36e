"""Cover is derived: dropped and derived again it is the same, row for row, and every day leads to a clause."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from canbao.billing import actions as billing
from canbao.billing import queries as bills
from canbao.cli.books import chain
from canbao.entitlement import actions, invariants, queries
from canbao.entitlement.models import Cover
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.refusals import Refusal
from canbao.payments import queries as payments
from canbao.payments.actions import take_counter_payment
from canbao.registry.models import Resident
from tests import town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


def paid(name: str, birth_on: date, clock: FixedClock, **facts: object) -> Resident:
    person = town.enrolled(name, birth_on, **facts)  # type: ignore[arg-type]
    bill = billing.issue_bill(actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, clock=clock)
    if bill.payable_fen:
        take_counter_payment(
            actor=town.CLERK, bill_id=bill.pk, amount_fen=bill.payable_fen, key=f"{bill.pk}", clock=clock
        )
    return person


def everything() -> list[tuple[object, ...]]:
    return sorted(Cover.objects.values_list(*(field.name for field in Cover._meta.fields if field.name != "pk")))


def test_dropped_and_rebuilt_it_is_the_same_row_for_row(clock: FixedClock) -> None:
    late = FixedClock(shanghai(2025, 3, 5, 10, 20, 30))
    paid("王建国", date(1980, 3, 1), clock)
    paid("李孤", date(2014, 5, 1), clock, category="orphan")
    paid("陈守义", date(1975, 3, 1), late, covered_years=[2020])
    paid("太晚", date(1975, 3, 1), FixedClock(shanghai(2025, 11, 1, 9)))
    before = everything()
    rebuilt = actions.rebuild(actor=town.FUND_OFFICE, pooling_area=town.FUND, benefit_year=town.YEAR)

    assert rebuilt == len(before) == 4
    assert everything() == before


def test_only_who_holds_the_whole_pooling_area_may_rebuild(clock: FixedClock) -> None:
    with pytest.raises(Refusal) as refusal:
        actions.rebuild(actor=town.CLERK, pooling_area=town.FUND, benefit_year=town.YEAR)

    assert refusal.value.code == "outside_your_area"


def test_no_two_covers_of_a_resident_share_a_day(clock: FixedClock) -> None:
    person = paid("王建国", date(1980, 3, 1), clock)
    other = Cover.objects.get(resident_id=person.pk)
    other.bill_id, other.benefit_year, other.cover_from = -1, 2026, date(2025, 12, 31)
    with pytest.raises(IntegrityError, match="entitlement_cover_no_overlap"), transaction.atomic():
        Cover.objects.bulk_create([other])
    other.cover_from, other.cover_until = date(2026, 1, 1), date(2027, 1, 1)
    with transaction.atomic():
        Cover.objects.bulk_create([other])
        Cover.objects.filter(bill_id=-1).delete()


def test_the_first_and_the_last_day_are_covered_and_no_other(clock: FixedClock) -> None:
    person = paid("王建国", date(1980, 3, 1), clock)
    days = [date(2024, 12, 31), date(2025, 1, 1), date(2025, 12, 31), date(2026, 1, 1)]

    assert [queries.is_covered(town.CLERK, person.pk, day) for day in days] == [False, True, True, False]


def test_a_clerk_of_another_village_learns_nothing(clock: FixedClock) -> None:
    person = paid("王建国", date(1980, 3, 1), clock)

    assert queries.cover_of(town.OTHER_CLERK, person.pk, town.YEAR) is None
    with pytest.raises(Refusal):
        queries.trace_person_year(town.OTHER_CLERK, person.pk, town.YEAR)


def test_the_chain_leads_from_the_day_of_cover_to_the_clause(clock: FixedClock) -> None:
    person = paid("张桂兰", date(1961, 5, 1), clock)
    year = queries.trace_person_year(town.CLERK, person.pk, town.YEAR)
    lines = list(chain(year, "zh"))
    text = "\n".join(lines)

    assert (year.policy_unchanged, year.figures_agree) == (True, True)
    for link in ("from 2025-01-01", "ledger entry", "receipt 370400-000012-000001", "bill", "policy 370481-2025"):
        assert link in text
    assert "TZ-16" in text
    assert person.name not in text


@pytest.mark.parametrize(
    "change",
    [
        '{"bill_id": %(open)s, "benefit_year": 2025, "resident_id": %(resident)s}',
        '{"bill_id": %(open)s, "benefit_year": 2025, "resident_id": %(resident)s, "because_entry_id": null}',
        '{"bill_id": 0, "benefit_year": 2026, "cover_from": "2026-01-01", "cover_until": "2026-01-02"}',
    ],
)
@pytest.mark.django_db(transaction=True)
def test_the_database_knows_no_cover_without_a_settled_bill_and_its_entry(
    superuser_url: str, clock: FixedClock, change: str
) -> None:
    paid("王建国", date(1980, 3, 1), clock)
    other = town.enrolled("未缴", date(1980, 3, 1))
    bill = billing.issue_bill(actor=town.CLERK, resident_id=other.pk, benefit_year=town.YEAR, clock=clock)
    with psycopg.connect(superuser_url) as connection:
        columns = town.columns(connection, "entitlement_cover")
        values = change % {"open": bill.pk, "resident": other.pk}
        selected = ", ".join(f"n.{column.strip()}" for column in columns.split(","))
        connection.execute(
            f"INSERT INTO entitlement_cover ({columns}) SELECT {selected} FROM entitlement_cover c,"
            f" jsonb_populate_record(c, '{values}') n".encode()
        )
        with pytest.raises(psycopg.errors.ForeignKeyViolation, match="entitlement_cover_settled_bill"):
            connection.commit()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE billing_bill SET state = 'settled', settled_at = now()",
        "UPDATE billing_bill SET state = 'settled', settled_at = now(), settled_entry_id = 0",
    ],
)
@pytest.mark.django_db(transaction=True)
def test_the_database_settles_no_bill_without_an_entry(superuser_url: str, clock: FixedClock, change: str) -> None:
    other = town.enrolled("未缴", date(1980, 3, 1))
    billing.issue_bill(actor=town.CLERK, resident_id=other.pk, benefit_year=town.YEAR, clock=clock)
    with (
        psycopg.connect(superuser_url) as connection,
        pytest.raises(psycopg.errors.IntegrityError, match=r"billing_bill_settled_(by_)?entry"),
    ):
        connection.execute(change.encode())
        connection.commit()


def test_the_app_may_write_and_drop_cover_but_not_change_it(clock: FixedClock) -> None:
    paid("王建国", date(1980, 3, 1), clock)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Cover.objects.update(cover_from=date(2024, 1, 1))


def test_who_moves_takes_bill_receipt_and_cover_along_and_history_keeps_the_village(clock: FixedClock) -> None:
    """The clerk of the new village takes the money; the one of the old village sees none of it any more."""
    person = town.enrolled("王建国", date(1980, 3, 1))
    bill = billing.issue_bill(actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, clock=clock)
    Resident.objects.filter(pk=person.pk).update(village_code=town.WEST)
    with pytest.raises(Refusal) as refusal:
        bills.bill(town.EAST_CLERK, bill.pk)
    assert refusal.value.code == "bill_not_found"
    assert [found.pk for found in bills.open_bills(town.OTHER_CLERK, town.POLICY, town.WEST)] == [bill.pk]

    payment = take_counter_payment(
        actor=town.OTHER_CLERK, bill_id=bill.pk, amount_fen=40000, key="after the move", clock=clock
    )
    cover = queries.cover_of(town.OTHER_CLERK, person.pk, town.YEAR)
    assert cover is not None
    assert (bill.village_code, cover.village_code) == (town.EAST, town.EAST)
    assert payments.payment_by_receipt(town.OTHER_CLERK, payment.receipt_no).pk == payment.pk
    assert queries.cover_of(town.EAST_CLERK, person.pk, town.YEAR) is None
    with pytest.raises(Refusal):
        payments.payment_by_receipt(town.EAST_CLERK, payment.receipt_no)


@pytest.mark.parametrize("kind", ["receipt", "bill", "resident", "bare"])
def test_a_receipt_a_bill_and_a_resident_lead_to_the_same_year(clock: FixedClock, kind: str) -> None:
    paid("第一", date(1981, 5, 1), clock)
    person = paid("张桂兰", date(1961, 5, 1), clock)
    year = queries.trace_person_year(town.CLERK, person.pk, town.YEAR)
    assert year.bill is not None
    name = {
        "receipt": year.payments[0].receipt_no,
        "bill": f"bill/{year.bill.pk}",
        "resident": f"resident/{person.pk}",
        "bare": str(year.bill.pk),
    }[kind]

    assert queries.find_person_years(town.CLERK, name) == [(person.pk, town.YEAR)]


@pytest.mark.parametrize("name", ["370400-000012-999999", "bill/0", "resident/0", "0", "payment/1", ""])
def test_what_nobody_knows_cannot_be_traced(clock: FixedClock, name: str) -> None:
    with pytest.raises(Refusal) as refusal:
        queries.find_person_years(town.CLERK, name)

    assert refusal.value.code == "nothing_to_trace"


@pytest.mark.parametrize(
    ("sabotage", "found"),
    [
        ("UPDATE entitlement_cover SET cover_from = '2024-12-31'", "E1"),
        ("DELETE FROM entitlement_cover", "E1"),
        ("UPDATE entitlement_cover SET because_entry_id = 0", "E3"),
        (
            "UPDATE billing_bill SET state = 'void', settled_at = NULL, settled_entry_id = NULL, voided_at = now(),"
            " void_reason = 'x'",
            "E3",
        ),
        ("UPDATE billing_bill SET personal_fen = 0", "B6"),
        ("UPDATE billing_bill SET facts = '{}'", "B6"),
        ("UPDATE billing_bill SET state = 'issued', settled_at = NULL, settled_entry_id = NULL", "M4"),
        ("UPDATE billing_billline SET amount_fen = 1 WHERE payer = 'city_finance'", "M7"),
        ("UPDATE ledger_transfer SET amount_fen = 1 WHERE debit_account LIKE '%/subsidy/%'", "M4"),
        ("UPDATE payments_payment SET amount_fen = 1", "M6"),
        ("UPDATE payments_payment SET amount_fen = 1", "M5"),
        ("DELETE FROM payments_payment", "B2"),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_every_invariant_finds_what_it_is_there_for(
    superuser_url: str, clock: FixedClock, sabotage: str, found: str
) -> None:
    """Somebody with the owner's rights switches the triggers off: the checks still tell. Undone at the end."""
    paid("张桂兰", date(1961, 5, 1), clock)
    assert invariants.check() == []
    with psycopg.connect(superuser_url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("CREATE TEMP TABLE undo (room text, rows jsonb)")
        for table in _TABLES:
            connection.execute(f"INSERT INTO undo SELECT '{table}', jsonb_agg(to_jsonb(t)) FROM {table} t".encode())
        connection.execute(sabotage.encode())
        connection.commit()
        violations = {violation.invariant for violation in town.violations()}  # type: ignore[attr-defined]
        for table in _TABLES:
            connection.execute(f"DELETE FROM {table}".encode())
            columns = town.columns(connection, table)
            connection.execute(
                f"INSERT INTO {table} ({columns}) SELECT {columns} FROM undo,"
                f" jsonb_populate_recordset(NULL::{table}, rows) WHERE room = '{table}'".encode()
            )

    assert found in violations


_TABLES = ("entitlement_cover", "billing_bill", "billing_billline", "ledger_transfer", "payments_payment")
