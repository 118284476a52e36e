"""The lines of a CSV file (RFC 4180), counted before anything is read: which have not the header's number of cells.

Readers of CSV fill a short line with nulls and stop at a long one, so neither could be told from a good row later.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

BYTES_A_READ: Final = 2**22
COMMA, NEWLINE, RETURN, QUOTE = b',\n\r"'
BEFORE_A_QUOTATION: Final = np.frombuffer(b',\n"', np.uint8)
AFTER_A_QUOTATION: Final = np.frombuffer(b',\n\r"', np.uint8)

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Uneven:
    """Rows with more or fewer cells than the header: their numbers, ascending from 1, and how many cells they have."""

    header: list[str]
    rows: Numbers
    cells: Numbers

    def among(self, rows: Numbers) -> Iterator[tuple[int, int]]:
        """Where such rows stand among these row numbers, and how many cells each has."""
        if not len(self.rows):
            return
        at = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        for position in np.flatnonzero(self.rows[at] == rows):
            yield int(position), int(self.cells[at[position]])

    def told(self, cells: int) -> tuple[str, str]:
        """The column at which a row of so many cells breaks off, or its last one; and a sentence in both languages."""
        wanted = len(self.header)
        if cells > wanted:
            zh = f"本行有{cells}格，比表头的{wanted}格多：内容里有逗号的，请给整格加引号。"
            en = f"The row has {cells} cells, the header {wanted}: put a cell that holds a comma in quotes."
            return self.header[-1], f"{zh} {en}"
        first = self.header[cells]
        zh = f"本行只有{cells}格，表头有{wanted}格，从{first}列起缺少：没有值的也要留逗号，空行请删去。"
        en = f"The row has {cells} of {wanted} cells and ends before {first}: "
        en += "keep the commas of empty cells, and remove blank lines."
        return first, f"{zh} {en}"


class NotCsv(Exception):
    """The file cannot be cut into cells; says where and why in Chinese and English."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(en)


def _in_row(row: int) -> tuple[str, str]:
    return (f"第{row}行数据", f"data row {row}") if row else ("表头", "the header")


def _not_utf_8(row: int) -> NotCsv:
    where_zh, where_en = _in_row(row)
    return NotCsv(
        f"{where_zh}不是UTF-8编码（可能是GBK），请用表格软件另存为“CSV UTF-8”。",
        f"{where_en} is not UTF-8; save the file as “CSV UTF-8”.",
    )


def _misquoted(row: int, column: int) -> NotCsv:
    where_zh, where_en = _in_row(row)
    return NotCsv(
        f"{where_zh}第{column + 1}格的引号不成对，或不在一格的首尾：含引号的内容整格加引号，其中每个引号写两遍。",
        f"in {where_en}, cell {column + 1}, a quotation mark does not begin or end the cell: "
        "put the whole cell in quotes and write each quotation mark inside it twice.",
    )


