"""Whether a request wrote anything: every table by digest, read again only where PostgreSQL counted rows.

Inside one transaction the server counts what was inserted, updated and deleted, by whatever way it came: a trigger, a
COPY, SQL of one's own. A table whose count moved is read again and compared; what was taken back is nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import connection
from psycopg import sql

# What is written down although nothing was done: who looked, who tried, what could not be believed, what was counted.
COUNTED_ALL_THE_SAME = {
    "staff_access", "staff_signinattempt", "staff_session", "enrolment_publicattempt", "payments_alarm",
    "supervision_villagecount", "supervision_touchedvillage",
}  # fmt: skip
_COUNTS = (
    "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
    " WHERE schemaname = 'public' AND n_tup_ins + n_tup_upd + n_tup_del > 0"
)
Digest = tuple[int, int]


class Watch:
    """`foreign`: table → keys of the rows that belong to others, as `key_columns` names them."""

    def __init__(self, foreign: Mapping[str, tuple[str, ...]]) -> None:
        self.foreign = foreign
        self.keys = key_columns()
        self.counts = self._counts()
        tables = [table for table in self.keys if table not in COUNTED_ALL_THE_SAME]
        self.whole = {table: self._digest(table, None) for table in tables}
        self.others = {table: self._digest(table, keys) for table, keys in foreign.items() if table in self.whole}

    def changed(self) -> set[str]:
        """Tables that hold something else than when they were last looked at."""
        found = set()
        for table in self._moved():
            digest = self._digest(table, None)
            if digest != self.whole[table]:
                self.whole[table] = digest
                found.add(table)
        return found

    def changed_foreign(self) -> set[str]:
        """Tables whose rows of others are not as they were."""
        moved = [table for table in self._moved() if table in self.others]
        return {table for table in moved if self._digest(table, self.foreign[table]) != self.others[table]}

    def _moved(self) -> Iterable[str]:
        counts = self._counts()
        moved = [table for table, count in counts.items() if count != self.counts.get(table) and table in self.whole]
        self.counts = counts
        return moved

    def _counts(self) -> dict[str, int]:
        with connection.cursor() as cursor:
            cursor.execute(_COUNTS)
            return dict(cursor.fetchall())

    def _digest(self, table: str, keys: tuple[str, ...] | None) -> Digest:
        """How many rows, and the sum of their hashes."""
        statement = sql.SQL("SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM {} t").format(
            sql.Identifier(table)
        )
        if keys is not None:
            statement += sql.SQL(" WHERE {}::text = ANY(%s)").format(sql.Identifier(self.keys[table]))
        with connection.cursor() as cursor:
            cursor.execute(statement, [list(keys)] if keys is not None else None)
            count, digest = cursor.fetchone()
            return int(count), int(digest)


def key_columns() -> dict[str, str]:
    """Every table of the product with its key; of several columns the last, since the first is the pooling area."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, a.attname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
            " JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid"
            " AND a.attnum = i.indkey[i.indnkeyatts - 1]"
            " WHERE i.indisprimary AND n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
            " AND c.relname NOT LIKE 'django%'"
        )
        return dict(cursor.fetchall())
