"""The order of evaluation for one person, and when the person settles (contract.md, "Settlement moment")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Literal, Protocol, TypeAlias

from .answer import Answer
from .facts import Facts
from .person import BadPerson, Fault, Person
from .policy import Case, Policy
from .rules import aid, cover, fees, lines, scope, waiting
from .trace import SILENT, Trace, Tracer

NOON = time(12, 0, 0)
Basis: TypeAlias = Literal["paid", "registered", "window", "asked", "unknown"]


@dataclass(frozen=True, slots=True)
class Settlement:
    """When the person settles and what says so; `unknown` works with the window's first moment."""

    moment: datetime
    basis: Basis

    @property
    def known(self) -> bool:
        return self.basis != "unknown"


class Accepts(Protocol):
    """What reading a person asks of a policy: the categories that it knows, and when its window opens."""

    @property
    def categories(self) -> frozenset[str]: ...
    @property
    def opens(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Assessment:
    """An answer with what bulk needs to take its dates again for another day."""

    policy: Policy
    answer: Answer
    settlement: Settlement
    case: Case | None
    facts: Facts


def quote(
    policy: Policy,
    person: Mapping[str, Any] | Person,
    *,
    on: date | None = None,
    as_year: int | None = None,
) -> Answer:
    """What this person owes and from when the person is covered, with every step.

    `on` is the day asked about when nothing says when the person settles; None leaves it unknown.
    Raises BadPerson.
    """
    policy = policy.carried_to(as_year)
    read = person if isinstance(person, Person) else Person.parse(person, categories=policy.categories)
    return assess(policy, read, on).answer


def assess(policy: Policy, person: Person, on: date | None = None) -> Assessment:
    refuse_early_payment(policy, person)
    assessment = work_out(policy, person, on)
    assessment.answer.provisional = next(unsettled_readings(assessment, person, on), None) is not None
    return assessment


def refuse_early_payment(policy: Accepts, person: Person) -> None:
    if person.paid_at is not None and person.paid_at < policy.opens:
        opens = policy.opens.date()
        raise BadPerson(
            [
                Fault(
                    "paid_at",
                    person.paid_at.isoformat(),
                    f"缴费时间早于集中缴费期开始日{opens}，请核对缴费时间或年度。",
                    f"Paid before the collection window opens on {opens}; check the time or the year.",
                )
            ]
        )


def unsettled_readings(assessment: Assessment, person: Person, on: date | None) -> Iterator[str]:
    """The readings cited by a step of this answer whose other answers would change a figure or a date of it."""
    policy, answer = assessment.policy, assessment.answer
    # Where the moment is given, a reading that only asks another condition matters only if that one differs here.
    facts = assessment.facts if assessment.settlement.basis == "paid" else None
    # Open ones first: they are settled without working anything out.
    for code in sorted(answer.readings, key=lambda code: not policy.readings[code].open):
        if policy.readings[code].open or any(
            work_out(other.policy, person, on, SILENT).answer.figures != answer.figures
            for other in policy.other_readings[code]
            if facts is None or other.differs(facts)
        ):
            yield code


def settle(policy: Policy, person: Person, on: date | None) -> Settlement:
    if person.paid_at is not None:
        return Settlement(person.paid_at, "paid")
    if person.registered_on is not None:
        registered = datetime.combine(person.registered_on, NOON)
        if registered >= policy.opens and personal_fen(policy, person, registered) == 0:
            return Settlement(registered, "registered")
    if personal_fen(policy, person, policy.opens) == 0:
        return Settlement(policy.opens, "window")
    if on is not None:
        return Settlement(max(datetime.combine(on, NOON), policy.opens), "asked")
    return Settlement(policy.opens, "unknown")


def personal_fen(policy: Policy, person: Person, moment: datetime) -> int | None:
    """What the person pays of the standard when settling at `moment`; None if no class takes the person."""
    facts = Facts(policy, person, moment)
    rule = fees.fee_class(facts)
    if rule is None:
        return None
    standard = fees.due(facts, rule).fen
    chosen = aid.choose(facts, aid.candidates(facts, standard))
    return standard - (chosen[1].total_fen if chosen else 0)


def work_out(policy: Policy, person: Person, on: date | None, trace: Tracer | None = None) -> Assessment:
    """The answer under this policy as it stands, without asking about other readings."""
    settlement = settle(policy, person, on)
    facts = Facts(policy, person, settlement.moment)
    trace = trace or Trace(policy)
    answer = Answer(policy.id, person.person_id, policy.benefit_year, policy.projected, steps=trace.steps)
    if trace.listens:
        _explain_settlement(facts, settlement, trace)
    case = _fill(answer, facts, settlement, trace)
    if answer.reason is not None:
        answer.eligible = False
    return Assessment(policy, answer, settlement, case, facts)


def _fill(answer: Answer, facts: Facts, settlement: Settlement, trace: Tracer) -> Case | None:
    """Work out every column in order; stops with a reason where the person may not enrol."""
    policy = facts.policy
    answer.reason = scope.refusal(facts, trace)
    if answer.reason is not None:
        return None
    rule = fees.fee_class(facts)
    if rule is None:
        answer.reason = fees.explain_no_class(facts, trace)
        return None
    gap_years = facts.gap_years
    answer.reason = waiting.repair_refused(facts, gap_years, trace)
    if answer.reason is not None:
        return None
    owed = fees.due(facts, rule)
    standard = owed.fen
    found = aid.candidates(facts, standard)
    chosen = aid.choose(facts, found)
    case = cover.cover_case(facts)
    in_time = case.part.counts_as_in_window and settlement.basis == "registered"
    if settlement.moment.date() > case.last_day and not in_time:
        window = policy.window
        trace.add("year", "year_over", window.source, window.reading, "year_over", case.last_day)
        answer.reason = "year_over"
        return None
    if policy.refusals and (refused := scope.further_refusal(facts, trace)):
        answer.reason = refused
        return None

    aided_fen = chosen[1].total_fen if chosen else 0
    answer.klass = rule.code
    answer.standard_fen, answer.personal_fen = standard, standard - aided_fen
    answer.award = chosen[0].name if chosen else None
    answer.award_rule = chosen[0].code if chosen else None
    answer.payers = dict(chosen[1].payers) if chosen else {}
    answer.universal_subsidy_fen = owed.government_fen
    answer.repair_fen = facts.person.repair_years * owed.whole_fen
    if trace.listens:
        fees.explain(facts, rule, owed, trace)
        aid.explain(facts, found, chosen, standard, trace)
        cited = rule.part
        trace.add("personal", standard - aided_fen, cited.source, cited.reading, "personal", standard, aided_fen)
        waiting.explain_repair(facts, case, gap_years, answer.repair_fen, trace)
    if policy.products:
        answer.products = lines.products(facts, standard, trace)
    if settlement.known:
        _fill_cover(answer, facts, case, gap_years, trace)
    return case


def _fill_cover(answer: Answer, facts: Facts, case: Case, gap_years: int, trace: Tracer) -> None:
    wait = waiting.length(facts, case, gap_years, facts.person.repair_years)
    settled_on = facts.settled_on
    days = cover.cover_days(case, wait, settled_on, facts.born)
    answer.in_window = not facts.late or case.part.counts_as_in_window
    answer.waiting_months, answer.waiting_days = wait
    answer.benefit_start, answer.benefit_end = days
    if trace.listens:
        waiting.explain(facts, case, gap_years, wait, trace)
        cover.explain(case, wait, days, settled_on, facts.born, trace)


def _explain_settlement(facts: Facts, settlement: Settlement, trace: Tracer) -> None:
    policy, window = facts.policy, facts.policy.window
    outcome = settlement.moment.isoformat() if settlement.known else None
    place = "late" if facts.late else "in_window"
    words = f"settlement.{settlement.basis}"
    trace.add(
        "settlement",
        outcome,
        window.source,
        window.reading,
        words,
        settlement.moment,
        place,
        policy.opens,
        policy.closes,
    )
    if policy.extension is not None:
        closes, document = policy.extension.closes, policy.extension.document
        trace.add(
            "window.extended", closes.isoformat(), window.source, window.reading, "window.extended", closes, document
        )
    until, registered = policy.last_safe_registration, facts.person.registered_on
    if until and registered and registered > until and facts.person.paid_at is None:
        trace.add("settlement.risky", until.isoformat(), window.source, window.reading, "settlement.risky", until)
