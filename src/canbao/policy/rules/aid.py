"""资助与代缴: who pays a part of the personal standard; one award a person and year."""

from __future__ import annotations

from collections.abc import Callable

from ..facts import Facts
from ..policy import Award
from ..shares import Grant
from ..trace import Tracer
from . import fees

Candidate = tuple[Award, Grant]

MEASURES: dict[str, Callable[[Candidate], int]] = {
    "highest": lambda c: -c[1].total_fen,
    "lowest": lambda c: c[1].total_fen,
    "assistance_first": lambda c: c[0].part.kind != "assistance",
    "on_behalf_first": lambda c: c[0].part.kind != "on_behalf",
    "fewest_payers": lambda c: len(c[1].payers),
    "most_payers": lambda c: -len(c[1].payers),
}


def candidates(facts: Facts, standard_fen: int) -> list[Candidate]:
    """符合条件的资助、代缴政策，依文件先后。"""
    policy, held = facts.policy, facts.categories
    if standard_fen == 0:
        return []
    base = base_fen(facts, standard_fen)
    return [
        (award, award.grant(base, standard_fen))
        for award in policy.awards
        if (award.part.category is None or award.part.category in held) and (award.test is None or award.test(facts))
    ]


def base_fen(facts: Facts, standard_fen: int) -> int:
    """资助以哪一档标准计算；未另行指定的，即本人标准。"""
    other = facts.policy.base_class.get(facts.class_code or "")
    if not other:
        return standard_fen
    rule = facts.policy.class_rules[other]
    return fees.due(facts, rule).fen if rule.prices else rule.part.standard_fen


def choose(facts: Facts, found: list[Candidate]) -> Candidate | None:
    """符合多项的，按政策规定的次序取一项，不重复享受。"""
    paying = [candidate for candidate in found if candidate[1].total_fen > 0]
    if not paying:
        return None
    criteria = [MEASURES[name] for name in facts.policy.file.aid.choose.by]
    facts.aided = True
    return min(paying, key=lambda c: (*(measure(c) for measure in criteria), c[0].order))


def explain(facts: Facts, found: list[Candidate], chosen: Candidate | None, standard_fen: int, trace: Tracer) -> None:
    policy = facts.policy
    for award, grant in found:
        part = award.part
        if chosen is not None and award is chosen[0]:
            trace.add("aid.award", award.name, part.source, part.reading, "aid.award", part.name, grant.payers)
        elif grant.total_fen == 0:
            if chosen is not None and chosen[1].total_fen == standard_fen:
                continue
            trace.add("aid.nothing", award.code, part.source, part.reading, "aid.nothing", part.name)
        else:
            choice = policy.file.aid.choose
            trace.add("aid.other", award.code, choice.source, choice.reading, "aid.other", part.name, grant.total_fen)
    base = base_fen(facts, standard_fen)
    if chosen is not None and base != standard_fen and policy.file.aid.base is not None:
        cited = policy.file.aid.base
        trace.add("aid.base", base, cited.source, cited.reading, "aid.base", base, standard_fen - base)
