"""kill -9 of the process that takes payments: nothing acknowledged is lost, nothing is half posted."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import date

import pytest
from django.db import connection

from canbao.billing import actions as billing
from canbao.billing.models import Bill, BillState
from canbao.cli.database import roles
from canbao.cli.database.server import PrivateServer
from canbao.kernel.clock import FixedClock
from canbao.ledger.models import Entry
from canbao.payments.actions import take_counter_payment
from canbao.payments.models import Payment
from tests import town

CYCLES = 5
PEOPLE = 120
SECONDS_OF_WORK_MAX = 0.4


def kill_while_it_posts(url: str, bills: list[int], chance: random.Random) -> list[int]:
    """Give the bills to a new process, kill it somewhere in its work; the ids that it acknowledged."""
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.payments.poster"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as poster:
        assert poster.stdin and poster.stdout
        assert poster.stdout.readline() == "ready\n"
        poster.stdin.write("".join(f"{bill}\n" for bill in bills))
        poster.stdin.flush()
        # A busy machine may need seconds until the first one is in the books.
        first = poster.stdout.readline()
        time.sleep(chance.uniform(0, SECONDS_OF_WORK_MAX))
        poster.send_signal(signal.SIGKILL)
        lines = [first, *poster.stdout.read().splitlines()]
        poster.stdin = None
    return [int(line) for line in lines]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("books")
def test_killed_five_times_it_loses_nothing_and_leaves_nothing_half_done(
    postgres: PrivateServer, clock: FixedClock
) -> None:
    url = postgres.url(roles.APP, str(connection.settings_dict["NAME"]))
    chance = random.Random(20241101)
    for number in range(PEOPLE):
        town.enrolled(f"人{number}", date(1980, 1, 1 + number % 28))
    billing.issue_bills(actor=town.CLERK, policy_id=town.POLICY, area_code=town.COUNTY, clock=clock)
    acknowledged: list[int] = []
    killed_in_the_middle = 0
    for _ in range(CYCLES):
        left = list(Bill.objects.filter(state=BillState.ISSUED).order_by("pk").values_list("pk", flat=True))
        acknowledged += kill_while_it_posts(url, left, chance)
        settled = set(Bill.objects.filter(state=BillState.SETTLED).values_list("pk", flat=True))
        paid = dict(Payment.objects.values_list("bill_id", "entry_id"))

        assert set(acknowledged) <= settled
        assert settled == set(paid)
        assert set(paid.values()) == set(Entry.objects.filter(cause_kind="payment").values_list("pk", flat=True))
        assert town.violations() == []
        killed_in_the_middle += bool(Bill.objects.filter(state=BillState.ISSUED).exists())

    assert acknowledged
    assert killed_in_the_middle == CYCLES
    # The one that was under way is asked for again with its own key, as a clerk would.
    for bill_id in Bill.objects.filter(state=BillState.ISSUED).order_by("pk").values_list("pk", flat=True)[:3]:
        take_counter_payment(actor=town.CLERK, bill_id=bill_id, amount_fen=40000, key=f"kill {bill_id}", clock=clock)
