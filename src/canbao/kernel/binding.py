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
_FORGET = "; ".join(f"RESET {name}" for name in SETTINGS)
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
    _tell(connection.connection, scope)
    token = _bound.set(scope)
    try:
        yield
    finally:
        _bound.reset(token)
        raw = connection.connection
        if raw is not None and not raw.closed and raw.info.transaction_status.name != "INERROR":
            _tell(raw, before)


def bind(scope: Scope) -> None:
    """Work for this scope until `release`: for a request whose scope is known only in the middle of it."""
    from django.db import connection

    connection.ensure_connection()
    _tell(connection.connection, scope)
    _bound.set(scope)


def release() -> None:
    """Work for nobody. Costs nothing where nobody is bound."""
    from django.db import connection

    if _bound.get() is None:
        return
    _bound.set(None)
    raw = connection.connection
    if raw is not None and not raw.closed and raw.info.transaction_status.name != "INERROR":
        _tell(raw, None)


def bound_scope() -> Scope | None:
    """The scope that this thread is bound to."""
    return _bound.get()


def forget(raw: Any) -> None:
    """Bind a psycopg connection to nobody: what the pool does before it hands the connection to the next request."""
    _tell(raw, None)
    raw.commit()


def _tell(raw: Any, scope: Scope | None) -> None:
    if scope is None:
        raw.execute(_FORGET)
        return
    actor = "" if scope.actor_id is None else str(scope.actor_id)
    # An array as PostgreSQL writes it; prefixes are digits, and the empty one is everywhere.
    prefixes = "{" + ",".join(f'"{prefix}"' for prefix in scope.prefixes) + "}"
    raw.execute(_TELL, (actor, scope.actor_name, scope.purpose, prefixes))
