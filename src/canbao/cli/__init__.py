"""Cli 命令.

Takes: words on the command line and the environment.
Gives: the commands of the contract, and those that start and look after the product.
Never: imports Django for a command that only needs the policy engine, or shows a traceback for bad input.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from canbao import __version__

REFUSED = 1
BAD_USAGE = 2
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status (0 done, 1 faults found or refused, 2 bad usage or unreadable input)."""
    try:
        try:
            args = parser().parse_args(argv)
            status: int = args.func(args)
        finally:
            # Here and not at the end of Python: --help leaves by an exception, and its reader may have left too.
            sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe left early; without this, Python complains once more while it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


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
