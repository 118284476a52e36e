"""`canbao policy diff`, `count` and `price`: what changes between two policies, for whom, and what it costs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from canbao.policy import Policy, policies
from canbao.policy.refusals import NeedsNewCount

if TYPE_CHECKING:
    import polars as pl

    from canbao.policy.engines.counts import Counts
    from canbao.policy.engines.register import RejectedRow

BAD_USAGE = 2
Command = Callable[[str, str, Callable[[argparse.Namespace], int]], argparse.ArgumentParser]


def register(command: Command, add_year: Callable[[argparse.ArgumentParser], None]) -> None:
    diff = command("diff", "what changed between two policies, in words; with a register, for whom", _polite(_diff))
    diff.add_argument("before", metavar="ID")
    diff.add_argument("after", metavar="ID")
    diff.add_argument("--people", metavar="REGISTER", type=Path, help="who gains and who loses, .csv or .parquet")
    diff.add_argument(
        "--out", metavar="FILE.csv", type=Path, help="with --people: one row for each person that changes"
    )
    add_year(diff)
    count = command("count", "reduce a register to its situations, so that policies can be priced", _polite(_count))
    count.add_argument("people", metavar="PEOPLE", type=Path, help="a register, .csv or .parquet")
    count.add_argument(
        "--for", dest="policies", metavar="POLICY", action="append", required=True, help="a policy to price; repeatable"
    )
    count.add_argument("--out", metavar="COUNTS", type=Path, required=True, help="where to write, .parquet")
    add_year(count)
    price = command("price", "what a policy costs a whole register", _polite(_price))
    price.add_argument("policy", metavar="POLICY", help="a policy id or the path of a policy file")
    price.add_argument("people", metavar="COUNTS", type=Path, help="what `count` wrote, or a register")
    price.add_argument("--against", metavar="POLICY", help="show who gains and who loses compared with this policy")
    price.add_argument("--json", action="store_true", help="print one JSON object, amounts in fen")
    add_year(price)


def _polite(func: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    def run(args: argparse.Namespace) -> int:
        from canbao.policy.engines.register import Unreadable

        try:
            return func(args)
        except (Unreadable, NeedsNewCount) as error:
            print(error, file=sys.stderr)
            return BAD_USAGE

    return run


def _same_year(wanted: list[str], as_year: int | None) -> list[Policy]:
    """The policies for one benefit year: the one asked for, else that of the last policy."""
    found = [policies.get(each) for each in wanted]
    year = as_year or found[-1].benefit_year
    return [policy.carried_to(year) for policy in found]


class _Bad:
    """Counts bad rows; says the first."""

    def __init__(self) -> None:
        self.rows = 0

    def __call__(self, row: RejectedRow) -> None:
        self.rows += 1
        if self.rows == 1:
            print(f"第{row.row}行未计入 row {row.row} left out: {row.column} {row.value} {row.reason}", file=sys.stderr)

    def say(self) -> None:
        if self.rows:
            print(
                f"共{self.rows}行有误，未计入；逐行说明见 canbao bill。 "
                f"{self.rows} bad rows were left out; `canbao bill` lists each.",
                file=sys.stderr,
            )


def _diff(args: argparse.Namespace) -> int:
    from canbao.policy.leaflet import difference

    before, after = policies.get(args.before), policies.get(args.after)
    if args.out and not args.people:
        print("--out需要--people。 --out needs --people.", file=sys.stderr)
        return BAD_USAGE
    words = difference(before, after)
    if args.people:
        before, after = _same_year([args.before, args.after], args.as_year)
        words += f"\n\n{_effects(before, after, args.people, args.out)}"
    print(words)
    return 0


def _effects(before: Policy, after: Policy, people: Path, out: Path | None) -> str:
    from canbao.policy.engines.effects import effects
    from canbao.policy.engines.register import Unreadable, require_writable
    from canbao.policy.engines.tables import effects_table
    from canbao.policy.engines.unfinished import sweep, unfinished

    bad = _Bad()
    if out is None:
        found = effects(before, after, people, bad=bad)
    elif out.suffix != ".csv":
        raise Unreadable(f"{out.name}：请用.csv。 {out.name}: write .csv.")
    else:
        require_writable(out, people=people)
        sweep(out, lambda text: print(text, file=sys.stderr))
        try:
            with unfinished(out) as partial:
                with partial.open("wb") as handle:

                    def write(frame: pl.DataFrame) -> None:
                        frame.write_csv(handle, include_header=handle.tell() == 0, date_format="%Y-%m-%d")

                    found = effects(before, after, people, bad=bad, each=write)
                partial.replace(out)
        except OSError as error:
            raise Unreadable(f"无法写{out}：{error.strerror}。 {out} cannot be written: {error.strerror}.") from None
    bad.say()
    return effects_table(found)


def _count(args: argparse.Namespace) -> int:
    from canbao.policy.engines.counts import count, save
    from canbao.policy.engines.register import Unreadable, require_writable

    if args.out.suffix != ".parquet":
        raise Unreadable(f"{args.out.name}：请用.parquet。 {args.out.name}: write .parquet.")
    require_writable(args.out, people=args.people)
    bad = _Bad()
    counts = count(_same_year(args.policies, args.as_year), args.people, bad)
    save(counts, args.out)
    bad.say()
    print(
        f"{counts.rows}人，{len(counts.people)}种情形。 {counts.rows} people, {len(counts.people)} situations.",
        file=sys.stderr,
    )
    return 0


def _counts(path: Path, wanted: list[Policy]) -> Counts:
    from canbao.policy.engines.counts import count, is_counts, load

    if is_counts(path):
        return load(path)
    bad = _Bad()
    counts = count(wanted, path, bad)
    bad.say()
    return counts


def _price(args: argparse.Namespace) -> int:
    from canbao.policy.engines.effects import compare
    from canbao.policy.engines.pricing import price
    from canbao.policy.engines.tables import effects_table, price_table

    against = [args.against] if args.against else []
    wanted = _same_year([*against, args.policy], args.as_year)
    counts = _counts(args.people, wanted)
    totals = [price(policy, counts) for policy in wanted]
    if args.json:
        found = {**totals[-1].as_dict(), "rejected": counts.rejected}
        print(json.dumps({**found, "against": totals[0].as_dict()} if against else found, ensure_ascii=False, indent=2))
        return 0
    print(price_table(totals[-1]))
    if against:
        print(f"\n{effects_table(compare(wanted[0], wanted[1], counts))}")
    return 0
