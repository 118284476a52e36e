"""待遇等待期与补缴修复: how many months pass before cover begins, and what repairing costs."""

from __future__ import annotations

from itertools import count
from typing import NamedTuple

from ..calendar import DAYS_A_MONTH
from ..facts import Facts
from ..policy import Case
from ..trace import Tracer


class Length(NamedTuple):
    """A wait; `days` only where the policy counts in days, and `months` is then the whole months of 30 days in it."""

    months: int
    days: int | None = None


NO_WAIT = Length(0)


def length(facts: Facts, case: Case, gap_years: int, repaired: int) -> Length:
    """参保情形自有等待期的，按其规定；其余按一般规定。"""
    wait = case.part.wait
    if wait is None:
        months = waiting_months(facts, case, gap_years, repaired)
        return Length(months) if months else NO_WAIT
    amount = wait.amount + wait.per_gap_year * max(0, gap_years - repaired)
    return Length(amount) if wait.unit == "months" else Length(amount // DAYS_A_MONTH, amount)


def waiting_months(facts: Facts, case: Case, gap_years: int, repaired: int) -> int:
    """未在集中缴费期内参保或断保的，有固定等待期；断保的另加变动等待期，补缴可减，长期断保有下限。"""
    if not case.part.waits or (gap_years == 0 and not facts.late):
        return 0
    waiting = facts.policy.file.waiting
    counted = gap_years if waiting.first_gap_year_adds.value else max(0, gap_years - 1)
    added = max(0, counted * waiting.added_months_per_gap_year.value - repaired * waiting.repair.months_per_year)
    months = waiting.fixed_months.value + added
    if gap_years >= waiting.floor.gap_years:
        months = max(months, waiting.floor.months)
    return months


def repair_refused(facts: Facts, gap_years: int, trace: Tracer) -> str | None:
    """补缴修复的年数不得超过断保年数。"""
    repaired, repair = facts.person.repair_years, facts.policy.file.waiting.repair
    if repaired == 0 or (repair.allowed and repaired <= gap_years):
        return None
    trace.add("repair", "repair_exceeds_gap", repair.source, repair.reading, "repair.exceeds", repaired, gap_years)
    return "repair_exceeds_gap"


def explain_repair(facts: Facts, case: Case, gap_years: int, fen: int, trace: Tracer) -> None:
    repaired, repair = facts.person.repair_years, facts.policy.file.waiting.repair
    if repaired == 0:
        return
    trace.add("repair", fen, repair.source, repair.reading, "repair.charge", repaired, fen)
    reached = length(facts, case, gap_years, repaired)
    useful = next(years for years in count() if length(facts, case, gap_years, years) == reached)
    if useful < repaired:
        trace.add(
            "repair.useless", repaired - useful, repair.source, repair.reading, "repair.useless", repaired - useful
        )


def explain(facts: Facts, case: Case, gap_years: int, wait: Length, trace: Tracer) -> None:
    waiting = facts.policy.file.waiting
    part, months = case.part, wait.months
    if gap_years:
        first = waiting.gap_years_from
        trace.add("gap_years", gap_years, first.source, first.reading, "gap_years", gap_years, first.value)
    if part.wait is not None and (months or wait.days):
        words = "waiting.total" if wait.days is None else "waiting.days"
        trace.add("waiting", months, part.source, part.reading, words, months if wait.days is None else wait.days)
        return
    if months == 0:
        trace.add("waiting", 0, part.source, part.reading, "waiting.none", part.name)
        return
    fixed = waiting.fixed_months
    trace.add("waiting.fixed", fixed.value, fixed.source, fixed.reading, "waiting.fixed", fixed.value)
    if gap_years:
        adds, per_year = waiting.first_gap_year_adds, waiting.added_months_per_gap_year
        words = "waiting.added" if adds.value else "waiting.added_further"
        trace.add(
            "waiting.added", months - fixed.value, _both(adds.source, per_year.source),
            _both(adds.reading, per_year.reading), words, gap_years, per_year.value, facts.person.repair_years,
        )  # fmt: skip
    if gap_years >= waiting.floor.gap_years and months == waiting.floor.months:
        floor = waiting.floor
        trace.add(
            "waiting.floor", floor.months, floor.source, floor.reading, "waiting.floor", floor.gap_years, floor.months
        )
    trace.add("waiting", months, part.source, part.reading, "waiting.total", months)


def _both(some: list[str], others: list[str]) -> list[str]:
    """What two parts cite, each once."""
    return list(dict.fromkeys([*some, *others]))
