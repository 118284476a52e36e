"""待遇享受期: which case the person is, and the first and last covered day."""

from __future__ import annotations

from datetime import date, timedelta

from ..calendar import add_months, first_of_month
from ..facts import Facts
from ..policy import Case
from ..trace import Tracer
from .waiting import NO_WAIT, Length

Days = tuple[date, date] | tuple[None, None]


def cover_case(facts: Facts) -> Case:
    """参保情形，依先后取符合的第一种。"""
    for case in facts.policy.cases:
        if case.test is None or case.test(facts):
            return case
    raise LookupError(f"{facts.policy.id}: no cover case takes this person")


def cover_days(case: Case, wait: Length, settled_on: date, born: date) -> Days:
    """First and last covered day; (None, None) when cover would begin after the period has ended."""
    part = case.part
    anchor = _anchor(case, settled_on, born)
    if part.wait is not None:
        start = _after_own_wait(anchor, part.wait.until, wait)
    elif part.counted == "days":
        start = anchor + timedelta(days=wait.months * (part.days_per_month or 0))
    else:
        start = _after_waiting(anchor, part.counted, wait.months)
    if not part.before_year:
        start = max(start, case.first_day)
    start = max(start, born)
    return (start, case.last_day) if start <= case.last_day else (None, None)


def _anchor(case: Case, settled_on: date, born: date) -> date:
    match case.part.starts:
        case "year_start":
            return case.first_day
        case "birth":
            return born
        case "settlement_in_year":
            return max(settled_on, case.first_day)
        case "day_after_settlement":
            return settled_on + timedelta(days=1)
        case "month_after_settlement":
            return max(first_of_month(settled_on, 1), case.first_day)
        case _:
            return settled_on


def _after_own_wait(anchor: date, until: str, wait: Length) -> date:
    reached = add_months(anchor, wait.months) if wait.days is None else anchor + timedelta(days=wait.days)
    match until:
        case "month_start":
            return first_of_month(reached)
        case "next_month_start":
            return first_of_month(reached, 1)
        case "day_after":
            return reached + timedelta(days=1)
        case _:
            return reached


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


def explain(case: Case, wait: Length, days: Days, settled_on: date, born: date, trace: Tracer) -> None:
    part, (start, end) = case.part, days
    if born > case.last_day:
        trace.add("cover", None, part.source, part.reading, "cover.born_after", born, case.last_day)
        return
    if start is None or end is None:
        trace.add("cover", None, part.source, part.reading, "cover.nothing", case.last_day)
        return
    on = settled_on
    if part.wait is not None and wait != NO_WAIT:
        words = "cover.after_own_wait"
    elif wait.months:
        words, on = "cover.after_waiting", _anchor(case, settled_on, born)
    elif part.starts in ("birth", "day_after_settlement") and _anchor(case, settled_on, born) < start:
        words = "cover.not_before_period"
    else:
        words = f"cover.{part.starts}"
    trace.add("cover", start.isoformat(), part.source, part.reading, words, start, wait.months, on, part)
    trace.add("cover.end", end.isoformat(), part.source, part.reading, "cover.end", end)
