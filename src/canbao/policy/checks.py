"""Check policy files: do they load, do the worked cases beside them come out, and does every situation hold?"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

from .cases import CASES_ENDING, cases_beside, load_cases, policy_beside, run
from .document import PathKey, read
from .loading import NOTICE_ENDING, layers_of, load, parts
from .model import Cited, PolicyFile
from .policy import Policy
from .proofs import prove
from .refusals import Fault, PolicyFaults


@dataclass(frozen=True, slots=True)
class Report:
    """Faults must be put right; remarks are worth knowing. Both print as Fault says."""

    faults: list[Fault] = field(default_factory=list)
    remarks: list[Fault] = field(default_factory=list)
    cases: int = 0
    situations: int = 0

    def add(self, other: Report) -> Report:
        return Report(
            self.faults + other.faults,
            self.remarks + other.remarks,
            self.cases + other.cases,
            self.situations + other.situations,
        )


def check_file(path: Path) -> Report:
    """Check one policy file, one cases or notice file (with its policy) or every policy under a folder."""
    report = Report()
    if path.is_dir():
        found = sorted(_policies_under(path))
        if not found:
            what = "此处没有政策文件。 there is no policy file here (one folder an area, one .yaml a year)"
            return Report([Fault(str(path), 1, 1, what)])
        for each in found:
            report = report.add(_check_policy(each))
        return report
    if path.name.endswith(NOTICE_ENDING):
        return _check_policy(path.with_name(path.name.removesuffix(NOTICE_ENDING) + ".yaml"))
    if path.name.endswith(CASES_ENDING):
        return _check_policy(policy_beside(path), proofs=False)
    return _check_policy(path)


def _policies_under(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*.yaml"):
        if path.stem.isdigit():
            yield path


def _check_policy(path: Path, *, proofs: bool = True) -> Report:
    try:
        policy = Policy(*load(path))
    except Exception as error:
        return _caught(path, error)
    report = Report()
    for step in (_proofs, _cases) if proofs else (_cases,):
        try:
            report = report.add(step(path, policy))
        except Exception as error:
            report = report.add(_caught(path, error))
    return report


def _caught(path: Path, error: Exception) -> Report:
    """What a step found, or what nobody foresaw: that too is a fault of the file, told and not thrown at its writer."""
    if isinstance(error, PolicyFaults):
        return Report(list(error.faults))
    words = f"{type(error).__name__}: {error}"
    zh = f"此文件无法算下去，请检查其中的日期和数目：{words}。"
    en = f"this file cannot be worked with; look at its days and figures: {words}"
    return Report([Fault(str(path), 1, 1, f"{zh} {en}")])


def _proofs(path: Path, policy: Policy) -> Report:
    findings = prove(policy)
    own = read(path)
    places = own.places
    for layer in layers_of(path, own):
        places = layer.places.laid_over(places)

    def at(loc: PathKey, what: str) -> Fault:
        return Fault(*places.of(loc, path), what)

    order = (*tried_in_another_order(own.data, policy.file), *cited_nowhere(own.data, policy.file))
    order += (*aiding_everyone(policy.file),)
    return Report(
        [at(loc, what) for loc, what in findings.faults],
        [at(loc, what) for loc, what in (*order, *findings.remarks)],
        situations=findings.situations,
    )


def tried_in_another_order(own: Mapping[str, Any], file: PolicyFile) -> Iterator[tuple[tuple[str, ...], str]]:
    """Cases of cover that the file writes behind one with a layer's name, but that are tried before it."""
    written = own.get("cover")
    names = list(written) if isinstance(written, dict) else []
    tried = [name for name in file.cover if name in names]
    for first, second in combinations(names, 2):
        if tried.index(second) < tried.index(first):
            zh = f"写在“{first}”之后，却先于它判断：“{first}”与底层同名，仍在底层的位置。"
            zh += f"要先判断“{first}”的，给它另取名字；否则请把“{second}”写到它之前。"
            en = f"{second} stands behind {first} but is tried before it: {first} keeps the place of its layer; "
            en += f"if {first} should be tried first, give it a name of its own, else write {second} before it"
            yield ("cover", second), f"{zh} {en}"


def cited_nowhere(own: Mapping[str, Any], file: PolicyFile) -> Iterator[tuple[tuple[str, ...], str]]:
    """Readings of the file itself on which nothing rests: no answer would name them as unsettled."""
    written = own.get("readings")
    cited = {code for _, part in parts(file) if isinstance(part, Cited) for code in part.reading}
    for code in written if isinstance(written, dict) else ():
        if code not in cited:
            zh = f"没有条目引用读法“{code}”，答案不会提到它：请在依此读法的条目写 reading: {code}，或删去。"
            en = (
                f"no part cites this reading, so no answer tells it: write reading: {code} at the part that rests on it"
            )
            yield ("readings", code), f"{zh} {en}, or delete it"


def aiding_everyone(file: PolicyFile) -> Iterator[tuple[tuple[str, ...], str]]:
    for code, rule in file.aid.rules.items():
        if rule.category is None and (rule.when is None or not rule.when.model_fields_set):
            zh = "没有写条件，人人都得到这项资助：如非本意，请写 category 或 when。"
            en = "this rule takes everyone: it gives neither a category nor a condition; if not meant, write one"
            yield ("aid", "rules", code), f"{zh} {en}"


def _cases(path: Path, policy: Policy) -> Report:
    beside = cases_beside(path)
    if not beside.exists():
        what = f"旁边没有算例文件{beside.name}。 there are no worked cases beside it; write {beside.name}"
        return Report(remarks=[Fault(str(path), 1, 1, what)])
    try:
        cases = load_cases(beside)
    except PolicyFaults as error:
        return Report(list(error.faults))
    return Report(list(run(policy, cases)), cases=len(cases.cases))


LAYERED = ("Reading", "Waiting", "Aid", "Scope")
"""Parts that an area file may give in part, because a layer gives the rest."""


def schema() -> dict[str, Any]:
    """The JSON schema by which an editor completes a policy file or a layer.

    What a layer may supply is not required here; `canbao policy check` sees the whole.
    """
    made = PolicyFile.model_json_schema(by_alias=True)
    definitions = made["$defs"]
    for part in (made, *(definitions[name] for name in LAYERED)):
        part.pop("required", None)
    for part in definitions.values():
        for key in ("source", "reading"):
            if (cited := part.get("properties", {}).get(key)) is not None:
                one, many = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
                part["properties"][key] = {"anyOf": [one, many], "description": cited["description"]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def schema_text() -> str:
    return json.dumps(schema(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
