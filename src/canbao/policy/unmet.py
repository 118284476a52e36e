"""What of a policy nobody ever meets: each part with the reasons that are likely, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .codes import CATEGORIES
from .policy import Policy

if TYPE_CHECKING:
    from .proofs import Findings

NOTHING: Final = (
    "写明的金额为0，不发生资助：如非本意，请改金额。 pays nothing as it is written: if not meant, correct the amount"
)


def unmet(zh: str, en: str) -> str:
    """The finding, and what to do about it."""
    return (
        f"{zh}：请核对它的条件和先后（先写的先判断），不用的请删去，底层的可用 when: {{any: []}} 关掉。 "
        f"{en}: look at its condition and its place (the first that fits wins), delete it if it is not needed, "
        "or switch a layer's off by when: {any: []}"
    )


def never_met(policy: Policy, findings: Findings) -> None:
    file = policy.file
    for code in file.classes:
        if code not in findings.classes:
            findings.faults.append((("classes", code), _of_empty_class(list(file.classes), code)))
    for code, rule in file.aid.rules.items():
        if code not in findings.awards:
            nothing = all(not (share.percent or share.fen or share.all_but_fen) for share in rule.pays.values())
            what = NOTHING if nothing else unmet("从不被采用", "this rule never wins")
            findings.remarks.append((("aid", "rules", code), what))
    for code in file.scope.refusals:
        if code not in findings.reasons:
            what = unmet("没有人因此被拒", "nobody is refused for this")
            findings.remarks.append((("scope", "refusals", code), what))
    for code in cases_in_use(policy):
        if code not in findings.cases:
            what = unmet("没有人属于这种情形", "nobody falls in this case of cover")
            findings.remarks.append((("cover", code), what))
    unused = [code for code in CATEGORIES if code not in policy.categories]
    if unused:
        what = f"本政策未提及的身份类别。 these categories bring nothing here: {', '.join(unused)}"
        findings.remarks.append((("aid", "rules"), what))


def _of_empty_class(classes: list[str], code: str) -> str:
    if tried_first := ", ".join(classes[: classes.index(code)]):
        zh = f"请核对它的when，或写到先判断的类别（{tried_first}）之前"
        en = f"correct its `when`, or write it before the classes that are tried first ({tried_first})"
    else:
        zh, en = "请核对它的when里的年龄、日期和代码", "correct the ages, days and codes of its `when`"
    return f"没有人属于这一类：{zh}；不用的请删去。 nobody falls in this class: {en}; or delete it"


def cases_in_use(policy: Policy) -> list[str]:
    """The cases of cover that are not switched off by an empty choice."""
    return [code for code, case in policy.file.cover.items() if case.when is None or case.when.any != []]
