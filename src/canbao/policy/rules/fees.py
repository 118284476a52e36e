"""缴费标准: which class, which standard, how much the government pays for everyone."""

from __future__ import annotations

from typing import NamedTuple, cast

from ..charges import Price
from ..facts import Facts
from ..model import FeeClass, Government
from ..policy import ClassRule
from ..trace import Tracer


def fee_class(facts: Facts) -> ClassRule | None:
    """按先后顺序，符合的第一类即为缴费类别。"""
    for rule in facts.policy.classes:
        if rule.test is None or rule.test(facts):
            facts.class_code = rule.code
            return rule
    return None


class Due(NamedTuple):
    """The standard that counts for one person: now due, of a whole year, and the government's part beside it."""

    fen: int
    whole_fen: int
    government_fen: int | None
    price: Price | None = None


def due(facts: Facts, rule: ClassRule) -> Due:
    """个人缴费标准；逾期参保、分县（区）、按月折算、全额缴费等另有标准的，按该标准。"""
    part = rule.part
    subsidy = part.government or facts.policy.file.government
    subsidy_fen = subsidy.fen if subsidy is not None else None
    for charge in rule.prices:
        whole = charge.whole_fen(facts, part.standard_fen)
        if whole is None:
            continue
        price = cast(Price, charge.part)
        fen = charge.fen(facts, whole)
        if price.with_government:
            return Due(fen + (subsidy_fen or 0), whole, 0, price)
        return Due(fen, whole, subsidy_fen, price)
    fen = part.standard_fen
    if facts.late and part.standard_fen_late is not None:
        fen = part.standard_fen_late
    return Due(fen, fen, subsidy_fen)


def government(facts: Facts, part: FeeClass) -> Government | None:
    """财政补助；公告没有写的，不推定。"""
    return part.government or facts.policy.file.government


def explain(facts: Facts, rule: ClassRule, owed: Due, trace: Tracer) -> None:
    policy, part = facts.policy, rule.part
    age = policy.file.age
    trace.add(
        "age", facts.age, age.source, age.reading, "age", facts.born, policy.age_day or facts.moment.date(), facts.age
    )
    trace.add("class", rule.code, part.source, part.reading, "class", part.name)
    subsidy = government(facts, part)
    if owed.price is None:
        trace.add("standard", owed.fen, part.source, part.reading, "standard", part.name, owed.fen, policy.benefit_year)
    else:
        name, price = part.name, owed.price
        trace.add(
            "standard", owed.fen, price.source, price.reading,
            "standard.price", name, owed.fen, policy.benefit_year, price.name,
        )  # fmt: skip
        if price.with_government and subsidy is not None:
            cited = ([*price.source, *subsidy.source], [*price.reading, *subsidy.reading])
            trace.add("government", 0, *cited, "government.own", subsidy.fen)
            return
    if subsidy is not None:
        words = "government.floor" if subsidy.kind == "floor" else "government.exact"
        year = subsidy.for_year or policy.benefit_year
        trace.add("government", subsidy.fen, subsidy.source, subsidy.reading, words, subsidy.fen, year)


def explain_no_class(facts: Facts, trace: Tracer) -> str:
    part = facts.policy.file.no_class
    if part is None:
        raise LookupError(f"{facts.policy.id}: no class takes this person and no_class is not stated")
    trace.add("class", part.reason, part.source, part.reading, "words", part.words)
    return part.reason
