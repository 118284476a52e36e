"""待遇享受期: which case the person is, and the first and last covered day."""

from __future__ import annotations

from datetime import date, timedelta

from ..calendar import add_months, first_of_month
from ..facts import Facts
from ..policy import Case, Policy
from ..trace import Tracer

Days = tuple[date, date] | tuple[None, None]


def cover_case(facts: Facts) -> Case:
    """参保情形，依先后取符合的第一种。"""
    for case in facts.policy.cases:
        if case.test is None or case.test(facts):
            return case
    raise LookupError(f"{facts.policy.id}: no cover case takes this person")


def cover_days(policy: Policy, case: Case, months: int, settled_on: date, born: date) -> Days:
    """First and last covered day; (None, None) when cover would begin after the benefit year."""
    part = case.part
    anchor = _anchor(policy, part.starts, settled_on, born)
    if part.counted == "days":
        start = anchor + timedelta(days=months * (part.days_per_month or 0))
    else:
        start = _after_waiting(anchor, part.counted, months)
    if not part.before_year:
        start = max(start, policy.year_start)
    start = max(start, born)
    return (start, policy.year_end) if start <= policy.year_end else (None, None)


def _anchor(policy: Policy, starts: str, settled_on: date, born: date) -> date:
    match starts:
        case "year_start":
            return policy.year_start
        case "birth":
            return born
        case "settlement_in_year":
            return max(settled_on, policy.year_start)
        case "month_after_settlement":
            return max(first_of_month(settled_on, 1), policy.year_start)
        case _:
            return settled_on


def _after_waiting(anchor: date, counted: str, months: int) -> date:
    if months == 0:
        return anchor
    match counted:
        case "payment_month":
            return first_of_month(anchor, months)
        case "next_month":
            return first_of_month(anchor, months + 1)
        case "month_after_next":
            return first_of_month(anchor, months + 2)
        case "day_after":
            return add_months(anchor, months) + timedelta(days=1)
        case _:
            return add_months(anchor, months)


def explain(facts: Facts, case: Case, months: int, days: Days, settled_on: date, trace: Tracer) -> None:
    part, (start, end) = case.part, days
    if start is None or end is None:
        trace.add("cover", None, part.source, part.reading, "cover.nothing", facts.policy.year_end)
        return
    words = "cover.after_waiting" if months else f"cover.{part.starts}"
    trace.add("cover", start.isoformat(), part.source, part.reading, words, start, months, settled_on, part)
    trace.add("cover.end", end.isoformat(), part.source, part.reading, "cover.end", end)
