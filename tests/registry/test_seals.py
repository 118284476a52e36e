"""Numbers at rest: none in plain in any table, keys rotated without losing anybody, every unmasked reading logged."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import date

import psycopg
import pytest
from django.db import connection

from canbao.kernel import vault
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.refusals import Refusal
from canbao.kernel.vault import VaultFault
from canbao.registry import actions, bulk, invariants, queries, seals
from canbao.registry.actions import NewResident
from canbao.registry.codes import NumberKind, Purpose
from canbao.registry.models import Resident
from canbao.registry.refusals import BadContact, NotKnown, NumberTaken, ResidentNotFound
from canbao.staff.models import Access

from .conftest import NEIGHBOUR, VILLAGE, key, number, number_of, scope

BORN = date(1956, 3, 8)
CLOCK = FixedClock(shanghai(2024, 11, 1, 9, 30))
CARD = "6222021234567890128"


def person(**changes: object) -> NewResident:
    usual = {"name": "陈守义", "birth_on": BORN, "sex": "male", "village_code": VILLAGE, "id_number": number(BORN, 999)}
    return NewResident(**{**usual, **changes})  # type: ignore[arg-type]


def test_no_table_holds_a_number_in_plain(zhang_guilan: Resident) -> None:
    actions.record_contact(actor=scope(VILLAGE), resident_id=zhang_guilan.pk, phone="138 0532 1234", bank_card=CARD)
    secrets = (number_of(zhang_guilan), "13805321234", CARD)
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        for table in tables:
            cursor.execute(f"SELECT string_agg(t::text, E'\\n') FROM \"{table}\" t")
            text = str(cursor.fetchone()[0])
            for secret in secrets:
                assert secret not in text and secret.encode().hex() not in text, table
    found = queries.resident(scope(VILLAGE), zhang_guilan.pk)
    assert found.phone and found.bank_card
    assert (found.phone.unmasked, found.bank_card.unmasked) == ("13805321234", CARD)
    (card,) = queries.find_residents(scope(VILLAGE), "138-0532-1234")
    assert card.resident_id == zhang_guilan.pk


def test_a_seal_moved_to_another_area_or_column_is_noticed(zhang_guilan: Resident) -> None:
    zhang_guilan.pooling_area = "370700"
    with pytest.raises(VaultFault):
        _ = zhang_guilan.id_number
    zhang_guilan.pooling_area, zhang_guilan.phone_sealed = "370400", zhang_guilan.number_sealed
    with pytest.raises(VaultFault):
        _ = zhang_guilan.phone


def test_every_unmasked_reading_is_logged(zhang_guilan: Resident) -> None:
    shown = actions.reveal(
        actor=scope(VILLAGE), resident_id=zhang_guilan.pk, kind=NumberKind.NUMBER, purpose=Purpose.COMPARE_DOCUMENT,
        screen="person", clock=CLOCK,
    )  # fmt: skip

    assert shown.unmasked == number_of(zhang_guilan)
    row = Access.objects.get()
    assert (row.resident_id, row.what, row.actor_id, row.actor_name) == (zhang_guilan.pk, "number", 1, "郭会计")
    assert (row.purpose, row.screen, row.at) == ("compare_document", "person", CLOCK.now())


def test_what_is_not_there_or_out_of_scope_is_not_shown_and_not_logged(zhang_guilan: Resident) -> None:
    def reveal(village: str, kind: NumberKind) -> None:
        actions.reveal(
            actor=scope(village), resident_id=zhang_guilan.pk, kind=kind, purpose=Purpose.CALL, screen="person",
            clock=CLOCK,
        )  # fmt: skip

    with pytest.raises(ResidentNotFound):
        reveal(NEIGHBOUR, NumberKind.NUMBER)
    with pytest.raises(NotKnown):
        reveal(VILLAGE, NumberKind.PHONE)
    assert not Access.objects.exists()


def test_the_log_of_readings_can_only_grow(zhang_guilan: Resident) -> None:
    test_every_unmasked_reading_is_logged(zhang_guilan)
    for statement in ("DELETE FROM staff_access", "UPDATE staff_access SET actor_name = 'x'"):
        with pytest.raises(Exception, match="permission denied"), connection.cursor() as cursor:
            cursor.execute("SAVEPOINT before")
            try:
                cursor.execute(statement)
            finally:
                cursor.execute("ROLLBACK TO before")


@pytest.mark.parametrize(("phone", "card"), [("12", None), ("138053212345678", None), (None, "6222021234567890123")])
def test_a_phone_or_card_that_cannot_be_one_is_refused(
    zhang_guilan: Resident, phone: str | None, card: str | None
) -> None:
    with pytest.raises(BadContact):
        actions.record_contact(actor=scope(VILLAGE), resident_id=zhang_guilan.pk, phone=phone, bank_card=card)


def test_while_keys_rotate_a_number_is_still_given_once(zhang_guilan: Resident, keys: Callable[[str], None]) -> None:
    keys(f"{key('new')},{os.environ[vault.ENVIRONMENT]}")

    with pytest.raises(NumberTaken):
        actions.register_resident(actor=scope(VILLAGE), person=person(id_number=number(BORN, 998), sex="female"))
    values = dict.fromkeys(bulk.RESIDENT_COLUMNS) | {
        "id": bulk.next_resident_ids(1)[0], "pooling_area": "370400", "village_code": VILLAGE, "name": "陈",
        "pinyin": "chen", "initials": "c", "birth_on": BORN, "sex": "male", "id_number": number(BORN, 998),
        "document_kind": "resident_id", "employee_insured": False, "insured_elsewhere": False, "covered_years": [],
        "attributes": "{}", "invented": True, "residence_permit": "none", "student": "none",
    }  # fmt: skip
    with pytest.raises(NumberTaken):
        bulk.copy_residents(actor=scope("3704"), rows=[[values[column] for column in bulk.RESIDENT_COLUMNS]])
    assert actions.register_resident(actor=scope(VILLAGE), person=person()).pk


CLERKS = 8


def _at_once(work: Callable[[], object]) -> list[str]:
    """What each clerk got: `done`, or the code of a refusal."""
    start, got = threading.Barrier(CLERKS), list[str]()

    def clerk() -> None:
        try:
            start.wait(timeout=60)
            work()
            got.append("done")
        except Refusal as refusal:
            got.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=clerk) for _ in range(CLERKS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return sorted(got)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rotating", [False, True])
def test_of_clerks_who_register_one_number_at_once_one_succeeds(
    tengzhou: None, rotating: bool, keys: Callable[[str], None]
) -> None:
    if rotating:
        keys(f"{key('new')},{os.environ[vault.ENVIRONMENT]}")
    got = _at_once(lambda: actions.register_resident(actor=scope(VILLAGE), person=person()))

    assert got == ["done"] + ["number_taken"] * (CLERKS - 1)
    assert Resident.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_unique_index_several_would_succeed(tengzhou: None, superuser_url: str) -> None:
    """The control: what the index is for."""
    index = "registry_one_live_resident_per_number"
    with psycopg.connect(superuser_url, autocommit=True) as superuser:
        row = superuser.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [index]).fetchone()
        assert row is not None
        superuser.execute(f"DROP INDEX {index}")
        try:
            got = _at_once(lambda: actions.register_resident(actor=scope(VILLAGE), person=person()))
            assert got.count("done") == Resident.objects.count() > 1
        finally:
            superuser.execute("SET session_replication_role = replica")
            superuser.execute("DELETE FROM registry_resident")
            superuser.execute(row[0])


def test_the_check_of_invariants_sees_a_number_that_is_wrong_or_stands_wrong(
    zhang_guilan: Resident, shan_xiongfei: Resident
) -> None:
    assert invariants.check() == []
    own = seals.number_columns(number(BORN, 996), "370400", VILLAGE)
    wrong = seals.number_columns("370481195603089981", "370400", VILLAGE)
    elsewhere = seals.number_columns(number(BORN, 996), "370700", VILLAGE)
    for columns, says in (
        ((own[0], own[1], wrong[2]), ["by the end of its number"]),
        ((own[0], wrong[1], own[2]), ["by its own number"]),
        (wrong, ["cannot be this person's"]),
        (elsewhere, ["belongs elsewhere"]),
        (own, []),
    ):
        names = ("number_sealed", "number_index", "number_tail")
        Resident.objects.filter(pk=zhang_guilan.pk).update(**dict(zip(names, columns, strict=True)))
        found = invariants.check()
        assert [violation.subject for violation in found] == [f"resident {zhang_guilan.pk}"] * len(says)
        assert all(word in violation.what for word, violation in zip(says, found, strict=True))
