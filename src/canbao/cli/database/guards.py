"""Row-level security, the second net behind the scope of every query: rows outside the areas that the connection is
bound to are not there, and where nothing is bound no row is.

A room declares its tables in its AppConfig: `guarded = {"Resident": "village_code", "Entry": "pooling_area"}`, by the
place of the row or by its pooling area. Money is guarded by pooling area: what a village takes in moves the fund's
books. A table with a pooling area that is not guarded stands in `unguarded` with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from psycopg import sql

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper
    from django.db.models import Model

EVERYWHERE = '{""}'
"""The setting canbao.prefixes of a connection that sees every row."""

_BY_PLACE = "{column} ^@ ANY ((SELECT staff_prefixes())::text[])"
_BY_FUND = f"({{column}} = ANY ((SELECT staff_funds())::text[]) OR {_BY_PLACE})"
_NONE_NAMED = "({column} IS NULL AND (SELECT staff_prefixes()) IS NOT NULL)"


def guarded_tables() -> Iterator[tuple[type[Model], str]]:
    """Every declared model with the column that decides."""
    from django.apps import apps

    for config in apps.get_app_configs():
        for name, column in getattr(config, "guarded", {}).items():
            yield config.get_model(name), column


def see_everything(options: str) -> str:
    """The start options of a connection of the program itself: a command at the machine, or a migration."""
    return f"{options} -c canbao.prefixes={EVERYWHERE} -c canbao.actor_name=command\\ line".strip()


def guard(cursor: CursorWrapper, owner: str, app: str, auditor: str | None) -> None:
    """Set the guards of every declared table; to be called as the owner. Idempotent, and follows a changed declaration.

    They hold for everybody, the owner included, unless he is another than the app: then he sees all rows, for
    migrations and for what runs with his rights. The auditor reads all rows.
    """
    for model, column in guarded_tables():
        table = sql.Identifier(model._meta.db_table)
        condition = _condition(model, column)
        cursor.execute("SELECT md5(%s)", [f"{condition} {owner == app} {auditor}"])
        mark = f"guard {cursor.fetchone()[0]}"
        cursor.execute("SELECT obj_description(%s::regclass, 'pg_class')", [model._meta.db_table])
        if cursor.fetchone()[0] == mark:
            continue
        for policy in ("within_scope", "of_owner", "of_auditor"):
            cursor.execute(sql.SQL("DROP POLICY IF EXISTS {} ON {}").format(sql.Identifier(policy), table))
        statements = [
            "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            "ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY within_scope ON {{table}} USING ({condition}) WITH CHECK ({condition})",
        ]
        if owner != app:
            statements.append("CREATE POLICY of_owner ON {table} TO {owner} USING (true) WITH CHECK (true)")
        if auditor is not None:
            statements.append("CREATE POLICY of_auditor ON {table} FOR SELECT TO {auditor} USING (true)")
        statements.append("COMMENT ON TABLE {table} IS {mark}")
        for statement in statements:
            cursor.execute(
                sql.SQL(statement).format(
                    table=table, owner=sql.Identifier(owner), auditor=sql.Identifier(auditor or ""),
                    mark=sql.Literal(mark), column=sql.Identifier(column),
                )
            )  # fmt: skip
    _let_laws_see(cursor)


def _condition(model: type[Model], column: str) -> str:
    from django.db.models import Field

    condition = _BY_FUND if column == "pooling_area" else _BY_PLACE
    field = model._meta.get_field(column)
    return f"({condition} OR {_NONE_NAMED})" if isinstance(field, Field) and field.null else condition


def _let_laws_see(cursor: CursorWrapper) -> None:
    """Triggers look at every row, whoever's statement they judge: a law that saw a part would let the rest pass."""
    cursor.execute(
        """
        SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
        WHERE p.pronamespace = 'public'::regnamespace AND p.prorettype = 'trigger'::regtype
          AND l.lanname = 'plpgsql' AND NOT p.prosecdef AND pg_has_role(current_user, p.proowner, 'MEMBER')
        """
    )
    for (function,) in cursor.fetchall():
        cursor.execute(f"ALTER FUNCTION {function} SECURITY DEFINER SET search_path = public, pg_temp")
