"""The second net: rows outside the areas that the connection is bound to are not there, whatever a query asks."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.db.backends.postgresql.base import DatabaseWrapper
from psycopg.conninfo import conninfo_to_dict

from canbao.billing import actions as billing
from canbao.billing.models import Bill, BillLine
from canbao.cli.database import roles
from canbao.cli.database.guards import guarded_tables
from canbao.cli.database.server import PrivateServer
from canbao.kernel.binding import bound
from canbao.kernel.clock import FixedClock
from canbao.kernel.copying import copy_rows
from canbao.kernel.scope import Scope
from canbao.ledger.models import Entry
from canbao.payments import actions as payments
from canbao.registry.models import Household, Resident
from canbao.settings import database_from_url
from tests import town

pytestmark = pytest.mark.django_db
NOBODY = Scope(None, "nobody")


def names() -> set[str]:
    return set(Resident.objects.values_list("name", flat=True))


@pytest.fixture
def people(clock: FixedClock) -> None:
    """One in each village of one pooling area with a bill, one in another pooling area."""
    for name, village in (("东人", town.EAST), ("西人", town.WEST)):
        person = town.enrolled(name, date(1980, 3, 1), village)
        billing.issue_bill(actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, clock=clock)
    town.with_tier("外人", "low")


def test_every_table_with_a_pooling_area_is_guarded_or_says_why_not() -> None:
    guarded = {model for model, _ in guarded_tables()}
    excused = {
        config.get_model(name): reason
        for config in apps.get_app_configs()
        for name, reason in getattr(config, "unguarded", {}).items()
    }
    with_area = {
        model for model in apps.get_models() if any(field.name == "pooling_area" for field in model._meta.get_fields())
    }

    missing = with_area - guarded - set(excused)
    assert not missing, f"declare in AppConfig.guarded (or unguarded, with a reason): {missing}"
    assert not guarded & set(excused) and all(len(reason) > 20 for reason in excused.values())


def test_the_database_has_the_guards_that_are_declared() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
        set_up = {name for (name,) in cursor.fetchall()}
        cursor.execute("SELECT tablename FROM pg_policies WHERE policyname = 'within_scope'")
        with_rule = {name for (name,) in cursor.fetchall()}

    assert set_up == with_rule == {model._meta.db_table for model, _ in guarded_tables()}


def test_no_trigger_sees_less_than_every_row() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            " AND prorettype = 'trigger'::regtype AND NOT prosecdef"
        )
        assert cursor.fetchall() == []


def test_who_is_bound_to_nothing_sees_no_row_of_a_guarded_table(people: None) -> None:
    with connection.cursor() as cursor:
        for setting in ("", "{}"):
            for model, _ in guarded_tables():
                cursor.execute("SELECT set_config('canbao.prefixes', %s, true)", [setting])
                cursor.execute(f"SELECT count(*) FROM {model._meta.db_table}")
                assert cursor.fetchone() == (0,), model
    with bound(NOBODY):
        assert names() == set()


def test_people_are_guarded_by_village_and_money_by_pooling_area(people: None) -> None:
    with bound(town.EAST_CLERK):
        assert names() == {"东人"}
        assert Bill.objects.count() == BillLine.objects.values("bill").distinct().count() == 2
        assert set(Entry.objects.values_list("pooling_area", flat=True)) == {town.FUND}
    with bound(town.CLERK):
        assert names() == {"东人", "西人"}
    with bound(town.TIERS_CLERK):
        assert names() == {"外人"}
        assert not Bill.objects.exists() and not Entry.objects.exists()
    assert names() == {"东人", "西人", "外人"}


def test_a_row_of_another_place_cannot_be_written(people: None) -> None:
    elsewhere = Resident.objects.get(name="西人")
    with bound(town.EAST_CLERK):
        for write in (
            lambda: Household.objects.create(pooling_area=town.FUND, village_code=town.WEST, head_name="x"),
            lambda: Resident.objects.filter(name="东人").update(village_code=town.WEST),
        ):
            with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
                write()
        assert Resident.objects.filter(pk=elsewhere.pk).update(name="改名") == 0
    elsewhere.refresh_from_db()
    assert elsewhere.name == "西人"


def test_a_village_takes_in_money_though_the_books_are_the_whole_pooling_areas(people: None, clock: FixedClock) -> None:
    bill = Bill.objects.get(resident__name="东人")
    with bound(town.EAST_CLERK):
        payments.take_counter_payment(
            actor=town.EAST_CLERK, bill_id=bill.pk, amount_fen=bill.payable_fen, key="1", clock=clock
        )
    bill.refresh_from_db()
    assert bill.state == "settled"
    assert town.violations() == []


@pytest.mark.parametrize("count", [3, 150])
def test_many_rows_are_written_whole_or_not_at_all(clock: FixedClock, count: int) -> None:
    """Few by one INSERT, many through a table of the session's own; either way the guard judges each."""
    columns = ("pooling_area", "village_code", "head_name")
    rows = [(town.FUND, town.EAST, f"户{n}") for n in range(count)]
    with bound(town.EAST_CLERK), connection.cursor() as cursor:
        assert copy_rows(cursor, "registry_household", columns, rows) == count
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            copy_rows(cursor, "registry_household", columns, [*rows, (town.FUND, town.WEST, "西户")])
    assert Household.objects.count() == count


