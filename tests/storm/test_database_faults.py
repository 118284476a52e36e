"""What else happens to a database while money moves: answers to commits that are lost, and a full disk.

Part of `make storm`; SEED, STORM_LOST say which and how many. Filling a disk needs one of its own: root may mount one.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import Error, OperationalError, connection
from pytest_django import DjangoDbBlocker

from canbao.cli.database.server import PrivateServer
from canbao.kernel.clock import FixedClock, SystemClock
from tests import town
from tests.storm.durable import durable, durable_server, open_bills, people_with_bills, settled_bills
from tests.storm.proxy import LosingProxy

__all__ = ["durable"]
LOST = int(os.environ.get("STORM_LOST", "20"))
CLOCK = FixedClock(town.IN_WINDOW)
DISK = "160m"
LEFT_BYTES = 200_000
DISK_FULL = "53100"


def take(bill_id: int) -> int:
    from canbao.payments.actions import take_counter_payment

    payment = take_counter_payment(
        actor=town.CLERK, bill_id=bill_id, amount_fen=40000, key=f"once {bill_id}", clock=CLOCK
    )
    return payment.pk


def test_a_commit_whose_answer_is_lost_is_not_done_twice(durable: PrivateServer) -> None:
    from canbao.payments.models import Payment
    from tests.payments.outside import outside

    seed = int(os.environ.get("SEED", SystemClock().now().strftime("%Y%m%d")))
    chance = random.Random(seed)
    with durable.running(), tempfile.TemporaryDirectory() as folder:
        people_with_bills(3 * LOST)
        page = outside(CLOCK, "wechat_pay")
        proxy = LosingProxy(Path(folder), durable.socket)
        connection.close()
        connection.settings_dict["HOST"] = folder
        bills, told = open_bills(), 0
        while proxy.lost < LOST:
            bill_id = bills.pop()
            if chance.random() < 0.5:
                before = _lost(proxy, bill_id, lambda bill_id=bill_id: take(bill_id))
                assert take(bill_id) == Payment.objects.get(bill_id=bill_id).pk == before
            else:
                trade = page.trade(page.begin(bill_id))
                page.side.pay(trade)
                heard, told = page.telling(trade), told + 1
                before = _lost(proxy, bill_id, lambda heard=heard: page.tell(heard))
                # Nobody was answered, so the partner tells it again.
                assert page.tell(heard).status == 200
                assert Payment.objects.get(bill_id=bill_id).pk == before
        assert len(settled_bills()) == Payment.objects.count() >= LOST
        assert town.violations() == []
        print(f"lost answers: seed {seed}: {proxy.lost} commits, {told} of them callbacks, 0 done twice, 0 lost")
        connection.close()
        proxy.close()


def _lost(proxy: LosingProxy, bill_id: int, work: object) -> int:
    """The payment of the bill that was made although whoever asked for it was told of a fault."""
    from canbao.payments.models import Payment

    assert callable(work)
    proxy.loses_next = True
    with pytest.raises(OperationalError):
        work()
    connection.close()
    return Payment.objects.get(bill_id=bill_id).pk


@contextmanager
def small_disk() -> Iterator[Path]:
    """A file system of its own; skips where nobody may mount one."""
    folder = Path(tempfile.mkdtemp(prefix="canbao-disk-"))
    folder.chmod(0o755)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=755", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        folder.rmdir()
        pytest.skip("only root may mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)
        folder.rmdir()


def test_a_full_disk_refuses_cleanly_and_goes_on_when_there_is_room(django_db_blocker: DjangoDbBlocker) -> None:
    with small_disk() as disk, tempfile.TemporaryDirectory() as logs:
        Path(logs).chmod(0o755)
        with durable_server(disk / "postgresql", django_db_blocker) as server:
            _keep_log_elsewhere(server, Path(logs))
            with server.running():
                people_with_bills(200)
                bills, acknowledged = open_bills(), set[int]()
                ballast = disk / "ballast"
                ballast.write_bytes(bytes(shutil.disk_usage(disk).free - LEFT_BYTES))
                refused = 0
                for bill_id in bills:
                    try:
                        take(bill_id)
                    except Error as fault:
                        assert getattr(fault.__cause__, "sqlstate", None) == DISK_FULL, fault
                        refused += 1
                        if refused == 3:
                            break
                    else:
                        acknowledged.add(bill_id)
                assert refused and acknowledged == settled_bills()
                ballast.unlink()
                take(bills[-1])
                assert settled_bills() == acknowledged | {bills[-1]}
                assert town.violations() == []
                connection.close()
            print(f"disk full: {len(acknowledged)} acknowledged, 0 lost, {refused} refused, goes on by itself")


def _keep_log_elsewhere(server: PrivateServer, folder: Path) -> None:
    """The write-ahead log has room: without it the server stops at once, which kill -9 tries."""
    log = server.cluster / "pg_wal"
    shutil.copytree(log, folder / "pg_wal")
    for step in (folder / "pg_wal", *(folder / "pg_wal").rglob("*")):
        os.chown(step, server.quarters.user.uid, server.quarters.user.gid)
    shutil.rmtree(log)
    log.symlink_to(folder / "pg_wal")
