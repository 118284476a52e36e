"""Bills for a whole pooling area, beside a plain COPY of the very same rows into tables with the same keys.

`python -m benchmarks.issue [people]` loads invented residents (benchmarks.search) into a private PostgreSQL of its own,
enrols them, and issues their bills as a run of the product does: facts, policy, bills, lines, ledger and cover, in
transactions of whole villages, guards and triggers on. The floor loads what was written, all of it at once, with
the same primary keys, unique keys, indexes and checks, and without triggers, foreign keys or guards.
A second run finds everything unchanged.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import psycopg

from benchmarks.search import FUND, POLICY, load
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.scope import program

PEOPLE, PART = 100_000, 200_000
TABLES = ("ledger_entry", "ledger_transfer", "billing_bill", "billing_billline", "entitlement_cover")
REGISTERED_ON = date(2024, 10, 20)
ISSUED_AT = shanghai(2024, 11, 1, 9)


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Wall seconds, and processor seconds of this process (the database's are not among them)."""
    began, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - cpu


def enrol() -> None:
    from django.db import connection, transaction

    from canbao.enrolment import actions as enrolments
    from canbao.kernel.capabilities import Capability

    actor = program("benchmark", Capability.ENROL)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM registry_resident ORDER BY id")
        ids = [row[0] for row in cursor.fetchall()]
    for start in range(0, len(ids), PART):
        part = ids[start : start + PART]
        rows = ((FUND, resident, 2025, POLICY, None, 0, REGISTERED_ON, "live") for resident in part)
        with transaction.atomic():
            enrolments.copy_enrolments(actor=actor, rows=rows)


def issue() -> None:
    from canbao.billing import actions as billing
    from canbao.kernel.capabilities import Capability

    actor = program("benchmark", Capability.ISSUE_BILLS)
    run = billing.issue_bills(actor=actor, policy_id=POLICY, area_code=POLICY[:6], clock=FixedClock(ISSUED_AT))
    print(f"  {run.issued:,} issued ({run.settled:,} settled), {run.unchanged:,} unchanged, {run.refused:,} refused")


def keep(folder: Path) -> dict[str, str]:
    """What was written, one file a table; table → its columns."""
    from django.db import connection

    columns = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(
                "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
                " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
                [table],
            )
            columns[table] = cursor.fetchone()[0]
            copied = cursor.copy(f"COPY (SELECT {columns[table]} FROM {table}) TO STDOUT")
            with (folder / table).open("wb") as file, copied as copy:
                for block in copy:
                    file.write(block)
    return columns


def floor(owner: str, folder: Path, columns: dict[str, str]) -> float:
    """Seconds to load the same rows again."""
    with psycopg.connect(owner) as connection:
        for table in TABLES:
            connection.execute(f"CREATE TABLE plain_{table} (LIKE {table} INCLUDING ALL)")  # type: ignore[arg-type]
        connection.commit()
        began = time.perf_counter()
        for table, names in columns.items():
            copy_in = f"COPY plain_{table} ({names}) FROM STDIN"
            with (folder / table).open("rb") as file, connection.cursor().copy(copy_in) as copy:  # type: ignore[arg-type]
                while block := file.read(1 << 20):
                    copy.write(block)
        connection.commit()
        return time.perf_counter() - began


def main(count: int = PEOPLE) -> None:
    from canbao.cli.start import database, migrated

    with tempfile.TemporaryDirectory() as folder:
        os.environ.pop("DATABASE_URL", None)
        os.environ["CANBAO_DATA"] = os.environ.get("CANBAO_DATA") or folder
        with database() as place:
            migrated(place)
            from canbao.kernel.binding import bound

            with bound(program("benchmark")):
                load(count, lambda line: print(line, flush=True))
                enrol()
                took, cpu = timed(issue)
                again, again_cpu = timed(issue)
                columns = keep(Path(folder))
            plain = floor(place.owner_url, Path(folder), columns)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    each, own = took / count * 1e6, cpu / count * 1e6
    print(
        f"issue: {count:,} people in {took:.1f} s ({each:.0f} µs each, {own:.0f} of them of this processor); "
        f"the same rows by COPY {plain:.1f} s; {took / plain:.1f}x; "
        f"once more, nothing changed: {again:.1f} s ({again_cpu:.1f} of this processor); {peak:.0f} MB"
    )


if __name__ == "__main__":
    main(int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else PEOPLE)
