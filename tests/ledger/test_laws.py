"""What the database refuses, tried with raw SQL as the owner of everything: Python's politeness is not the guard."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import psycopg
import pytest
from psycopg import errors

from canbao.kernel.clock import FixedClock
from canbao.kernel.refusals import Refusal
from canbao.ledger import actions, chart, invariants
from canbao.ledger.actions import Draft, Move
from tests.ledger.conftest import ACCOUNTANT, AREA

RESIDENT, EXPECTED = "receivable/370400/2025/resident", "expected/370400/2025"


@pytest.fixture
def sql(superuser_url: str) -> Iterator[psycopg.Connection]:
    """A superuser's connection; whatever it did is taken back."""
    with psycopg.connect(superuser_url) as connection:
        connection.execute("SELECT 1")
        yield connection
        connection.rollback()


def entry(sql: psycopg.Connection, idem: str = "a") -> int:
    row = sql.execute(
        "INSERT INTO ledger_entry (pooling_area, idem, cause_kind, cause_id, posted_at, day, effective_on, actor, sm3)"
        " VALUES (%s, %s, 'test', '1', now(), '2024-11-01', '2024-11-01', 'x', '') RETURNING id",
        [AREA, idem],
    ).fetchone()
    assert row
    return int(row[0])


def transfer(sql: psycopg.Connection, entry_id: int, fen: int = 1, debit: str = RESIDENT, position: int = 1) -> None:
    sql.execute(
        "INSERT INTO ledger_transfer VALUES (%s, %s, %s, %s, %s, %s)".replace(
            "ledger_transfer",
            "ledger_transfer (pooling_area, position, debit_account, credit_account, amount_fen, entry_id)",
        ),
        [AREA, position, debit, EXPECTED, fen, entry_id],
    )


def test_an_entry_with_transfers_is_accepted_even_under_savepoints(sql: psycopg.Connection) -> None:
    """The control: what the other tests refuse is refused for its fault alone."""
    with sql.transaction(), sql.transaction():
        entry_id = entry(sql)
        with sql.transaction():
            transfer(sql, entry_id)
        sql.execute("SET CONSTRAINTS ALL IMMEDIATE")

    assert sql.execute("SELECT count(*) FROM ledger_transfer WHERE entry_id = %s", [entry_id]).fetchone() == (1,)


def test_an_entry_without_transfers_is_refused_at_commit(sql: psycopg.Connection) -> None:
    entry(sql)
    with pytest.raises(errors.CheckViolation, match="moves no money"):
        sql.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("fen", [0, -1])
def test_an_amount_that_is_not_positive_is_refused(sql: psycopg.Connection, fen: int) -> None:
    with pytest.raises(errors.CheckViolation, match="ledger_transfer_positive"):
        transfer(sql, entry(sql), fen)


def test_an_account_cannot_pay_itself(sql: psycopg.Connection) -> None:
    with pytest.raises(errors.CheckViolation, match="ledger_transfer_two_accounts"):
        transfer(sql, entry(sql), debit=EXPECTED)


@pytest.mark.parametrize("account", ["receivable/370400/2025/nobody", "suspense/370400", "cash/370400/counter/x", ""])
def test_an_undeclared_account_is_refused_by_the_database_and_by_the_chart(
    sql: psycopg.Connection, account: str
) -> None:
    with pytest.raises(Refusal) as refusal:
        chart.account(account)
    assert refusal.value.code == "undeclared_account"
    with pytest.raises(errors.CheckViolation, match="ledger_transfer_declared"):
        transfer(sql, entry(sql), debit=account)


def test_an_account_of_another_pooling_area_is_refused(sql: psycopg.Connection) -> None:
    with pytest.raises(errors.CheckViolation, match="ledger_transfer_own_area"):
        transfer(sql, entry(sql), debit="receivable/370700/2025/resident")


def test_chart_and_database_know_the_same_accounts(sql: psycopg.Connection) -> None:
    source = sql.execute("SELECT prosrc FROM pg_proc WHERE proname = 'ledger_account_is_declared'").fetchone()

    assert source and f"'{chart.PATTERN}'" in source[0]


def test_a_transfer_after_its_entry_is_committed_is_refused(transactional_db: None, superuser_url: str) -> None:
    with psycopg.connect(superuser_url) as connection:
        entry_id = entry(connection)
        transfer(connection, entry_id)
        connection.commit()
        with pytest.raises(errors.CheckViolation, match="belong to its own transaction"):
            transfer(connection, entry_id, position=2)


@pytest.mark.parametrize("table", ["entry", "transfer", "chainlink", "dayseal", "accountclose"])
@pytest.mark.parametrize(
    "statement",
    ["UPDATE ledger_{} SET pooling_area = pooling_area", "DELETE FROM ledger_{}", "TRUNCATE ledger_{} CASCADE"],
)
def test_no_table_of_the_ledger_can_be_changed(sql: psycopg.Connection, table: str, statement: str) -> None:
    with pytest.raises(errors.CheckViolation, match="append-only"):
        sql.execute(statement.format(table).encode())


