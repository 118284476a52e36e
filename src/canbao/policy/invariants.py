"""What holds of every answer, whatever a policy file says; a broken one is told at the rule of the file concerned."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .assess import Assessment
from .document import PathKey

SECTIONS: Final = {
    "settlement": "window",
    "year": "window",
    "class": "classes",
    "standard": "classes",
    "personal": "classes",
    "line": "products",
    "repair": "waiting",
    "gap_years": "waiting",
}
"""Where in a file the rule of a step stands, unless in the section of the step's own name."""


def violations(found: Assessment) -> Iterator[tuple[str, PathKey, str]]:
    """Each invariant that an answer breaks: its kind, the rule of the file that is concerned, and a sentence."""
    answer, case = found.answer, found.case
    amounts = [answer.standard_fen, answer.personal_fen, answer.repair_fen, *answer.payers.values()]
    start, end = answer.benefit_start, answer.benefit_end
    if not answer.eligible or case is None:
        if answer.reason is None or any(value is not None for value in (*amounts, start, end, answer.klass)):
            refusals = ("scope", "refusals", answer.reason) if answer.reason else ("scope",)
            yield "refused", refusals, "不能参保者不应有金额或日期。 a refused person has a figure or no reason"
        return
    owed = ("aid", "rules", answer.award_rule) if answer.award_rule else ("classes", str(answer.klass))
    if any(amount is None or amount < 0 for amount in amounts):
        yield "negative", owed, "金额缺失或为负数。 an amount is missing or below zero"
    elif (answer.personal_fen or 0) + sum(answer.payers.values()) != answer.standard_fen:
        yield "sum", owed, "各方合计不等于缴费标准。 the payers do not add up to the standard"
    cover = ("cover", case.code)
    if (start is None) is not (end is None):
        yield "days", cover, "待遇起止日期只有一个。 one of the two days of cover is missing"
    elif start is not None and end is not None:
        early = start < case.first_day and not case.part.before_year
        if start > end or end > case.last_day or early:
            yield "period", cover, f"待遇期超出年度：{start}至{end}。 cover from {start} to {end} leaves the year"
    if (answer.waiting_months is None) is found.settlement.known:
        yield "waiting", cover, "等待期应只在办结时间未知时为空。 the wait is null if and only if the moment is unknown"
    for step in answer.steps:
        if not step.sources and not step.readings:
            section = step.rule.partition(".")[0]
            what = f"步骤“{step.rule}”没有出处。 the step {step.rule} cites nothing"
            yield "cites", (SECTIONS.get(section, section),), what
