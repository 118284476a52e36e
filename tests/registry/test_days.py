"""A day passes: columns that lists read follow the dated facts, whoever wrote them and whichever way the clock goes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from canbao.kernel.clock import FixedClock, SystemClock, shanghai
from canbao.registry import actions, jobs
from canbao.registry.actions import NewFact, days
from canbao.registry.codes import FactKind
from canbao.registry.models import RenewedDay, Resident

from .conftest import VILLAGE, scope

CLERK = scope("3704")
TODAY = FixedClock(shanghai(2024, 11, 1, 9, 30))
LAST, NEXT = date(2024, 10, 31), date(2024, 11, 2)


def at(day: date) -> FixedClock:
    return FixedClock(shanghai(day.year, day.month, day.day, 0, 1))


def begin(person: Resident, kind: FactKind, from_on: date, until_on: date | None = None, **facts: Any) -> None:
    fact = NewFact(kind=kind, from_on=from_on, until_on=until_on, **facts)
    actions.begin_fact(actor=CLERK, resident_id=person.pk, fact=fact, clock=TODAY)
    person.refresh_from_db()


def renewed(person: Resident, day: date) -> int:
    changed = days.renew_days(actor=jobs.WORKER, clock=at(day))
    person.refresh_from_db()
    return changed


def test_what_begins_or_ends_with_a_day_is_there_on_that_day(zhang_guilan: Resident, shan_xiongfei: Resident) -> None:
    begin(zhang_guilan, FactKind.PERMIT, date(2024, 1, 1), NEXT, code="ordinary", detail="holder")
    begin(zhang_guilan, FactKind.EMPLOYEE_INSURANCE, NEXT)
    begin(zhang_guilan, FactKind.HUKOU, NEXT, area_code=VILLAGE, code="urban")
    begin(zhang_guilan, FactKind.DISABILITY, date(2024, 12, 1), grade=2)
    assert renewed(zhang_guilan, TODAY.today()) == 0, "written as they stood on the day"
    assert (zhang_guilan.residence_permit, zhang_guilan.employee_insured) == ("ordinary", False)

    assert renewed(zhang_guilan, NEXT) == 1
    assert (zhang_guilan.residence_permit, zhang_guilan.permit_relation) == ("none", None)
    assert (zhang_guilan.employee_insured, zhang_guilan.hukou_area, zhang_guilan.hukou_kind) == (True, VILLAGE, "urban")
    assert (zhang_guilan.hukou_since, zhang_guilan.disability_grade) == (NEXT, None)

    assert renewed(zhang_guilan, date(2025, 1, 1)) == 1, "a worker that was away finds the days between"
    assert zhang_guilan.disability_grade == 2
    assert renewed(zhang_guilan, TODAY.today()) == 1, "a clock that is put back finds them too"
    assert (zhang_guilan.residence_permit, zhang_guilan.disability_grade) == ("ordinary", None)


def test_what_has_no_days_stays_as_it_is(zhang_guilan: Resident) -> None:
    Resident.objects.filter(pk=zhang_guilan.pk).update(student="pupil", school_area="370481", disability_grade=3)
    begin(zhang_guilan, FactKind.EMPLOYEE_INSURANCE, NEXT)
    assert renewed(zhang_guilan, NEXT) == 1
    assert (zhang_guilan.student, zhang_guilan.school_area, zhang_guilan.disability_grade) == ("pupil", "370481", 3)


def test_the_same_day_again_costs_a_look(zhang_guilan: Resident) -> None:
    begin(zhang_guilan, FactKind.EMPLOYEE_INSURANCE, NEXT)
    assert renewed(zhang_guilan, NEXT) == 1
    with CaptureQueriesContext(connection) as asked:
        assert days.renew_days(actor=jobs.WORKER, clock=at(NEXT)) == 0
    assert len([query for query in asked.captured_queries if "registry_" in query["sql"]]) == 1


def test_killed_before_the_end_it_begins_anew(
    zhang_guilan: Resident, shan_xiongfei: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    for person in (zhang_guilan, shan_xiongfei):
        begin(person, FactKind.EMPLOYEE_INSURANCE, NEXT)
    monkeypatch.setattr(days, "BATCH", 1)
    renew, done = days._renew, list[object]()

    def dies_at_the_second(ids: Any, today: date) -> int:
        done.append(ids)
        if len(done) == 2:
            raise KeyboardInterrupt
        return renew(ids, today)

    with monkeypatch.context() as killed:
        killed.setattr(days, "_renew", dies_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            renewed(zhang_guilan, NEXT)
    assert not RenewedDay.objects.exists()
    assert renewed(shan_xiongfei, NEXT) == 1, "the other was done before"
    assert shan_xiongfei.employee_insured


@pytest.mark.django_db(transaction=True)
def test_the_worker_does_it_every_minute_by_the_clock_of_the_program(zhang_guilan: Resident, settings: Any) -> None:
    begin(zhang_guilan, FactKind.EMPLOYEE_INSURANCE, NEXT, NEXT + timedelta(days=1))
    for day, insured in ((NEXT, True), (NEXT + timedelta(days=1), False)):
        settings.CLOCK_SHIFT_DAYS = (day - SystemClock().today()).days
        jobs.renew(timestamp=0)
        zhang_guilan.refresh_from_db()
        assert zhang_guilan.employee_insured is insured
    crons = {periodic.task.name: periodic.cron for periodic in jobs.app.periodic_registry.periodic_tasks.values()}
    assert crons["registry.renew_days"] == "* * * * *"