def uneven(path: Path) -> Uneven:
    """Raises NotCsv, OSError."""
    counted = _Counted()
    with path.open("rb") as file:
        lead = file.read(BYTES_A_READ)
        # Blank lines before the header are none of its rows.
        begins = len(lead.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n"))
        counted.take(lead[len(lead) - begins :])
        while chunk := file.read(BYTES_A_READ):
            counted.take(chunk)
    counted.finish()
    rows = np.concatenate(counted.rows) if counted.rows else np.empty(0, dtype=np.int64)
    cells = np.concatenate(counted.cells) if counted.cells else np.empty(0, dtype=np.int64)
    lines = csv.reader(io.StringIO(counted.header.decode(), newline=""))
    header, more = next(lines, []), next(lines, None)
    if not header:
        raise NotCsv("文件是空的：第一行应为列名。", "the file is empty; its first line must name the columns.")
    if more is not None:
        zh = "各行以回车符（CR）结束，应为换行符（LF或CRLF）：请用表格软件另存为“CSV UTF-8”。"
        raise NotCsv(zh, "its lines end with CR, not LF or CRLF; save the file as “CSV UTF-8”.")
    return Uneven(header, rows, cells)


class _Counted:
    """Cells counted so far; a chunk may end anywhere."""

    def __init__(self) -> None:
        self.header = bytearray()
        self.wanted: int | None = None
        self.rows: list[Numbers] = []
        self.cells: list[Numbers] = []
        self.row = 0
        """The number of the row that goes on; 0 for the header."""
        self.before = 0
        """Commas of that row in earlier chunks."""
        self.quoted = False
        self.last = NEWLINE
        self.just_closed = False
        self.decoder = codecs.getincrementaldecoder("utf-8")()

    def take(self, chunk: bytes) -> None:
        if not chunk:
            return
        signs = np.frombuffer(chunk, np.uint8)
        marks = np.flatnonzero((signs == COMMA) | (signs == NEWLINE))
        quotes = np.flatnonzero(signs == QUOTE)
        if self.quoted or self.just_closed or len(quotes):
            marks = marks[(np.searchsorted(quotes, marks) + self.quoted) % 2 == 0]
            self._look_at_quotes(signs, quotes, marks)
        ends = np.flatnonzero(signs[marks] == NEWLINE)
        self._decode(chunk, marks[ends])
        if self.wanted is None:
            self.header += chunk[: int(marks[ends[0]])] if len(ends) else chunk
        self.last = chunk[-1]
        if not len(ends):
            self.before += len(marks)
            return
        cells = np.diff(ends, prepend=-1)
        cells[0] += self.before
        self.before = len(marks) - 1 - int(ends[-1])
        self._keep(cells)

    def _decode(self, chunk: bytes, ends: Numbers) -> None:
        try:
            self.decoder.decode(chunk)
        except UnicodeDecodeError as error:
            # A character that began in the chunk before stands in front of this one.
            position = error.start - (len(error.object) - len(chunk))
            raise _not_utf_8(self.row + int(np.searchsorted(ends, position))) from None

    def _keep(self, cells: Numbers) -> None:
        if self.wanted is None:
            self.wanted = int(cells[0])
        wrong = np.flatnonzero(cells != self.wanted)
        if len(wrong):
            self.rows.append(wrong + self.row)
            self.cells.append(cells[wrong])
        self.row += len(cells)

    def _look_at_quotes(self, signs: npt.NDArray[np.uint8], quotes: Numbers, marks: Numbers) -> None:
        """A quotation begins a cell and ends it; a quotation mark inside it is doubled."""
        opening = quotes[int(self.quoted) :: 2]
        closing = quotes[1 - int(self.quoted) :: 2]
        earlier = np.where(opening > 0, signs[opening - 1], self.last)
        wrong = opening[~np.isin(earlier, BEFORE_A_QUOTATION)]
        follows = closing[closing + 1 < len(signs)] + 1
        if self.just_closed:
            follows = np.concatenate([[0], follows])
        wrong = np.concatenate([wrong, follows[~np.isin(signs[follows], AFTER_A_QUOTATION)]])
        if len(wrong):
            self._refuse(signs, marks, int(wrong.min()))
        self.quoted = (len(quotes) + self.quoted) % 2 == 1
        self.just_closed = bool(len(closing)) and int(closing[-1]) == len(signs) - 1

    def _refuse(self, signs: npt.NDArray[np.uint8], marks: Numbers, position: int) -> None:
        earlier = marks[marks < position]
        ends = np.flatnonzero(signs[earlier] == NEWLINE)
        commas = len(earlier) - 1 - int(ends[-1]) if len(ends) else self.before + len(earlier)
        raise _misquoted(self.row + len(ends), commas)

    def finish(self) -> None:
        try:
            self.decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            raise _not_utf_8(self.row) from None
        if self.quoted:
            raise _misquoted(self.row, self.before)
        if self.last != NEWLINE:
            self._keep(np.array([self.before + 1], dtype=np.int64))
