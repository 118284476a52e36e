"""Two and more clerks at once, on the real PostgreSQL, with the control that shows the race when the guard is off."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from canbao.enrolment import actions
from canbao.enrolment.models import Enrolment
from canbao.kernel.clock import FixedClock
from canbao.kernel.refusals import Refusal
from canbao.registry.models import Resident
from tests import town

pytestmark = pytest.mark.django_db(transaction=True)
CLERKS = 8


def at_once(work: Callable[[], Any]) -> list[str]:
    """What each clerk got: "done", or the code of a refusal."""
    start = threading.Barrier(CLERKS)
    got: list[str] = []

    def clerk() -> None:
        try:
            start.wait()
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
    assert len(got) == CLERKS
    return sorted(got)


def enrolling(person: Resident, clock: FixedClock) -> Callable[[], Any]:
    return lambda: actions.enrol(
        actor=town.CLERK, resident_id=person.pk, benefit_year=2025, policy_id=town.POLICY, tier=None,
        registered_on=date(2024, 11, 1), clock=clock,
    )  # fmt: skip


def test_eight_clerks_enrol_one_person_once(clock: FixedClock) -> None:
    person = town.resident("张桂兰", date(1961, 5, 1))

    assert at_once(enrolling(person, clock)) == ["already_enrolled"] * (CLERKS - 1) + ["done"]
    assert Enrolment.objects.filter(resident=person).count() == 1


def test_without_the_unique_key_the_same_race_enrols_the_person_several_times(
    clock: FixedClock, superuser_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control. Everybody has looked before anybody writes; the key is gone, and nothing else stands in the way."""
    person = town.resident("张桂兰", date(1961, 5, 1))
    looked = threading.Barrier(CLERKS)
    real = actions.single.queries.policy_at

    def waiting(*args: Any) -> Any:
        looked.wait(timeout=60)
        return real(*args)

    monkeypatch.setattr(actions.single.queries, "policy_at", waiting)
    with psycopg.connect(superuser_url, autocommit=True) as database:
        (definition,) = database.execute(
            "SELECT indexdef FROM pg_indexes WHERE indexname = 'enrolment_one_live_per_year'"
        ).fetchone() or ("",)
        database.execute("DROP INDEX enrolment_one_live_per_year")
        try:
            assert at_once(enrolling(person, clock)) == ["done"] * CLERKS
            assert Enrolment.objects.filter(resident=person).count() == CLERKS
        finally:
            database.execute("SET session_replication_role = replica")
            database.execute("DELETE FROM enrolment_enrolment")
            database.execute(definition)


def test_eight_reviewers_approve_one_application_once(clock: FixedClock, settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path
    applied, _ = town.applied(clock)

    got = at_once(lambda: actions.approve_application(actor=town.CLERK, application_id=applied, clock=clock))
    assert got == ["done"] + ["not_open"] * (CLERKS - 1)
    assert (Resident.objects.filter(name="李新").count(), Enrolment.objects.count()) == (1, 1)
