"""Start-up looks at what the database promises and refuses in one sentence."""

from __future__ import annotations

import re

import psycopg
import pytest

from canbao.cli.database import roles, safety
from canbao.cli.database.server import SUPERUSER, DatabaseFault, PrivateServer
from canbao.cli.start import refuse_unsafe_settings
from canbao.kernel.deployment import UnsafeSettings
from canbao.kernel.vault import new_key


def test_a_server_that_may_lose_payments_is_refused_even_for_a_trial(postgres: PrivateServer) -> None:
    # The server of the tests itself runs without fsync.
    with pytest.raises(DatabaseFault, match=re.escape("fsync = off, which can lose or spoil payments: set fsync = on")):
        safety.check(postgres.url(roles.APP, "postgres"), production=False)
    named = str(safety.faults(postgres.url(roles.APP, "postgres")))
    assert all(f"{name} = off" in named for name in ("fsync", "synchronous_commit", "full_page_writes"))


def test_a_superuser_is_accepted_for_a_trial_and_named_as_a_fault(postgres: PrivateServer) -> None:
    said = [fault for fault in safety.faults(postgres.url(SUPERUSER, "postgres")) if fault.trial]

    assert [("superuser" in fault.sentence, fault.trial) for fault in said] == [(True, True)]


def test_a_server_that_writes_statements_into_its_log_is_accepted_for_a_trial_alone(
    postgres: PrivateServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = postgres.url(roles.APP, "postgres")
    with psycopg.connect(postgres.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        quiet = [fault.sentence for fault in safety.faults(app) if "ID numbers" in fault.sentence]
        connection.execute("ALTER ROLE canbao SET log_error_verbosity = 'verbose'")
        connection.execute("ALTER ROLE canbao SET log_statement = 'mod'")
        try:
            talking = [fault for fault in safety.faults(app) if "ID numbers" in fault.sentence]
        finally:
            connection.execute("ALTER ROLE canbao RESET ALL")

    assert quiet == []
    assert [fault.trial for fault in talking] == [True]
    assert "set log_error_verbosity = terse, log_statement = none in postgresql.conf." in talking[0].sentence


@pytest.mark.django_db
def test_a_role_that_owns_tables_is_a_fault_and_the_app_is_none(postgres: PrivateServer, superuser_url: str) -> None:
    database = psycopg.conninfo.conninfo_to_dict(superuser_url)["dbname"]

    of_owner = [fault.sentence for fault in safety.faults(postgres.url(roles.OWNER, str(database))) if fault.trial]
    of_app = [fault.sentence for fault in safety.faults(postgres.url(roles.APP, str(database))) if fault.trial]

    assert len(of_owner) == 1 and "owns tables" in of_owner[0]
    assert of_app == []


def test_a_database_that_does_not_answer_is_one_sentence() -> None:
    with pytest.raises(DatabaseFault, match=r"does not let the app in .*check DATABASE_URL"):
        safety.check("postgresql://canbao@127.0.0.1:1/canbao", production=True)


SAFE = {
    "CANBAO_ENV": "production",
    "CANBAO_SECRET_KEY": "k" * 60,
    "CANBAO_DATA_KEYS": new_key(),
    "DATABASE_URL": "postgresql://canbao@db/canbao",
    "CANBAO_HOSTS": "canbao.example.org",
}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"CANBAO_SECRET_KEY": ""}, "CANBAO_SECRET_KEY"),
        ({"CANBAO_SECRET_KEY": "short"}, "CANBAO_SECRET_KEY"),
        ({"CANBAO_DATA_KEYS": ""}, "CANBAO_DATA_KEYS holds no key"),
        ({"CANBAO_DATA_KEYS": "changeme"}, "no random key"),
        ({"CANBAO_DATA_KEYS": "A" * 43 + "="}, "no random key"),
        ({"CANBAO_DEBUG": "1"}, "CANBAO_DEBUG"),
        ({"DATABASE_URL": ""}, "private PostgreSQL"),
        ({"CANBAO_HOSTS": ""}, "CANBAO_HOSTS"),
        ({"CANBAO_HOSTS": " , "}, "CANBAO_HOSTS"),
        ({"CANBAO_HOSTS": "canbao.example.org, *"}, "CANBAO_HOSTS"),
        ({"CANBAO_HOSTS": "https://canbao.example.org"}, "CANBAO_HOSTS"),
        ({"CANBAO_TODAY": "2025-01-01"}, "CANBAO_TODAY"),
        ({"CANBAO_ENV": "prod"}, "CANBAO_ENV is 'prod'"),
        ({"CANBAO_ENV": "Production"}, "CANBAO_ENV is 'Production'"),
    ],
)
def test_production_refuses_each_unsafe_setting(
    change: dict[str, str], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**SAFE, **change}.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(UnsafeSettings, match=says):
        refuse_unsafe_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CANBAO_WORKERS", "many"),
        ("CANBAO_WORKERS", "0"),
        ("CANBAO_WORKERS", "1000"),
        ("CANBAO_TODAY", "tomorrow"),
        ("DATABASE_URL", "mysql://nowhere"),
        ("CANBAO_OWNER_URL", "nonsense"),
    ],
)
def test_a_setting_that_means_nothing_is_refused_by_name(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(UnsafeSettings, match=name):
        refuse_unsafe_settings()


def test_production_accepts_safe_settings_and_a_trial_accepts_any(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SAFE.items():
        monkeypatch.setenv(name, value)
    refuse_unsafe_settings()

    monkeypatch.delenv("CANBAO_SECRET_KEY")
    for trial in ("", "demo"):
        monkeypatch.setenv("CANBAO_ENV", trial)
        refuse_unsafe_settings()


@pytest.mark.django_db
def test_the_app_reads_and_writes_rows_but_not_what_is_append_only(superuser_url: str) -> None:
    with psycopg.connect(superuser_url) as connection:
        rights = dict(
            connection.execute(
                """
                SELECT c.relname, array_agg(DISTINCT privilege ORDER BY privilege) FROM pg_class c
                JOIN pg_namespace n ON n.oid = c.relnamespace,
                unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS privilege
                WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
                AND has_table_privilege('canbao', c.oid, privilege) GROUP BY 1
                """
            ).fetchall()
        )
        auditor = connection.execute(
            "SELECT bool_and(has_table_privilege('canbao_auditor', oid, 'SELECT')), "
            "bool_or(has_table_privilege('canbao_auditor', oid, 'INSERT')) "
            "FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        ).fetchone()

    append_only = set(roles.append_only_tables())
    assert append_only >= {"ledger_entry", "ledger_transfer"}
    for table, may in rights.items():
        if table in append_only:
            assert may == ["INSERT", "SELECT"], table
        elif table in ("django_migrations", *roles.declared("only_read")):
            assert may == ["SELECT"]
        elif table in roles.declared("never_updated"):
            assert may == ["DELETE", "INSERT", "SELECT"], table
        else:
            assert may == ["DELETE", "INSERT", "SELECT", "UPDATE"], table
    assert auditor == (True, False)
