"""kill -9 of the whole database while clerks take payments: every receipt that was handed out is still true.

Not part of `make test`, which kills the clerks' process instead; `make storm` runs it, STORM_ROUNDS sets how long.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from canbao.cli.database import roles
from canbao.cli.database.server import PrivateServer
from tests import town
from tests.storm.durable import durable, open_bills, people_with_bills, settled_bills

__all__ = ["durable"]

ROUNDS = int(os.environ.get("STORM_ROUNDS", "6"))
CLERKS = 2
PEOPLE_A_ROUND = 40
RECEIPTS_BEFORE_MAX = 15


def test_no_acknowledged_payment_is_lost_and_none_is_half_posted(durable: PrivateServer) -> None:
    from django.db import connection

    chance = random.Random(20241101)
    acknowledged: set[int] = set()
    with durable.running():
        people_with_bills(ROUNDS * PEOPLE_A_ROUND)
    connection.close()
    for number in range(ROUNDS):
        with durable.running():
            waiting = open_bills()
            connection.close()
            acknowledged |= _kill_while_clerks_work(durable, waiting[:PEOPLE_A_ROUND], chance)
        began = time.monotonic()
        with durable.running():
            recovered = time.monotonic() - began
            settled = settled_bills()
            assert acknowledged <= settled
            assert town.violations() == []
            connection.close()
        print(
            f"round {number + 1}: {len(acknowledged)} acknowledged, 0 lost, up again in {recovered:.1f} s", flush=True
        )
    assert len(acknowledged) >= ROUNDS


def _kill_while_clerks_work(server: PrivateServer, bills: list[int], chance: random.Random) -> set[int]:
    environment = os.environ | {
        "DATABASE_URL": server.url(roles.APP, roles.DATABASE),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    clerks = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.payments.poster"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment,
        )
        for _ in range(CLERKS)
    ]  # fmt: skip
    for number, clerk in enumerate(clerks):
        assert clerk.stdin and clerk.stdout
        assert clerk.stdout.readline() == "ready\n"
        clerk.stdin.write("".join(f"{bill}\n" for bill in bills[number::CLERKS]))
        clerk.stdin.flush()
    # Counted in receipts and not in seconds, so that a slow machine kills amid the same work as a fast one.
    assert clerks[0].stdout is not None
    before = [clerks[0].stdout.readline() for _ in range(chance.randint(1, RECEIPTS_BEFORE_MAX))]
    _kill_tree(int((server.cluster / "postmaster.pid").read_text().split()[0]))
    said = ["".join(before), *(clerk.communicate(timeout=60)[0] for clerk in clerks)]
    # A clerk whose own kill cut a line short did not hand out that receipt.
    return {int(line) for lines in said for line in lines.splitlines() if line.isdigit()}


def _kill_tree(postmaster: int) -> None:
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    for pid in [postmaster, *map(int, children)]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
