"""Which column of a file is which: found by headings, in a sheet whose first rows may be titles."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from canbao.intake import refusals
from canbao.intake.reading.columns import Column
from canbao.intake.reading.files import File, Row, Sheet
from canbao.intake.reading.values import Cell

HEADER_WITHIN_ROWS = 40
_NUMERALS = {numeral: number for number, numeral in enumerate("一二三四五六七八九十", 1)}
_NUMBERED = re.compile(r"(?:家庭)?(?:成员|人员|第)?(?P<n>\d{1,2}|[一二三四五六七八九十])(?:人|号)?(?P<what>\D.*)")
_ENDING = re.compile(r"(?P<what>.*\D)(?P<n>\d{1,2}|[一二三四五六七八九十])")
HEAD_PART = 0


@dataclass(frozen=True, slots=True)
class Assigned:
    """A column of the file (index from 0) holds `key`; `part` names the person of a household row, None is for all."""

    index: int
    key: str
    part: int | None = None


Mapping = tuple[Assigned, ...]


@dataclass(frozen=True)
class Header:
    """The row of the headings by its number in the sheet, and the headings as they are written."""

    row: int
    headings: tuple[str, ...]

    @property
    def layout(self) -> str:
        """Names files with the same columns."""
        return hashlib.sha256("\n".join(map(plain, self.headings)).encode()).hexdigest()


@dataclass(frozen=True)
class Located:
    """The sheets of a file that have the same headings, and the names of those that have others or none."""

    header: Header
    sheets: list[tuple[Sheet, int]]
    left_out: tuple[str, ...]


@cache
def _synonyms() -> dict[str, str]:
    table = yaml.safe_load(Path(__file__).with_name("headings.yaml").read_text(encoding="utf-8"))
    found: dict[str, str] = {}
    for key, headings in table.items():
        for heading in headings:
            if found.setdefault(heading, key) != key:
                raise ValueError(f"headings.yaml: {heading} stands under {found[heading]} and {key}")
    return found


@cache
def plain(heading: str) -> str:
    """A heading without what differs from list to list: spaces, brackets and their words, stars, colons."""
    normal = unicodedata.normalize("NFKC", heading).lower()
    numbered = re.sub(r"[(\[【](\d{1,2})[)\]】]", r"\1", normal)
    bare = re.sub(r"\([^)]*\)|\[[^\]]*\]|【[^】]*】", "", numbered)
    return re.sub(r"[\s*:_\-/、,.“”\"']", "", bare)


def _recognised(heading: str) -> tuple[str, int | None] | None:
    """The key of a heading and which person of the row it is of."""
    bare = plain(heading)
    if (key := _synonyms().get(bare)) is not None:
        return key, None
    for pattern in (_ENDING, _NUMBERED):
        if (found := pattern.fullmatch(bare)) and (key := _synonyms().get(found["what"])) is not None:
            return key, _NUMERALS.get(found["n"]) or int(found["n"])
    return None


def guess(headings: Sequence[str], columns: Iterable[Column]) -> Mapping:
    """The columns that the headings speak of; what they leave open stays unassigned."""
    declared = {column.key: column for column in columns}
    found = [(index, *known) for index, heading in enumerate(headings) if (known := _recognised(heading)) is not None]
    wide = any(part is not None for _, _, part in found)
    assigned: list[Assigned] = []
    times: dict[str, int] = {}
    for index, key, part in found:
        if wide and key in ("head_name", "head_id_number"):
            key, part = key.removeprefix("head_"), HEAD_PART
        column = declared.get(key)
        if column is None:
            continue
        times[key] = times.get(key, 0) + 1
        if part is None and times[key] > 1:
            if not column.of_person:
                continue
            part = times[key]
        assigned.append(Assigned(index, key, part if column.of_person else None))
    return _numbered_from_the_first(_once(assigned))


def _once(assigned: Iterable[Assigned]) -> list[Assigned]:
    seen: dict[tuple[str, int | None], Assigned] = {}
    for each in assigned:
        seen.setdefault((each.key, each.part), each)
    return list(seen.values())


def _numbered_from_the_first(assigned: list[Assigned]) -> Mapping:
    """The first of several equal headings is person 1 where the second is person 2."""
    several = {each.key for each in assigned if each.part is not None and each.part > 1}
    taken = {(each.key, each.part) for each in assigned}
    return tuple(
        Assigned(each.index, each.key, 1)
        if each.part is None and each.key in several and (each.key, 1) not in taken
        else each
        for each in assigned
    )


def locate(file: File, columns: Sequence[Column]) -> Located:
    """The headings of the file. Refuses `header_missing` if no sheet has a row with two known ones."""
    keys = {column.key for column in columns}
    headers = [(sheet, _header(sheet, keys)) for sheet in file.sheets]
    there = [(sheet, header) for sheet, header in headers if header is not None]
    if not there:
        raise refusals.header_missing()
    best = max((header for _, header in there), key=lambda header: _score(header.headings, keys))
    sheets = [(sheet, header.row) for sheet, header in there if header.layout == best.layout]
    read = {sheet.name for sheet, _ in sheets}
    others = tuple(sheet.name for sheet in file.sheets if sheet.name not in read) + file.hidden
    return Located(best, sheets, others)


def _header(sheet: Sheet, keys: set[str]) -> Header | None:
    best: Header | None = None
    best_score = 1
    for number, row in sheet.rows():
        if number > HEADER_WITHIN_ROWS:
            break
        headings = headings_of(row)
        score = _score(headings, keys)
        if score > best_score:
            best, best_score = Header(number, headings), score
    return best


def headings_of(row: Row) -> tuple[str, ...]:
    texts = [_heading(cell) for cell in row]
    while texts and not texts[-1]:
        texts.pop()
    return tuple(texts)


def _heading(cell: Cell) -> str:
    return " ".join(cell.split()) if isinstance(cell, str) else "" if cell is None else str(cell)


def _score(headings: Sequence[str], keys: set[str]) -> int:
    """How many different columns of the source a row of headings names."""
    known = {found for heading in headings if heading and (found := _recognised(heading)) and found[0] in keys}
    return len(known)
