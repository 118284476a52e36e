"""The steps of an answer as a page shows them: a sentence, and the words of the notice that it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from canbao.policy import Answer, Policy
from canbao.policy.answer import Step
from canbao.policy.model import Words


@dataclass(frozen=True)
class QuotedClause:
    """The notice's own words. `document` and `number` as the notice says them; `key` is the anchor on the leaflet."""

    key: str
    document: str
    number: str
    text: str


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


def quoted(policy: Policy, keys: Sequence[str]) -> list[QuotedClause]:
    return [
        QuotedClause(
            key,
            policy.documents[policy.clauses[key].document].cited_as,
            policy.clauses[key].clause,
            policy.clauses[key].text.strip(),
        )
        for key in keys
    ]


def reading(policy: Policy, code: str) -> ReadingShown:
    entry = policy.readings[code]
    return ReadingShown(
        code, entry.question, entry.chosen, entry.open or any(other.set for other in entry.alternatives)
    )


def step_shown(policy: Policy, step: Step, provisional: bool) -> StepShown:
    readings = [reading(policy, code) for code in step.readings]
    to_confirm = provisional and any(entry.unsettled for entry in readings)
    return StepShown(step.text_zh, step.text_en, quoted(policy, step.sources), readings, to_confirm)


def steps_of(policy: Policy, answer: Answer) -> list[StepShown]:
    """Every step of the answer in order; `policy` is the one that gave it."""
    return [step_shown(policy, step, answer.provisional) for step in answer.steps]
