"""Rows of a file into records of values: one for each person, with every fault that the file alone shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from canbao.intake.reading.columns import Column
from canbao.intake.reading.faults import CellFault, Fault
from canbao.intake.reading.files import Row
from canbao.intake.reading.mapping import HEAD_PART, Located, Mapping
from canbao.intake.reading.values import Cell, birth_of, sex_of, text_of

_NO_PERSON = re.compile(
    r"(?:合\s*计|总\s*计|小\s*计|共\s*计|本页小计|共\s*\d+\s*[人户]|填表|制表|审核|复核|经办|单位负责人|负责人|备注|说明|注)"
    r"(?:[:：].*|\d.*|人[:：].*)?"
)


@dataclass(slots=True)
class Record:
    """One person (or place) of a row. `row` is the row's number in the sheet, `part` the person's within the row.

    `values` by column key, empty cells left out. `skipped` says why a row is none: `total` or `heading`.
    """

    sheet: str
    row: int
    part: int
    values: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    skipped: str = ""
    together: bool = False
    """Whether the row holds several people: a household."""


def records(located: Located, mapping: Mapping, columns: Sequence[Column]) -> Iterator[Record]:
    """Every record of the located sheets in order. Empty rows are none."""
    unfold = _Unfolding(mapping, columns, located.header.headings)
    for sheet, header_row in located.sheets:
        for number, row in sheet.rows():
            if number > header_row and any(
                not cell.isspace() if isinstance(cell, str) else True for cell in row if cell
            ):
                yield from unfold.row(sheet.name, number, row)


class _Reading(NamedTuple):
    """A column of the file and how its cells are read."""

    at: int
    column: Column
    read: Callable[[Cell], Any]


class _Unfolding:
    def __init__(self, mapping: Mapping, columns: Sequence[Column], headings: Sequence[str]) -> None:
        self._headings = headings
        self._named = [heading for heading in headings if heading]
        declared = {column.key: column for column in columns}
        assigned = [(each.index, declared[each.key], each.part) for each in mapping if each.key in declared]
        readers = {column.key: column.reader() for _, column, _ in assigned}
        read = [(_Reading(index, column, readers[column.key]), part) for index, column, part in assigned]
        self._shared = [each for each, part in read if part is None]
        parts = sorted({part for _, part in read if part is not None})
        self._parts = [(number, [each for each, part in read if part == number]) for number in parts]
        self._required = [column for column in columns if column.required]
        self._at = {(column.key, part): index for index, column, part in assigned}

    def row(self, sheet: str, number: int, row: Row) -> Iterator[Record]:
        if skipped := self._skipped(row):
            yield Record(sheet, number, 0, skipped=skipped)
            return
        shared = Record(sheet, number, 0)
        self._read(shared, row, self._shared)
        if not self._parts:
            self._finish(shared, None)
            yield shared
            return
        persons = 0
        for part, columns in self._parts:
            record = Record(sheet, number, part, dict(shared.values), list(shared.faults), together=True)
            before = len(record.values)
            self._read(record, row, columns)
            if len(record.values) == before and len(record.faults) == len(shared.faults):
                continue
            if part == HEAD_PART:
                record.values.setdefault("kinship", "head")
            self._finish(record, part)
            persons += 1
            yield record
        if not persons:
            self._finish(shared, None)
            yield shared

    def _skipped(self, row: Row) -> str:
        first = next(cell for cell in row if cell not in (None, ""))
        if not isinstance(first, str):
            return ""
        said = " ".join(first.split())
        if _NO_PERSON.fullmatch(said):
            return "total"
        if not self._named or said != self._named[0]:
            return ""
        filled = [" ".join(cell.split()) if isinstance(cell, str) else cell for cell in row if cell not in (None, "")]
        return "heading" if len(filled) > 1 and filled == self._named else ""

    def _read(self, record: Record, row: Row, columns: Sequence[_Reading]) -> None:
        width, values = len(row), record.values
        for index, column, read in columns:
            if index >= width:
                continue
            try:
                value = read(row[index])
            except CellFault as fault:
                record.faults.append(Fault(fault.code, index, {"column": self._called(index, column), **fault.said}))
                continue
            if value is not None and value != "":
                values[column.key] = value

    def _finish(self, record: Record, part: int | None) -> None:
        """What must be there is, and what is said twice agrees."""
        values = record.values
        broken = {fault.column for fault in record.faults}
        number = values.get("id_number")
        if number is not None:
            born, sex = birth_of(number), sex_of(number)
            if values.setdefault("birth_on", born) != born:
                record.faults.append(Fault("id_and_birth_differ", self._index("birth_on", part)))
            if values.setdefault("sex", sex) != sex:
                record.faults.append(Fault("id_and_sex_differ", self._index("sex", part)))
        for column in self._required:
            index = self._index(column.key, part)
            if column.key not in values and index not in broken:
                record.faults.append(Fault("empty", index, {"column": self._called(index, column)}))

    def _called(self, index: int | None, column: Column) -> str:
        """The column as the file itself calls it, else as the source does."""
        return (self._headings[index] if index is not None else "") or str(column.name)

    def _index(self, key: str, part: int | None) -> int | None:
        return self._at.get((key, part), self._at.get((key, None)))


def shown(row: Row) -> list[str]:
    """The cells as a sheet of errors repeats them."""
    texts = []
    for cell in row:
        try:
            texts.append(text_of(cell) if not isinstance(cell, str) else cell)
        except CellFault as fault:
            texts.append(fault.said.get("value", ""))
    return texts
