"""A file of bytes into sheets of rows: .xlsx and .xls, or text with commas, tabs or semicolons."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from canbao.intake import refusals
from canbao.intake.reading.error_cells import ErrorCells, error_cells, error_cells_of_xls
from canbao.intake.reading.unpacking import refuse_what_unpacks_too_large
from canbao.intake.reading.values import Cell

Row = list[Cell]
_FIELD_CHARACTERS_MAX, _FIELD_LINES_MAX = 20_000, 10
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_DECODED_AT_ONCE = 1 << 20


class Sheet(Protocol):
    """A sheet by name; `rows` gives every row with its number as the program that made it shows it, from 1."""

    name: str

    def rows(self) -> Iterator[tuple[int, Row]]: ...


@dataclass(frozen=True)
class File:
    """`encoding` is None for a workbook. `hidden` names sheets that are there and not shown, hence not read."""

    sheets: list[Sheet]
    encoding: str | None = None
    hidden: tuple[str, ...] = ()


def open_file(content: bytes, measured: bool = False) -> File:
    """What the bytes are decides, not the file's name. Refuses what is no list, is locked or cannot be read.

    `measured`: what it unpacks to was found small enough before.
    """
    if not content.strip(b"\0 \r\n\t"):
        raise refusals.empty_file()
    if content.startswith((_ZIP, _OLE)):
        return _workbook(content, measured)
    return _text(content)


def _workbook(content: bytes, measured: bool) -> File:
    if content.startswith(_ZIP) and not measured:
        refuse_what_unpacks_too_large(content)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    except PasswordError:
        raise refusals.locked_file() from None
    except (CalamineError, ValueError, OSError):
        raise refusals.unreadable_file() from None
    shown: list[str] = []
    hidden: list[str] = []
    for about in book.sheets_metadata:
        if about.typ != SheetTypeEnum.WorkSheet:
            continue
        (shown if about.visible == SheetVisibleEnum.Visible else hidden).append(about.name)
    opened = _Book(book)
    errors = error_cells(content) if content.startswith(_ZIP) else error_cells_of_xls(content)
    return File([_BookSheet(name, opened, errors.get(name, {})) for name in shown], hidden=tuple(hidden))


class _Book:
    """A workbook that keeps the sheet it read last: the headings and the rows below them are asked for one by one."""

    def __init__(self, book: CalamineWorkbook) -> None:
        self._book = book
        self._last: tuple[str, CalamineSheet] | None = None

    def sheet(self, name: str) -> CalamineSheet:
        if self._last is None or self._last[0] != name:
            self._last = None
            try:
                self._last = name, self._book.get_sheet_by_name(name)
            except (CalamineError, ValueError, OSError):
                raise refusals.unreadable_file() from None
        return self._last[1]


@dataclass
class _BookSheet:
    name: str
    book: _Book
    errors: ErrorCells

    def rows(self) -> Iterator[tuple[int, Row]]:
        """Every cell of a merged range has the value of its first; one with an error has the error's name."""
        sheet = self.book.sheet(self.name)
        if sheet.start is None:
            return
        merged = _Merged(sheet)
        # The reader gives the empty rows above the first filled cell, but not the empty columns before it.
        left = [""] * sheet.start[1]
        wrong: dict[int, list[tuple[int, str]]] = {}
        for (number, column), error in self.errors.items():
            wrong.setdefault(number, []).append((column, error))
        for number, row in enumerate(sheet.iter_rows()):
            cells: Row = [*left, *row]
            for column, error in wrong.get(number, ()):
                if column < len(cells):
                    cells[column] = error
            yield number + 1, merged.filled(number, cells)


class _Merged:
    """The merged ranges of a sheet, as rows go by."""

    def __init__(self, sheet: CalamineSheet) -> None:
        self._starting: dict[int, list[tuple[int, int, int]]] = {}
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
            self._starting.setdefault(top, []).append((bottom, left, right))
        self._open: list[tuple[int, int, int, Cell]] = []

    def filled(self, number: int, row: Row) -> Row:
        if not self._starting and not self._open:
            return row
        for bottom, left, right in self._starting.pop(number, ()):
            if left < len(row):
                self._open.append((bottom, left, right, row[left]))
        for _, left, right, value in self._open:
            row[left : right + 1] = [value] * (min(right + 1, len(row)) - left)
        self._open = [entry for entry in self._open if entry[0] > number]
        return row


@dataclass
class _TextSheet:
    name: str
    content: bytes
    encoding: str
    delimiter: str

    def rows(self) -> Iterator[tuple[int, Row]]:
        """Numbered by line, as an editor shows them; a field over several lines counts from its first."""
        # Python's own limit holds for the whole process, so a field is measured here.
        lines = io.TextIOWrapper(io.BytesIO(self.content), encoding=self.encoding, newline="")
        reader = csv.reader(_without_nul(lines), delimiter=self.delimiter, strict=True)
        before = 0
        while True:
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error:
                raise refusals.open_quote(before + 1) from None
            if reader.line_num - before > _FIELD_LINES_MAX or any(len(field) > _FIELD_CHARACTERS_MAX for field in row):
                raise refusals.open_quote(before + 1)
            yield before + 1, list[Cell](row)
            before = reader.line_num


def _without_nul(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield line.replace("\0", "") if "\0" in line else line


def _text(content: bytes) -> File:
    encoding = _encoding(content)
    start = content[:_DECODED_AT_ONCE].decode(encoding, errors="ignore").lstrip("\ufeff \r\n\t")
    if start[:1] == "<" or start.startswith(("{", "%PDF")):
        raise refusals.not_a_list()
    return File([_TextSheet("", content, encoding, _delimiter(start))], encoding)


def _encoding(content: bytes) -> str:
    marked = next((encoding for mark, encoding in _MARKS if content.startswith(mark)), None)
    tried = (marked,) if marked else ("utf-8", "gb18030")
    lines = [_undecodable_line(content, encoding) for encoding in tried]
    if lines[-1] is None or lines[0] is None:
        return tried[lines.index(None)]
    # The kind that goes further is the one that was meant.
    raise refusals.undecodable(max(line for line in lines if line is not None))


def _undecodable_line(content: bytes, encoding: str) -> int | None:
    """The first line that is not of this kind, keeping nothing of what is read; None if all are."""
    decoder, line = codecs.getincrementaldecoder(encoding)(), 1
    for start in range(0, len(content), _DECODED_AT_ONCE):
        part = content[start : start + _DECODED_AT_ONCE]
        try:
            line += decoder.decode(part, final=start + _DECODED_AT_ONCE >= len(content)).count("\n")
        except UnicodeDecodeError as fault:
            return line + fault.object[: fault.start].count(b"\n")
    return None


def _delimiter(text: str) -> str:
    """The separator that the most lines of the beginning agree on; a comma if there is none."""
    lines = text.splitlines()[:30]
    counts = {mark: sum(line.count(mark) for line in lines) for mark in (",", "\t", ";", "，")}
    best = max(counts, key=lambda mark: counts[mark])
    return best if counts[best] else ","
