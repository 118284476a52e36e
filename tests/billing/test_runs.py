"""The bills of a whole place: the same as one by one, once each, and to the end whatever happens on the way."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection, transaction

from canbao.billing import actions, jobs, queries
from canbao.billing.actions import runs
from canbao.billing.jobs import launch_run
from canbao.billing.models import Bill, BillRun, BillState, RunState
from canbao.cli.database.server import PrivateServer
from canbao.enrolment import actions as enrolment
from canbao.kernel.clock import FixedClock
from canbao.kernel.refusals import Refusal
from canbao.registry.models import Resident
from tests import town
from tests.working import until, working

TODAY = date(2024, 11, 1)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


def run(clock: FixedClock) -> BillRun:
    return actions.issue_bills(actor=town.CLERK, policy_id=town.POLICY, area_code=town.COUNTY, clock=clock)


def people() -> list[Resident]:
    return [
        town.enrolled("王建国", date(1980, 3, 1)),
        town.enrolled("张桂兰", date(1961, 5, 1)),
        town.enrolled("李孤", date(2014, 5, 1), category="orphan"),
        town.enrolled("西村人", date(1990, 5, 1), village=town.WEST),
    ]


def test_a_run_issues_what_one_by_one_would_have_issued(clock: FixedClock) -> None:
    everybody = people()
    done = run(clock)
    bulk = {bill.resident_id: bill for bill in Bill.objects.all()}

    assert (done.state, done.total, done.done, done.issued, done.settled) == ("done", 4, 4, 4, 1)
    assert done.payable_fen == 40000 + 20000 + 40000
    for person in everybody:
        single = actions.issue_bill(actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, clock=clock)
        assert single.pk == bulk[person.pk].pk


def test_a_second_run_changes_nothing(clock: FixedClock) -> None:
    people()
    run(clock)
    before = sorted(Bill.objects.values_list("pk", "state"))
    again = run(clock)

    assert sorted(Bill.objects.values_list("pk", "state")) == before
    assert (again.issued, again.unchanged) == (0, 4)


def test_only_what_changed_is_reissued(clock: FixedClock) -> None:
    adult, *_ = people()
    run(clock)
    town.certify(adult, "extreme_poverty")
    again = run(clock)

    assert (again.issued, again.reissued, again.unchanged) == (1, 1, 3)
    assert sorted(Bill.objects.filter(resident_id=adult.pk).values_list("state", flat=True)) == ["settled", "void"]


def test_a_settled_bill_stays_when_the_facts_change_and_a_person_is_told(clock: FixedClock) -> None:
    *_, orphan, _ = people()
    run(clock)
    orphan.categories.all().update(until_on=date(2024, 1, 2))
    again = run(clock)

    assert again.refused == 1
    assert queries.refusal_counts(town.CLERK, town.POLICY, town.COUNTY) == {"paid_and_changed": 1}


def test_who_may_no_longer_enrol_loses_the_open_bill_and_is_listed_with_the_reason(clock: FixedClock) -> None:
    adult, *_ = people()
    run(clock)
    Resident.objects.filter(pk=adult.pk).update(employee_insured=True)
    run(clock)
    (listed,) = queries.refusals_in(town.CLERK, town.POLICY, town.COUNTY)

    assert (listed.resident_id, listed.code) == (adult.pk, "employee_insured")
    assert Bill.objects.get(resident_id=adult.pk).state == BillState.VOID


def test_bad_facts_are_listed_and_gone_from_the_list_once_mended(clock: FixedClock) -> None:
    adult, *_ = people()
    town.certify_unread(adult)
    first = run(clock)
    adult.categories.all().delete()
    second = run(clock)

    assert (first.refused, second.refused, second.issued) == (1, 0, 1)
    assert queries.refusal_counts(town.CLERK, town.POLICY, town.COUNTY) == {}


def test_the_preview_says_what_the_run_then_does_and_writes_nothing(clock: FixedClock) -> None:
    adult, *_ = people()
    Resident.objects.filter(pk=adult.pk).update(employee_insured=True)
    seen = queries.preview(town.CLERK, town.POLICY, town.COUNTY, clock)

    assert not Bill.objects.exists()
    done = run(clock)
    assert (seen.enrolled, seen.new, seen.settled_at_once, seen.payable_fen, dict(seen.refused)) == (
        done.total,
        done.issued,
        done.settled,
        done.payable_fen,
        {"employee_insured": done.refused},
    )


def test_a_run_that_died_on_the_way_goes_on_where_it_stood(clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second of two villages fails as a kill would: nothing of it is there, and the run still says running."""
    people()
    monkeypatch.setattr(runs, "BATCH_SIZE", 1)
    issue_batch, seen = runs._issue_batch, []

    def dies(*args: object) -> None:
        seen.append(1)
        issue_batch(*args)  # type: ignore[arg-type]
        if len(seen) == 2:
            raise KeyboardInterrupt

    started = actions.start_run(actor=town.CLERK, policy_id=town.POLICY, area_code=town.COUNTY, clock=clock)
    monkeypatch.setattr(runs, "_issue_batch", dies)
    with pytest.raises(KeyboardInterrupt):
        actions.continue_run(run_id=started.pk, clock=clock)
    monkeypatch.setattr(runs, "_issue_batch", issue_batch)
    started.refresh_from_db()
    after_death = (started.state, started.done, Bill.objects.count())
    finished = run(clock)

    assert after_death == (RunState.RUNNING, 3, 3)
    assert (finished.pk, finished.state, finished.done, finished.issued) == (started.pk, RunState.DONE, 4, 4)


