"""From a YAML file and its layers to a checked PolicyFile; every fault with file, line, column and a sentence."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from .codes import CATEGORIES
from .conditions import Condition
from .document import Document, PathKey, Places
from .document import read as read
from .faults import KEY, faults_of, nearest, said_briefly
from .model import Cited, Clause, FeeClass, Government, PolicyFile, Reading
from .model import Document as NamedDocument
from .notice import Notice
from .parts import Part
from .refusals import Fault, PolicyFaults


def load(path: Path) -> tuple[PolicyFile, str]:
    """The policy of a file with its layers laid under it and the rest of its notice beside it. Raises PolicyFaults.

    The digest is of what figures are worked out from: the file and its layers, not the notice file. Order counts: among
    classes, rules and cases of cover the first that fits wins.
    """
    own = read(path)
    data, places = own.data, own.places
    for layer in layers_of(path, own):
        data = laid_over(data, layer.data)
        places = layer.places.laid_over(places)
    file = build(data, places, path)
    if (beside := notice_beside(path)).exists():
        file = joined(file, beside)
    canonical = json.dumps(data, ensure_ascii=False, default=str)
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
        raise PolicyFaults(faults_of(error, NoticeFile, found.places, path)) from None
    repeated: list[Wrong] = [
        ((section, key), f"“{key}”已在政策文件中，只保留一处。 {key} stands in the policy file; keep one")
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
        what = "政策文件中已有 notice，只保留一处。 notice stands in the policy file too; keep one"
        repeated.append((("notice",), what))
    # The policy file was checked by itself; only what the notice file adds can be wrong.
    wrong = [*_citations(whole), *_of_notice(whole)]
    if any(other.set for reading in further.readings.values() for other in reading.alternatives):
        wrong += _bad_alternatives(whole)
    if repeated or wrong:
        raise PolicyFaults(_at([*repeated, *wrong], found.places, path))
    return whole


Wrong = tuple[PathKey, str]
"""Where in the data, and what is wrong there."""


def _at(wrong: Iterable[Wrong], places: Places, path: Path) -> list[Fault]:
    return [Fault(*places.of(loc, path, value=True), what) for loc, what in wrong]


def _row_order(entry: tuple[str, Clause]) -> tuple[str, int]:
    """Numbered clauses (TZ-07) as the notice has them, whichever file they stand in; others before, as written."""
    numbered = re.fullmatch(r"([A-Z]+)-([0-9]+)", entry[0])
    return (numbered[1], int(numbered[2])) if numbered else ("", 0)


LAYER_FOLDERS = 3
"""A layer stands beside the file or in one of the two folders above: policies/examples/<area> reaches policies."""


def layers_of(path: Path, own: Document) -> list[Document]:
    """The layers that a file names, as it names them. Raises PolicyFaults."""
    named = own.data.get("layers")
    # What is no list is left to the model, which says so.
    names = named if isinstance(named, list) else []
    return [read(_layer(path, (position, name), own)) for position, name in enumerate(names)]


def _layer(path: Path, named: tuple[int, object], own: Document) -> Path:
    position, name = named
    folders = list(path.absolute().parents)[:LAYER_FOLDERS]
    for folder in folders:
        if (found := folder / f"{name}.yaml").exists():
            return found
    what = f"旁边和上级文件夹中都没有 {name}.yaml。 no layer file {name}.yaml beside or above it; correct the name"
    raise PolicyFaults([Fault(*own.places.of(("layers", position), path), what)])


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
        raise PolicyFaults(faults_of(error, PolicyFile, places, path)) from None
    if wrong := [*inconsistencies(file), *_misplaced(file, path)]:
        raise PolicyFaults(_at(wrong, places, path))
    return file


def _misplaced(file: PolicyFile, path: Path) -> Iterator[Wrong]:
    """A file in <area>/<year>.yaml is of that area and year; one that stands elsewhere may be of any."""
    folder, stem = path.absolute().parent.name, path.stem
    if not (re.fullmatch("[0-9]{6}", folder) and re.fullmatch("[0-9]{4}", stem)):
        return
    if file.area != folder:
        what = f"文件夹是 {folder}，area 应与其一致。 the folder is {folder}; write this area or move the file"
        yield ("area",), what
    if str(file.benefit_year) != stem:
        what = (
            f"文件名是 {stem}，benefit_year 应与其一致。 the file is called {stem}; write this year or rename the file"
        )
        yield ("benefit_year",), what


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


def inconsistencies(file: PolicyFile) -> Iterator[Wrong]:
    """What the types cannot see: citations that lead nowhere, unknown codes, windows upside down."""
    if file.window.opens > file.window.closes:
        what = f"集中缴费期结束早于开始（{file.window.opens}），请更正其中一日。"
        yield ("window", "closes"), f"{what} the window closes before it opens; correct one of the days"
    if not 0 <= file.benefit_year - file.window.opens.year <= 1:
        what = f"集中缴费期应在参保年度（{file.benefit_year}）或其上一年开始，请更正日期或 benefit_year。"
        en = f"the window must open in the benefit year {file.benefit_year} or in the year before it"
        yield ("window", "opens"), f"{what} {en}; correct the day or benefit_year"
    if file.policy != (called := f"{file.area}-{file.benefit_year}"):
        yield ("policy",), f"应写 {called}（area 加 benefit_year）。 write {called}: the area and the benefit year"
    yield from _citations(file)
    yield from _of_conditions(file, of_notice=False)
    yield from _of_aid(file)
    yield from _of_notice(file)
    for key, fee in file.classes.items():
        yield from _total(key, fee, file.government)
        for name, price in fee.prices.items():
            if price.with_government and not (fee.government or file.government):
                what = "全额缴费需写明财政补助（government）。 full cost needs `government`: what the government pays"
                yield ("classes", key, "prices", name, "with_government"), what
    if all(part.when is not None for part in file.classes.values()) and file.no_class is None:
        what = "可能有人不属于任何类别：最后一类不写条件，或写明 no_class。"
        yield ("classes",), f"{what} a person may fall in no class: leave `when` out of the last one, or give no_class"
    if all(case.when is not None for case in file.cover.values()):
        yield ("cover",), "最后一种情形不应有条件（when）。 the last cover case must have no `when`"
    yield from _bad_alternatives(file)


def _total(key: str, fee: FeeClass, everyone: Government | None) -> Iterator[Wrong]:
    government = fee.government or everyone
    together = fee.standard_fen + (government.fen if government else 0)
    if fee.total_fen is not None and fee.total_fen != together:
        zh = f"个人标准加财政补助为 {together}，与总筹资标准不符，请核对三个数"
        en = f"standard and government's part make {together}; one of the three figures is wrong"
        yield ("classes", key, "total_fen"), f"{zh}。 {en}"


def _unknown(section: str, what: str, word: str, known: Iterable[str]) -> str:
    """No such key in a section of the file, and the nearest that there is; of numbered keys none is near."""
    zh, en = ("", "") if word[-1:].isdigit() else nearest(word, known)
    return f"没有{what}“{word}”，{zh or '请更正或补上'}。 {section} has no {word}; {en or 'correct it or add it there'}"


def _citations(file: PolicyFile) -> Iterator[Wrong]:
    for key, clause in file.clauses.items():
        if clause.document not in file.documents:
            yield ("clauses", key, "document"), _unknown("documents", "文件", clause.document, file.documents)
    for loc, part in parts(file):
        if isinstance(part, Cited):
            yield from _cited(loc, "source", part.source, "clauses", "条款", file.clauses)
            yield from _cited(loc, "reading", part.reading, "readings", "读法", file.readings)


def _cited(
    loc: PathKey, key: str, cites: list[str], section: str, what: str, known: Mapping[str, object]
) -> Iterator[Wrong]:
    for position, cited in enumerate(cites):
        if cited not in known:
            alone = (*loc, key) if len(cites) == 1 else (*loc, key, position)
            yield alone, _unknown(section, what, cited, known)


def _of_conditions(file: PolicyFile, *, of_notice: bool) -> Iterator[Wrong]:
    """Codes that the conditions of the policy file, or those of the notice file, name and nobody knows."""
    for loc, part in parts(file):
        if isinstance(part, Condition) and (loc[0] == "notice") is of_notice:
            for position, code in enumerate(part.class_ or ()):
                if code not in file.classes:
                    yield (*loc, "class", position), _unknown("classes", "类别", code, file.classes)
            for position, code in enumerate(part.category or ()):
                yield from _category((*loc, "category", position), code)


def _category(loc: PathKey, code: str) -> Iterator[Wrong]:
    if code not in CATEGORIES and not code.startswith("local_"):
        zh, en = nearest(code, CATEGORIES)
        what = f"身份类别“{code}”未列出，{zh or '本地类别以 local_ 开头'}。 "
        yield loc, f"{what}category {code} is not listed; {en or 'a local one begins with local_'}"


def _of_aid(file: PolicyFile) -> Iterator[Wrong]:
    for key, rule in file.aid.rules.items():
        if rule.category:
            yield from _category(("aid", "rules", key, "category"), rule.category)
        percents = sum(share.percent or 0 for share in rule.pays.values())
        if percents > 100:
            what = f"各方比例合计{percents}%，应不超过100%。 the shares add up to {percents} %; at most 100 % is right"
            yield ("aid", "rules", key, "pays"), what
    for code, base in (file.aid.base.classes if file.aid.base else {}).items():
        for named in (code, base):
            if named not in file.classes:
                yield ("aid", "base", "classes", code), _unknown("classes", "类别", named, file.classes)


def _of_notice(file: PolicyFile) -> Iterator[Wrong]:
    yield from _of_conditions(file, of_notice=True)
    for key, listed in file.notice.lists.items():
        for position, code in enumerate(listed.categories):
            yield from _category(("notice", "lists", key, "categories", position), code)
    for key, row in file.notice.benefits.items():
        for name in ("fee_class", "as_class"):
            code = getattr(row, name)
            if code is not None and code not in file.classes:
                yield ("notice", "benefits", key, name), _unknown("classes", "类别", code, file.classes)


def _bad_alternatives(file: PolicyFile) -> Iterator[Wrong]:
    figures = {
        code for loc, part in parts(file) if isinstance(part, Cited) and loc[0] != "notice" for code in part.reading
    }
    for code, reading in file.readings.items():
        for position, other in enumerate(reading.alternatives):
            if not other.set and not reading.open and code in figures:
                zh = "这种读法没有写 set：写明改哪个键、改成什么，否则答案不会标为暂定；数额本身未定的写 open: true"
                en = (
                    "this alternative has no `set`: give the key it changes and the other value, or answers would pass "
                )
                en += "as settled; where the figure itself is open, write open: true"
                yield ("readings", code, "alternatives", position), f"{zh}。 {en}"
            here = ("readings", code, "alternatives", position, "set")
            for path in other.set:
                if not _leads_somewhere(file, path):
                    zh, en = f"政策文件中没有“{path}”", f"this alternative cannot be set: the file has no {path}"
                    yield (*here, path, KEY), f"另一种读法无法代入：{zh}。 {en}; write the keys that lead to the value"
                    break
            else:
                try:
                    with_values(file, other.set)
                except ValidationError as error:
                    zh, en = said_briefly(error)
                    yield here, f"另一种读法无法代入：{zh}。 this alternative cannot be set: {en}"
                except (KeyError, TypeError):
                    zh, en = (
                        "两个路径互相冲突，请各写到最里层的键",
                        "two of its paths exclude each other; write the innermost keys",
                    )
                    yield here, f"另一种读法无法代入：{zh}。 this alternative cannot be set: {en}"


def _leads_somewhere(file: PolicyFile, path: str) -> bool:
    """May the value at a dotted path be set? The part that holds it must be there, the value itself need not be."""
    data: Any = file.model_dump(by_alias=True, exclude_none=True, exclude={"notice"})
    *way, last = path.split(".")
    for key in way:
        if not isinstance(data, dict) or key not in data:
            return False
        data = data[key]
    return isinstance(data, dict) and bool(last)


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
