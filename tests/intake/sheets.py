"""Files as departments send them, made here: real .xlsx, .xls and .csv."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import xlsxwriter
import xlwt

from canbao.intake.reading.columns import Column, Kind
from canbao.kernel.personal import id_check_digit

Grid = Sequence[Sequence[Any]]
Range = tuple[int, int, int, int]

COLUMNS = (
    Column("name", "姓名", Kind.NAME, required=True, of_person=True),
    Column("id_number", "公民身份号码", Kind.ID_NUMBER, required=True, of_person=True),
    Column("sex", "性别", Kind.CHOICE, choices={"男": "male", "女": "female"}, of_person=True),
    Column("birth_on", "出生日期", Kind.DATE, of_person=True),
    Column("kinship", "与户主关系", Kind.CHOICE, choices={"户主": "head", "配偶": "spouse"}, of_person=True),
    Column("village", "村居", Kind.TEXT),
)


def number(birth_on: date = date(1962, 5, 8), sequence: int = 2) -> str:
    first_17 = f"370481{birth_on:%Y%m%d}{sequence:03}"
    return first_17 + id_check_digit(first_17)


def xlsx(*grids: Grid, names: Sequence[str] = (), merged: Sequence[Range] = (), hidden: Sequence[str] = ()) -> bytes:
    """`merged` are ranges (top, left, bottom, right) from 0 of the first sheet."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for position, grid in enumerate(grids):
        sheet = book.add_worksheet(names[position] if names else None)
        if sheet.get_name() in hidden:
            sheet.hide()
        for y, row in enumerate(grid):
            for x, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(y, x, cell, day)
                elif isinstance(cell, str):
                    sheet.write_string(y, x, cell)
                elif cell is not None:
                    sheet.write(y, x, cell)
        for top, left, bottom, right in merged if position == 0 else ():
            sheet.merge_range(top, left, bottom, right, grid[top][left])
    book.close()
    return out.getvalue()


def xls(grid: Grid, errors: dict[tuple[int, int], int] | None = None) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("名单")
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for y, row in enumerate(grid):
        for x, cell in enumerate(row):
            if isinstance(cell, date):
                sheet.write(y, x, cell, day)
            elif cell is not None:
                sheet.write(y, x, cell)
    for (y, x), error in (errors or {}).items():
        sheet.row(y).set_cell_error(x, error)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def csv_bytes(grid: Grid, encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(grid)
    return out.getvalue().encode(encoding)
