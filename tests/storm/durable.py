"""A PostgreSQL with all the safety of a real one for tests that harm it, and a county with open bills on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import psycopg
import pytest
from pytest_django import DjangoDbBlocker

from canbao.cli.database import roles, safety
from canbao.cli.database.guards import EVERYWHERE
from canbao.cli.database.server import SUPERUSER, PrivateServer
from canbao.kernel.clock import FixedClock
from tests import town


@contextmanager
def durable_server(home: Path, blocker: DjangoDbBlocker) -> Iterator[PrivateServer]:
    """Migrated and stopped; Django works on it as the app's role whenever it runs."""
    from django.db import connection

    from canbao.settings import database_from_url

    server = PrivateServer(home)
    saved = dict(connection.settings_dict)
    with blocker.unblock():
        with server.running():
            roles.create_database(server.url(SUPERUSER, "postgres"), roles.DATABASE)
            roles.migrate(server.url(roles.OWNER, roles.DATABASE))
            assert safety.faults(server.url(roles.APP, roles.DATABASE)) == []
            # The clerks of these tests are bound to no scope of a login.
            with psycopg.connect(server.url(SUPERUSER, roles.DATABASE), autocommit=True) as owner:
                owner.execute(f"ALTER DATABASE {roles.DATABASE} SET canbao.prefixes = '{EVERYWHERE}'")
        connection.settings_dict.update(database_from_url(server.url(roles.APP, roles.DATABASE), pool_size=0))
        yield server
        connection.close()
        connection.settings_dict.clear()
        connection.settings_dict.update(saved)
    server.remove()


@pytest.fixture
def durable(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[PrivateServer]:
    with durable_server(tmp_path / "postgresql", django_db_blocker) as server:
        yield server


def people_with_bills(count: int) -> None:
    from canbao.billing import actions as billing

    town.build_town()
    for number in range(count):
        town.enrolled("张三", date(1980, 1, 1 + number % 28))
    billing.issue_bills(
        actor=town.CLERK, policy_id=town.POLICY, area_code=town.COUNTY, clock=FixedClock(town.IN_WINDOW)
    )


def open_bills() -> list[int]:
    from canbao.billing.models import Bill, BillState

    return list(Bill.objects.filter(state=BillState.ISSUED).order_by("pk").values_list("pk", flat=True))


def settled_bills() -> set[int]:
    from canbao.billing.models import Bill, BillState
    from canbao.payments.models import Payment

    settled = set(Bill.objects.filter(state=BillState.SETTLED).values_list("pk", flat=True))
    assert settled == set(Payment.objects.values_list("bill_id", flat=True))
    return settled
