"""Keys are rotated in every table and file, without losing anybody, though the command is killed and clerks write."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from canbao.cli.database import roles
from canbao.cli.database.server import PrivateServer
from canbao.enrolment import actions as enrolment
from canbao.enrolment import evidence
from canbao.enrolment.models import Application, Evidence
from canbao.enrolment.refusals import AlreadyApplied
from canbao.intake.actions import batches, contents, exports
from canbao.intake.models import ExportFile
from canbao.intake.queries.exports import content as content_of
from canbao.kernel import vault
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.scope import program
from canbao.kernel.vault import VaultFault
from canbao.payments.models import Delivery
from canbao.registry import actions, invariants, queries
from canbao.registry.codes import DocumentChange, DocumentKind
from canbao.registry.models import Resident
from canbao.staff.actions import keys as rotation
from canbao.staff.actions.second_factor import begin_second_factor
from canbao.staff.models import Login
from tests import town
from tests.intake.sheets import xlsx
from tests.payments.outside import outside

from .conftest import VILLAGE, key, number, number_of, scope

KEEPER = program("test", Capability.KEEP_KEYS)
CARD = "6222021234567890128"
CLOCK = FixedClock(shanghai(2024, 11, 1, 9, 30))
BORN = date(1956, 3, 8)


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> Path:
    settings.DATA = tmp_path
    return tmp_path


def everything_sealed(zhang_guilan: Resident) -> None:
    """A row in every table that holds something sealed, and a file."""
    village = scope(VILLAGE)
    actions.record_contact(actor=village, resident_id=zhang_guilan.pk, phone="13805321234", bank_card=CARD)
    actions.change_document(
        actor=village, resident_id=zhang_guilan.pk, kind=DocumentKind.RESIDENT_ID, number=number(BORN, 996),
        reason=DocumentChange.CORRECTED, clock=CLOCK,
    )  # fmt: skip
    begin_second_factor(login=Login.objects.create(username="clerk", display_name="郭会计"))
    town.applied(CLOCK, village_code=VILLAGE)
    town.newcomer()
    content = xlsx([["姓名", "身份证号", "死亡日期"], ["张桂兰", number(BORN, 996), "2024-10-01"]])
    handed = {"source_code": "deaths", "area_code": VILLAGE, "file_name": "名单.xlsx", "content": content}
    bureau = replace(scope(VILLAGE), roles=frozenset({"medical_insurance_clerk"}))
    batches.hand_in(actor=bureau, clock=CLOCK, **handed)
    line = exports.record_export(
        actor=bureau, area_code=VILLAGE, what="register", query={}, purpose="核对", form="csv", rows=1, clock=CLOCK
    )
    exports.ask_file(actor=bureau, line=line, made_of={}, language="zh-hans", clock=CLOCK)
    exports.fill_file(actor=bureau, log_id=line.pk, name="a.csv", parts=[b"list"], rows=1, clock=CLOCK)
    told = outside(CLOCK, "wechat_pay").channel
    delivery = Delivery(pooling_area=told.pooling_area, channel=told, event_id="1", report={}, received_at=CLOCK.now())
    delivery.seal_raw(b"{}")
    delivery.save()


def keys_in_use() -> dict[str, set[bytes]]:
    """Column → the ids of the keys that its values begin with, for every binary column of the database."""
    found: dict[str, set[bytes]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.table_name, c.column_name FROM information_schema.columns c "
            "JOIN information_schema.tables t USING (table_schema, table_name) "
            "WHERE c.data_type = 'bytea' AND c.table_schema = 'public' AND t.table_type = 'BASE TABLE'"
        )
        for table, column in cursor.fetchall():
            cursor.execute(f"SELECT DISTINCT substr({column}, 1, 4) FROM {table} WHERE {column} IS NOT NULL")
            found[f"{table}.{column}"] = {bytes(start) for (start,) in cursor.fetchall()}
    return found


def files_of(folder: Path) -> list[bytes]:
    return [file.read_bytes() for file in folder.rglob("*") if file.is_file()]


def test_every_table_and_file_stands_under_the_new_key_and_everybody_is_still_found(
    zhang_guilan: Resident, keys: Callable[[str], None], own_folder: Path
) -> None:
    everything_sealed(zhang_guilan)
    before, old = os.environ[vault.ENVIRONMENT], vault.ring().active_id
    declared = {
        f"{model._meta.db_table}.{column}" for model, columns in rotation.sealed_columns().items() for column in columns
    }
    used = keys_in_use()
    assert {column for column in declared if not used[column]} == set(), "give this test a row that holds it"
    assert {column for column, found in used.items() if old in found} == declared, "name it in `sealed` of its room"
    assert any(content.startswith(old) for content in files_of(own_folder))

    keys(f"{key('new')},{before}")
    assert sum(rotation.rotate_keys(actor=KEEPER)) == 10
    assert sum(rotation.rotate_keys(actor=KEEPER)) == 0

    keys(key("new"))
    used = keys_in_use()
    assert {column: used[column] for column in declared} == {column: {vault.ring().active_id} for column in declared}
    assert not any(content.startswith(old) for content in files_of(own_folder))
    assert invariants.check() == []
    for text in (number(BORN, 996), number(BORN, 996)[-4:], number(BORN, 998), "13805321234"):
        assert [card.name for card in queries.find_residents(scope(VILLAGE), text)] == ["张桂兰"], text
    application = Application.objects.get()
    assert enrolment.open_application(
        actor=enrolment.applicant(), number=application.number, id_number="370481199003070026", clock=CLOCK
    ).phone.unmasked == "13800000000"  # fmt: skip
    assert evidence.opened(Evidence.objects.get().stored_as).startswith(b"%PDF")
    (batch,) = [row for row in rotation.sealed_columns() if row.__name__ == "Batch"]
    assert contents.file_of(batch._default_manager.get()).sheets
    assert b"".join(content_of(ExportFile.objects.get())) == b"list"
    keys(before)
    assert rotation.unknown_key() is not None


def test_the_record_of_a_person_does_not_speak_of_keys(zhang_guilan: Resident, keys: Callable[[str], None]) -> None:
    everything_sealed(zhang_guilan)
    before = queries.events(scope(VILLAGE), zhang_guilan.pk)
    keys(f"{key('new')},{os.environ[vault.ENVIRONMENT]}")
    assert sum(rotation.rotate_keys(actor=KEEPER))

    assert [event.after for event in queries.events(scope(VILLAGE), zhang_guilan.pk)] == [e.after for e in before]


def test_a_damaged_seal_is_named_and_the_rest_stays(
    zhang_guilan: Resident, shan_xiongfei: Resident, keys: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    spoilt = bytes(shan_xiongfei.number_sealed or b"")[:-1] + b"\0"
    Resident.objects.filter(pk=shan_xiongfei.pk).update(number_sealed=spoilt)
    keys(f"{key('new')},{os.environ[vault.ENVIRONMENT]}")
    monkeypatch.setattr(rotation, "BATCH", 1)

    with pytest.raises(VaultFault, match=f"registry_resident, row {shan_xiongfei.pk}"):
        list(rotation.rotate_keys(actor=KEEPER))
    assert bytes(Resident.objects.get(pk=zhang_guilan.pk).number_sealed or b"")[:4] == vault.ring().active_id


def test_while_keys_rotate_a_person_still_applies_once(zhang_guilan: Resident, keys: Callable[[str], None]) -> None:
    town.applied(CLOCK, village_code=VILLAGE)
    keys(f"{key('new')},{os.environ[vault.ENVIRONMENT]}")
    with pytest.raises(AlreadyApplied):
        town.applied(CLOCK, village_code=VILLAGE)
    assert sum(rotation.rotate_keys(actor=KEEPER)), "the unique key holds for what is sealed again"


# One row a batch; says so after each, and the id of its session first.
_COMMAND = """
import os
from canbao.cli.start import database
from canbao.kernel.capabilities import Capability
from canbao.kernel.scope import program
with database():
    from django.db import connection
    from canbao.staff.actions import keys
    keys.BATCH = 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        print(cursor.fetchone()[0], flush=True)
    for count in keys.rotate_keys(actor=program("rotate-keys", Capability.KEEP_KEYS)):
        print(count, flush=True)