@pytest.mark.django_db
def test_the_app_may_not_even_try_to_change_an_entry() -> None:
    from django.db import ProgrammingError, connection

    with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_entry")


def draft(idem: str, fen: int = 40000, day: date = date(2024, 11, 1)) -> Draft:
    move = Move(chart.account(RESIDENT), chart.account(EXPECTED), fen)
    return Draft(AREA, idem, "test", idem, day, (move,))


@pytest.mark.usefixtures("books")
class TestPosting:
    def test_the_same_event_posts_once(self, clock: FixedClock) -> None:
        first = actions.post(actor=ACCOUNTANT, draft=draft("bill:1"), clock=clock)
        again = actions.post(actor=ACCOUNTANT, draft=draft("bill:1"), clock=clock)

        assert again.pk == first.pk

    def test_the_same_name_for_another_event_is_refused(self, clock: FixedClock) -> None:
        actions.post(actor=ACCOUNTANT, draft=draft("bill:1"), clock=clock)
        with pytest.raises(Refusal) as refusal:
            actions.post(actor=ACCOUNTANT, draft=draft("bill:1", fen=1), clock=clock)

        assert refusal.value.code == "idem_conflict"

    def test_an_entry_is_reversed_once(self, clock: FixedClock) -> None:
        first = actions.post(actor=ACCOUNTANT, draft=draft("bill:1"), clock=clock)
        mirror = actions.reverse(actor=ACCOUNTANT, pooling_area=AREA, entry_id=first.pk, because="误", clock=clock)
        with pytest.raises(Refusal) as refusal:
            actions.reverse(actor=ACCOUNTANT, pooling_area=AREA, entry_id=first.pk, because="误", clock=clock)

        assert (refusal.value.code, mirror.reverses_id) == ("already_reversed", first.pk)

    def test_nothing_posts_into_a_sealed_day(self, clock: FixedClock) -> None:
        from django.db import IntegrityError, transaction

        actions.post(actor=ACCOUNTANT, draft=draft("bill:1"), clock=clock)
        day = clock.today()
        clock.move(timedelta(days=1))
        seal = actions.seal_day(actor=ACCOUNTANT, pooling_area=AREA, day=day, clock=clock)
        clock.move(timedelta(days=-1))
        with pytest.raises(IntegrityError, match="is sealed"), transaction.atomic():
            actions.post(actor=ACCOUNTANT, draft=draft("bill:2"), clock=clock)

        assert (seal.entries, seal.amount_fen) == (1, 40000)

    def test_a_day_that_is_not_over_cannot_be_sealed(self, clock: FixedClock) -> None:
        with pytest.raises(Refusal) as refusal:
            actions.seal_day(actor=ACCOUNTANT, pooling_area=AREA, day=clock.today(), clock=clock)

        assert refusal.value.code == "day_not_over"

    def test_sealing_a_day_seals_the_days_before_it_and_chains_them(self, clock: FixedClock) -> None:
        from canbao.ledger.models import DaySeal

        for number in range(3):
            actions.post(actor=ACCOUNTANT, draft=draft(f"bill:{number}"), clock=clock)
            clock.move(timedelta(days=1))
        actions.seal_day(actor=ACCOUNTANT, pooling_area=AREA, day=clock.today() - timedelta(days=1), clock=clock)
        seals = list(DaySeal.objects.order_by("day"))

        assert len(seals) == 3
        assert [bytes(seal.prev_sm3) for seal in seals[1:]] == [bytes(seal.sm3) for seal in seals[:-1]]


@pytest.mark.parametrize(
    ("sabotage", "caught"),
    [
        ("UPDATE ledger_transfer SET amount_fen = 1", "digest does not fit"),
        ("UPDATE ledger_entry SET cause_id = 'other'", "digest does not fit"),
        ("DELETE FROM ledger_transfer", "has no transfer"),
        ("UPDATE ledger_chainlink SET sm3 = '\\x00'", "does not follow the one before"),
        ("DELETE FROM ledger_chainlink", "not in its chain"),
        ("UPDATE ledger_dayseal SET amount_fen = 1", "digest does not fit its chain"),
        ("UPDATE ledger_accountclose SET debit_fen = 7", "not the sum of its transfers"),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_a_change_behind_the_triggers_is_found(
    superuser_url: str, clock: FixedClock, sabotage: str, caught: str
) -> None:
    """Somebody who owns the database can switch the triggers off; the chain still tells."""
    actions.post(actor=ACCOUNTANT, draft=draft("bill:1"), clock=clock)
    clock.move(timedelta(days=1))
    actions.seal_day(actor=ACCOUNTANT, pooling_area=AREA, day=date(2024, 11, 1), clock=clock)
    assert invariants.check() == []
    with psycopg.connect(superuser_url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(sabotage.encode())

    assert any(caught in violation.what for violation in invariants.check())
