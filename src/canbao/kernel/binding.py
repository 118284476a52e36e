"""The scope of the work under way, told to the database: who acts, for what purpose, and in which areas.

History is written with these names, and the tables' guards show only rows of these areas. Whatever is not bound sees
nothing of a guarded table.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from canbao.kernel.scope import Scope

SETTINGS = ("canbao.actor", "canbao.actor_name", "canbao.purpose", "canbao.prefixes")
_TELL = "SELECT " + ", ".join(f"set_config('{name}', %s, false)" for name in SETTINGS)
_NOTHING = ("", "", "", "")
_bound: ContextVar[Scope | None] = ContextVar("bound", default=None)


@contextmanager
def bound(scope: Scope) -> Iterator[None]:
    """Work for this scope on the thread's connection for the length of the block; then for whom it was before.

    Blocks may lie in each other, inside and outside of transactions: a transaction that is rolled back takes the
    database back to the scope in which it began.
    """
    from django.db import connection

    before = _bound.get()
    connection.ensure_connection()
    connection.connection.execute(_TELL, _said(scope))
    token = _bound.set(scope)
    try:
        yield
    finally:
        _bound.reset(token)
        raw = connection.connection
        if raw is not None and not raw.closed and raw.info.transaction_status.name != "INERROR":
            raw.execute(_TELL, _said(before))


def bound_scope() -> Scope | None:
    """The scope that this thread is bound to."""
    return _bound.get()


def forget(raw: Any) -> None:
    """Bind a psycopg connection to nobody: what the pool does before it hands the connection to the next request."""
    raw.execute(_TELL, _NOTHING)
    raw.commit()


def _said(scope: Scope | None) -> tuple[str, str, str, str]:
    if scope is None:
        return _NOTHING
    actor = "" if scope.actor_id is None else str(scope.actor_id)
    # An array as PostgreSQL writes it; prefixes are digits, and the empty one is everywhere.
    prefixes = "{" + ",".join(f'"{prefix}"' for prefix in scope.prefixes) + "}"
    return actor, scope.actor_name, scope.purpose, prefixes