"""


@contextmanager
def command(postgres: PrivateServer, folder: Path) -> Iterator[subprocess.Popen[str]]:
    name = str(connection.settings_dict["NAME"])
    told = {**os.environ, "DATABASE_URL": postgres.url(roles.APP, name), "CANBAO_DATA": str(folder),
            "DJANGO_SETTINGS_MODULE": "canbao.settings"}  # fmt: skip
    process = subprocess.Popen([sys.executable, "-c", _COMMAND], stdout=subprocess.PIPE, text=True, env=told)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for_lock(session: int) -> None:
    """Until the session waits for a lock of ours."""
    with connection.cursor() as cursor:
        for _ in range(600):
            cursor.execute("SELECT cardinality(pg_blocking_pids(%s)), pg_sleep(0.05)", [session])
            if cursor.fetchone()[0]:
                return
    raise AssertionError("the rotation never came to the locked row")


def active(person: Resident) -> bool:
    return bytes(Resident.objects.get(pk=person.pk).number_sealed or b"")[:4] == vault.ring().active_id


@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_it_goes_on_where_it_stopped(
    zhang_guilan: Resident, shan_xiongfei: Resident, keys: Callable[[str], None], postgres: PrivateServer,
    own_folder: Path,
) -> None:  # fmt: skip
    keys(f"{key('new')},{os.environ[vault.ENVIRONMENT]}")
    with command(postgres, own_folder) as process:
        assert process.stdout is not None
        with transaction.atomic():
            Resident.objects.select_for_update().get(pk=shan_xiongfei.pk)
            session = int(process.stdout.readline())
            assert process.stdout.readline() == "1\n"
            wait_for_lock(session)
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert (active(zhang_guilan), active(shan_xiongfei)) == (True, False)
    for text in (number_of(zhang_guilan), number_of(shan_xiongfei)):
        assert len(queries.find_residents(scope(VILLAGE), text)) == 1

    assert sum(rotation.rotate_keys(actor=KEEPER)) == 1, "goes on with the rest"
    keys(key("new"))
    assert invariants.check() == []


@pytest.mark.django_db(transaction=True)
def test_what_a_clerk_writes_meanwhile_stays(
    zhang_guilan: Resident, shan_xiongfei: Resident, keys: Callable[[str], None], postgres: PrivateServer,
    own_folder: Path,
) -> None:  # fmt: skip
    first = os.environ[vault.ENVIRONMENT]
    keys(f"{key('new')},{first}")
    with command(postgres, own_folder) as process:
        assert process.stdout is not None
        with transaction.atomic():
            actions.record_contact(
                actor=scope(VILLAGE), resident_id=shan_xiongfei.pk, phone="13805321234", bank_card=CARD
            )
            wait_for_lock(int(process.stdout.readline()))
            # A process that was not started again still writes under the old key, behind the rotation.
            keys(first)
            actions.record_contact(actor=scope(VILLAGE), resident_id=zhang_guilan.pk, phone=None, bank_card=CARD)
            keys(f"{key('new')},{first}")
        process.wait(timeout=60)
    assert process.returncode == 0

    keys(key("new"))
    written = queries.resident(scope(VILLAGE), shan_xiongfei.pk)
    assert written.phone is not None and written.phone.unmasked == "13805321234"
    late = queries.resident(scope(VILLAGE), zhang_guilan.pk)
    assert late.bank_card is not None and late.bank_card.unmasked == CARD
    assert invariants.check() == []
