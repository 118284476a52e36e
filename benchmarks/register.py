"""What the register costs at the size of a county: pairs that may be one person, and keys rotated.

`python -m benchmarks.register [people]` loads invented residents (benchmarks.search) into a private PostgreSQL of its
own, or takes those that are in CANBAO_DATA. Floors of the same run: reading every row once, and writing the same rows
with the same columns as they are.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import islice

from benchmarks.search import COUNTY, PEOPLE, load
from canbao.kernel.scope import Scope, program

ROTATED = 100_000


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def pairs() -> None:
    from django.db import connection

    from canbao.kernel.binding import bound
    from canbao.kernel.capabilities import Capability
    from canbao.registry import queries

    def read_all() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*), sum(octet_length(name)), min(birth_on) FROM registry_resident")

    for place in (COUNTY, f"{COUNTY}001"):
        actor = frozenset({Capability.KEEP_REGISTER})
        scope = Scope(1, "benchmark", prefixes=(place,), purpose=Capability.KEEP_REGISTER, capabilities=actor)
        with bound(scope):
            floor = min(seconds(read_all) for _ in range(3))
            took = min(seconds(partial(queries.suspicious_pairs, scope)) for _ in range(3))
            found = len(queries.suspicious_pairs(scope))
        print(f"pairs of {place}: {took:.2f} s for {found}; its rows read once {floor:.2f} s; {took / floor:.1f}x")


def take_new_key() -> None:
    """A first key before those in use, kept beside the data: what it seals opens the next time too."""
    from canbao.cli.start import data_folder
    from canbao.kernel import vault

    keys = f"{vault.new_key()},{os.environ[vault.ENVIRONMENT]}"
    os.environ[vault.ENVIRONMENT] = keys
    (data_folder() / "data-keys").write_text(keys)
    vault.ring.cache_clear()


def rotation() -> None:
    """As many rows as a batch each, `ROTATED` in all; what stays under the old key is opened by it."""
    from django.db import connection

    from canbao.kernel.capabilities import Capability
    from canbao.staff.actions import keys

    actor = program("rotate-keys", Capability.KEEP_KEYS)

    def same_again(first: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE registry_resident SET number_sealed = number_sealed, number_index = number_index, "
                "number_tail = number_tail, phone_sealed = phone_sealed, phone_index = phone_index, "
                "bank_card_sealed = bank_card_sealed WHERE id >= %s AND id < %s",
                [first, first + keys.BATCH],
            )

    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM registry_resident")
        last = cursor.fetchone()[0]
    batches = max(1, min(ROTATED, last // 4) // keys.BATCH)
    floor = seconds(lambda: [same_again(last - keys.BATCH * (at + 1)) for at in range(batches)])
    take_new_key()
    clock, cpu = time.perf_counter(), time.process_time()
    done = sum(islice(keys.rotate_keys(actor=actor), batches))
    clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
    print(
        f"rotation: {done:,} rows in {clock:.1f} s ({cpu:.1f} s of this processor), {done / clock:,.0f} rows/s; "
        f"writing as many unchanged {floor:.1f} s; {clock / floor:.1f}x"
    )


def main(count: int = PEOPLE) -> None:
    from canbao.cli.start import database, migrated

    with tempfile.TemporaryDirectory() as folder:
        os.environ.pop("DATABASE_URL", None)
        os.environ["CANBAO_DATA"] = os.environ.get("CANBAO_DATA") or folder
        with database() as place:
            from canbao.registry import queries

            migrated(place)
            if not queries.has_people():
                load(count, lambda line: print(line, flush=True))
            pairs()
            rotation()


if __name__ == "__main__":
    main(int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else PEOPLE)
