"""Payments told by a channel: one transaction each, and many together, beside the same statements in one round trip.

`python -m benchmarks.post [people]` loads invented residents into a private PostgreSQL of its own, issues their bills
and begins an attempt for each open one. Then 64 callers tell that theirs is paid:
  alone      every telling in a transaction of its own, two processes with the connections of the product
  floor      the statements of such transactions, recorded with their values, each transaction one string that libpq
             sends at once, over as many connections
  together   through the gathering of the product: a transaction takes in what came during the one before
  over HTTP  signed by WeChat Pay's way, to the real server, answered after the commit
pgbench comes with the private PostgreSQL and is no help here: it draws its scripts with repetition, and each of these
transactions can happen once.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import re
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

import psycopg

from benchmarks.issue import enrol
from benchmarks.processes import load as machine
from benchmarks.search import FUND, POLICY, load
from canbao.kernel.clock import ShiftedClock, SystemClock
from canbao.kernel.scope import program

if TYPE_CHECKING:
    from canbao.payments.actions.together import Telling

PEOPLE, PROCESSES, CALLERS, MANY_CALLERS = 24_000, 2, 64, 1_000
# Parts of the open bills.
ALONE, TOGETHER, OVER_HTTP = 0.08, 0.3, 0.2
FIRST_NUMBERS = {"payments_capture": 7_000_000_000, "payments_delivery": 8_000_000_000}
"""High enough to be nothing else in a statement."""
DAY = date(2024, 11, 1)
SHIFT = (DAY - SystemClock().today()).days
CLOCK = ShiftedClock(SHIFT)


@dataclass(frozen=True)
class Rate:
    """So many in so many seconds; the seconds that each of them took, in ascending order."""

    done: int
    seconds: float
    waits: list[float]

    @property
    def a_second(self) -> float:
        return self.done / self.seconds

    def said(self) -> str:
        middle, last = (self.waits[int(len(self.waits) * part)] * 1000 for part in (0.5, 0.99))
        return f"{self.done:,} in {self.seconds:.1f} s = {self.a_second:,.0f}/s, p50 {middle:.0f} ms, p99 {last:.0f} ms"


def issue() -> None:
    from canbao.billing import actions as billing
    from canbao.kernel.capabilities import Capability

    actor = program("benchmark", Capability.ISSUE_BILLS)
    billing.issue_bills(actor=actor, policy_id=POLICY, area_code=POLICY[:6], clock=CLOCK)


def begin() -> tuple[Any, list[Any]]:
    """The simulated partner, and an attempt for every open bill."""
    from canbao.billing.models import Bill, BillState
    from canbao.demo.outside.agreed import agreed, new_pairs
    from canbao.payments.models import Attempt, AttemptState

    channel, side = agreed(
        policy_id=POLICY, code="wechat", kind="wechat_pay", address="https://partner.test", pairs=new_pairs(),
        open_from=DAY, now=CLOCK.now,
    )  # fmt: skip
    bills = Bill.objects.filter(pooling_area=FUND, state=BillState.ISSUED).order_by("pk").defer("facts")
    attempts = Attempt.objects.bulk_create(
        (
            Attempt(
                pooling_area=FUND, bill_id=bill.pk, channel=channel, trade_no=f"{bill.pk:032d}",
                amount_fen=bill.payable_fen, state=AttemptState.SENT, created_at=CLOCK.now(),
            )
            for bill in bills
        ),
        batch_size=5_000,
    )  # fmt: skip
    return side, attempts


def tellings(side: Any, attempts: list[Any]) -> list[Telling]:
    """What the partner tells of each attempt, already read and found genuine."""
    from canbao.payments.actions.together import Telling
    from canbao.payments.partners.report import Kind, Report

    return [
        Telling(
            attempt.channel,
            Report(
                event_id=side.event_id(), kind=Kind.PAID, merchant_id=side.merchant_id, app_id=side.app_id,
                amount_fen=attempt.amount_fen, trade_no=attempt.trade_no, transaction_id=f"T{attempt.trade_no}",
                paid_at=CLOCK.now().replace(microsecond=0),
            ),
            b"{}" * 300,
        )
        for attempt in attempts
    ]  # fmt: skip


def alone(telling: Telling) -> None:
    from django.db import connection

    from canbao.kernel.binding import bound
    from canbao.payments.actions.gathering import EAR
    from canbao.payments.actions.together import take_together

    with bound(EAR):
        (verdict,) = take_together(actor=EAR, tellings=[telling], clock=CLOCK)
    connection.close()
    _require_settled(verdict)


def together(telling: Telling) -> None:
    from django.db import connection

    from canbao.payments.actions.gathering import GATHERED

    verdict = GATHERED.take(telling, CLOCK)
    connection.close()
    _require_settled(verdict)


def _require_settled(verdict: Any) -> None:
    if getattr(verdict, "outcome", None) != "settle":
        raise SystemExit(f"a payment was not settled but {verdict}")


def called(work: Callable[[Telling], None], own: list[Telling], callers: int) -> tuple[float, float, list[float]]:
    """When it began, when it ended, and how long each caller waited for his answer."""
    waiting: SimpleQueue[Telling] = SimpleQueue()
    for telling in own:
        waiting.put(telling)

    def calls() -> list[float]:
        took = []
        while True:
            try:
                telling = waiting.get_nowait()
            except Empty:
                return took
            began = time.perf_counter()
            work(telling)
            took.append(time.perf_counter() - began)

    threading.stack_size(512 * 1024)
    began = time.time()
    with ThreadPoolExecutor(callers) as pool:
        waits = [wait for taken in [pool.submit(calls) for _ in range(callers)] for wait in taken.result()]
    return began, time.time(), waits


def _process(name: str, path: str, callers: int, ready: Any, answers: Any) -> None:
    import django

    django.setup()
    own = pickle.loads(Path(path).read_bytes())
    work = {"alone": alone, "together": together}[name]
    # Whatever a process does once is done before.
    work(own[0])
    ready.wait()
    answers.put(called(work, own[1:], callers))


def in_processes(name: str, told: list[Telling], folder: Path, callers: int) -> Rate:
    """The callers shared among two processes of the product's kind."""
    start = multiprocessing.get_context("spawn")
    ready, answers = start.Barrier(PROCESSES), start.SimpleQueue()
    workers = []
    for number in range(PROCESSES):
        file = folder / f"{name}{number}"
        file.write_bytes(pickle.dumps(told[number::PROCESSES]))
        workers.append(start.Process(target=_process, args=(name, str(file), callers // PROCESSES, ready, answers)))
    for worker in workers:
        worker.start()
    came = [answers.get() for _ in workers]
    for worker in workers:
        worker.join()
    waits = sorted(wait for _, _, taken in came for wait in taken)
    return Rate(len(waits), max(end for _, end, _ in came) - min(begin for begin, _, _ in came), waits)


def recorded(told: list[Telling]) -> list[bytes]:
    """Each transaction as one string, its values in it. It is done and taken back, so that it can be done once more."""
    from django.db import connection, transaction

    from canbao.payments.actions.gathering import EAR
    from canbao.payments.actions.together import take_together
    from canbao.payments.models import Capture, Delivery

    texts = []
    for telling in told:
        said: list[str] = []

        def note(execute: Any, sql: str, params: Any, many: bool, context: Any, said: list[str] = said) -> Any:
            said.append(connection.ops.compose_sql(sql, params) if params else sql)
            return execute(sql, params, many, context)

        with transaction.atomic():
            connection.atomic_blocks[-1]._from_testcase = True
            with connection.execute_wrapper(note):
                (verdict,) = take_together(actor=EAR, tellings=[telling], clock=CLOCK)
            _require_settled(verdict)
            numbers = {
                model._meta.db_table: model._default_manager.order_by("-pk").values_list("pk", flat=True)[0]
                for model in (Capture, Delivery)
            }
            transaction.set_rollback(True)
        # The outermost savepoint stands for the transaction.
        text = ";\n".join(["BEGIN", *said[1:-1], "COMMIT"])
        # What the database numbered by itself gets other numbers the next time.
        for table, number in numbers.items():
            text = re.sub(rf"(?<![\w'-]){number}(?![\w'])", f"currval(pg_get_serial_sequence('{table}', 'id'))", text)
        texts.append(text.encode())
    return texts


def floor(url: str, texts: list[bytes], connections: int) -> Rate:
    """The same statements, a round trip a transaction."""
    waiting: SimpleQueue[bytes] = SimpleQueue()
    for text in texts:
        waiting.put(text)

    def sends() -> list[float]:
        took = []
        with psycopg.connect(url, autocommit=True) as connection:
            for name, value in (("canbao.prefixes", '{""}'), ("canbao.actor_name", "benchmark")):
                connection.execute("SELECT set_config(%s, %s, false)", [name, value])
            while True:
                try:
                    text = waiting.get_nowait()
                except Empty:
                    return took
                began = time.perf_counter()
                result = connection.pgconn.exec_(text)
                if result.status != psycopg.pq.ExecStatus.COMMAND_OK:
                    raise SystemExit(f"the recorded transaction failed: {result.error_message.decode()}")
                took.append(time.perf_counter() - began)

    began = time.perf_counter()
    with ThreadPoolExecutor(connections) as pool:
        waits = [wait for taken in [pool.submit(sends) for _ in range(connections)] for wait in taken.result()]
    return Rate(len(waits), time.perf_counter() - began, sorted(waits))


def parts(items: list[Any], *shares: float) -> list[list[Any]]:
    """Of the items, each in one part."""
    rest = iter(items)
    return [list(islice(rest, int(len(items) * share))) for share in shares]


def main(count: int = PEOPLE) -> None:
    from canbao.cli.start import database, migrated

    with tempfile.TemporaryDirectory() as folder:
        os.environ.pop("DATABASE_URL", None)
        os.environ["CANBAO_DATA"] = os.environ.get("CANBAO_DATA") or folder
        os.environ["CANBAO_CLOCK_SHIFT_DAYS"] = str(SHIFT)
        with database() as place:
            migrated(place)
            from django.conf import settings
            from django.db import connection

            from canbao.kernel.binding import bound

            with bound(program("benchmark")):
                load(count, lambda line: print(line, flush=True))
                enrol()
                issue()
                side, attempts = begin()
                with psycopg.connect(place.owner_url, autocommit=True) as owner:
                    owner.execute("ANALYZE")
                    for table, first in FIRST_NUMBERS.items():
                        owner.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, first])
                one, other, many, more, over_http = parts(attempts, ALONE, ALONE, TOGETHER, TOGETHER, OVER_HTTP)
                texts = recorded(tellings(side, other))
            connection.close()
            print(f"post: {count:,} people, {len(attempts):,} open bills, {machine()}", flush=True)
            at_once = PROCESSES * settings.THREADS
            base = floor(place.app_url, texts, at_once)
            tell(f"floor, {at_once} connections", base, base)
            each = in_processes("alone", tellings(side, one), Path(folder), CALLERS)
            tell(f"alone, {CALLERS} callers", each, base)
            for callers, told in ((CALLERS, many), (MANY_CALLERS, more)):
                all_of = in_processes("together", tellings(side, told), Path(folder), callers)
                tell(f"together, {callers} callers, {all_of.a_second / each.a_second:.1f}x alone", all_of, base)
            from benchmarks.telling import served

            tell(f"over HTTP, signed, {CALLERS} callers", served(side, over_http, CALLERS), base)


def tell(what: str, rate: Rate, base: Rate) -> None:
    print(f"  {what}: {rate.said()}; {rate.a_second / base.a_second:.2f} of the floor", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else PEOPLE)
