"""Every test that asks for the database gets a real PostgreSQL, as the app's role, on tables fresh from the migrations.

One server serves all test runs of this working tree. Each process clones its database from a template that is made
once for each state of the migrations, so a run starts in well under a second.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from canbao.cli.database import guards, roles
from canbao.cli.database.server import SUPERUSER, DatabaseFault, PrivateServer

ROOT = Path(__file__).parents[1]
HOME = Path(os.environ.get("CANBAO_DATA", ROOT / ".canbao")) / "tests"


# A key of the tests' own; what they seal is gone with their databases.
os.environ.setdefault("CANBAO_DATA_KEYS", base64.b64encode(hashlib.sha256(b"canbao tests").digest()).decode())
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser on the machine, the tests marked `browser` are reported as not run."""
    if chromium() is None:
        no_browser = pytest.mark.skip(reason="no chromium on this machine: install it to run the browser tests")
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(no_browser)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if "no chromium" in str(report.longrepr)]
    if skipped:
        terminalreporter.write_line(f"NOT RUN: {len(skipped)} browser tests, because this machine has no chromium.")


def chromium() -> str | None:
    """Path of the system's Chromium, to be given to Playwright as `executable_path`; None if there is none."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PrivateServer]:
    """The private server of the tests, with the three roles; fast, and without the durability of the real one."""
    with _server_for_tests().running() as server:
        yield server


@pytest.fixture(scope="session")
def django_db_setup(postgres: PrivateServer, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """A database of this process's own, on which Django works as the app's role."""
    from django.db import connection

    from canbao.settings import database_from_url

    own = f"test_{os.getpid()}"
    with django_db_blocker.unblock():
        _clone_of_migrated(postgres, own)
        connection.settings_dict.update(database_from_url(postgres.url(roles.APP, own), pool_size=0))
        connection.ops.execute_sql_flush = lambda statements: _empty(postgres, own, statements)
    yield
    with django_db_blocker.unblock():
        connection.close()
        _drop(postgres, own)


@pytest.fixture
def superuser_url(postgres: PrivateServer, db: None) -> str:
    """URL of this process's database as the superuser, for tests that look at what the app may not."""
    from django.db import connection

    return postgres.url(SUPERUSER, str(connection.settings_dict["NAME"]))


def _server_for_tests() -> PrivateServer:
    server = PrivateServer(HOME, durable=False)
    try:
        with server.running():
            return server
    except DatabaseFault:
        # It runs without fsync, so a crash of the machine may have spoilt it; nothing in it is worth keeping.
        if not server.cluster.exists():
            raise
        server.remove()
        return server


def _clone_of_migrated(server: PrivateServer, name: str) -> None:
    """Create the database `name` from the template for the migrations as they stand; whoever comes first makes that."""
    template = f"template_{_state_of_migrations()}"
    superuser = server.url(SUPERUSER, "postgres")
    with (server.home / "template.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with psycopg.connect(superuser, autocommit=True) as connection:
            there = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
        for stale in there:
            if (stale.startswith("template_") and stale != template) or _is_abandoned(stale):
                _drop(server, stale)
        if template not in there:
            unfinished = f"unfinished_{os.getpid()}"
            roles.create_database(superuser, unfinished)
            roles.migrate(server.url(roles.OWNER, unfinished))
            with psycopg.connect(superuser, autocommit=True) as connection:
                connection.execute(
                    sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                        sql.Identifier(unfinished), sql.Identifier(template)
                    )
                )
        _drop(server, name)
        roles.create_database(superuser, name, template=template)
        # Rooms are tested as the program itself; what a page binds for a request holds here as anywhere.
        with psycopg.connect(superuser, autocommit=True) as connection:
            connection.execute(
                sql.SQL("ALTER DATABASE {} SET canbao.prefixes = {}").format(
                    sql.Identifier(name), sql.Literal(guards.EVERYWHERE)
                )
            )


def _state_of_migrations() -> str:
    from django.conf import settings

    state = hashlib.sha256(repr(settings.INSTALLED_APPS).encode())
    files = [*ROOT.glob("src/canbao/**/migrations/*.py"), *ROOT.glob("src/canbao/**/apps.py")]
    files += Path(roles.__file__).parent.glob("*.py")
    for file in sorted(files):
        state.update(str(file).encode() + file.read_bytes())
    return state.hexdigest()[:16]


def _is_abandoned(database: str) -> bool:
    prefix, _, pid = database.partition("_")
    return prefix in ("test", "unfinished") and not Path(f"/proc/{pid}").exists()


def _drop(server: PrivateServer, name: str) -> None:
    with psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _empty(server: PrivateServer, database: str, statements: list[str]) -> None:
    """Empty the tables after a test that commits: the app may not, and append-only tables refuse even their owner."""
    with psycopg.connect(server.url(SUPERUSER, database)) as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in statements:
            connection.execute(statement)
