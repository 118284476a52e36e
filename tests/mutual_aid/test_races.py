"""Two relatives reach for the last balance at once, with the control that shows what the guards are for; and kill -9 of
the process that deducts a group, again and again, until another has finished its work.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from datetime import date

import psycopg
import pytest
from django.db import connection

from canbao.kernel.clock import FixedClock
from canbao.kernel.refusals import Refusal
from canbao.mutual_aid import actions
from canbao.mutual_aid.actions import holding
from canbao.mutual_aid.actions.runs import RUN_LOCK
from canbao.mutual_aid.models import AidRun, Hold, PersonalAccount, Relative
from canbao.payments.models import Payment
from canbao.registry.models import Resident
from tests.mutual_aid.families import (
    ADULT_FEN,
    BUREAU,
    POLICY,
    RENEWAL_RUN,
    SECOND,
    account,
    balances,
    billed,
    confirmed,
    enrolled,
    holder,
    tie,
)

pytestmark = pytest.mark.django_db(transaction=True)
RELATIVES, PEOPLE, SEED = 6, 16, 20241202
NAMES = "一二三四五六七八九十甲乙丙丁戊己"


def reach(ties: list[Relative], clock: FixedClock) -> list[str]:
    """What each got who confirmed at the same moment: `held` or the code of a refusal."""
    start, got = threading.Barrier(len(ties)), list[str]()

    def confirm(row: Relative) -> None:
        try:
            start.wait()
            got.append(str(actions.confirm(actor=BUREAU, relative_id=row.pk, clock=clock).state))
        except Refusal as refusal:
            got.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=confirm, args=(row,)) for row in ties]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return sorted(got)


def family(pays: Resident, clock: FixedClock) -> list[Relative]:
    made = []
    for number in range(RELATIVES):
        member = enrolled(f"沈{NAMES[number]}妹")
        billed(member, clock)
        made.append(tie(member, pays, clock))
    return made


def test_the_last_balance_is_held_by_one(clock: FixedClock) -> None:
    pays = holder(fen=2 * ADULT_FEN - 1)

    got = reach(family(pays, clock), clock)

    assert got == ["held", *["short"] * (RELATIVES - 1)]
    assert account(pays).held_fen == ADULT_FEN


def test_without_lock_and_check_the_balance_would_be_held_several_times(
    clock: FixedClock, superuser_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: everybody looks at the balance before anybody writes, and the database has no word in it."""
    pays = holder(fen=ADULT_FEN)
    ties = family(pays, clock)
    looked = threading.Barrier(RELATIVES)
    real = PersonalAccount.objects.select_for_update

    class OnlyLooks:
        def get(self, **key: int) -> PersonalAccount:
            seen = PersonalAccount.objects.get(**key)
            looked.wait(timeout=60)
            return seen

    monkeypatch.setattr(holding.PersonalAccount.objects, "select_for_update", lambda **_: OnlyLooks())
    guarded = reach(ties, clock)
    assert guarded == ["held", *["short"] * (RELATIVES - 1)], "the database's own check let only one through"
    monkeypatch.setattr(holding.PersonalAccount.objects, "select_for_update", real)
    actions.revoke(actor=BUREAU, hold_id=Hold.objects.get(state="held").pk, clock=clock)
    monkeypatch.setattr(holding.PersonalAccount.objects, "select_for_update", lambda **_: OnlyLooks())
    with psycopg.connect(superuser_url, autocommit=True) as database:
        rule = database.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'mutual_aid_account_covers'"
        ).fetchone()
        database.execute("ALTER TABLE mutual_aid_personalaccount DROP CONSTRAINT mutual_aid_account_covers")
        try:
            got = reach(ties, clock)
            assert got == ["held"] * RELATIVES
            assert account(pays).available_fen < 0
        finally:
            monkeypatch.setattr(holding.PersonalAccount.objects, "select_for_update", real)
            for hold in Hold.objects.filter(state="held"):
                actions.revoke(actor=BUREAU, hold_id=hold.pk, clock=clock)
            assert rule
            database.execute(
                f"ALTER TABLE mutual_aid_personalaccount ADD CONSTRAINT mutual_aid_account_covers {rule[0]}"
            )


def _deduct_in_a_child(run: AidRun) -> int:
    connection.close()
    child = os.fork()
    if child == 0:
        try:
            actions.continue_run(run_id=run.pk, clock=FixedClock(RENEWAL_RUN), size=2)
        finally:
            os._exit(0)
    return child


