"""What the database must promise before money goes in: looked at on every start, refused in one sentence."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from canbao.cli.database.server import DatabaseFault

VERSION_MIN = 170000
_DURABLE = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "local", "remote_write", "remote_apply"),
    "data_checksums": ("on",),
}
# What keeps statements, their values and the details of a refusal out of the server's log: they hold ID numbers.
_DISCREET = {
    "log_min_error_statement": ("panic", "fatal"),
    "log_error_verbosity": ("terse",),
    "log_statement": ("none", "ddl"),
    "log_min_duration_statement": ("-1",),
    "log_min_duration_sample": ("-1",),
    "log_transaction_sample_rate": ("0",),
    "log_parameter_max_length_on_error": ("0",),
    "auto_explain.log_min_duration": ("-1",),
}


@dataclass(frozen=True)
class Fault:
    """One broken promise. `trial` says that a trial may live with it; production may not."""

    sentence: str
    trial: bool = False


def check(app_url: str, *, production: bool) -> list[str]:
    """Look at the database through the app's own connection.

    Raises DatabaseFault with the first fault that cannot be accepted; gives what a trial accepts, as sentences.
    """
    accepted = []
    for fault in faults(app_url):
        if production or not fault.trial:
            raise DatabaseFault(fault.sentence)
        accepted.append(fault.sentence)
    return accepted


def faults(app_url: str) -> list[Fault]:
    """Everything that is wrong with the server's settings and the app's role. DatabaseFault if nobody answers."""
    try:
        with psycopg.connect(app_url, connect_timeout=10) as connection:
            return [*_of_the_server(connection), *_of_the_log(connection), *_of_the_role(connection)]
    except psycopg.Error as fault:
        said = str(fault).strip().splitlines()[0].rstrip(".")
        raise DatabaseFault(
            f"The database does not let the app in ({said}): check DATABASE_URL and that the server runs."
        ) from None


def _of_the_server(connection: psycopg.Connection) -> list[Fault]:
    found = []
    if connection.info.server_version < VERSION_MIN:
        found.append(
            Fault(
                f"PostgreSQL {connection.info.server_version // 10000} is too old: use {VERSION_MIN // 10000} or newer."
            )
        )
    for setting, safe in _DURABLE.items():
        row = connection.execute("SELECT current_setting(%s)", [setting]).fetchone()
        if row and row[0] not in safe:
            how = (
                "stop the server and run pg_checksums --enable"
                if setting == "data_checksums"
                else f"set {setting} = {safe[0]} in postgresql.conf"
            )
            found.append(Fault(f"PostgreSQL runs with {setting} = {row[0]}, which can lose or spoil payments: {how}."))
    return found


def _of_the_log(connection: psycopg.Connection) -> list[Fault]:
    talks = []
    for setting, safe in _DISCREET.items():
        row = connection.execute("SELECT current_setting(%s, true)", [setting]).fetchone()
        if row and row[0] is not None and row[0] not in safe:
            talks.append(f"{setting} = {safe[0]}")
    if not talks:
        return []
    return [
        Fault(
            f"PostgreSQL writes statements or details of them into its log, and these hold ID numbers: "
            f"set {', '.join(talks)} in postgresql.conf.",
            trial=True,
        )
    ]


def _of_the_role(connection: psycopg.Connection) -> list[Fault]:
    row = connection.execute(
        """
        SELECT rolname, rolsuper, rolbypassrls,
               EXISTS (SELECT FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
                       WHERE nspname = 'public' AND pg_has_role(current_user, relowner, 'MEMBER'))
        FROM pg_roles WHERE rolname = current_user
        """
    ).fetchone()
    assert row is not None
    name, is_super, bypasses, owns = row
    if is_super or bypasses:
        kind = "a superuser" if is_super else "free of row-level security"
        return [
            Fault(
                f"The app's role {name} is {kind}, so no protection in the database holds for it: "
                f"let DATABASE_URL name a plain role.",
                trial=True,
            )
        ]
    if owns:
        return [
            Fault(
                f"The app's role {name} owns tables, so it could change the ledger: let DATABASE_URL name a role that "
                f"owns nothing and CANBAO_OWNER_URL the owner, who migrates.",
                trial=True,
            )
        ]
    return []
