"""What a policy's notices leave open: the question, the reading taken, the others, and the switch that changes each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import yaml

from .loading import parts
from .model import Cited, Reading, Words
from .policy import Policy

CONCERNED: Final = {
    "age": Words(zh="年龄临近分界的人", en="people near an age limit"),
    "window": Words(zh="在集中缴费期首尾缴费的人", en="people who pay near the window's ends"),
    "scope": Words(zh="同一年度已在外地参保的人", en="people insured elsewhere for the same year"),
    "no_class": Words(zh="没有选择档次的人", en="people who chose no tier"),
    "aid.choose": Words(zh="符合多项资助、代缴政策的人", en="people entitled to several kinds of aid"),
    "aid.base": Words(zh="选择较高档次的资助对象", en="aided people on a higher tier"),
    "waiting.repair": Words(zh="补缴修复的人", en="people who repair broken years"),
    "waiting.fixed": Words(zh="有等待期的人", en="people who wait"),
    "government": Words(zh="每一位参保人", en="everyone enrolled"),
    "notice.lists": Words(zh="提供名单的部门", en="departments that hand in lists"),
    "notice": Words(zh="经办单位的做法", en="how the offices work"),
    "waiting": Words(zh="断保的人", en="people with broken years"),
}


@dataclass(frozen=True, slots=True)
class Switch:
    """A key of the policy file by its dotted path, what stands there now, and the other value, as YAML writes them."""

    path: str
    now: str
    value: str


@dataclass(frozen=True, slots=True)
class OtherChoice:
    words: Words
    switches: tuple[Switch, ...]


@dataclass(frozen=True, slots=True)
class ReadingTold:
    """One open question. `clauses` are the keys of the clauses that leave it open, `to_edit` the parts that rest on it.

    `unsettled`: an answer that uses it may be provisional, since another answer is listed or the figure itself is open.
    """

    code: str
    question: Words
    chosen: Words
    others: tuple[OtherChoice, ...]
    whom: Words
    clauses: tuple[str, ...]
    to_edit: tuple[str, ...]
    unsettled: bool
    open: bool


def readings_told(policy: Policy) -> list[ReadingTold]:
    """The readings that a part of this policy rests on, by code."""
    names, named = dict(_named(policy)), dict(_cited(policy))
    data = policy.file.model_dump(mode="json", by_alias=True, exclude_none=True)
    found = []
    for code, places in readings_used(policy).items():
        reading = policy.readings[code]
        others = tuple(
            OtherChoice(
                Words(zh=other.zh, en=other.en),
                tuple(Switch(path, _written(_at(data, path)), _written(value)) for path, value in other.set.items()),
            )
            for other in reading.alternatives
        )
        # Clauses taken from the same words are shown once.
        clauses = {
            (policy.clauses[key].document, policy.clauses[key].text): key
            for place in places
            for key in reversed(named[place].source)
            if not policy.clauses[key].silent
        }
        found.append(
            ReadingTold(
                code,
                reading.question,
                reading.chosen,
                others,
                _whom(reading, places, names),
                tuple(clauses.values()),
                tuple(dict.fromkeys(places)),
                reading.open or any(other.switches for other in others),
                reading.open,
            )
        )
    return found


def readings_used(policy: Policy) -> dict[str, list[str]]:
    """The readings that a part of this policy rests on, each with the dotted paths of those parts."""
    used: dict[str, list[str]] = {}
    for place, part in _cited(policy):
        for code in part.reading:
            used.setdefault(code, []).append(place)
    return dict(sorted(used.items()))


def _cited(policy: Policy) -> Iterator[tuple[str, Cited]]:
    for loc, part in parts(policy.file):
        if isinstance(part, Cited):
            yield ".".join(str(key) for key in loc), part


def _named(policy: Policy) -> Iterator[tuple[str, Words]]:
    for place, part in _cited(policy):
        if isinstance(name := getattr(part, "name", None), Words):
            yield place, name


def _whom(reading: Reading, places: list[str], names: dict[str, Words]) -> Words:
    """Who is affected: as the file says, else those whom the parts concern that rest on the reading."""
    if reading.affects is not None:
        return reading.affects
    whom = list(dict.fromkeys(places))
    told = [names[place] if place in names else _concerned(place) for place in whom]
    zh, en = "、".join(dict.fromkeys(each.zh for each in told)), "; ".join(dict.fromkeys(each.en for each in told))
    return Words(zh=f"涉及：{zh}。", en=f"Concerns: {en}.")


def _concerned(place: str) -> Words:
    return next((words for start, words in CONCERNED.items() if place.startswith(start)), Words(zh=place, en=place))


def _at(data: Any, path: str) -> object:
    for key in path.split("."):
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _written(value: object) -> str:
    """A value as the file writes it, on one line; a value that is not there is a dash."""
    if value is None:
        return "—"
    text: str = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10_000, sort_keys=False)
    return text.removesuffix("...\n").strip()
