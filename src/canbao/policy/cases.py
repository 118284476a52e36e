"""Worked cases beside a policy file (`2025.cases.yaml`): a sentence, a person, and what the notice gives this person.

A case without `on` and without a day in the person leaves the settlement moment unknown, as `bill` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .answer import Answer
from .assess import quote
from .codes import ANSWER_COLUMNS, PERSON_COLUMNS
from .document import Document, read
from .faults import faults_of, nearest
from .person import BadPerson
from .policy import Policy
from .refusals import Fault, PolicyFaults

CASES_ENDING = ".cases.yaml"
STEPS = "steps"
LINES = "lines"
WAITING_DAYS = "waiting_days"
BAD = "bad"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WorkedCase(_Part):
    """`expect` names answer columns; `steps` the rules that the trace must hold, `bad` the column that is refused.

    `lines` is code -> fen that the person pays, of all lines; `waiting_days` a wait that is counted in days.
    """

    name: str
    like: str | None = Field(default=None, description="key of `people` whose facts this person shares")
    person: dict[str, Any] = Field(default_factory=dict)
    on: date | None = None
    as_year: int | None = Field(default=None, strict=True, ge=2000, le=2099)
    expect: dict[str, Any] = Field(min_length=1)


class CasesFile(_Part):
    people: dict[str, dict[str, Any]] = Field(default_factory=dict)
    cases: list[WorkedCase] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Cases:
    """The cases of one file with the facts of each person filled in, and where each stands."""

    path: Path
    document: Document
    cases: list[WorkedCase]

    def fault(self, loc: Sequence[str | int], what: str, *, value: bool = False) -> Fault:
        """`value`: the value at `loc` is wrong, not its key."""
        return Fault(*self.document.places.of(loc, self.path, value=value), what)


def cases_beside(policy_path: Path) -> Path:
    return policy_path.with_name(policy_path.stem + CASES_ENDING)


def policy_beside(cases_path: Path) -> Path:
    return cases_path.with_name(cases_path.name.removesuffix(CASES_ENDING) + ".yaml")


def load_cases(path: Path) -> Cases:
    """Raises PolicyFaults with every fault of the file itself."""
    document = read(path)
    found = Cases(path, document, [])
    try:
        file = CasesFile.model_validate(document.data)
    except ValidationError as error:
        raise PolicyFaults(faults_of(error, CasesFile, document.places, path)) from None
    faults = [found.fault(loc, what, value=loc[-1] in ("name", "like")) for loc, what in _inconsistencies(file)]
    if faults:
        raise PolicyFaults(faults)
    for case in file.cases:
        shared = file.people[case.like] if case.like else {}
        found.cases.append(case.model_copy(update={"person": {**shared, **case.person}}))
    return found


def _inconsistencies(file: CasesFile) -> Iterator[tuple[tuple[str | int, ...], str]]:
    names: set[str] = set()
    for key, facts in file.people.items():
        yield from (((*("people", key), column), no) for column, no in _no_facts(facts))
    for number, case in enumerate(file.cases):
        here = ("cases", number)
        if case.name in names:
            what = f"“{case.name}”重复，每个算例用自己的名称。 "
            yield (*here, "name"), f"{what}the name {case.name} stands twice; give each case its own"
        names.add(case.name)
        if case.like is not None and case.like not in file.people:
            zh, en = nearest(case.like, file.people)
            what = f"people中没有“{case.like}”，{zh or '请更正或补上'}。 people has no {case.like}; "
            yield (*here, "like"), what + (en or "correct it or add it there")
        yield from (((*here, "person", column), no) for column, no in _no_facts(case.person))
        for column in case.expect:
            if column not in EXPECTED:
                yield (*here, "expect", column), _no_column("答案", "an answer", column, EXPECTED)


EXPECTED: Final = (*ANSWER_COLUMNS, STEPS, LINES, WAITING_DAYS, BAD)


def _no_column(whose_zh: str, whose_en: str, column: str, known: Iterable[str]) -> str:
    zh, en = nearest(column, known)
    what = f"{whose_zh}没有“{column}”列，{zh or '请更正'}。"
    return f"{what} {whose_en} has no column {column}; {en or 'correct its name'}"


def _no_facts(facts: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for column in facts:
        if column not in PERSON_COLUMNS:
            yield column, _no_column("人员", "a person", column, PERSON_COLUMNS)


def answer_of(policy: Policy, case: WorkedCase) -> Answer:
    """Raises BadPerson."""
    return quote(policy, case.person, on=case.on, as_year=case.as_year)


def run(policy: Policy, cases: Cases) -> Iterator[Fault]:
    """Every case that the policy answers otherwise: its line, the column, what it should be and what came."""
    for number, case in enumerate(cases.cases):
        try:
            answer, refused = answer_of(policy, case), list[str]()
        except BadPerson as error:
            if BAD not in case.expect:
                yield from _unreadable(cases, number, case, error)
                continue
            answer, refused = None, [fault.column for fault in error.faults]
        except Exception as error:  # as in the proofs: the file makes the rules fail
            what = (
                f"算例“{case.name}”：政策算不出此人。 the policy fails for this person: {type(error).__name__}: {error}"
            )
            yield cases.fault(("cases", number), what)
            continue
        for column, wanted, got in _differences(case, answer, refused):
            what = f"算例“{case.name}”：{column}应为{_shown(wanted)}，实为{_shown(got)}。 "
            what += f"{column} should be {_shown(wanted)}, but the policy gives {_shown(got)}"
            if _shown(wanted) == _shown(got):
                zh, en = ("不加", "without") if isinstance(wanted, str) else ("加", "in")
                what = f"算例“{case.name}”：{column}的{_shown(wanted)}请{zh}引号。 write {column} {en} quotes"
            yield cases.fault(("cases", number, "expect", column), what)


def _unreadable(cases: Cases, number: int, case: WorkedCase, error: BadPerson) -> Iterator[Fault]:
    """A fact of the person that cannot be read, where it is written: in the case or among `people`."""
    written = cases.document.data["cases"][number].get("person") or {}
    for fault in error.faults:
        own = fault.column in written or case.like is None
        loc = ("cases", number, "person", fault.column) if own else ("people", str(case.like), fault.column)
        bad = f"expect: {{bad: {fault.column}}}"
        what = f"算例“{case.name}”：{fault.column}不能用：{fault.zh.rstrip('。')}；若本应退回，写 {bad}。 "
        what += f"{fault.column} cannot be used: {fault.en.rstrip('.')}; if it must be refused, write {bad}"
        yield cases.fault(loc, what, value=True)


def _differences(case: WorkedCase, answer: Answer | None, refused: list[str]) -> Iterator[tuple[str, object, object]]:
    if answer is None or BAD in case.expect:
        wanted = case.expect[BAD]
        if wanted not in refused:
            yield BAD, wanted, refused or "an answer"
        return
    paid: object = {line.code: line.fen for line in answer.lines}
    row = {**answer.row(), LINES: paid, WAITING_DAYS: answer.waiting_days}
    for column, value in case.expect.items():
        if column == STEPS:
            rules = [step.rule for step in answer.steps]
            if missing := [rule for rule in value if rule not in rules]:
                yield STEPS, missing, rules
        elif row[column] != value or isinstance(row[column], bool) is not isinstance(value, bool):
            yield column, value, row[column]


def _shown(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(str(item) for item in value) + "]"
    return str(value)