def test_a_second_click_finds_the_run_that_is_under_way(clock: FixedClock) -> None:
    people()
    first = actions.start_run(actor=town.CLERK, policy_id=town.POLICY, area_code=town.COUNTY, clock=clock)
    second = actions.start_run(actor=town.CLERK, policy_id=town.POLICY, area_code=town.COUNTY, clock=clock)

    assert first.pk == second.pk


def test_a_place_outside_the_scope_cannot_be_billed(clock: FixedClock) -> None:
    with pytest.raises(Refusal) as refusal:
        actions.start_run(actor=town.OTHER_CLERK, policy_id=town.POLICY, area_code=town.EAST, clock=clock)

    assert refusal.value.code == "outside_your_area"


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(120)
def test_a_run_whose_worker_was_killed_is_worked_to_its_end_by_the_next(
    clock: FixedClock, postgres: PrivateServer
) -> None:
    """The clerk's own look at a resident holds the run in the middle of a batch; there its worker is killed."""
    *_, last = people()
    started = launch_run(actor=town.CLERK, policy_id=town.POLICY, area_code=town.COUNTY, clock=clock)
    with transaction.atomic(), working(postgres, TODAY) as first:
        Resident.objects.select_for_update(of=("self",)).get(pk=last.pk)
        until(somebody_waits)
        first.kill()
        first.wait()
    started.refresh_from_db()
    after_death = (started.state, started.done, Bill.objects.count())

    with working(postgres, TODAY):
        until(lambda: BillRun.objects.filter(pk=started.pk).exclude(state=RunState.RUNNING).first())
    started.refresh_from_db()
    until(lambda: not jobs_of(started))

    assert after_death == (RunState.RUNNING, 0, 0)
    assert (started.state, started.issued, Bill.objects.count()) == (RunState.DONE, 4, 4)


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


def jobs_of(run: BillRun) -> int:
    """The jobs of a run that nobody has finished."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'billing.run' AND args ->> 'run_id' = %s "
            "AND status IN ('todo', 'doing')",
            [str(run.pk)],
        )
        return int(cursor.fetchone()[0])


def test_a_second_click_asks_for_no_second_job(clock: FixedClock) -> None:
    people()
    first, second = (
        launch_run(actor=town.CLERK, policy_id=town.POLICY, area_code=town.COUNTY, clock=clock) for _ in range(2)
    )

    assert (first.pk, jobs_of(first)) == (second.pk, 1)


def test_the_dead_and_the_stopped_lose_their_open_bills_and_their_place_in_the_list(clock: FixedClock) -> None:
    dead, stopped, _, refused = people()
    Resident.objects.filter(pk=refused.pk).update(employee_insured=True)
    run(clock)
    Resident.objects.filter(pk=dead.pk).update(died_on=date(2024, 11, 5))
    for person in (stopped, refused):
        enrolment.stop(
            actor=town.CLERK,
            resident_id=person.pk,
            benefit_year=town.YEAR,
            stopped_on=date(2024, 11, 6),
            reason="职工参保",
            clock=clock,
        )
    again = run(clock)

    assert (again.lapsed, again.done) == (2, 1)
    assert sorted(Bill.objects.values_list("resident_id", "state"))[:2] == [(dead.pk, "void"), (stopped.pk, "void")]
    assert queries.refusal_counts(town.CLERK, town.POLICY, town.COUNTY) == {}


@pytest.mark.django_db(transaction=True)
def test_a_bill_that_is_closed_while_the_run_ends_is_left_alone(clock: FixedClock) -> None:
    """Two people stopped; a clerk is voiding the bill of one of them at the moment when the run voids what lapsed."""
    import threading

    first, second, *_ = people()
    run(clock)
    for person in (first, second):
        enrolment.stop(
            actor=town.CLERK, resident_id=person.pk, benefit_year=town.YEAR, stopped_on=date(2024, 11, 6),
            reason="职工参保", clock=clock,
        )  # fmt: skip
    bill_id = Bill.objects.get(resident_id=first.pk).pk
    under_way, go_on = threading.Event(), threading.Event()

    def clerk() -> None:
        try:
            with transaction.atomic():
                actions.void_bill(actor=town.CLERK, bill_id=bill_id, reason="登记有误", clock=clock)
                under_way.set()
                go_on.wait(1)
        finally:
            connection.close()

    other = threading.Thread(target=clerk)
    other.start()
    under_way.wait(30)
    again = run(clock)
    other.join()

    assert (again.state, again.lapsed) == (RunState.DONE, 1)
    assert Bill.objects.get(pk=bill_id).void_reason == "登记有误"


def test_a_fault_of_a_run_is_told_without_anybodys_data(clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    people()

    def fails(*args: object) -> None:
        raise ValueError("Key (name)=(王建国) already exists")

    monkeypatch.setattr(runs, "_issue_batch", fails)
    with pytest.raises(ValueError):
        run(clock)
    stopped = BillRun.objects.get()

    assert (stopped.state, stopped.fault) == (RunState.FAILED, "run_interrupted")
    assert stopped.fault_zh and stopped.fault_en
    assert "王建国" not in stopped.fault_zh + stopped.fault_en


@pytest.mark.django_db(transaction=True)
def test_the_log_names_the_kind_of_a_fault_and_nothing_of_the_row(
    clock: FixedClock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    people()

    def fails(*args: object) -> None:
        raise ValueError("Key (name)=(王建国) already exists")

    monkeypatch.setattr(runs, "_issue_batch", fails)
    started = actions.start_run(actor=town.CLERK, policy_id=town.POLICY, area_code=town.COUNTY, clock=clock)
    jobs.work(run_id=started.pk)

    assert "ValueError" in caplog.text
    assert "王建国" not in caplog.text
