"""The private PostgreSQL: it starts anywhere, survives a kill, lets nobody else in and says plainly why it cannot."""

from __future__ import annotations

import os
import pwd
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from canbao.cli.database import roles, safety
from canbao.cli.database.memory import memory_bytes, memory_settings
from canbao.cli.database.server import SUPERUSER, DatabaseFault, PrivateServer

AS_ROOT = os.geteuid() == 0


def _postmaster(server: PrivateServer) -> int:
    return int((server.cluster / "postmaster.pid").read_text().split()[0])


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "postgresql"
    PrivateServer(tmp_path / "postgresql").remove()


def test_it_starts_keeps_what_was_written_and_stops_with_its_last_user(home: Path) -> None:
    server = PrivateServer(home)
    with server.running():
        roles.create_database(server.url(SUPERUSER, "postgres"), "canbao")
        with psycopg.connect(server.url(roles.OWNER, "canbao")) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS row")
        with PrivateServer(home).running():
            pass
        assert server.is_ready()
    assert not server.is_ready()

    with server.running(), psycopg.connect(server.url(roles.OWNER, "canbao")) as connection:
        assert connection.execute("SELECT row FROM kept").fetchone() == (1,)


def test_it_keeps_the_promises_that_money_needs(home: Path) -> None:
    with PrivateServer(home).running() as server:
        superuser = server.url(SUPERUSER, "postgres")
        roles.create_database(superuser, "canbao")

        assert safety.faults(server.url(roles.APP, "canbao")) == []
        with psycopg.connect(server.url(roles.APP, "canbao")) as connection:
            assert connection.execute("SHOW timezone").fetchone() == ("Asia/Shanghai",)
            wanted = memory_settings(memory_bytes())["shared_buffers"]
            assert connection.execute(
                "SELECT pg_size_bytes(current_setting('shared_buffers')) = pg_size_bytes(%s)", [wanted]
            ).fetchone() == (True,)
            assert (
                connection.execute("SELECT show_trgm('张桂兰') <> '{}'").fetchone() == (True,)
                if _trgm(server)
                else True
            )


