"""From a YAML file and its layers to a checked PolicyFile; every fault with file, line and a sentence."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, Field, ValidationError

from .codes import CATEGORIES
from .conditions import Condition, walk
from .model import Cited, Clause, PolicyFile, Reading
from .model import Document as NamedDocument
from .notice import Notice
from .parts import Part
from .refusals import Fault, PolicyFaults

PathKey = tuple[str | int, ...]
Places = dict[PathKey, tuple[str, int, int]]


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file as plain data, and where (file, line, column) each key stands."""

    data: dict[str, Any]
    places: Places


def load(path: Path) -> tuple[PolicyFile, str]:
    """The policy of a file with its layers laid under it and the rest of its notice beside it. Raises PolicyFaults.

    The digest is of what figures are worked out from: the file and its layers, not the notice file.
    """
    own = read(path)
    layers = [read(_layer(path, name, own)) for name in own.data.get("layers") or []]
    data, places = own.data, dict(own.places)
    for layer in layers:
        data = laid_over(data, layer.data)
        places = {**layer.places, **places}
    file = build(data, places, path)
    if (beside := notice_beside(path)).exists():
        file = joined(file, beside)
    canonical = json.dumps(data, sort_keys=True, ensure_ascii=False, default=str)
    return file, hashlib.sha256(canonical.encode()).hexdigest()


NOTICE_ENDING = ".notice.yaml"


def notice_beside(path: Path) -> Path:
    return path.with_name(path.stem + NOTICE_ENDING)


class NoticeFile(Part):
    """What a notice file may say. It can add to a policy, never change what the policy file says."""

    documents: dict[str, NamedDocument] = Field(default_factory=dict)
    clauses: dict[str, Clause]
    readings: dict[str, Reading] = Field(default_factory=dict)
    notice: Notice


def joined(file: PolicyFile, path: Path) -> PolicyFile:
    """The policy file with the notice file beside it. Raises PolicyFaults."""
    found = read(path)
    try:
        further = NoticeFile.model_validate(found.data)
    except ValidationError as error:
        faults = [_fault(item["loc"], _sentence(item), found.places, path) for item in error.errors()]
        raise PolicyFaults(faults) from None
    repeated = [
        _fault((section, key), f"“{key}”已在政策文件中。 {key} stands in the policy file; keep one", found.places, path)
        for section in ("documents", "clauses", "readings")
        for key in getattr(further, section)
        if key in getattr(file, section)
    ]
    whole = file.model_copy(
        update={
            "documents": {**file.documents, **further.documents},
            "clauses": dict(sorted({**file.clauses, **further.clauses}.items(), key=_row_order)),
            "readings": {**file.readings, **further.readings},
            "notice": further.notice,
        }
    )
    if file.notice != Notice():
        what = "政策文件中已有 notice。 notice stands in the policy file too; keep one"
        repeated.append(_fault(("notice",), what, found.places, path))
    # The policy file was checked by itself; only what the notice file adds can be wrong.
    wrong = [*_citations(whole), *_of_notice(whole)]
    if any(other.set for reading in further.readings.values() for other in reading.alternatives):
        wrong += _bad_alternatives(whole)
    faults = [*repeated, *(_fault(loc, what, found.places, path) for loc, what in wrong)]
    if faults:
        raise PolicyFaults(faults)
    return whole


def _row_order(entry: tuple[str, Clause]) -> tuple[str, int]:
    """Numbered clauses (TZ-07) as the notice has them, whichever file they stand in; others before, as written."""
    numbered = re.fullmatch(r"([A-Z]+)-([0-9]+)", entry[0])
    return (numbered[1], int(numbered[2])) if numbered else ("", 0)


LAYER_FOLDERS = 3
"""A layer stands beside the file or in one of the two folders above: policies/examples/<area> reaches policies."""


def _layer(path: Path, name: str, own: Document) -> Path:
    for folder in list(path.absolute().parents)[:LAYER_FOLDERS]:
        if (found := folder / f"{name}.yaml").exists():
            return found
    file, line, column = own.places.get(("layers",), (str(path), 1, 1))
    raise PolicyFaults([Fault(file, line, column, f"找不到层“{name}”。 no layer file {name}.yaml beside or above it")])


def read(path: Path) -> Document:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyFaults([Fault(str(path), 1, 1, f"无法读取。 cannot be read: {error}")]) from None
    places: Places = {}
    try:
        node = yaml.compose(text, Loader=_Loader)
        if not isinstance(node, yaml.MappingNode):
            what = "文件应为键值结构。 the file must be a mapping of keys to values"
            raise PolicyFaults([Fault(str(path), 1, 1, what)])
        if repeated := list(_index(node, (), str(path), places)):
            raise PolicyFaults(repeated)
        return Document(_Loader.plain(text), places)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise PolicyFaults([Fault(str(path), line, column, f"YAML 写法有误。 not YAML: {error.problem}")]) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise PolicyFaults([Fault(str(path), 1, 1, f"YAML 写法有误。 not YAML: {error}")]) from None


