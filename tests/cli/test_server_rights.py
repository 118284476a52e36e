"""What the private PostgreSQL may do, and who may ask it: not root's files, and nobody but its starter."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from canbao.cli.database import quarters, roles
from canbao.cli.database.server import SUPERUSER, PrivateServer

AS_ROOT = os.geteuid() == 0
NOBODY = pwd.getpwnam("nobody")
only_root = pytest.mark.skipif(not AS_ROOT, reason="only root starts it as another user")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "postgresql"
    PrivateServer(tmp_path / "postgresql").remove()


def _as_nobody(work: Callable[[], object]) -> str:
    """The name of the error that the work ends in when a process of nobody does it, or an empty string."""
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        said = ""
        try:
            os.setgroups([])
            os.setresgid(NOBODY.pw_gid, NOBODY.pw_gid, NOBODY.pw_gid)
            os.setresuid(NOBODY.pw_uid, NOBODY.pw_uid, NOBODY.pw_uid)
            work()
        except BaseException as fault:
            said = type(fault).__name__
        os.write(writing, said.encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as answer:
        return answer.read()


@only_root
def test_a_process_of_nobody_can_neither_connect_nor_read_a_password_or_the_data(home: Path) -> None:
    with PrivateServer(home).running() as server:
        path = str(server.socket / ".s.PGSQL.5432")
        assert _as_nobody(lambda: socket.socket(socket.AF_UNIX).connect(path)) == "PermissionError"
        for file in (server.passwords, server.cluster / "PG_VERSION", server.log):
            assert _as_nobody(file.read_bytes) == "PermissionError"
        postmaster = int((server.cluster / "postmaster.pid").read_text().split()[0])
        assert _as_nobody(lambda: os.kill(postmaster, 0)) == "PermissionError"


@pytest.mark.parametrize("role", [SUPERUSER, roles.OWNER, roles.APP, roles.AUDITOR])
def test_no_role_is_let_in_without_its_password_not_even_the_starter(home: Path, role: str) -> None:
    with PrivateServer(home).running() as server:
        with psycopg.connect(server.url(role, "postgres")) as connection:
            assert connection.execute("SELECT current_user").fetchone() == (role,)
        for wrong in ("", "&password=wrong"):
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(f"postgresql://{role}@/postgres?host={server.socket}{wrong}")


@only_root
def test_its_superuser_cannot_read_what_only_root_may_nor_write_where_only_root_may(home: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("root's own")
    secret.chmod(0o600)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == 0 and folder != Path(folder.anchor) and "pytest" in folder.name:
            folder.chmod(0o755)
    with (
        PrivateServer(home).running() as server,
        psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True) as connection,
    ):
        connection.execute("CREATE TABLE stolen (line text)")
        for theft in (
            f"SELECT pg_read_file('{secret}')",
            f"COPY stolen FROM '{secret}'",
            "COPY stolen FROM '/etc/shadow'",
            f"COPY (SELECT 1) TO '{tmp_path}/planted'",
            f"COPY stolen FROM PROGRAM 'cat {secret}'",
        ):
            with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.ExternalRoutineException)):
                connection.execute(theft)


@only_root
def test_it_runs_with_an_id_that_nothing_else_has_and_without_capabilities(home: Path) -> None:
    with PrivateServer(home).running() as server:
        postmaster = (server.cluster / "postmaster.pid").read_text().split()[0]
        status = dict(line.split(":\t", 1) for line in Path(f"/proc/{postmaster}/status").read_text().splitlines())

        assert int(status["Uid"].split()[0]) in quarters.OWN_IDS
        assert status["Groups"].strip() == ""
        assert {status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {"0" * 16}


@only_root
def test_where_root_may_take_no_id_of_its_own_nobody_runs_it_and_still_nobody_connects(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarters, "_can_become", lambda uid: uid == NOBODY.pw_uid)

    with PrivateServer(home).running() as server:
        assert server.cluster.stat().st_uid == NOBODY.pw_uid
        with psycopg.connect(server.url(roles.APP, "postgres")) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(f"postgresql://{SUPERUSER}@/postgres?host={server.socket}")


@only_root
def test_data_and_programs_that_its_user_cannot_reach_lie_elsewhere_and_go_with_the_rest(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    package = quarters.binaries().parents[1]
    for part in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(part, closed / part.name, symlinks=True)
    monkeypatch.setattr(quarters, "binaries", lambda: closed / package.name / "pginstall" / "bin")
    server = PrivateServer(closed / "home")

    with server.running():
        elsewhere = server.elsewhere
        assert elsewhere is not None and server.cluster.is_relative_to(elsewhere)
        assert server.quarters.program.is_relative_to(elsewhere / "program")
        assert (server.quarters.program / "postgres").stat().st_uid == 0
        with psycopg.connect(server.url(roles.OWNER, "postgres")) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    with PrivateServer(closed / "home").running() as again:
        assert again.elsewhere == elsewhere

    server.remove()
    assert not elsewhere.exists()


@only_root
def test_data_elsewhere_whose_folder_was_removed_are_not_taken_for_new_ones(home: Path) -> None:
    home.parent.chmod(0o700)
    with PrivateServer(home).running() as server:
        roles.create_database(server.url(SUPERUSER, "postgres"), "old")
    shutil.rmtree(home)

    with (
        PrivateServer(home).running() as server,
        psycopg.connect(server.url(SUPERUSER, "postgres")) as connection,
    ):
        assert connection.execute("SELECT FROM pg_database WHERE datname = 'old'").fetchone() is None


def test_lost_passwords_are_made_anew_and_the_data_stay(home: Path) -> None:
    with PrivateServer(home).running() as server:
        roles.create_database(server.url(SUPERUSER, "postgres"), "kept")
    server.passwords.unlink()

    with PrivateServer(home).running(), psycopg.connect(server.url(roles.OWNER, "kept")) as connection:
        assert connection.execute("SELECT current_user").fetchone() == (roles.OWNER,)


def test_a_refused_row_leaves_no_id_number_in_the_log(home: Path) -> None:
    number = "370481196105200024"
    with (
        PrivateServer(home).running() as server,
        psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True) as connection,
    ):
        connection.execute("CREATE TABLE resident (id_number text UNIQUE, kind int CHECK (kind > 0))")
        add = "INSERT INTO resident VALUES ({}, 1)"
        connection.execute(add.format(f"'{number}'"))
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute(add.format(f"'{number}'"))
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute(add.format("%s"), [number])
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute("INSERT INTO resident VALUES (%s, 0)", [number[::-1]])

    log = server.log.read_text()
    assert "duplicate key value violates unique constraint" in log
    assert number not in log and number[::-1] not in log


def test_no_password_stands_in_the_list_of_processes_or_in_a_url(home: Path) -> None:
    with PrivateServer(home).running() as server:
        words = [line.rsplit(":", 1)[1] for line in server.passwords.read_text().splitlines()]
        listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout

        assert len(set(words)) == 4 and sys.getsizeof(words[0]) > 40
        assert not any(word in listed or word in server.url(roles.APP, "canbao") for word in words)
