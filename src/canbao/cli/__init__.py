"""Cli 命令.

Takes: words on the command line and the environment.
Gives: the commands of the contract, and those that start and look after the product.
Never: imports Django for a command that only needs the policy engine, or shows a traceback for bad input.
"""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TextIO

from canbao import __version__

REFUSED = 1
BAD_USAGE = 2
INTERRUPTED = 130
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""What a disk or a device says that takes no more; a file that cannot be opened is told by its command."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status (0 done, 1 faults found or refused, 2 bad usage or unreadable input)."""
    try:
        try:
            args = parser().parse_args(argv)
            status: int = args.func(args)
        finally:
            # Here and not at the end of Python: --help leaves by an exception, and its reader may have left too.
            for stream in _streams():
                stream.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe left early, as `head` does; that is no fault.
        _give_up()
        return 0
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        _give_up()
        zh = "输出写不下去，请检查磁盘空间和输出位置；已写出的部分不完整"
        en = "the output cannot be written; look at the disk and where it goes; what was written is not whole"
        with suppress(OSError):
            print(f"{zh}。 {en} ({error.strerror}).", file=sys.stderr)
        return BAD_USAGE
    return status


def _streams() -> list[TextIO]:
    """Standard output and error, as far as they were not closed when we were started."""
    return [stream for stream in (sys.stdout, sys.stderr) if stream is not None]


def _give_up() -> None:
    """Throw away what cannot be written; without this, Python complains once more while it closes the streams."""
    for stream in _streams():
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def parser() -> argparse.ArgumentParser:
    """The whole command line, from light modules only: each command imports what it needs when it runs."""
    from canbao.cli import books, channels, clients, demo, holidays, keys, policy, reconcile, serving, staff

    top = argparse.ArgumentParser(
        prog="canbao", description="Runs a city's yearly resident medical insurance campaign."
    )
    top.add_argument("--version", action="version", version=f"canbao {__version__}")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    policy.register(commands)
    serving.register(commands)
    books.register(commands)
    reconcile.register(commands)
    demo.register(commands)
    staff.register(commands)
    holidays.register(commands)
    clients.register(commands)
    keys.register(commands)
    channels.register(commands)
    return top
