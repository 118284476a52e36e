"""A worker that is killed in the middle of writing leaves nothing half done, and the next one does the whole."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.db import connection

from canbao.cli.database.server import PrivateServer
from canbao.intake.actions import batches
from canbao.intake.judging import mapping_of
from canbao.intake.models import Batch, State
from canbao.kernel.binding import bound
from canbao.kernel.clock import SystemClock
from canbao.registry.models import Resident
from canbao.staff import actions as staff
from tests.intake.conftest import CLERK, COUNTY, REVIEWER, build_town
from tests.intake.sheets import csv_bytes, number
from tests.working import until, working

PEOPLE = 30_000


def population(people: int) -> bytes:
    first = date(1950, 1, 1)
    rows = [
        ["张桂兰", number(first + timedelta(days=at // 400), at % 400 + 1), "安居社区", str(at // 3)]
        for at in range(people)
    ]
    return csv_bytes([["姓名", "公民身份号码", "村居", "户号"], *rows], "gb18030")


def wait_until(state: State, batch_id: int) -> Batch:
    def look() -> Batch | None:
        found = Batch.objects.get(pk=batch_id)
        assert found.state in (State.READING, State.APPLYING, state), found.fault
        return found if found.state == state else None

    return until(look)


def locks_on_register() -> bool:
    """Whether somebody is writing residents at this moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'registry_resident'::regclass "
            "AND mode = 'RowExclusiveLock' AND pid <> pg_backend_pid())"
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(120)
def test_a_worker_killed_while_writing_leaves_nothing_and_the_next_one_writes_all(
    postgres: PrivateServer, capfd: pytest.CaptureFixture[str]
) -> None:
    clock = SystemClock()
    with bound(CLERK):
        build_town()
        made = batches.hand_in(
            actor=CLERK,
            source_code="household_population",
            area_code=COUNTY,
            file_name="人口.csv",
            content=population(PEOPLE),
            clock=clock,
        )
        batches.set_columns(actor=CLERK, batch_id=made.pk, mapping=mapping_of(made), clock=clock)
        with working(postgres) as first:
            assert wait_until(State.PREVIEWED, made.pk).new == PEOPLE
            approval = batches.submit(actor=CLERK, batch_id=made.pk, clock=clock)
            staff.approve(actor=REVIEWER, approval_id=approval.pk, clock=clock)
            while not locks_on_register():
                assert Batch.objects.get(pk=made.pk).state == State.APPLYING
            first.kill()
            first.wait()

        assert Batch.objects.get(pk=made.pk).state == State.APPLYING
        assert Resident.objects.count() == 0
        with working(postgres):
            wait_until(State.APPLIED, made.pk)

        assert Resident.objects.count() == PEOPLE
        said = "".join(capfd.readouterr())
        assert "张桂兰" not in said and not re.search(r"\d{17}[\dX]", said), "its log names nobody"
