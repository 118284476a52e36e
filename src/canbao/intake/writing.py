"""Sheets that go out: templates to fill in, the rows that could not be taken, lists of people."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import xlsxwriter  # type: ignore[import-untyped]
from django.utils.translation import gettext

from canbao.intake.reading.columns import Kind
from canbao.intake.sources import Source

TEMPLATE_ROWS = 5000
_WIDTH_MIN, _WIDTH_MAX = 10, 28
_CHOICES_CHARACTERS_MAX = 255


def template(wanted: Source) -> bytes:
    """A workbook whose columns are text already, with lists to choose from; a second sheet says what goes where."""
    out = io.BytesIO()
    book = _book(out)
    text = book.add_format({"num_format": "@"})
    heading = book.add_format({"bold": True, "bg_color": "#E7F0F3", "bottom": 1, "num_format": "@"})
    needed = book.add_format({"bold": True, "bg_color": "#FBE9D0", "bottom": 1, "num_format": "@"})
    sheet = book.add_worksheet(gettext("名单"))
    for index, column in enumerate(wanted.columns):
        name = str(column.name)
        sheet.set_column(index, index, max(_WIDTH_MIN, min(_WIDTH_MAX, 2 * len(name) + 6)), text)
        sheet.write_string(0, index, name, needed if column.required else heading)
        listed = list(dict.fromkeys(column.choices))
        if listed:
            while len(",".join(listed)) > _CHOICES_CHARACTERS_MAX:
                listed.pop()
            sheet.data_validation(
                1, index, TEMPLATE_ROWS, index, {"validate": "list", "source": listed, "error_type": "information"}
            )
    sheet.freeze_panes(1, 0)
    about = book.add_worksheet(gettext("说明"))
    about.set_column(0, 0, 16)
    about.set_column(1, 1, 10)
    about.set_column(2, 2, 24)
    about.set_column(3, 3, 60)
    for index, name in enumerate((gettext("列"), gettext("必填"), gettext("例子"), gettext("怎么填"))):
        about.write_string(0, index, name, heading)
    for row, column in enumerate(wanted.columns, 1):
        hint = str(column.about) or _hint(column.kind)
        if column.choices:
            hint = gettext("可以填：%(choices)s") % {"choices": "、".join(dict.fromkeys(column.choices))}
        cells = (str(column.name), gettext("是") if column.required else "", column.example, hint)
        for index, cell in enumerate(cells):
            about.write_string(row, index, cell)
    book.close()
    return out.getvalue()


def _hint(kind: Kind) -> str:
    if kind == Kind.DATE:
        return gettext("如 2024-01-05；2024年1月5日、2024.1.5、20240105 也可以")
    if kind == Kind.COUNT:
        return gettext("整数")
    return ""


def sheet_of(
    title: str, headings: Sequence[str], rows: Iterable[Sequence[object]], above: Sequence[str] = (), footer: str = ""
) -> bytes:
    """A workbook of one sheet: lines `above`, the headings and the rows; every cell is text, `footer` on each page."""
    out = io.BytesIO()
    book = _book(out)
    sheet = book.add_worksheet(title[:31])
    text = book.add_format({"num_format": "@"})
    bold = book.add_format({"bold": True, "bg_color": "#E7F0F3", "bottom": 1, "num_format": "@"})
    quiet = book.add_format({"font_color": "#5A6570", "num_format": "@"})
    for index, name in enumerate(headings):
        sheet.set_column(index, index, max(_WIDTH_MIN, min(_WIDTH_MAX, 2 * len(name) + 6)))
    for number, line in enumerate(above):
        sheet.write_string(number, 0, line, quiet)
    top = len(above)
    for index, name in enumerate(headings):
        sheet.write_string(top, index, name, bold)
    sheet.freeze_panes(top + 1, 0)
    sheet.repeat_rows(top)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    if footer:
        sheet.set_footer(f"&L&8{footer.replace('&', '&&')[:200]}&R&8&P / &N")
    for number, row in enumerate(rows, top + 1):
        for index, cell in enumerate(row):
            sheet.write_string(number, index, str(cell), text)
    book.close()
    return out.getvalue()


def _book(out: io.BytesIO) -> xlsxwriter.Workbook:
    return xlsxwriter.Workbook(
        out, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": False}
    )
