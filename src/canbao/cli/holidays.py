"""`canbao holidays`: which years can be counted in working days, and a year's calendar loaded at the machine itself."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from canbao.cli import BAD_USAGE, REFUSED

OPERATOR = "operator at the command line"


def register(sub: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    holidays = sub.add_parser("holidays", help="the State Council's holidays, by which working days are counted")
    verbs = holidays.add_subparsers(required=True, metavar="VERB")
    show = verbs.add_parser("show", help="the holidays of a year and where they come from")
    show.add_argument("year", type=int, metavar="YEAR")
    show.set_defaults(func=_show)
    load = verbs.add_parser("load", help="load a year's calendar that the program does not carry, or that was changed")
    load.add_argument(
        "file", type=Path, metavar="FILE", help="CSV with the header day,kind; kind is holiday or working"
    )
    load.add_argument("--year", type=int, required=True, metavar="YEAR")
    load.add_argument("--source", required=True, metavar="DOCUMENT", help="number of the document that says so")
    load.set_defaults(func=_load)


def _show(args: argparse.Namespace) -> int:
    def work() -> str:
        from canbao.areas import queries

        found = queries.calendar_of(args.year)
        rows = [(day, "holiday") for day in found.holidays] + [(day, "working") for day in found.make_up_days]
        return "\n".join(["day,kind", *(f"{day},{kind}" for day, kind in sorted(rows))])

    return _at_the_database(work)


def _load(args: argparse.Namespace) -> int:
    try:
        text = args.file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        print(f"canbao: {args.file} cannot be read as UTF-8 text: {fault}", file=sys.stderr)
        return BAD_USAGE

    def work() -> str:
        from canbao.areas import actions
        from canbao.cli.books import product_clock
        from canbao.kernel.capabilities import Capability
        from canbao.kernel.scope import program

        actor = program(OPERATOR, Capability.LOAD_CALENDAR)
        made = actions.load_calendar(actor=actor, year=args.year, text=text, source=args.source, clock=product_clock())
        return (
            f"{made.year}: {len(made.holidays)} holidays, {len(made.make_up_days)} weekend days worked, {made.source}"
        )

    return _at_the_database(work)


def _at_the_database(work: Callable[[], str]) -> int:
    from canbao.cli.serving import spoken
    from canbao.cli.start import database
    from canbao.kernel.refusals import Refusal

    def done() -> int:
        with database():
            try:
                print(work())
            except Refusal as refusal:
                print(f"canbao: {refusal.text('en')}", file=sys.stderr)
                return REFUSED
        return 0

    return spoken(done)
