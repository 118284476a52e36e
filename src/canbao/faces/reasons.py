"""The steps of an answer as a page shows them: a sentence, and the words of the notice that it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from canbao.policy import Answer, Person, Policy
from canbao.policy.assess import unsettled_readings, work_out
from canbao.policy.model import Document, Words

NOT_OUR_NOTICE = ("national", "law")
TABLE = "表"


@dataclass(frozen=True)
class QuotedClause:
    """The notice's own words. `document` and `number` as the notice says them; `key` is the anchor on the leaflet.

    `copied`: the words were read in a copy, not in the official gazette; `in_table`: they are a row of a table.
    """

    key: str
    document: str
    number: str
    text: str
    copied: bool = False
    in_table: bool = False


@dataclass(frozen=True)
class ReadingShown:
    """What the notice leaves open and how it is read here."""

    code: str
    question: Words
    chosen: Words
    unsettled: bool


@dataclass(frozen=True)
class StepShown:
    text_zh: str
    text_en: str
    clauses: list[QuotedClause]
    readings: list[ReadingShown]
    to_confirm: bool

    @property
    def cited(self) -> str:
        return " ".join(f"{clause.document} {clause.number}" for clause in self.clauses[:1])


def is_copied(document: Document) -> bool:
    """The documents of the national layer were read in copies that others published (policies/national.yaml)."""
    return document.kind in NOT_OUR_NOTICE


def is_in_table(number: str) -> bool:
    """Whether a clause with this number is a row of a table of the notice rather than running text."""
    return number.endswith(TABLE)


def quoted(policy: Policy, keys: Sequence[str]) -> list[QuotedClause]:
    found = []
    for key in keys:
        clause = policy.clauses[key]
        document = policy.documents[clause.document]
        found.append(
            QuotedClause(
                key,
                document.cited_as,
                clause.clause,
                clause.text.strip(),
                is_copied(document),
                is_in_table(clause.clause),
            )
        )
    return found


def reading(policy: Policy, code: str) -> ReadingShown:
    entry = policy.readings[code]
    return ReadingShown(
        code, entry.question, entry.chosen, entry.open or any(other.set for other in entry.alternatives)
    )


def unsettled_codes(policy: Policy, answer: Answer, facts: Mapping[str, Any], on: date | None) -> frozenset[str]:
    """The readings that this answer rests on: another choice would change a figure or a date of it.

    `facts` and `on` are what the answer was worked out from.
    """
    if not answer.provisional:
        return frozenset()
    person = Person.parse(facts, categories=policy.categories)
    return frozenset(unsettled_readings(work_out(policy, person, on), person, on))


def steps_of(policy: Policy, answer: Answer, facts: Mapping[str, Any], on: date | None) -> list[StepShown]:
    """Every step of the answer in order; `policy` is the one that gave it from `facts` and `on`."""
    unsettled = unsettled_codes(policy, answer, facts, on)
    return [
        StepShown(
            step.text_zh,
            step.text_en,
            quoted(policy, step.sources),
            [reading(policy, code) for code in step.readings],
            not unsettled.isdisjoint(step.readings),
        )
        for step in answer.steps
    ]