class _Loader(yaml.CSafeLoader):
    """Safe YAML that guesses less, as YAML 1.2: `on` and `no` stay words, 17:30 and 010 are no numbers."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in known if not tag.endswith((":bool", ":int", ":float"))]
        for first, known in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }

    @classmethod
    def plain(cls, text: str) -> dict[str, Any]:
        loaded = yaml.load(text, Loader=cls)  # a CSafeLoader
        assert isinstance(loaded, dict)
        return loaded


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile("^-?(?:0|[1-9][0-9]*)$"), list("-0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"^-?[0-9]+\.[0-9]+$"), list("-0123456789"))


def _day_or_text(loader: _Loader, node: yaml.ScalarNode) -> object:
    """A day that does not exist stays text, so that the model refuses it at its line."""
    try:
        return loader.construct_yaml_timestamp(node)
    except ValueError:
        return node.value


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _day_or_text)


def _index(node: yaml.Node, path: PathKey, file: str, places: Places) -> Iterator[Fault]:
    places.setdefault(path, (file, node.start_mark.line + 1, node.start_mark.column + 1))
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = key.value
            mark = key.start_mark
            if not isinstance(key, yaml.ScalarNode):
                yield Fault(file, mark.line + 1, mark.column + 1, "键应为文字。 a key must be one word")
                continue
            if name in seen:
                yield Fault(
                    file, mark.line + 1, mark.column + 1, f"“{name}”重复。 the key {name} stands twice; keep one"
                )
            seen.add(name)
            places[(*path, name)] = (file, mark.line + 1, mark.column + 1)
            yield from _index(value, (*path, name), file, places)
    elif isinstance(node, yaml.SequenceNode):
        for position, value in enumerate(node.value):
            yield from _index(value, (*path, position), file, places)


def laid_over(upper: Mapping[str, Any], lower: Mapping[str, Any]) -> dict[str, Any]:
    """Lay an area's data over a layer. New keys stand before the layer's, so an area's own cases are tried first."""
    merged = {key: value for key, value in upper.items() if key not in lower}
    for key, value in lower.items():
        if key not in upper:
            merged[key] = value
        elif isinstance(value, dict) and isinstance(upper[key], dict) and not _replaces(upper[key]):
            merged[key] = laid_over(upper[key], value)
        else:
            merged[key] = upper[key]
    return merged


def _replaces(value: Mapping[str, Any]) -> bool:
    """A part that cites for itself replaces the layer's part whole: a figure never keeps another's citation."""
    return "source" in value or "reading" in value


def build(data: Mapping[str, Any], places: Places, path: Path) -> PolicyFile:
    try:
        file = PolicyFile.model_validate(data)
    except ValidationError as error:
        raise PolicyFaults([_fault(item["loc"], _sentence(item), places, path) for item in error.errors()]) from None
    faults = [_fault(loc, what, places, path) for loc, what in inconsistencies(file)]
    if faults:
        raise PolicyFaults(faults)
    return file


def _sentence(item: Any) -> str:
    where = ".".join(str(part) for part in item["loc"])
    message = str(item["msg"]).removeprefix("Value error, ")
    match item["type"]:
        case "missing":
            return f"缺少“{where}”。 {where} is missing; add it"
        case "extra_forbidden":
            return f"不认识“{where}”。 {where} is not a key of a policy file; remove it or correct its name"
        case _:
            return f"“{where}”有误。 {where}: {message}"


def _fault(loc: tuple[str | int, ...], what: str, places: Places, path: Path) -> Fault:
    for length in range(len(loc), -1, -1):
        if loc[:length] in places:
            file, line, column = places[loc[:length]]
            return Fault(file, line, column, what)
    return Fault(str(path), 1, 1, what)


def parts(value: object, loc: PathKey = ()) -> Iterator[tuple[PathKey, BaseModel]]:
    """Every typed part of a file with its path."""
    if isinstance(value, BaseModel):
        yield loc, value
        for name, info in type(value).model_fields.items():
            yield from parts(getattr(value, name), (*loc, info.alias or name))
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from parts(inner, (*loc, key))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from parts(inner, (*loc, position))


