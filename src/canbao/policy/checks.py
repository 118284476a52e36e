"""Check policy files: do they load, do the worked cases beside them come out, and does every situation hold?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .cases import CASES_ENDING, cases_beside, load_cases, policy_beside, run
from .loading import load
from .policy import Policy
from .refusals import Fault, PolicyFaults


@dataclass(frozen=True, slots=True)
class Report:
    """Faults must be put right; remarks are worth knowing. Both print as `file:line: sentence`."""

    faults: list[Fault] = field(default_factory=list)
    remarks: list[Fault] = field(default_factory=list)
    cases: int = 0

    def add(self, other: Report) -> Report:
        return Report(self.faults + other.faults, self.remarks + other.remarks, self.cases + other.cases)


def check_file(path: Path) -> Report:
    """Check one policy file, one cases file (with its policy) or every policy under a folder."""
    report = Report()
    if path.is_dir():
        found = sorted(_policies_under(path))
        if not found:
            what = "此处没有政策文件。 there is no policy file here (one folder an area, one .yaml a year)"
            return Report([Fault(str(path), 1, 1, what)])
        for each in found:
            report = report.add(_check_policy(each))
        return report
    return _check_policy(policy_beside(path) if path.name.endswith(CASES_ENDING) else path)


def _policies_under(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*.yaml"):
        if not path.name.endswith(CASES_ENDING) and path.stem.isdigit():
            yield path


def _check_policy(path: Path) -> Report:
    report = Report()
    try:
        file, digest = load(path)
    except PolicyFaults as error:
        return Report(list(error.faults))
    policy = Policy(file, digest)
    beside = cases_beside(path)
    if not beside.exists():
        what = f"旁边没有算例文件{beside.name}。 there are no worked cases beside it; write {beside.name}"
        return report.add(Report(remarks=[Fault(str(path), 1, 1, what)]))
    try:
        cases = load_cases(beside)
    except PolicyFaults as error:
        return report.add(Report(list(error.faults)))
    return report.add(Report(list(run(policy, cases)), cases=len(cases.cases)))
