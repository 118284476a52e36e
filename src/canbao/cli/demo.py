"""`canbao demo`: another size or seed of the invented register than the one `canbao run` loads at its first start."""

from __future__ import annotations

import argparse
import sys

from canbao.cli import BAD_USAGE, REFUSED


def register(sub: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    demo = sub.add_parser("demo", help="load the invented register of the demo into an empty database")
    demo.add_argument("--size", type=int, metavar="N", help="how many people (default 20,000)")
    demo.add_argument("--seed", type=int, metavar="S", help="the same seed and size make the same people")
    demo.set_defaults(func=_demo)


def _demo(args: argparse.Namespace) -> int:
    from canbao.cli.database.server import DatabaseFault
    from canbao.cli.start import database, is_production, migrated
    from canbao.kernel.deployment import UnsafeSettings
    from canbao.kernel.refusals import Refusal

    if args.size is not None and args.size < 1:
        print("canbao: --size is a number of people, 1 or more", file=sys.stderr)
        return BAD_USAGE
    try:
        if is_production():
            print("canbao: production holds real people; load the demo into a trial database.", file=sys.stderr)
            return REFUSED
        with database() as place:
            migrated(place)
            return _load(args.size, args.seed)
    except (DatabaseFault, UnsafeSettings) as fault:
        print(f"canbao: {fault}", file=sys.stderr)
    except Refusal as refusal:
        print(f"canbao: {refusal.text('en')}", file=sys.stderr)
    return REFUSED


def _load(size: int | None, seed: int | None) -> int:
    from canbao import demo
    from canbao.demo import activity, families

    loaded = demo.load(print, size, seed)
    if loaded is None:
        print("canbao: a demo is loaded already; use an empty database (another CANBAO_DATA).", file=sys.stderr)
        return REFUSED
    activity.issue(print, loaded.seed, loaded.cast_villages)
    families.begin(print, loaded.seed)
    activity.pay(print, loaded.seed)
    return 0
