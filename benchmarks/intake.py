"""A household population from the file to the register, beside a plain COPY of the same rows into an unindexed table.

`python -m benchmarks.intake [rows]`: reads, previews and applies an invented list of that many people (default 100,000)
on a private PostgreSQL of its own, and prints seconds, memory and the ratio to the COPY.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from canbao.kernel.clock import SystemClock

ROWS = 100_000
FIRST_BIRTH, BIRTHS_A_DAY = date(1930, 1, 1), 900
COUNTY, TOWN = "370481", "370481001"


def population(rows: int) -> tuple[bytes, list[tuple[str, str, str, str]]]:
    """The list as .xlsx, and its rows."""
    from canbao.intake.writing import sheet_of
    from canbao.kernel.personal import id_check_digit

    people = []
    for at in range(rows):
        first_17 = f"{COUNTY}{FIRST_BIRTH + timedelta(days=at // BIRTHS_A_DAY):%Y%m%d}{at % BIRTHS_A_DAY + 1:03}"
        name = "赵钱孙李周吴郑王冯陈"[at % 10] + "伟芳娜敏静丽强磊军洋"[at // 10 % 10] + "明"
        people.append((name, first_17 + id_check_digit(first_17), f"第{at % 200}村", str(at // 3)))
    return sheet_of("人口", ("姓名", "公民身份号码", "村居", "户号"), people), people


def measure(rows: int) -> None:
    from django.db import connection

    from canbao.areas.models import Area, AreaLevel, PoolingArea
    from canbao.intake.actions import batches, working
    from canbao.intake.judging import mapping_of
    from canbao.kernel.binding import bound
    from canbao.kernel.capabilities import Capability
    from canbao.kernel.scope import Scope, area_prefix
    from canbao.registry.models import Resident
    from canbao.staff import actions as staff

    everything = frozenset(map(str, Capability))
    roles = frozenset({"medical_insurance_clerk"})
    clerk, head = (Scope(actor, "benchmark", roles, ("370481",), "", everything) for actor in (1, 2))
    above = None
    for code, level in zip(("370000", "370400", COUNTY, TOWN), AreaLevel, strict=False):
        Area.objects.create(code=code, name=code, level=level, parent_id=above, prefix=area_prefix(code))
        above = code
    for at in range(200):
        code = f"{TOWN}{at + 200:03}"
        Area.objects.create(code=code, name=f"第{at}村", level=AreaLevel.VILLAGE, parent_id=TOWN, prefix=code)
    PoolingArea.objects.create(code="370400", name="370400")
    content, people = population(rows)
    clock, spent = SystemClock(), {}

    def timed(what: str, since: float) -> None:
        spent[what] = time.monotonic() - since

    with bound(clerk):
        since = time.monotonic()
        made = batches.hand_in(
            actor=clerk, source_code="household_population", area_code=COUNTY, file_name="a.xlsx", content=content,
            clock=clock,
        )  # fmt: skip
        timed("hand in", since)
        batches.set_columns(actor=clerk, batch_id=made.pk, mapping=mapping_of(made), clock=clock)
        since = time.monotonic()
        working.preview(batch_id=made.pk, clock=clock)
        timed("preview", since)
        approval = batches.submit(actor=clerk, batch_id=made.pk, clock=clock)
        staff.approve(actor=head, approval_id=approval.pk, clock=clock)
        since = time.monotonic()
        working.apply(batch_id=made.pk, clock=clock)
        timed("apply", since)
        written = Resident.objects.count()
        if written != rows:
            made.refresh_from_db()
            raise SystemExit(f"{written} of {rows} people were written: {made.state} {made.fault_en}")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE plain (name text, number text, village text, household text)")
        since = time.monotonic()
        with cursor.copy("COPY plain FROM STDIN") as copy:
            for person in people:
                copy.write_row(person)
        timed("plain COPY", since)
    total = sum(seconds for what, seconds in spent.items() if what != "plain COPY")
    for what, seconds in spent.items():
        print(f"  {what:<12} {seconds:8.1f} s   {rows / seconds:10,.0f} rows/s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"  in all       {total:8.1f} s   {total / spent['plain COPY']:10.1f} times the plain COPY; peak {peak:,.0f} MB"
    )


def main(rows: int = ROWS) -> None:
    import os

    with tempfile.TemporaryDirectory() as folder:
        os.environ["CANBAO_DATA"] = str(Path(folder) / "data")
        os.environ.pop("DATABASE_URL", None)
        from canbao.cli.start import database, migrated

        print(f"Import of {rows:,} people from an .xlsx")
        with database() as place:
            migrated(place)
            measure(rows)


if __name__ == "__main__":
    main(int(sys.argv[1].replace(",", "")) if len(sys.argv) > 1 else ROWS)
