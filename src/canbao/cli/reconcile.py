"""`canbao reconcile`: two ledgers compared row by row, as files."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from canbao.cli import BAD_USAGE
from canbao.kernel.clock import unique_key
from canbao.kernel.fen import yuan_from_fen

WORDS = {
    "matched": ("相符", "matched"),
    "person_differs": ("人员不符", "person differs"),
    "year_differs": ("年度不符", "year differs"),
    "amount_differs": ("金额不符", "amount differs"),
    "only_ours": ("只有我方有", "only in ours"),
    "only_theirs": ("只有对方有", "only in theirs"),
    "duplicate_txn_ours": ("我方重复流水", "repeated in ours"),
    "duplicate_txn_theirs": ("对方重复流水", "repeated in theirs"),
    "paid_twice": ("一人一年缴了多次", "paid twice"),
    "two_areas": ("在两个统筹区缴费", "paid in two areas"),
}


def register(sub: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = sub.add_parser(
        "reconcile", help="compare two ledgers row by row", description="compare two ledgers row by row"
    )
    command.add_argument("ours", metavar="OURS", type=Path, help="our ledger, .csv or .parquet")
    command.add_argument("theirs", metavar="THEIRS", type=Path, help="theirs: the tax bureau's, a bank's, a channel's")
    command.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder for differences and summary")
    command.add_argument("--csv", action="store_true", help="write differences.csv beside differences.parquet")
    command.add_argument(
        "--engine", choices=["local", "spark"], default="local", help="where to compare (default: this process)"
    )
    command.add_argument(
        "--spark-master", metavar="URL", help="with --engine spark: the master (default: local[*], this machine alone)"
    )
    command.set_defaults(func=_reconcile)


def _reconcile(args: argparse.Namespace) -> int:
    from canbao.policy.engines.register import Unreadable
    from canbao.policy.engines.spark_session import LOCAL
    from canbao.policy.engines.unfinished import sweep
    from canbao.reconciliation import local, spark
    from canbao.reconciliation.matching import Keys

    if args.spark_master and args.engine != "spark":
        return _refused("--spark-master要与--engine spark同用。 --spark-master goes with --engine spark.")
    if args.out.exists() and not args.out.is_dir():
        return _refused(f"{args.out}不是文件夹，请另取一名。 {args.out} is no folder; give another name.")
    for made in (args.out, args.out / "differences.parquet"):
        sweep(made, _warn)
    try:
        if args.engine == "spark":
            master = args.spark_master or LOCAL
            sums = spark.reconcile(args.ours, args.theirs, args.out, _warn, csv=args.csv, master=master)
        else:
            keys = Keys.of(unique_key())
            sums = local.reconcile(args.ours, args.theirs, args.out, keys, _warn, csv=args.csv)
    except Unreadable as error:
        return _refused(str(error))
    except OSError as error:
        return _refused(f"无法写入{args.out}：{error.strerror}。 {args.out} cannot be written: {error.strerror}.")
    _show(sums)
    return 0


def _show(sums: dict[str, Any]) -> None:
    lines = [
        f"我方{sums['ours']['rows']}行，{yuan_from_fen(sums['ours']['fen'])}元；"
        f"对方{sums['theirs']['rows']}行，{yuan_from_fen(sums['theirs']['fen'])}元。 "
        f"Ours {sums['ours']['rows']} rows, theirs {sums['theirs']['rows']} rows."
    ]
    for kind, found in sums["kinds"].items():
        if found["rows_ours"] or found["rows_theirs"]:
            zh, en = WORDS[kind]
            lines.append(
                f"  {zh} {en}: {found['rows_ours']} / {found['rows_theirs']}，"
                f"{yuan_from_fen(found['fen_ours'])} / {yuan_from_fen(found['fen_theirs'])}"
            )
    print("\n".join(lines), file=sys.stderr)


def _warn(text: str) -> None:
    print(text, file=sys.stderr)


def _refused(text: str) -> int:
    print(text, file=sys.stderr)
    return BAD_USAGE
