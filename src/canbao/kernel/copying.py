"""Many rows into a guarded table. COPY is refused where row-level security applies, so rows go through a table of the
session's own: measured, that costs nothing that a bulk load would notice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import Any

# Below this one INSERT is quicker than making a table; a single bill must not touch the catalogue.
_FEW = 100


@contextmanager
def in_bulk(cursor: Any) -> Iterator[None]:
    """What is inserted inside is named by the list that brings it, not row by row in the table's history.

    For a transaction; what fails takes the word back with it.
    """
    cursor.execute("SELECT set_config('canbao.in_bulk', 'yes', true)")
    yield
    cursor.execute("SELECT set_config('canbao.in_bulk', '', true)")


def copy_rows(cursor: Any, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write rows, values in the order of `columns`; how many. `cursor` is Django's or psycopg's.

    All or nothing inside a transaction. An exception raised by `rows` comes through, and the transaction is then lost.
    """
    names, rest = ", ".join(columns), iter(rows)
    first = list(islice(rest, _FEW))
    if len(first) < _FEW:
        if first:
            holes = f"({', '.join(['%s'] * len(columns))})"
            values = list(chain.from_iterable(first))
            cursor.execute(f"INSERT INTO {table} ({names}) VALUES {', '.join([holes] * len(first))}", values)
        return len(first)
    copied = f"copied_{table}"
    cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{copied}")
    cursor.execute(f"CREATE TEMP TABLE {copied} AS SELECT {names} FROM {table} WITH NO DATA")
    with cursor.copy(f"COPY pg_temp.{copied} ({names}) FROM STDIN") as copy:
        for row in chain(first, rest):
            copy.write_row(row)
    with in_bulk(cursor):
        cursor.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM pg_temp.{copied}")
        written: int = cursor.rowcount
    cursor.execute(f"DROP TABLE pg_temp.{copied}")
    return written
