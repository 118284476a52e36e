"""What a run writes before it is whole: beside the result under a hidden name, gone when the run ends, however it ends.

A run that is killed cannot clean up. Each holds a lock on what it writes, which the system lets go with the process, so
the next run knows what nobody finishes any more and removes it: people's data do not lie about.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

OURS: Final = re.compile(r"\..+\.(csv|parquet)\.[0-9]+\.partial")


@contextmanager
def unfinished(out: Path, *, folder: bool = False) -> Iterator[Path]:
    """An empty hidden file (or folder) beside `out`, to be written and then put in its place."""
    path = out.with_name(f".{out.name}.{os.getpid()}.partial").absolute()

    def make() -> Path:
        _remove(path)
        if folder:
            path.mkdir(parents=True)
        else:
            path.touch()
        return path

    with held(make):
        try:
            yield path
        finally:
            _remove(path)


@contextmanager
def held(make: Callable[[], Path]) -> Iterator[Path]:
    """What `make` makes, a file or folder: others can see that somebody works on it, and leave it alone.

    Another run may have removed it before it was locked, so then it is made again. A disk that knows no locks lets
    nobody remove anything.
    """
    handle = -1
    while handle < 0:
        path = make()
        with suppress(FileNotFoundError):
            handle = os.open(path, os.O_RDONLY)
            with suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_EX)
            if not _stands(handle, path):
                os.close(handle)
                handle = -1
    try:
        yield path
    finally:
        os.close(handle)


def _stands(handle: int, path: Path) -> bool:
    """Whether what is open is still what is called so."""
    try:
        return os.path.samestat(os.fstat(handle), path.lstat())
    except FileNotFoundError:
        return False


def sweep(out: Path, warn: Callable[[str], None]) -> None:
    """Remove what runs that were cut short left in the folder of `out`, and say so."""
    own = re.compile(rf"\.{re.escape(out.name)}\.[0-9]+\.partial")
    hidden = sorted(out.absolute().parent.glob(".*.partial"))
    left = [path for path in hidden if OURS.fullmatch(path.name) or own.fullmatch(path.name)]
    if swept := [path.name for path in left if remove_if_abandoned(path)]:
        names = ", ".join(swept)
        warn(
            f"已清除上次中断留下的临时文件（内有个人信息）：{names}。 "
            f"Removed what a run that was cut short left behind, with people's data in it: {names}."
        )


def remove_if_abandoned(path: Path) -> bool:
    """Remove it if it is this user's and nobody works on it."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        if os.fstat(handle).st_uid != os.getuid():
            return False
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not _stands(handle, path):
            return False
        _remove(path)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
