"""Cells of a workbook that hold an error (#N/A, #REF! …), which the reader of workbooks gives as empty ones."""

from __future__ import annotations

import io
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from posixpath import join, normpath
from xml.etree import ElementTree

import xlrd

from canbao.intake import refusals

_BOOK, _LINKS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_AT_ONCE, _CELL_BYTES_MAX = 1 << 20, 1 << 14
_MARK = b't="e"'
_CELL = re.compile(rb'<(?:\w+:)?c\s(?=[^>]*\bt="e")[^>]*\br="([A-Z]{1,3})(\d{1,7})"[^>]*>(.*?)</(?:\w+:)?c>', re.DOTALL)
_VALUE = re.compile(rb"<(?:\w+:)?v>(#[A-Z0-9/!?]{2,12})<")
_UNKNOWN = "#N/A"
# What xlrd raises for files that are broken in one way or another.
_BROKEN = (xlrd.XLRDError, xlrd.compdoc.CompDocError, AssertionError, IndexError, KeyError, ValueError, struct.error)

ErrorCells = dict[tuple[int, int], str]
"""(row, column), both from 0 → what the spreadsheet shows there."""


def error_cells(content: bytes) -> dict[str, ErrorCells]:
    """Sheet → its cells with an error, for a .xlsx that was found small enough. Refuses `unreadable_file`."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            found = {name: _errors(parts, part) for part, name in _sheets(parts).items()}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, ElementTree.ParseError, EOFError):
        raise refusals.unreadable_file() from None
    return {name: cells for name, cells in found.items() if cells}


def error_cells_of_xls(content: bytes) -> dict[str, ErrorCells]:
    """As `error_cells`, for a workbook of the older kind: 65,536 rows a sheet at most."""
    try:
        with open(os.devnull, "w") as unheard:
            book = xlrd.open_workbook(file_contents=content, logfile=unheard)
    except _BROKEN:
        raise refusals.unreadable_file() from None
    found: dict[str, ErrorCells] = {}
    for sheet in book.sheets():
        cells = {
            (row, column): xlrd.error_text_from_code.get(sheet.cell_value(row, column), _UNKNOWN)
            for row in range(sheet.nrows)
            if xlrd.XL_CELL_ERROR in (kinds := sheet.row_types(row))
            for column, kind in enumerate(kinds)
            if kind == xlrd.XL_CELL_ERROR
        }
        if cells:
            found[sheet.name] = cells
    return found


def _sheets(parts: zipfile.ZipFile) -> dict[str, str]:
    """Part → the name of the sheet that it holds; none where the book is not written as the standard has it."""
    there = set(parts.namelist())
    if not {_BOOK, _LINKS} <= there:
        return {}
    targets = {each.get("Id"): each.get("Target", "") for each in _tree(parts, _LINKS)}
    sheets = {}
    for each in _tree(parts, _BOOK).iter():
        if each.tag.rpartition("}")[2] == "sheet" and (target := targets.get(each.get(_LINK))):
            part = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
            if part in there:
                sheets[part] = each.get("name", "")
    return sheets


def _tree(parts: zipfile.ZipFile, name: str) -> ElementTree.Element:
    text = parts.read(name)
    # A declaration of entities is what bombs are made of, and no spreadsheet writes one.
    if b"<!DOCTYPE" in text:
        raise refusals.unreadable_file()
    return ElementTree.fromstring(text)


def _errors(parts: zipfile.ZipFile, part: str) -> ErrorCells:
    found: ErrorCells = {}
    for window in _windows(parts, part):
        if _MARK not in window:
            continue
        for letters, row, inside in _CELL.findall(window):
            value = _VALUE.search(inside)
            found[int(row) - 1, _column(letters)] = value[1].decode() if value else _UNKNOWN
    return found


def _windows(parts: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """Pieces of the part, each with the end of the one before, so that every cell is whole in one of them."""
    end = b""
    with parts.open(part) as stream:
        while piece := stream.read(_AT_ONCE):
            yield end + piece
            end = piece[-_CELL_BYTES_MAX:]


def _column(letters: bytes) -> int:
    """A is 0, AA is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1
