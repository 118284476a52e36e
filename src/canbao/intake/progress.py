"""How far a long work is, told on a connection of its own: the work's own transaction shows nothing before its end."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from django.db import DatabaseError, connection

from canbao.kernel.clock import Clock

_EVERY = timedelta(seconds=1)


class Reporter:
    """Tells at most once a second; a fault in telling never stops the work."""

    def __init__(self, batch_id: int, clock: Clock, total: int = 0) -> None:
        """`total` is 0 where nobody knows it yet."""
        self._batch_id, self._clock, self._total = batch_id, clock, total
        self._told_at = clock.now() - _EVERY
        self._own = connection.copy()
        self.tell(0)

    def tell(self, done: int) -> None:
        now = self._clock.now()
        if now - self._told_at < _EVERY:
            return
        self._told_at = now
        with suppress(DatabaseError), self._own.cursor() as cursor:
            cursor.execute("SET lock_timeout = '1s'")
            cursor.execute(
                "INSERT INTO intake_progress (batch_id, done, total, at) VALUES (%s, %s, %s, %s) "
                "ON CONFLICT (batch_id) DO UPDATE SET (done, total, at) = (excluded.done, excluded.total, excluded.at)",
                [self._batch_id, done, self._total, now],
            )

    def close(self) -> None:
        self._own.close()