def test_the_pool_hands_no_scope_on_to_the_next_request(postgres: PrivateServer, superuser_url: str) -> None:
    """Not after a request that ends well, nor after one that fails in the middle of a transaction."""
    own = str(conninfo_to_dict(superuser_url)["dbname"])
    # Without the test database's own setting, as in production.
    url = f"{postgres.url(roles.APP, own)}&options=-c%20canbao.prefixes%3D"
    pooled = DatabaseWrapper(_complete(database_from_url(url, pool_size=1)), alias="default")

    def said() -> list[Any]:
        with pooled.cursor() as cursor:
            cursor.execute(
                "SELECT pg_backend_pid(), current_setting('canbao.prefixes', true),"
                " current_setting('canbao.actor_name', true), (SELECT count(*) FROM registry_resident)"
            )
            return list(cursor.fetchone())

    def tell() -> None:
        with pooled.cursor() as cursor:
            cursor.execute("SELECT set_config('canbao.prefixes', '{37}', false)")
            cursor.execute("SELECT set_config('canbao.actor_name', 'left behind', false)")

    try:
        first = said()
        for failing in (False, True):
            tell()
            assert said()[1:3] == ["{37}", "left behind"]
            if failing:
                pooled.set_autocommit(False)
                tell()
                with pytest.raises(DatabaseError), pooled.cursor() as cursor:
                    cursor.execute("SELECT 1 / 0")
            pooled.close()
            pooled.connect()
            again = said()
            assert again[0] == first[0], "the pool has one connection, so it is the same"
            assert [again[1] or "", again[2] or "", again[3]] == ["", "", 0]
    finally:
        pooled.close()
        pooled.close_pool()


def _complete(settings: dict[str, Any]) -> dict[str, Any]:
    from django.db import connections

    return {**connections["default"].settings_dict, **settings}


def test_the_auditor_reads_every_row_and_the_owner_may_migrate_them(
    people: None, postgres: PrivateServer, superuser_url: str
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM registry_resident")
        (count,) = cursor.fetchone()
        cursor.execute(
            "SELECT roles::text, qual FROM pg_policies"
            " WHERE tablename = 'registry_resident' AND policyname <> 'within_scope'"
        )
        assert sorted(cursor.fetchall()) == [("{canbao_auditor}", "true"), ("{canbao_owner}", "true")]
    assert count == 3
    with psycopg.connect(superuser_url) as raw:
        row = raw.execute("SELECT rolbypassrls OR rolsuper FROM pg_roles WHERE rolname = 'canbao'").fetchone()
    assert row == (False,)
