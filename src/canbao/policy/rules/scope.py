"""参保范围: may this person enrol here for this year?"""

from __future__ import annotations

from ..facts import Facts
from ..trace import Tracer


def refusal(facts: Facts, trace: Tracer) -> str | None:
    """职工医保参保人、异地已参保人不在范围内；其余按户籍、居住、就学等依据认定。"""
    policy, person = facts.policy, facts.person
    scope = policy.file.scope
    for reason, held in (
        ("employee_insured", person.employee_insured),
        ("insured_elsewhere", person.insured_elsewhere),
    ):
        part = getattr(scope, reason)
        if held and part.blocks:
            trace.add("scope", reason, part.source, part.reading, f"scope.{reason}")
            return reason
    for ground in policy.grounds:
        if ground.test(facts):
            trace.add("scope", ground.code, ground.source, ground.reading, "scope.ground", ground.name)
            return None
    reason = _why_no_ground(facts)
    first = policy.grounds[0]
    names = [ground.name for ground in policy.grounds]
    # A ground may ask for an age, so the refusal rests on how age is counted too.
    readings = [*first.reading, *policy.file.age.reading]
    trace.add("scope", reason, first.source, readings, f"scope.{reason}", policy.place, names)
    return reason


def further_refusal(facts: Facts, trace: Tracer) -> str | None:
    """另有不予参保情形的（如逾期且不属于所列情形），依先后取第一种，原因代码由政策文件给出。"""
    for reason, part, test in facts.policy.refusals:
        if test(facts):
            trace.add("scope.refusal", reason, part.source, part.reading, "words", part.words)
            return reason
    return None


def _why_no_ground(facts: Facts) -> str:
    person = facts.person
    if person.hukou_area is None and person.residence_area is None and person.school_area is None:
        return "area_missing"
    return "no_permit" if facts.policy.lives_here(facts) else "outside_scope"
