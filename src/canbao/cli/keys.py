"""`canbao rotate-keys`: seal everything again under the key that CANBAO_DATA_KEYS names first."""

from __future__ import annotations

import argparse
import sys


def register(sub: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    rotate = sub.add_parser(
        "rotate-keys",
        help="seal everything again under the first key of CANBAO_DATA_KEYS; goes on where it stopped",
    )
    rotate.set_defaults(func=_rotate)


def refuse_unknown_keys() -> None:
    """Raise UnsafeSettings if something in the database is sealed under a key that is not there. Needs Django."""
    from canbao.kernel.deployment import UnsafeSettings
    from canbao.staff.actions.keys import unknown_key

    if key := unknown_key():
        raise UnsafeSettings(
            f"The database holds numbers under the key {key}, which CANBAO_DATA_KEYS (or the file data-keys in "
            f"CANBAO_DATA) does not hold: bring that key back, or nobody can read them."
        )


def _rotate(args: argparse.Namespace) -> int:
    from canbao.cli.database.server import DatabaseFault
    from canbao.cli.start import database
    from canbao.kernel.capabilities import Capability
    from canbao.kernel.deployment import UnsafeSettings
    from canbao.kernel.scope import program
    from canbao.kernel.vault import BadKeys, VaultFault, ring

    try:
        with database():
            from canbao.staff.actions.keys import rotate_keys

            done = 0
            for count in rotate_keys(actor=program("rotate-keys", Capability.KEEP_KEYS)):
                done += count
                print(f"\r{done:,} rows and files", end="", file=sys.stderr, flush=True)
            print(file=sys.stderr)
            print(f"Sealed {done:,} rows and files again; all stands under the key {ring().active_id.hex()} now.")
    except (DatabaseFault, UnsafeSettings, BadKeys, VaultFault) as fault:
        print(f"canbao: {fault}", file=sys.stderr)
        return 2
    return 0
