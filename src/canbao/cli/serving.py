"""Commands that start and look after the product: run, migrate, manage."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from canbao.cli import REFUSED


def register(sub: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    run = sub.add_parser("run", help="start the product: database, tables, demo data, web server; Ctrl-C stops it all")
    run.set_defaults(func=_run)
    migrate = sub.add_parser("migrate", help="bring the tables up to date as the owner and grant the app its rights")
    migrate.set_defaults(func=_migrate)
    manage = sub.add_parser("manage", help="run a Django management command on the same database, for developers")
    manage.add_argument("--owner", action="store_true", help="as the owner of the tables instead of the app")
    manage.add_argument("words", nargs=argparse.REMAINDER, metavar="...", help="the command and its arguments")
    manage.set_defaults(func=_manage)


def _run(args: argparse.Namespace) -> int:
    from canbao.cli.run import run

    return spoken(run)


def _migrate(args: argparse.Namespace) -> int:
    from canbao.cli.start import database, migrated

    def work() -> int:
        with database() as place:
            migrated(place)
        return 0

    return spoken(work)


def _manage(args: argparse.Namespace) -> int:
    from canbao.cli.start import database, manage

    def work() -> int:
        with database() as place:
            return manage(place, args.words, owner=args.owner)

    return spoken(work)


def spoken(work: Callable[[], int]) -> int:
    """Do the work; a fault that a person can mend becomes one sentence on stderr."""
    from canbao.cli.database.server import DatabaseFault
    from canbao.cli.web import WebFault
    from canbao.kernel.deployment import UnsafeSettings

    try:
        return work()
    except (DatabaseFault, UnsafeSettings, WebFault) as fault:
        print(f"canbao: {fault}", file=sys.stderr)
        return REFUSED