def inconsistencies(file: PolicyFile) -> Iterator[tuple[PathKey, str]]:
    """What the types cannot see: citations that lead nowhere, unknown codes, windows upside down."""
    if file.window.opens > file.window.closes:
        yield ("window",), "集中缴费期结束早于开始。 the window closes before it opens"
    yield from _citations(file)
    for loc, part in parts(file):
        if isinstance(part, Condition) and loc[0] != "notice":
            yield from ((loc, what) for what in _unknown_codes(part, file))
    for key, rule in file.aid.rules.items():
        if rule.category and rule.category not in CATEGORIES and not rule.category.startswith("local_"):
            yield (
                ("aid", "rules", key, "category"),
                f"身份类别“{rule.category}”未列出。 "
                f"category {rule.category} is not listed; a local one begins with local_",
            )
        percents = sum(share.percent or 0 for share in rule.pays.values())
        if percents > 100:
            yield (
                ("aid", "rules", key, "pays"),
                f"各方比例合计{percents}%，超过100%。 the shares add up to {percents} %",
            )
    yield from _of_notice(file)
    for key, fee in file.classes.items():
        for name, price in fee.prices.items():
            if price.with_government and not (fee.government or file.government):
                what = "全额缴费需写明财政补助。 full cost needs `government`: what the government pays"
                yield ("classes", key, "prices", name, "with_government"), what
    if file.aid.base:
        for code in (*file.aid.base.classes, *file.aid.base.classes.values()):
            if code not in file.classes:
                yield ("aid", "base", "classes"), f"没有类别“{code}”。 classes has no {code}"
    if all(part.when is not None for part in file.classes.values()) and file.no_class is None:
        yield (
            ("classes",),
            "可能有人不属于任何类别：最后一类不写条件，或写明 no_class。 a person may fall in no class: give no_class",
        )
    if all(case.when is not None for case in file.cover.values()):
        yield ("cover",), "最后一种情形不应有条件。 the last cover case must have no condition"
    yield from _bad_alternatives(file)


def _citations(file: PolicyFile) -> Iterator[tuple[PathKey, str]]:
    for key, clause in file.clauses.items():
        if clause.document not in file.documents:
            yield ("clauses", key), f"没有文件“{clause.document}”。 documents has no {clause.document}"
    for loc, part in parts(file):
        if isinstance(part, Cited):
            for source in part.source:
                if source not in file.clauses:
                    yield (*loc, "source"), f"没有条款“{source}”。 clauses has no {source}"
            for reading in part.reading:
                if reading not in file.readings:
                    yield (*loc, "reading"), f"没有读法“{reading}”。 readings has no {reading}"


def _of_notice(file: PolicyFile) -> Iterator[tuple[PathKey, str]]:
    for loc, part in parts(file.notice, ("notice",)):
        if isinstance(part, Condition):
            yield from ((loc, what) for what in _unknown_codes(part, file))
    for key, listed in file.notice.lists.items():
        for code in listed.categories:
            if code not in CATEGORIES and not code.startswith("local_"):
                what = f"身份类别“{code}”未列出。 category {code} is not listed; a local one begins with local_"
                yield ("notice", "lists", key, "categories"), what
    for key, row in file.notice.benefits.items():
        for name in (row.fee_class, row.as_class):
            if name is not None and name not in file.classes:
                yield ("notice", "benefits", key), f"没有类别“{name}”。 classes has no {name}"


def _unknown_codes(part: Condition, file: PolicyFile) -> Iterator[str]:
    for inner in walk(part):
        for code in inner.class_ or ():
            if code not in file.classes:
                yield f"没有类别“{code}”。 classes has no {code}"
        for code in inner.category or ():
            if code not in CATEGORIES and not code.startswith("local_"):
                yield f"身份类别“{code}”未列出。 category {code} is not listed; a local one begins with local_"


def _bad_alternatives(file: PolicyFile) -> Iterator[tuple[PathKey, str]]:
    for code, reading in file.readings.items():
        for position, other in enumerate(reading.alternatives):
            try:
                with_values(file, other.set)
            except (KeyError, ValidationError, TypeError) as error:
                loc = ("readings", code, "alternatives", position, "set")
                yield loc, f"另一种读法无法代入。 this alternative cannot be set: {str(error).splitlines()[0]}"


def with_values(file: PolicyFile, values: Mapping[str, object]) -> PolicyFile:
    """The file with other values at dotted paths (`waiting.first_gap_year_adds.value`)."""
    data: dict[str, Any] = file.model_dump(by_alias=True, exclude_none=True, exclude={"notice"})
    for path, value in values.items():
        *way, last = path.split(".")
        place = data
        for key in way:
            place = place[key]
        place[last] = value
    for fee in data["classes"].values():
        if "standard_from" in fee:
            fee.pop("standard_fen")
    return PolicyFile.model_validate(data).model_copy(update={"notice": file.notice})
