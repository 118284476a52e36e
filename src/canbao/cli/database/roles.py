"""Three roles: the owner migrates, the app works and owns nothing, the auditor reads.

A room makes tables append-only for the app by naming the models in its AppConfig:
`append_only = ("Entry", "Transfer")`; what may be dropped and written anew but not changed goes in `never_updated`,
and what triggers alone write in `only_read`. `keeps_history` names the models whose former rows are kept.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from canbao.cli.database.guards import guard, see_everything

if TYPE_CHECKING:
    from django.db.models import Model

OWNER = "canbao_owner"
APP = "canbao"
AUDITOR = "canbao_auditor"
DATABASE = "canbao"


def create_roles(superuser: psycopg.Connection, passwords: Mapping[str, str]) -> None:
    """Create the three roles where they are missing, and give every role named in `passwords` that password."""
    there = {name for (name,) in superuser.execute("SELECT rolname FROM pg_roles")}
    for role in (OWNER, APP, AUDITOR):
        if role not in there:
            superuser.execute(
                sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB").format(
                    sql.Identifier(role)
                )
            )
    for role, word in passwords.items():
        superuser.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(word)))
    superuser.execute(sql.SQL("ALTER ROLE {} SET default_transaction_read_only = on").format(sql.Identifier(AUDITOR)))


def create_database(superuser_url: str, name: str, *, template: str = "template0") -> None:
    """Create the database `name` for the owner unless it is there."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(OWNER), sql.Identifier(template)
                )
            )


@contextmanager
def as_owner(owner_url: str) -> Iterator[None]:
    """Django's connection as the owner instead of the app, for the length of a migration."""
    from django.db import connection
    from django.db.backends.postgresql.base import DatabaseWrapper

    from canbao.settings import database_from_url

    connection.close()
    if isinstance(connection, DatabaseWrapper):
        connection.close_pool()
    saved = dict(connection.settings_dict)
    owner = database_from_url(owner_url, pool_size=0)
    owner["OPTIONS"]["options"] = see_everything(owner["OPTIONS"]["options"])
    connection.settings_dict.update(owner)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.clear()
        connection.settings_dict.update(saved)


def migrate(owner_url: str, *, app: str = APP, verbosity: int = 0) -> None:
    """Bring the tables up to date as the owner, then grant the app and the auditor what they may do."""
    from django.core.management import call_command

    with as_owner(owner_url):
        call_command("migrate", interactive=False, verbosity=verbosity)
        keep_history()
        grant(app)


def grant(app: str) -> None:
    """Set the guards and grant on every table of the schema; to be called on the owner's connection.

    The app reads and writes rows, the auditor reads. Append-only tables and the list of migrations keep the app from
    changing what is there.
    """
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        owner = cursor.fetchone()[0]
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolname = %s", [AUDITOR])
        auditor = cursor.fetchone()
        guard(cursor, owner, app, AUDITOR if auditor else None)
        if owner == app:
            return
        # MAINTAIN lets it ANALYZE what it has just loaded: without, the next queries are planned for empty tables.
        rights = [("SELECT, INSERT, UPDATE, DELETE, MAINTAIN", "TABLES", app), ("USAGE, SELECT", "SEQUENCES", app)]
        if auditor:
            rights.append(("SELECT", "TABLES", AUDITOR))
        for what, kind, role in rights:
            who = sql.Identifier(role)
            on_all = sql.SQL(f"GRANT {what} ON ALL {kind} IN SCHEMA public TO {{}}").format(who)
            from_now = sql.SQL(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {what} ON {kind} TO {{}}").format(who)
            cursor.execute(on_all)
            cursor.execute(from_now)
        for table in append_only_tables():
            cursor.execute(
                sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(
                    sql.Identifier(table), sql.Identifier(app)
                )
            )
        for table in declared("never_updated"):
            cursor.execute(
                sql.SQL("REVOKE UPDATE, TRUNCATE ON {} FROM {}").format(sql.Identifier(table), sql.Identifier(app))
            )
        for table in ("django_migrations", *declared("only_read")):
            cursor.execute(
                sql.SQL("REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(
                    sql.Identifier(table), sql.Identifier(app)
                )
            )


def keep_history() -> None:
    """The triggers that write down how a row was before it changed, on the tables that rooms declare; idempotent.

    Such a table gets a column `known_since` besides: the row is its own first version. Who made it is written down too,
    unless it came in bulk (canbao.kernel.copying).
    """
    from django.db import connection

    with connection.cursor() as cursor:
        for model in declared_models("keeps_history"):
            table, keys = model._meta.db_table, [field.column for field in model._meta.pk_fields]
            cursor.execute("SELECT FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname = 'keeps_insert'", [table])
            if cursor.fetchone() is not None:
                continue
            for statement in _KEEP_HISTORY:
                cursor.execute(
                    sql.SQL(statement).format(
                        table=sql.Identifier(table), keys=sql.SQL(", ").join(map(sql.Literal, keys))
                    )
                )


_KEEP_HISTORY = (
    "ALTER TABLE {table} ADD COLUMN IF NOT EXISTS known_since timestamptz NOT NULL DEFAULT staff_now()",
    """
    CREATE OR REPLACE TRIGGER keeps_update AFTER UPDATE ON {table}
        REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION staff_keep_history({keys})
    """,
    """
    CREATE OR REPLACE TRIGGER keeps_delete AFTER DELETE ON {table}
        REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION staff_keep_history({keys})
    """,
    """
    CREATE OR REPLACE TRIGGER keeps_insert AFTER INSERT ON {table} FOR EACH ROW
        WHEN (coalesce(current_setting('canbao.in_bulk', true), '') = '')
        EXECUTE FUNCTION staff_keep_addition({keys})
    """,
)


def append_only_tables() -> list[str]:
    """The tables that rooms declare append-only in their AppConfig."""
    return declared("append_only")


def declared(attribute: str) -> list[str]:
    """The tables of the models that rooms name under this attribute of their AppConfig."""
    return [model._meta.db_table for model in declared_models(attribute)]


def declared_models(attribute: str) -> list[type[Model]]:
    from django.apps import apps

    return [config.get_model(model) for config in apps.get_app_configs() for model in getattr(config, attribute, ())]


def owner_url_from_environment() -> str | None:
    """The URL for migrations: CANBAO_OWNER_URL, else DATABASE_URL."""
    return os.environ.get("CANBAO_OWNER_URL") or os.environ.get("DATABASE_URL")
