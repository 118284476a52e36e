"""Files that are odd, wrong or hostile: read for what they hold, or refused in one sentence; never a crash."""

from __future__ import annotations

import io
import struct
import zipfile
from datetime import date

import pytest
import xlsxwriter

from canbao.intake.reading import unpacking
from canbao.intake.reading.files import open_file
from canbao.intake.reading.mapping import guess, locate
from canbao.intake.reading.records import Record, records
from canbao.kernel.refusals import Refusal
from tests.intake.sheets import COLUMNS, csv_bytes, number, xls, xlsx

ZHANG = number()
HEAD = ["姓名", "公民身份号码", "性别", "出生日期", "村居"]
PERSON = ["张桂兰", ZHANG, "女", "1962-05-08", "安居社区"]


def read(content: bytes) -> list[Record]:
    file = open_file(content)
    located = locate(file, COLUMNS)
    return list(records(located, guess(located.header.headings, COLUMNS), COLUMNS))


def refused(content: bytes) -> str:
    with pytest.raises(Refusal) as caught:
        locate(open_file(content), COLUMNS)
    return caught.value.code


def repacked(content: bytes, name: str, part: bytes) -> bytes:
    """The workbook with one part replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for each in old.infolist():
            new.writestr(each.filename, part if each.filename == name else old.read(each))
    return out.getvalue()


def test_a_part_that_unpacks_to_gigabytes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "UNPACKED_BYTES_MAX", 1 << 20)
    bomb = repacked(xlsx([HEAD, PERSON]), "xl/worksheets/sheet1.xml", b" " * (4 << 20))

    assert len(bomb) < 1 << 20
    assert refused(bomb) == "too_large_file"


def test_a_part_that_names_a_smaller_size_than_it_has_is_refused_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "UNPACKED_BYTES_MAX", 1 << 20)
    size = 4 << 20
    bomb = repacked(xlsx([HEAD, PERSON]), "xl/worksheets/sheet1.xml", b" " * size)
    lying = bomb.replace(struct.pack("<I", size), struct.pack("<I", 1000))

    assert lying != bomb
    assert refused(lying) == "too_large_file"


def test_one_cell_at_the_end_of_the_sheet_does_not_make_a_rectangle_of_billions() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEAD)
    sheet.write(1_048_575, 16_383, "远")
    book.close()

    assert refused(out.getvalue()) == "too_large_file"


@pytest.mark.parametrize(("content", "code"), [
    (b"PK\x03\x04" + b"\0" * 200, "unreadable_file"),
    (xlsx([HEAD, PERSON])[:-60], "unreadable_file"),
    (xlsx([]), "header_missing"),
    (xlsx([[]], [[None]]), "header_missing"),
    (b"%PDF-1.7\n" + b"1 0 obj\n" * 9, "not_a_list"),
    (b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4, "undecodable"),
])  # fmt: skip
def test_what_is_no_list_is_refused_in_one_sentence(content: bytes, code: str) -> None:
    assert refused(content) == code


def test_what_the_bytes_are_counts_and_not_what_the_file_is_called() -> None:
    assert open_file(xlsx([HEAD, PERSON])).encoding is None
    assert open_file(csv_bytes([HEAD, PERSON], "gb18030")).encoding == "gb18030"


def test_headings_over_two_rows_are_read_by_the_lower_one() -> None:
    above = ["姓名", "证件", "证件", "出生日期", "村居"]
    below = ["姓名", "公民身份号码", "性别", "出生日期", "村居"]

    found = read(xlsx([["人口名单"], above, below, PERSON], merged=[(1, 1, 1, 2)]))

    assert [(record.row, record.skipped, record.values["id_number"]) for record in found] == [(4, "", ZHANG)]


def test_headings_that_span_two_rows_are_no_person() -> None:
    head = ["姓名", "证件", "证件"]
    lower = ["姓名", "公民身份号码", "性别"]

    found = read(xlsx([head, lower, ["张桂兰", ZHANG, "女"]], merged=[(0, 0, 1, 0), (0, 1, 0, 2)]))

    assert [record.values for record in found] == [
        {"name": "张桂兰", "id_number": ZHANG, "sex": "female", "birth_on": date(1962, 5, 8)}
    ]


def test_rows_that_a_filter_hides_are_people_all_the_same_and_hidden_sheets_are_named() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet("名单")
    for at, row in enumerate([HEAD, PERSON, ["李秀英", number(sequence=4), "女", "1962-05-08", "安居社区"]]):
        sheet.write_row(at, 0, row)
    sheet.set_row(2, None, None, {"hidden": True})
    book.add_worksheet("旧名单").hide()
    book.close()
    content = out.getvalue()

    assert [record.values["name"] for record in read(content)] == ["张桂兰", "李秀英"]
    assert locate(open_file(content), COLUMNS).left_out == ("旧名单",)


def test_a_formula_counts_by_its_result_and_one_without_is_refused() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEAD)
    sheet.write_row(1, 0, ["张桂兰", ZHANG])
    sheet.write_formula(1, 4, '=CONCATENATE("安居","社区")', None, "安居社区")
    sheet.write_row(2, 0, ["李秀英"])
    sheet.write_formula(2, 1, "=VLOOKUP(1,A:A,2)", None, "#N/A")
    book.close()

    good, bad = read(out.getvalue())

    assert (good.values["village"], good.faults) == ("安居社区", [])
    assert [(fault.code, fault.column) for fault in bad.faults] == [("formula_error", 1)]


def test_an_error_cell_of_an_old_workbook_is_a_fault_with_its_place() -> None:
    content = xls([HEAD, PERSON, ["李秀英", None]], {(2, 1): 0x2A, (2, 3): 0x07})
    good, bad = read(content)
    assert (good.faults, bad.row) == ([], 3)
    assert [(fault.code, fault.column, fault.said["value"]) for fault in bad.faults] == [
        ("formula_error", 1, "#N/A"),
        ("formula_error", 3, "#DIV/0!"),
    ]


def test_cells_that_begin_like_a_formula_stay_what_they_are() -> None:
    found = read(csv_bytes([HEAD, ['=HYPERLINK("http://example.org")', ZHANG, "女", "", "+安居社区"]]))

    assert [fault.code for fault in found[0].faults] == ["name_characters"]
    assert found[0].values["village"] == "+安居社区"


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_half_a_million_rows_are_read_part_by_part(encoding: str) -> None:
    """Names that come again keep the test short; what counts is that no row is lost and none is kept."""
    line = ",".join(PERSON)
    content = "\r\n".join([",".join(HEAD), *[line] * 500_000]).encode(encoding)
    file = open_file(content)

    assert sum(1 for _ in file.sheets[0].rows()) == 500_001


def test_a_cell_with_an_error_is_refused_where_it_stands_and_is_not_taken_for_empty() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    book.add_worksheet("封面")
    sheet = book.add_worksheet("名单 & 册")
    sheet.write_row(1, 1, HEAD)
    sheet.write_row(2, 1, PERSON)
    sheet.write_formula(2, 4, "=VLOOKUP(1,A1:A2,1)", None, "#N/A")
    sheet.write_formula(2, 5, "=1/0", None, "#DIV/0!")
    book.close()

    (record,) = read(out.getvalue())

    assert record.row == 3
    assert [(fault.code, fault.column, fault.said["value"]) for fault in record.faults] == [
        ("formula_error", 4, "#N/A"), ("formula_error", 5, "#DIV/0!"),
    ]  # fmt: skip