def test_killed_again_and_again_the_run_deducts_everybody_once(clock: FixedClock) -> None:
    print(f"kills of a deduction: seed {SEED}")
    chance, pays = random.Random(SEED), holder(fen=PEOPLE * ADULT_FEN)
    for number in range(PEOPLE):
        confirmed(enrolled(f"沈{NAMES[number]}弟"), pays, clock)
    clock.moment = RENEWAL_RUN
    run = actions.start_run(actor=SECOND, policy_id=POLICY, group="renewal", clock=clock)
    done = 0
    # Counted in slices and not in seconds, so that a slow machine kills amid the same work as a fast one.
    for wanted in (2, 4, 8):
        child = _deduct_in_a_child(run)
        while done < wanted:
            time.sleep(0.005)
            done = Hold.objects.filter(state="captured").count()
        time.sleep(chance.uniform(0, 0.05))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        until_nobody_works(run)
        run.refresh_from_db()
        done = Hold.objects.filter(state="captured").count()
        assert run.captured == done == Payment.objects.count(), f"seed {SEED}"
        assert account(pays).taken_fen == done * ADULT_FEN, f"seed {SEED}"
        assert done < PEOPLE, f"seed {SEED}: the kill came too late"
    actions.continue_run(run_id=run.pk, clock=clock, size=2)

    run.refresh_from_db()
    assert (run.state, run.captured, run.captured_fen, run.failed) == ("done", PEOPLE, PEOPLE * ADULT_FEN, 0)
    assert Payment.objects.values("bill_id").distinct().count() == PEOPLE


def until_nobody_works(run: AidRun) -> None:
    """The database has noticed that the process is gone: its transaction is over and its lock free."""
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objid = %s",
                [RUN_LOCK, run.pk],
            )
            if not cursor.fetchone()[0]:
                return
            time.sleep(0.005)


def test_a_killed_slice_leaves_nothing_of_itself(clock: FixedClock, superuser_url: str) -> None:
    """The second slice waits for a person whom somebody else has locked; there its process is killed."""
    pays = holder(fen=4 * ADULT_FEN)
    holds = [confirmed(enrolled(f"沈{NAMES[number]}兄"), pays, clock) for number in range(4)]
    clock.moment = RENEWAL_RUN
    run = actions.start_run(actor=SECOND, policy_id=POLICY, group="renewal", clock=clock)
    with psycopg.connect(superuser_url) as other:
        other.execute("SELECT FROM registry_resident WHERE id = %s FOR UPDATE", [holds[3].resident_id])
        child = _deduct_in_a_child(run)
        while not _somebody_waits():
            time.sleep(0.02)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    run.refresh_from_db()
    assert (run.captured, Payment.objects.count(), account(pays).held_fen) == (2, 2, 2 * ADULT_FEN)

    while not actions.continue_run(run_id=run.pk, clock=clock, size=2):
        time.sleep(0.02)

    assert Hold.objects.filter(state="captured").count() == Payment.objects.count() == 4


def test_a_list_that_waits_for_a_slice_sees_what_the_slice_deducted(clock: FixedClock, superuser_url: str) -> None:
    """The slice waits for a locked person, with its holds and accounts locked; there the list comes."""
    pays = holder(fen=2 * ADULT_FEN)
    hold = confirmed(enrolled("沈小妹"), pays, clock)
    clock.moment = RENEWAL_RUN
    run = actions.start_run(actor=SECOND, policy_id=POLICY, group="renewal", clock=clock)

    def apart(work: Callable[[], object]) -> threading.Thread:
        def whole() -> None:
            try:
                work()
            finally:
                connection.close()

        thread = threading.Thread(target=whole)
        thread.start()
        return thread

    with psycopg.connect(superuser_url) as other:
        other.execute("SELECT FROM registry_resident WHERE id = %s FOR UPDATE", [hold.resident_id])
        slices = apart(lambda: actions.continue_run(run_id=run.pk, clock=clock))
        until_so_many_wait(1)
        taken = apart(lambda: balances([(pays, 2 * ADULT_FEN)], date(2024, 12, 1), clock))
        until_so_many_wait(2)
    slices.join(timeout=60)
    taken.join(timeout=60)

    found = account(pays)
    assert (found.as_of, found.taken_fen, found.held_fen) == (date(2024, 12, 1), ADULT_FEN, 0)


def test_who_waits_too_long_is_told_so(clock: FixedClock, superuser_url: str) -> None:
    hold = confirmed(enrolled("沈小妹"), holder(), clock)
    with psycopg.connect(superuser_url) as other:
        other.execute("SELECT FROM mutual_aid_hold WHERE id = %s FOR UPDATE", [hold.pk])
        with pytest.raises(Refusal, match="busy") as refused, holding.in_turn("20ms"):
            Hold.objects.select_for_update().get(pk=hold.pk)

    assert "没有办理" in refused.value.text()


def until_so_many_wait(wanted: int) -> None:
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0] >= wanted:
                return
            time.sleep(0.005)


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])
