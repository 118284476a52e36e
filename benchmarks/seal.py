"""What sealing costs when a register is loaded: rows by COPY with sealed numbers, beside the same rows in plain.

Both check the check digit and keep the same two indexes: the whole number, unique, and its last four characters.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import psycopg

from canbao.cli.database.server import SUPERUSER, PrivateServer
from canbao.kernel.personal import id_check_digit
from canbao.kernel.vault import ENVIRONMENT, new_key

ROWS, SEED, ROUNDS = 200_000, 2025, 3
COLUMNS = (
    "id bigint, pooling_area text, village_code text, name text, pinyin text, initials text, birth_on date, sex text"
)
PLAIN = (
    f"CREATE TABLE resident ({COLUMNS}, number text)",
    "CREATE UNIQUE INDEX ON resident (pooling_area, number)",
    "CREATE INDEX ON resident (pooling_area, reverse(number) text_pattern_ops)",
)
SEALED = (
    f"CREATE TABLE resident ({COLUMNS}, number_sealed bytea, number_index bytea, number_tail bytea)",
    "CREATE UNIQUE INDEX ON resident (pooling_area, number_index)",
    "CREATE INDEX ON resident (pooling_area, number_tail)",
)


def people(rows: int) -> list[tuple[Any, ...]]:
    """As many invented people, each with a number of its own."""
    chance, made = Random(SEED), []
    for number in range(rows):
        born = date(1935, 1, 1) + timedelta(days=chance.randrange(32_000))
        village = f"370481{number % 21 + 100}{number % 56 + 200}"
        first_17 = f"{110000 + number // 900 % 500000}{born:%Y%m%d}{number % 900:03}"
        whole = first_17 + id_check_digit(first_17)
        made.append((number, "370400", village, "张桂兰", "zhangguilan", "zgl", born, "female", whole))
    return made


def in_plain(rows: list[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        assert id_check_digit(row[-1][:17]) == row[-1][17]
        yield row


def in_seals(rows: list[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    from canbao.registry.seals import number_columns

    for row in rows:
        assert id_check_digit(row[-1][:17]) == row[-1][17]
        yield *row[:-1], *number_columns(row[-1], row[1], row[2])


def load(url: str, tables: tuple[str, ...], rows: Iterator[tuple[Any, ...]]) -> tuple[float, float, float]:
    """Seconds of the clock, seconds of this process's processor, megabytes on the disk."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS resident")
        for statement in tables:
            connection.execute(statement)
        wall, processor = time.perf_counter(), time.process_time()
        with connection.cursor() as cursor, cursor.copy("COPY resident FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        took = time.perf_counter() - wall, time.process_time() - processor
        size = connection.execute("SELECT pg_total_relation_size('resident') / 1e6").fetchone()
    assert size is not None
    return *took, float(size[0])


def main(count: int = ROWS) -> None:
    os.environ.setdefault(ENVIRONMENT, new_key())
    rows = people(count)
    with tempfile.TemporaryDirectory() as folder, PrivateServer(Path(folder) / "postgresql").running() as server:
        url = server.url(SUPERUSER, "postgres")
        plain, sealed = [], []
        for _ in range(ROUNDS):
            plain.append(load(url, PLAIN, in_plain(rows)))
            sealed.append(load(url, SEALED, in_seals(rows)))
    (wall, processor, size), (wall_sealed, processor_sealed, size_sealed) = min(plain), min(sealed)
    print(f"seal: {count:,} people by COPY, best of {ROUNDS} rounds, seed {SEED}")
    print(f"  in plain  {wall:6.1f} s, processor of the loader {processor:6.1f} s, {size:7.0f} MB with indexes")
    print(f"  sealed    {wall_sealed:6.1f} s, processor of the loader {processor_sealed:6.1f} s, {size_sealed:7.0f} MB")
    print(
        f"  ratio     {wall_sealed / wall:6.2f} on the clock, {processor_sealed / processor:.2f} of the loader's "
        f"processor, {size_sealed / size:.2f} on the disk"
    )


if __name__ == "__main__":
    main(int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else ROWS)
