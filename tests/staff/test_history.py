"""Rows that keep their history: how they were at any moment, who changed them, and that nobody rewrites it."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from canbao.kernel.binding import bound, bound_scope
from canbao.kernel.clock import FixedClock
from canbao.kernel.copying import copy_rows
from canbao.kernel.scope import Scope, program
from canbao.staff import actions, queries
from canbao.staff.capabilities import Capability
from canbao.staff.models import Access, Addition, Change, Grant, Login, Role
from canbao.staff.refusals import AlreadyGranted
from tests import town

pytestmark = pytest.mark.django_db
KEEPER = Scope(41, "许管理", prefixes=("37",), purpose="manage_staff", capabilities=frozenset({"manage_staff"}))
TABLE = "staff_grant"


@pytest.fixture
def grant(clock: FixedClock) -> Grant:
    login = Login.objects.create(username="lin", display_name="林经办")
    return Grant.objects.create(login=login, role=Role.VILLAGE_CADRE, area_code=town.EAST, from_on=date(2024, 1, 1))


def setting(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s, true)", [name])
        return str(cursor.fetchone()[0] or "")


def test_a_new_row_is_its_own_first_version(grant: Grant) -> None:
    (only,) = queries.history.versions(KEEPER, TABLE, grant.pk)

    assert (only.known_until, only.changed, only.values["role"]) == (None, (), "village_cadre")
    assert not Change.objects.exists()


def test_a_new_row_says_who_made_it_and_for_what(clock: FixedClock) -> None:
    login = Login.objects.create(username="lin", display_name="林经办")
    with bound(KEEPER):
        made = Grant.objects.create(login=login, role=Role.VILLAGE_CADRE, area_code=town.EAST, from_on=date(2024, 1, 1))

    (only,) = queries.history.versions(KEEPER, TABLE, made.pk)
    row = Addition.objects.get(table_name=TABLE)
    assert (only.made_by, only.made_by_id, only.purpose) == ("许管理", 41, "manage_staff")
    assert (row.row_id, row.village_code, row.actor_id) == (str(made.pk), town.EAST, 41)
    with pytest.raises(DatabaseError), transaction.atomic():
        Addition.objects.all().delete()


def test_rows_in_bulk_are_not_named_one_by_one(clock: FixedClock) -> None:
    """The list that brought them is on record; the row after them is named again."""
    login = Login.objects.create(username="lin", display_name="林经办")
    columns = ("login_id", "role", "area_code", "from_on", "granted_by", "asked_by")
    rows = [(login.pk, "village_cadre", f"370481101{number:03}", date(2024, 1, 1), "", "") for number in range(150)]
    with transaction.atomic(), connection.cursor() as cursor:
        assert copy_rows(cursor, TABLE, columns, rows) == 150
    assert not Addition.objects.exists()

    Grant.objects.create(login=login, role=Role.AUDITOR, area_code=town.EAST, from_on=date(2024, 1, 1))
    assert Addition.objects.count() == 1


def test_a_role_is_granted_once_for_a_place_and_day(clock: FixedClock) -> None:
    login = Login.objects.create(username="lin", display_name="林经办")
    days = {"login": login, "role": Role.VILLAGE_CADRE, "area_code": town.EAST}
    actions.grant_role(actor=KEEPER, **days, from_on=date(2024, 1, 1), until_on=date(2024, 6, 1))
    with pytest.raises(AlreadyGranted):
        actions.grant_role(actor=KEEPER, **days, from_on=date(2024, 5, 31))
    actions.grant_role(actor=KEEPER, **days, from_on=date(2024, 6, 1))

    assert Grant.objects.count() == 2


def test_each_change_keeps_what_was_there_and_who_changed_it(grant: Grant) -> None:
    with bound(KEEPER):
        Grant.objects.filter(pk=grant.pk).update(until_on=date(2024, 12, 1))
    Grant.objects.filter(pk=grant.pk).update(role=Role.TOWNSHIP_CLERK)

    now, middle, first = queries.history.versions(KEEPER, TABLE, grant.pk)

    assert (now.values["role"], now.values["until_on"]) == ("township_clerk", "2024-12-01")
    assert (middle.values["role"], middle.values["until_on"]) == ("village_cadre", "2024-12-01")
    assert (first.values["role"], first.values["until_on"]) == ("village_cadre", None)
    assert (middle.made_by, middle.made_by_id, middle.purpose, middle.changed) == (
        "许管理", 41, "manage_staff", ("until_on",),
    )  # fmt: skip
    assert (now.made_by, now.made_by_id) == ("canbao", None), "past the program the database names its own role"
    assert queries.history.as_known(KEEPER, TABLE, grant.pk, middle.known_from) == middle
    assert queries.history.as_known(KEEPER, TABLE, grant.pk, first.known_from) == first
    assert queries.history.as_known(KEEPER, TABLE, grant.pk, town.IN_WINDOW) is None, "not known yet"


def test_an_update_that_changes_nothing_is_no_version(grant: Grant) -> None:
    Grant.objects.filter(pk=grant.pk).update(area_code=town.EAST)

    assert not Change.objects.exists()


def test_a_deleted_row_is_kept_whole(grant: Grant) -> None:
    key = grant.pk
    with bound(KEEPER):
        grant.delete()

    (last,) = queries.history.versions(KEEPER, TABLE, key)

    assert last.known_until is not None and last.values["role"] == "village_cadre"
    assert Change.objects.get().actor_name == "许管理"


def test_a_bulk_change_writes_one_version_a_row(grant: Grant) -> None:
    Grant.objects.bulk_create(
        Grant(
            login=grant.login, role=Role.VILLAGE_CADRE, area_code=f"{town.WEST_TOWN}{number}", from_on=date(2024, 1, 1)
        )
        for number in range(201, 230)
    )
    assert Grant.objects.update(until_on=date(2025, 1, 1)) == 30

    assert Change.objects.count() == 30
    assert set(Change.objects.values_list("village_code", flat=True)) >= {town.EAST, town.WEST}


def test_who_may_not_see_the_row_sees_no_version(grant: Grant) -> None:
    elsewhere = Scope(5, "高", prefixes=("3707",), capabilities=frozenset())

    assert queries.history.versions(elsewhere, TABLE, grant.pk) == []
    assert queries.history.versions(KEEPER, TABLE, 10**9) == []


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO staff_change (at, actor_name, purpose, table_name, row_id, kind, old, changed)"
        " VALUES (now(), '', '', 'x', '1', 'update', '{}', '{}')",
        "UPDATE staff_change SET actor_name = 'somebody else'",
        "DELETE FROM staff_change",
        "TRUNCATE staff_change",
        "UPDATE staff_access SET actor_name = 'somebody else'",
        "DELETE FROM staff_access",
    ],
)
def test_the_app_cannot_rewrite_what_is_kept(grant: Grant, statement: str) -> None:
    Grant.objects.update(until_on=date(2025, 1, 1))
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_not_even_the_owner_rewrites_it(grant: Grant, superuser_url: str) -> None:
    Grant.objects.update(until_on=date(2025, 1, 1))
    with psycopg.connect(superuser_url) as raw:
        raw.execute("SET ROLE canbao_owner")
        with pytest.raises(psycopg.errors.RestrictViolation, match="only added to"):
            raw.execute("DELETE FROM staff_change")


def test_a_scope_is_bound_for_a_block_and_blocks_lie_in_each_other(grant: Grant) -> None:
    inner = program("inner")
    with bound(KEEPER):
        with bound(inner):
            assert (setting("canbao.actor"), setting("canbao.actor_name")) == ("", "inner")
            assert setting("canbao.prefixes") == '{""}'
        assert (setting("canbao.actor"), setting("canbao.prefixes")) == ("41", '{"37"}')
        assert bound_scope() == KEEPER
    assert (setting("canbao.actor"), setting("canbao.actor_name"), bound_scope()) == ("", "", None)


@pytest.mark.parametrize("where", ["outside", "inside"])
def test_a_failed_transaction_leaves_nobody_bound(grant: Grant, where: str) -> None:
    def fail() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    with bound(KEEPER):
        with pytest.raises(DatabaseError):
            if where == "outside":
                with bound(program("other")), transaction.atomic():
                    fail()
            else:
                with transaction.atomic(), bound(program("other")):
                    fail()
        assert setting("canbao.actor_name") == "许管理"
    assert setting("canbao.actor_name") == ""


def test_the_access_log_says_who_looked_at_whom(clock: FixedClock) -> None:
    actions.record_access(
        actor=KEEPER, screen="person-year", what="number", clock=clock, pooling_area=town.FUND,
        village_code=town.EAST, resident_id=7,
    )  # fmt: skip

    row = Access.objects.get()
    assert (row.actor_id, row.purpose, row.screen, row.resident_id, row.people) == (
        41, "manage_staff", "person-year", 7, 1,
    )  # fmt: skip
    assert Capability.SEE_AUDIT == "see_audit"
