"""缴费标准: which class, which standard, how much the government pays for everyone."""

from __future__ import annotations

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


def standard_fen(facts: Facts, part: FeeClass) -> int:
    """个人缴费标准；逾期参保另有标准的，按该标准。"""
    if facts.late and part.standard_fen_late is not None:
        return part.standard_fen_late
    return part.standard_fen


def government(facts: Facts, part: FeeClass) -> Government | None:
    """财政补助；公告没有写的，不推定。"""
    return part.government or facts.policy.file.government


def explain(facts: Facts, rule: ClassRule, trace: Tracer) -> None:
    policy, part = facts.policy, rule.part
    age = policy.file.age
    trace.add(
        "age", facts.age, age.source, age.reading, "age", facts.born, policy.age_day or facts.moment.date(), facts.age
    )
    fen = standard_fen(facts, part)
    trace.add("class", rule.code, part.source, part.reading, "class", part.name)
    trace.add("standard", fen, part.source, part.reading, "standard", part.name, fen, policy.benefit_year)
    subsidy = government(facts, part)
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
