"""Commands about the books: check what must hold, and trace a day of cover back to the clause of the notice."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from canbao.entitlement.queries import PersonYear
    from canbao.kernel.clock import FixedClock
    from canbao.kernel.scope import Scope


def register(sub: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    check = sub.add_parser(
        "check-invariants",
        help="check what must hold of register, bills, payments, mutual aid, ledger, cover, statements and kept counts",
    )
    check.set_defaults(func=_check)
    seal = sub.add_parser("seal", help="chain and seal every past day of the ledger that is not sealed yet")
    seal.set_defaults(func=_seal)
    trace = sub.add_parser("trace", help="from a day of cover back to the ledger, the payment, the bill and the clause")
    trace.add_argument("name", help="a receipt number, bill/ID, resident/ID, or a bare bill or resident id")
    trace.add_argument("--language", choices=("zh", "en"), default="zh", help="language of the reasons (default zh)")
    trace.set_defaults(func=_trace)


def _operator() -> Scope:
    """Who works at the machine itself sees every area."""
    from canbao.areas import queries as areas
    from canbao.kernel.capabilities import Capability
    from canbao.kernel.scope import Scope, area_prefix

    prefixes = tuple(area_prefix(province.code) for province in areas.provinces())
    return Scope(
        actor_id=None,
        actor_name="command line",
        prefixes=prefixes,
        purpose="operation",
        capabilities=frozenset({Capability.KEEP_LEDGER}),
    )


def product_clock() -> FixedClock:
    """Now, where the product lives: a demo has days of its own, and to seal them by ours would end its campaign."""
    from canbao.cli.start import data_folder, is_production
    from canbao.kernel.clock import FixedClock, SystemClock

    kept = data_folder() / "clock-shift-days"
    days = 0 if is_production() or not kept.exists() else int(kept.read_text())
    return FixedClock(SystemClock().now() + timedelta(days=days))


def _with_database(work: Callable[[], int]) -> int:
    from canbao.cli.database.server import DatabaseFault
    from canbao.cli.start import database
    from canbao.kernel.deployment import UnsafeSettings
    from canbao.kernel.refusals import Refusal

    try:
        with database():
            return work()
    except (DatabaseFault, UnsafeSettings, Refusal) as fault:
        print(f"canbao: {fault}", file=sys.stderr)
        return 2


def _check(args: argparse.Namespace) -> int:
    return _with_database(_check_all)


def _check_all() -> int:
    from canbao.billing import invariants as billing
    from canbao.entitlement import invariants as entitlement
    from canbao.ledger import invariants as ledger
    from canbao.mutual_aid import invariants as mutual_aid
    from canbao.payments import invariants as payments
    from canbao.reconciliation import invariants as reconciliation
    from canbao.registry import invariants as registry
    from canbao.supervision import invariants as supervision

    violations = 0
    rooms = {
        "registry": registry, "ledger": ledger, "billing": billing, "payments": payments, "mutual aid": mutual_aid,
        "entitlement": entitlement, "reconciliation": reconciliation, "supervision": supervision,
    }  # fmt: skip
    for name, room in rooms.items():
        began = time.perf_counter()
        found = room.check()
        for violation in found:
            print(f"{violation.invariant}: {violation.subject} {violation.what}")
        print(f"{name}: {len(found)} violations, {time.perf_counter() - began:.1f} s", file=sys.stderr)
        violations += len(found)
    findings = list(billing.outdated(product_clock()))
    for finding in findings:
        print(f"{finding.invariant}: {finding.subject} {finding.what}")
    print(f"outdated: {len(findings)} open bills to reissue, which is no violation", file=sys.stderr)
    return 1 if violations else 0


def _seal(args: argparse.Namespace) -> int:
    def work() -> int:
        from canbao.areas import queries as areas
        from canbao.ledger import actions, queries

        scope, clock = _operator(), product_clock()
        for fund in areas.pooling_codes(scope):
            for day in queries.unsealed_days(scope, fund, clock.today()):
                seal = actions.seal_day(actor=scope, pooling_area=fund, day=day, clock=clock)
                print(f"{fund} {day}: {seal.entries} entries, {seal.amount_fen} fen, sm3 {bytes(seal.sm3).hex()}")
        return 0

    return _with_database(work)


def _trace(args: argparse.Namespace) -> int:
    def work() -> int:
        from canbao.entitlement import queries

        scope = _operator()
        for resident_id, benefit_year in queries.find_person_years(scope, args.name):
            for line in chain(queries.trace_person_year(scope, resident_id, benefit_year), args.language):
                print(line)
        return 0

    return _with_database(work)


def chain(year: PersonYear, language: str) -> Iterator[str]:
    """The chain as lines, from the day of cover to the clauses. No name and no number of the person."""
    from canbao.kernel.fen import yuan_from_fen

    yield f"resident {year.resident.pk}, benefit year {year.benefit_year}"
    cover, entry, bill = year.cover, year.entry, year.bill
    if cover is None:
        yield "cover: none"
    elif cover.cover_from is None or cover.cover_until is None:
        yield f"cover: no day of the year, after a wait of {cover.waiting_months} months"
    else:
        yield f"cover: from {cover.cover_from} until before {cover.cover_until}, wait {cover.waiting_months} months"
    if entry is not None:
        yield f"  because of ledger entry {entry.id}, posted {_moment(entry.posted_at)}, sm3 {entry.sm3}"
        for leg in entry.transfers:
            yield f"    {yuan_from_fen(leg.amount_fen):>12} yuan  {leg.debit_account}  <-  {leg.credit_account}"
    for payment in year.payments:
        yield (
            f"  because of payment {payment.pk}, receipt {payment.receipt_no}, {payment.channel} {payment.method},"
            f" {yuan_from_fen(payment.amount_fen)} yuan, {_moment(payment.paid_at)}"
        )
    if bill is not None:
        yield f"  because of bill {bill.pk}, {bill.state}, issued {_moment(bill.issued_at)}"
        for line in year.lines:
            yield f"    {yuan_from_fen(line.amount_fen):>12} yuan  {line.item}  {line.payer}"
        same = "unchanged" if year.policy_unchanged else "CHANGED SINCE"
        yield f"  because of policy {bill.policy_id}, digest {bill.policy_digest} ({same}), facts {bill.facts_digest}"
        yield f"  worked out again: {'the same figures' if year.figures_agree else 'OTHER FIGURES'}"
    elif year.refusal is not None:
        yield f"no bill: {year.refusal.code}, {year.refusal.zh if language == 'zh' else year.refusal.en}"
    for step in year.answer.steps if year.answer else ():
        source = step.source
        reading = f", reading {source['reading']}" if "reading" in source else ""
        yield f"    {step.text_zh if language == 'zh' else step.text_en}"
        yield f"        {source['document'] or ''} {source['clause'] or ''}{reading}".rstrip()


def _moment(moment: datetime) -> str:
    from canbao.kernel.clock import SHANGHAI

    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
