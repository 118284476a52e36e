"""The commands of the contract that need only the policy engine: policy, quote, bill."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

from canbao.cli import pricing
from canbao.cli.person_json import UnusableJson, read_person
from canbao.kernel.clock import SystemClock
from canbao.kernel.fen import yuan_from_fen
from canbao.policy import BadPerson, Policy, PolicyFaults, UnknownPolicy, policies, quote
from canbao.policy.codes import PERSON_COLUMNS

FAULTS_FOUND = 1
BAD_USAGE = 2
YEARS = range(2000, 2100)


def register(sub: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    policy = sub.add_parser("policy", help="list, show, check and compare policies")
    verbs = policy.add_subparsers(required=True, metavar="VERB")
    _command(verbs, "list", "the policies that are there", _list)
    show = _command(verbs, "show", "one policy as a leaflet", _show)
    show.add_argument("policy", metavar="ID")
    check = _command(verbs, "check", "check policy files and the cases beside them", _check)
    check.add_argument("paths", metavar="PATH", nargs="+", type=Path)
    pricing.register(lambda name, words, func: _command(verbs, name, words, func), _add_year)

    one = _command(sub, "quote", "what one person owes and from when the person is covered", _quote)
    one.add_argument("policy", metavar="POLICY", help="a policy id or the path of a policy file")
    one.add_argument(
        "person", metavar="PERSON.json", nargs="?", default="-", help="a JSON file, or - for standard input"
    )
    one.add_argument("--on", type=_day, metavar="DATE", help="the day asked about (default: today)")
    _add_year(one)

    many = _command(sub, "bill", "the same for a whole register", _bill)
    many.add_argument("policy", metavar="POLICY", help="a policy id or the path of a policy file")
    many.add_argument("people", metavar="PEOPLE", type=Path, help="a register, .csv or .parquet")
    many.add_argument("--out", metavar="BILLS", type=Path, required=True, help="where to write, .csv or .parquet")
    many.add_argument(
        "--engine", choices=["local", "spark"], default="local", help="where to work it out (default: this process)"
    )
    many.add_argument(
        "--spark-master", metavar="URL", help="with --engine spark: the master (default: local[*], this machine alone)"
    )
    _add_year(many)


def _command(
    sub: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    words: str,
    func: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser = sub.add_parser(name, help=words, description=words)
    parser.set_defaults(func=_polite(func))
    return parser


def _add_year(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--as-year", type=_year, metavar="YEAR", help="carry the policy to another benefit year, every date moved"
    )


def _polite(func: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    def run(args: argparse.Namespace) -> int:
        try:
            return func(args)
        except UnknownPolicy as error:
            return _say(str(error), BAD_USAGE)
        except PolicyFaults as error:
            return _say(str(error), BAD_USAGE)

    return run


def _say(text: str, status: int) -> int:
    print(text, file=sys.stderr)
    return status


def _day(text: str) -> date:
    try:
        if len(text) != len("2025-01-01"):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text} 不是日期，应写作 YYYY-MM-DD。 {text} is not a date YYYY-MM-DD"
        ) from None


def _year(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) in YEARS):
        raise argparse.ArgumentTypeError(
            f"{text} 不是{YEARS.start}至{YEARS.stop - 1}之间的年度。 "
            f"{text} is not a year from {YEARS.start} to {YEARS.stop - 1}"
        )
    return int(text)


def _list(_: argparse.Namespace) -> int:
    for policy in policies.all():
        window = f"{policy.opens:%Y-%m-%d} – {policy.closes:%Y-%m-%d %H:%M}"
        print(f"{policy.id}  {window}  {policy.name.zh}  {policy.name.en}")
    return 0


def _show(args: argparse.Namespace) -> int:
    from canbao.policy.leaflet import leaflet

    print(leaflet(policies.get(args.policy)))
    return 0


def _check(args: argparse.Namespace) -> int:
    from canbao.policy.checks import Report, check_file

    report = Report()
    for path in args.paths:
        if not path.exists():
            return _say(_no_such_file(path), BAD_USAGE)
        report = report.add(check_file(path))
    for remark in report.remarks:
        print(f"{remark.file}:{remark.line}: column {remark.column}: 提示 {remark.what}", file=sys.stderr)
    for fault in report.faults:
        print(fault)
    faults, remarks = len(report.faults), len(report.remarks)
    print(
        f"算例{report.cases}个，情形{report.situations}种，错误{faults}处，提示{remarks}处。 "
        f"{report.cases} cases, {report.situations} situations, {faults} faults, {remarks} remarks.",
        file=sys.stderr,
    )
    return FAULTS_FOUND if report.faults else 0


def _no_such_file(path: Path) -> str:
    """Who gives a policy's name where its file is asked for is told the file."""
    area, _, year = str(path).rpartition("-")
    file = policies.folder / area / f"{year}.yaml"
    if str(path) in policies.ids():
        return f"{path}是政策名称，请给出文件：{file}。 {path} names a policy; give its file: {file}"
    return f"找不到{path}。 There is no {path}."


def _quote(args: argparse.Namespace) -> int:
    policy = policies.get(args.policy)
    try:
        person = read_person(args.person)
        if unknown := [key for key in person if key not in PERSON_COLUMNS]:
            names = ", ".join(unknown)
            print(f"忽略未知的项：{names}。 Unknown keys are ignored: {names}.", file=sys.stderr)
        answer = quote(policy, person, on=args.on or SystemClock().today(), as_year=args.as_year)
    except UnusableJson as error:
        return _say(str(error), BAD_USAGE)
    except BadPerson as error:
        for fault in error.faults:
            _say(f"{fault.column}：{fault.value} {fault.reason}", BAD_USAGE)
        return BAD_USAGE
    print(json.dumps(answer.as_dict(), ensure_ascii=False, indent=2))
    return 0


def _warn(text: str) -> None:
    print(text, file=sys.stderr)


def _bill(args: argparse.Namespace) -> int:
    # Before they start: no matrix is multiplied here, and two threads of ours feed Polars' own beside the rest.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("POLARS_MAX_THREADS", str(max(1, (os.cpu_count() or 1) // 2)))
    from canbao.policy.engines import local, spark
    from canbao.policy.engines.register import Unreadable
    from canbao.policy.engines.spark_session import LOCAL

    if args.spark_master and args.engine != "spark":
        return _say("--spark-master要与--engine spark同用。 --spark-master goes with --engine spark.", BAD_USAGE)
    policy: Policy = policies.get(args.policy).carried_to(args.as_year)
    try:
        if args.engine == "spark":
            summary = spark.bill(policy, args.people, args.out, _warn, master=args.spark_master or LOCAL)
        else:
            summary = local.bill(policy, args.people, args.out, _warn)
    except Unreadable as error:
        return _say(str(error), BAD_USAGE)
    owed = yuan_from_fen(summary.personal_fen)
    print(
        f"{policy.id}：{summary.rows}行，出单{summary.billed}行（其中不符合参保条件{summary.not_eligible}行），"
        f"退回{len(summary.rejected)}行；个人应缴合计{owed}元；{summary.situations}种情形。\n"
        f"{policy.id}: {summary.rows} rows, {summary.billed} billed ({summary.not_eligible} not eligible), "
        f"{len(summary.rejected)} rejected; persons pay {owed} yuan; "
        f"{summary.situations} situations.",
        file=sys.stderr,
    )
    if summary.rejected:
        print(f"退回的行见 Rejected rows are in {args.out.name}.rejected.csv", file=sys.stderr)
    return 0
