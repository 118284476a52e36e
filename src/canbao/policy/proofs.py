"""Proofs over every situation that a policy can tell apart.

Three questions are asked apart, because the rules ask them apart: who may enrol (the grounds), what is owed (classes
and aid), and from when (cover, waiting, repair). For each, all combinations of the facts that its conditions read are
tried: one birth for each stretch of births that is treated alike, every kind of student and permit, areas inside and
outside, every set of at most two categories, every tier, and moments on both sides of each edge.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import combinations, pairwise, product
from traceback import walk_tb
from typing import Any, Final

from .assess import Assessment, work_out
from .calendar import add_months, completed_years, move_years
from .codes import CHOICES
from .conditions import Born, Condition, Within, walk
from .distinctions import days_asked, month_days_asked
from .document import PathKey
from .explain import yuan
from .invariants import violations
from .loading import parts as parts_of
from .person import Person
from .policy import Policy
from .trace import SILENT
from .unmet import cases_in_use, never_met, unmet

Facts = dict[str, Any]
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
YEARS_AHEAD: Final = 7
AREAS: Final = {"hukou_in": "hukou_area", "residence_in": "residence_area", "school_in": "school_area"}
ELSEWHERE: Final = "980000"
"""A code in no area: GB/T 2260 has no province 98."""


@dataclass
class Findings:
    """What the proofs found: sentences about parts of the file, and which parts were met on the way."""

    policy: Policy
    faults: list[tuple[PathKey, str]] = field(default_factory=list)
    remarks: list[tuple[PathKey, str]] = field(default_factory=list)
    situations: int = 0
    classes: set[str] = field(default_factory=set)
    awards: set[str] = field(default_factory=set)
    cases: set[str] = field(default_factory=set)
    reasons: set[str] = field(default_factory=set)
    broken: set[tuple[str, PathKey]] = field(default_factory=set)

    def look(self, policy: Policy, facts: Facts, on: date | None = None, *, steps: bool = False) -> Assessment | None:
        """Work one situation out and hold it to the invariants; the first of each kind at each part is reported."""
        self.situations += 1
        try:
            found = work_out(policy, Person(**facts), on, None if steps else SILENT)
        except Exception as error:  # any exception is the finding: the file makes the rules fail
            what = f"出错：{_told(facts)}。 {type(error).__name__} for {_told(facts)}: {error}"
            self._break("exception", self._applied(error), what)
            return None
        answer = found.answer
        for kind, loc, what in violations(found):
            self._break(kind, loc, f"{what} ({_told(facts)})")
        self.reasons |= {answer.reason} if answer.reason else set()
        if answer.eligible and found.case is not None:
            self.classes.add(str(answer.klass))
            self.cases.add(found.case.code)
            self.awards |= {answer.award_rule} if answer.award_rule else set()
        return found

    def _break(self, kind: str, loc: PathKey, what: str) -> None:
        if (kind, loc) not in self.broken:
            self.broken.add((kind, loc))
            self.faults.append((loc, what))

    def _applied(self, error: Exception) -> PathKey:
        """The part of the file that was being applied when the rules failed: what the innermost function held of it."""
        for frame, _ in reversed(list(walk_tb(error.__traceback__))):
            held = (self._locs.get(id(getattr(value, "part", value)), ()) for value in frame.f_locals.values())
            if loc := max(held, key=len, default=()):
                return loc
        return ()

    @cached_property
    def _locs(self) -> dict[int, PathKey]:
        return {id(part): loc for loc, part in parts_of(self.policy.file)}


def prove(policy: Policy) -> Findings:
    findings = Findings(policy)
    home = _scope(policy, findings)
    _money(policy, findings, home)
    _time(policy, findings, home)
    if set(cases_in_use(policy)) - findings.cases:
        # A rule that begins in a fixed year may first be met when the policy is carried on.
        _time(policy.carried_to(policy.benefit_year + 1), findings, home)
    _gaps(policy, findings, {**home, "tier": "low"})
    never_met(policy, findings)
    return findings


# Who may enrol


def _scope(policy: Policy, findings: Findings) -> Facts:
    """Every ground and refusal; gives the facts of a person whom the first ground takes."""
    grounds = policy.file.scope.grounds
    conditions = [ground.when for ground in grounds.values() if ground.when]
    homes: dict[str, Facts] = {}
    for facts in _combined(policy, conditions):
        for part in ({}, {"employee_insured": True}, {"insured_elsewhere": True}):
            found = findings.look(policy, {**facts, **part}, steps=True)
            if found is None:
                continue
            ground = next((step.outcome for step in found.answer.steps if step.rule == "scope"), None)
            if isinstance(ground, str) and ground in grounds:
                homes.setdefault(ground, facts)
    for code in grounds:
        if code not in homes:
            what = unmet("没有人因此参保", "nobody enrols on this ground")
            findings.remarks.append((("scope", "grounds", code), what))
    first = next(iter(homes.values()), {"born": date(policy.benefit_year - 30, 6, 1)})
    return {column: value for column, value in first.items() if column != "born"}


# What is owed


def _money(policy: Policy, findings: Findings, home: Facts) -> None:
    file = policy.file
    conditions = [part.when for part in file.classes.values() if part.when]
    conditions += [rule.when for rule in file.aid.rules.values() if rule.when]
    conditions += [condition for charge in policy.charges for condition in charge.part.conditions]
    moments = (policy.opens, policy.closes + SECOND, *further_moments(policy))
    sets = list(_category_sets(policy))
    paid: dict[tuple[str, ...], dict[date, int]] = defaultdict(dict)
    worse: set[frozenset[str]] = set()
    for facts in _combined(policy, conditions):
        for moment in moments:
            owed: dict[frozenset[str], int] = {}
            for categories in sets:
                situation = {**home, **facts, "categories": tuple(sorted(categories)), "paid_at": moment}
                found = findings.look(policy, situation)
                if found is not None and found.answer.personal_fen is not None:
                    owed[categories] = found.answer.personal_fen
            worse |= {more for more in owed if any(owed[more] > owed.get(less, 0) for less in _parts(more, owed))}
            if moment == policy.opens and frozenset() in owed:
                others = tuple(f"{column}={facts[column]}" for column in sorted(facts) if column != "born")
                paid[others][facts["born"]] = owed[frozenset()]
    for more in sorted(worse, key=sorted):
        what = f"同时具有{'、'.join(sorted(more))}的人，缴得比只有其中一项的人多。 "
        what += f"with {' and '.join(sorted(more))} together one pays more than with one of them"
        findings.remarks.append((("aid", "rules"), what))
    _cliffs_of_birth(paid, findings)


def _parts(more: frozenset[str], owed: dict[frozenset[str], int]) -> Iterator[frozenset[str]]:
    return (less for less in (more - {code} for code in more) if less in owed)


def _cliffs_of_birth(paid: dict[tuple[str, ...], dict[date, int]], findings: Findings) -> None:
    """A day of birth at which the same person without aid pays something else."""
    seen: set[tuple[date, int, int]] = set()
    for owed in paid.values():
        births = sorted(owed)
        for older, younger in pairwise(births):
            if owed[older] != owed[younger]:
                seen.add((younger, owed[older], owed[younger]))
    for born, before, after in sorted(seen):
        what = f"{born}起出生的缴{yuan(after)}，前一日出生的缴{yuan(before)}。 "
        what += f"born on or after {born}: pays {yuan(after, 'en')}; born the day before: {yuan(before, 'en')}"
        findings.remarks.append((("classes",), what))


# From when


def _time(policy: Policy, findings: Findings, home: Facts) -> None:
    file = policy.file
    conditions = [case.when for case in file.cover.values() if case.when]
    conditions += [refusal.when for refusal in file.scope.refusals.values()]
    named = {code for condition in conditions for part in walk(condition) for code in part.class_ or ()}
    conditions += [part.when for code, part in file.classes.items() if code in named and part.when]
    year_end = datetime.combine(policy.year_end, time(23, 59, 59))
    moments = [
        policy.opens,
        policy.closes,
        policy.closes + SECOND,
        datetime.combine(policy.year_start, time()),
        year_end,
    ]
    moments += [year_end + SECOND, *further_moments(policy)]
    aid = [(), *((code,) for code in sorted(policy.categories))]
    tier = {"tier": "low"}
    for facts in _combined(policy, conditions):
        for categories, transfer, registered in product(aid, _transfers(policy), _registrations(policy, facts["born"])):
            situation = {**home, **tier, **facts, **transfer, "categories": categories, "registered_on": registered}
            findings.look(policy, situation)
            for moment in (*moments, *_moments_after_birth(policy, facts["born"])):
                findings.look(policy, {**situation, "paid_at": moment})


def _gaps(policy: Policy, findings: Findings, home: Facts) -> None:
    """Broken and repaired years, in a year late enough to have broken any number of them."""
    ahead = policy.carried_to(policy.benefit_year + YEARS_AHEAD)
    last = ahead.benefit_year - 1
    born = date(policy.benefit_year - 40, 6, 1)
    waits: dict[tuple[int, int], int] = {}
    for gap in range(last - policy.gap_years_from + 2):
        for repaired in range(gap + 2):
            facts = {**home, "born": born, "covered_years": frozenset({last - gap}), "repair_years": repaired}
            for moment in (ahead.opens, ahead.closes, ahead.closes + SECOND):
                found = findings.look(ahead, {**facts, "paid_at": moment}, steps=True)
                if found is not None and moment == ahead.opens and found.answer.waiting_months is not None:
                    waits[gap, repaired] = found.answer.waiting_months
    shorter = [(gap, years) for gap, years in waits if years and waits[gap, years] > waits[gap, years - 1]]
    if shorter:
        what = "多补缴反而多等待。 repairing more years lengthens the wait"
        findings.faults.append((("waiting", "repair"), f"{what}: {shorter[0][0]} broken, {shorter[0][1]} repaired"))
    gap = policy.file.waiting.floor.gap_years
    if waits.get((gap, gap), 0) > (few := waits.get((gap - 1, gap - 1), 0)):
        what = f"断保{gap - 1}年全部补缴等待{few}个月，断保{gap}年全部补缴仍等待{waits[gap, gap]}个月。 "
        what += f"all repaired, {gap - 1} broken years wait {few} months and {gap} wait {waits[gap, gap]}"
        findings.remarks.append((("waiting", "floor"), what))


def _transfers(policy: Policy) -> list[Facts]:
    ended = policy.closes.date().replace(day=1) - DAY
    years = frozenset(range(ended.year - policy.file.waiting.transfer.years_min + 1, ended.year + 1))
    return [{}, {"last_cover_end": ended, "covered_years": years}]


def _registrations(policy: Policy, born: date) -> list[date | None]:
    limits = {part.registered_within_days for condition in policy.conditions() for part in walk(condition)}
    days = [born + timedelta(days=limit + shift) for limit in limits if limit is not None for shift in (0, 1)]
    edges = (policy.closes.date(), policy.closes.date() + DAY)
    return [None, *(day for day in days if day >= policy.opens.date()), *edges]


def further_moments(policy: Policy) -> list[datetime]:
    """Moments beyond the window and the year at which the policy asks when somebody settles; of months, one."""
    days = {edge for edge in days_asked(policy) if edge >= policy.opens.date()}
    month = date(policy.benefit_year, 6, 1)
    days |= {month + timedelta(days=on - 1) for on in month_days_asked(policy)}
    return [datetime.combine(day, time()) for day in sorted(days)]


def _moments_after_birth(policy: Policy, born: date) -> Iterator[datetime]:
    """Both sides of each limit that is counted from birth."""
    for part in (part for condition in policy.conditions() for part in walk(condition)):
        limit = part.settled_within
        if limit is not None and limit.of == "birth":
            last = datetime.combine(limit.last_day(born), time())
            yield from (moment for moment in (last, last + DAY) if moment >= policy.opens)


# The facts that conditions read


def _combined(policy: Policy, conditions: Iterable[Condition]) -> Iterator[Facts]:
    """All combinations of the facts that these conditions read, a birth always among them."""
    parts = [part for condition in conditions for part in walk(condition)]
    columns: dict[str, list[Any]] = {"born": births(policy, parts)}
    for key, column in AREAS.items():
        named = {code for part in parts for code in getattr(part, key) or ()}
        if named:
            columns[column] = [*sorted(named), ELSEWHERE, None]
    for key, column in (("student", "student"), ("permit", "residence_permit"), ("permit_relation", "permit_relation")):
        if any(getattr(part, key) is not None for part in parts):
            columns[column] = list(CHOICES[column])
    for column in ("sex", "hukou_kind", "tier"):
        if any(getattr(part, column) is not None for part in parts):
            columns[column] = [*CHOICES[column], None]
    local: dict[str, set[Any]] = defaultdict(set)
    for part in parts:
        for name, values in (part.attribute or {}).items():
            local[name] |= set(values)
        limit = part.settled_within
        if limit is not None and limit.attribute is not None:
            local[limit.attribute] |= {day.isoformat() for day in _events(policy, limit)}
        if part.hukou_since is not None or (limit is not None and limit.of == "hukou_since"):
            columns["hukou_since"] = [None, *_moves(policy, parts)]
    if local:
        choices = [[*sorted(values, key=str), None] for values in local.values()]
        columns["attributes"] = [dict(zip(local, combination, strict=True)) for combination in product(*choices)]
    for combination in product(*columns.values()):
        facts = dict(zip(columns, combination, strict=True))
        if facts.get("school_area") is not None and facts.get("student") == "none":
            continue
        yield facts


def births(policy: Policy, parts: Iterable[Condition]) -> list[date]:
    """The first day of each stretch of births that these conditions treat alike, and one before all of them."""
    days = {policy.year_start, policy.opens.date(), policy.opens.date() + DAY}
    on = policy.age_day or policy.opens.date()
    for part in parts:
        if part.age is not None:
            youngest, oldest = part.age.bounds
            days |= {_first_younger(on, age) for age in (youngest, oldest + 1) if 0 < age < 200}
        if part.born is not None:
            days |= set(_edges(part.born, policy))
        if part.settled_within is not None and part.settled_within.of == "birth":
            days |= set(_events(policy, part.settled_within))
    return [min(days) - 400 * DAY, *sorted(days)]


def _events(policy: Policy, limit: Within) -> Iterator[date]:
    """Days of an event whose limit has just not passed, or just has, when the window opens or has closed."""
    for on in (policy.opens.date(), policy.closes.date() + DAY):
        event = on - timedelta(days=limit.days) if limit.days is not None else add_months(on, -(limit.months or 0))
        yield from (event, event - DAY)


def _moves(policy: Policy, parts: Iterable[Condition]) -> list[date]:
    """Days on which a household register came here, on both sides of what the conditions ask."""
    days: set[date] = set()
    for part in parts:
        if part.hukou_since is not None:
            for edge in (part.hukou_since.on_or_after, part.hukou_since.before):
                days |= {edge.resolve(policy.benefit_year), edge.resolve(policy.benefit_year) - DAY} if edge else set()
        if part.settled_within is not None and part.settled_within.of == "hukou_since":
            days |= set(_events(policy, part.settled_within))
    return sorted(days)


def _first_younger(on: date, age: int) -> date:
    """The first day of birth on which one has not completed `age` years on the day that counts."""
    day = move_years(on, -age)
    while completed_years(day, on) >= age:
        day += DAY
    return day


def _edges(born: Born, policy: Policy) -> Iterator[date]:
    year = policy.benefit_year
    for edge, shift in ((born.on_or_after, 0), (born.after, 1), (born.before, 0)):
        if edge is not None:
            yield edge.resolve(year) + shift * DAY
    if born.in_year is not None:
        yield from (date(year + born.in_year, 1, 1), date(year + born.in_year + 1, 1, 1))
        yield from (date(year + born.in_year, month, 1) for month in born.months or ())
    if born.in_window is not None:
        yield from (policy.opens.date(), policy.closes.date() + DAY)


def _category_sets(policy: Policy) -> Iterator[frozenset[str]]:
    codes = sorted(policy.categories)
    for size in (0, 1, 2):
        yield from (frozenset(chosen) for chosen in combinations(codes, size))


def _told(facts: Facts) -> str:
    return ", ".join(f"{column}={value}" for column, value in facts.items() if value not in (None, (), "none"))