def _trgm(server: PrivateServer) -> bool:
    with psycopg.connect(server.url(roles.OWNER, "canbao"), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    return True


def test_nobody_else_can_reach_its_socket_or_its_data(home: Path) -> None:
    with PrivateServer(home).running() as server:
        for folder in (server.socket, server.cluster):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            assert folder.stat().st_uid == server.quarters.user.uid
        assert (server.quarters.user.uid == os.geteuid()) is not AS_ROOT
        assert stat.S_IMODE(server.passwords.stat().st_mode) == 0o600
        assert server.passwords.stat().st_uid == os.geteuid()
        with psycopg.connect(server.url(SUPERUSER, "postgres")) as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


@pytest.mark.parametrize("victims", ["postmaster alone", "the whole tree"])
def test_after_a_kill_the_next_start_recovers_every_acknowledged_row(home: Path, victims: str) -> None:
    server = PrivateServer(home)
    with server.running():
        acknowledged = _write_until_killed(server, whole_tree=victims == "the whole tree")
        assert acknowledged > 0

    with server.running(), psycopg.connect(server.url(SUPERUSER, "postgres")) as connection:
        row = connection.execute("SELECT count(*) FROM written WHERE number <= %s", [acknowledged]).fetchone()

    assert row == (acknowledged,)


def _write_until_killed(server: PrivateServer, *, whole_tree: bool) -> int:
    postmaster = _postmaster(server)
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split() if whole_tree else []
    acknowledged = 0
    with psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        connection.execute("CREATE TABLE written (number int)")
        backend = connection.info.backend_pid
        victims = [postmaster, *map(int, children), *([backend] if whole_tree else [])]
        killer = threading.Thread(target=_kill, args=[victims])
        try:
            for number in range(1, 5_000):
                connection.execute("INSERT INTO written VALUES (%s)", [number])
                acknowledged = number
                if number == 100:
                    killer.start()
        except psycopg.OperationalError:
            pass
        killer.join()
    return acknowledged


def _kill(pids: list[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def test_many_who_start_at_once_share_one_server(home: Path) -> None:
    code = (
        "import sys, pathlib, psycopg; from canbao.cli.database.server import PrivateServer\n"
        "with PrivateServer(pathlib.Path(sys.argv[1])).running() as server:\n"
        "    with psycopg.connect(server.url('postgres', 'postgres')) as c:\n"
        "        print(c.execute('SELECT system_identifier FROM pg_control_system()').fetchone()[0])\n"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(home)], stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    said = [process.communicate(timeout=120)[0] for process in started]

    assert [process.returncode for process in started] == [0, 0, 0, 0]
    assert len(set(said)) == 1 and said[0].strip()
    assert not PrivateServer(home).is_ready()


def test_an_interrupted_first_start_leaves_nothing_in_the_way(home: Path) -> None:
    (home / "cluster.unfinished").mkdir(parents=True)
    (home / "cluster.unfinished" / "PG_VERSION").write_text("18\n")

    with PrivateServer(home).running() as server:
        assert server.is_ready()


@pytest.mark.parametrize("name", ["d" * 90, "with a space", "参保", "it's"])
def test_a_folder_whose_path_suits_no_socket_gets_one_elsewhere(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name / "postgresql"

    server = PrivateServer(folder)
    with server.running(), psycopg.connect(server.url(SUPERUSER, "postgres")) as connection:
        assert not server.socket.is_relative_to(folder)
        assert connection.execute("SELECT 1").fetchone() == (1,)
    server.remove()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        ("binaries", "does not run here (it needs Linux with glibc): set DATABASE_URL"),
        ("version", "were written by PostgreSQL 9"),
        ("home", "set CANBAO_DATA to a folder you may write to"),
        ("cluster", "see "),
    ],
)
def test_when_it_cannot_start_one_sentence_says_why_and_what_to_do(
    home: Path, spoil: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if spoil == "binaries":
        monkeypatch.setenv("PG_BIN", str(home / "nowhere"))
    elif spoil == "home":
        home = home.parent / "file"
        home.write_text("a file where a folder should be")
    else:
        with PrivateServer(home).running() as server:
            pass
        file = server.cluster / ("PG_VERSION" if spoil == "version" else "postgresql.conf")
        file.write_text("9\n" if spoil == "version" else "nonsense = 1\n")

    with pytest.raises(DatabaseFault) as caught, PrivateServer(home).running():
        pass

    assert says in str(caught.value)
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


@pytest.mark.skipif(not AS_ROOT, reason="only root can make a folder that belongs to somebody else")
def test_data_of_another_user_are_refused_by_name(home: Path) -> None:
    with PrivateServer(home).running() as server:
        pass
    os.chown(server.cluster, pwd.getpwnam("daemon").pw_uid, -1)

    says = "belong to daemon: start as that user, or set CANBAO_DATA"
    with pytest.raises(DatabaseFault, match=says), server.running():
        pass


@pytest.mark.parametrize(
    ("memory", "shared"), [(1 << 29, "128MB"), (8 << 30, "1024MB"), (24 << 30, "3072MB"), (1 << 40, "4096MB")]
)
def test_it_takes_an_eighth_of_the_memory_that_there_is(memory: int, shared: str) -> None:
    assert memory_settings(memory)["shared_buffers"] == shared


def test_the_limit_of_a_container_is_all_the_memory_there_is(tmp_path: Path) -> None:
    small, none = tmp_path / "small", tmp_path / "none"
    small.write_text(f"{1 << 29}\n")
    none.write_text("max\n")

    assert memory_bytes((small,)) == 1 << 29
    assert memory_bytes((none, tmp_path / "missing")) == memory_bytes(())
