"""Files as departments keep them are read, or refused with the place and the reason."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canbao.intake.reading.faults import CellFault, column_letter, sentences
from canbao.intake.reading.files import open_file
from canbao.intake.reading.mapping import Assigned, guess, locate, plain
from canbao.intake.reading.records import Record, records
from canbao.intake.reading.values import read_count, read_date, read_id_number
from canbao.kernel.refusals import Refusal
from tests.intake.sheets import COLUMNS, csv_bytes, number, xls, xlsx

ZHANG = number()
HEAD = ["姓名", "公民身份号码", "性别", "出生日期", "村居"]
PERSON = ["张桂兰", ZHANG, "女", "1962-05-08", "安居社区"]


def read(content: bytes) -> list[Record]:
    file = open_file(content)
    located = locate(file, COLUMNS)
    return list(records(located, guess(located.header.headings, COLUMNS), COLUMNS))


def codes(record: Record) -> list[str]:
    return [fault.code for fault in record.faults]


@pytest.mark.parametrize(
    "content",
    [
        xlsx([HEAD, PERSON]),
        xls([HEAD, PERSON]),
        csv_bytes([HEAD, PERSON]),
        csv_bytes([HEAD, PERSON], "utf-8-sig"),
        csv_bytes([HEAD, PERSON], "gb18030"),
        csv_bytes([HEAD, PERSON], "utf-16"),
        csv_bytes([HEAD, PERSON], "gb18030", "\t"),
    ],
    ids=["xlsx", "xls", "utf-8", "utf-8 with BOM", "gb18030", "utf-16", "tabs"],
)
def test_the_same_list_reads_the_same_from_every_kind_of_file(content: bytes) -> None:
    (person,) = read(content)

    assert person.faults == []
    assert person.row == 2
    assert person.values == {
        "name": "张桂兰", "id_number": ZHANG, "sex": "female", "birth_on": date(1962, 5, 8), "village": "安居社区",
    }  # fmt: skip


def test_titles_above_the_headings_and_totals_below_are_no_people() -> None:
    grid = [
        ["滕州市 2025 年度人口名单"],
        [],
        ["填报单位：荆河街道", None, None, "2024年10月"],
        HEAD,
        PERSON,
        [],
        HEAD,
        ["合 计", "1 人"],
    ]

    found = read(xlsx(grid))

    assert [(record.row, record.skipped) for record in found] == [(5, ""), (7, "heading"), (8, "total")]


def test_merged_cells_hold_for_every_row_they_span() -> None:
    grid = [["村居", "姓名", "公民身份号码"], ["安居社区", "张桂兰", ZHANG], ["", "李秀英", number(sequence=4)]]

    found = read(xlsx(grid, merged=[(1, 0, 2, 0)]))

    assert [record.values["village"] for record in found] == ["安居社区", "安居社区"]


def test_sheets_with_the_same_headings_are_one_list_and_others_are_named() -> None:
    file = open_file(
        xlsx(
            [HEAD, PERSON],
            [["说明"], ["请勿修改"]],
            [HEAD, PERSON],
            [HEAD, PERSON],
            names=["东村", "说明", "西村", "旧"],
            hidden=["旧"],
        )
    )

    located = locate(file, COLUMNS)

    assert [sheet.name for sheet, _ in located.sheets] == ["东村", "西村"]
    assert located.left_out == ("说明", "旧")


def test_a_household_in_one_row_becomes_its_members() -> None:
    second, third = number(date(1960, 1, 2), 15), number(date(2001, 3, 4), 18)
    headings = [
        "户主姓名",
        "户主身份证号",
        "村（居）",
        "成员1姓名",
        "成员1身份证号",
        "姓名2",
        "身份证号码（2）",
        "姓名3",
        "身份证号3",
    ]
    row = ["张桂兰", ZHANG, "安居社区", "王建国", second, "王小丽", third, "", ""]

    found = read(xlsx([headings, row]))

    assert [record.part for record in found] == [0, 1, 2]
    assert [(record.values["name"], record.values["id_number"]) for record in found] == [
        ("张桂兰", ZHANG), ("王建国", second), ("王小丽", third),
    ]  # fmt: skip
    assert [record.values["village"] for record in found] == ["安居社区"] * 3
    assert found[0].values["kinship"] == "head"


def test_equal_headings_again_and_again_are_one_person_after_the_other() -> None:
    assert guess(["村", "姓名", "身份证号", "姓名", "身份证号"], COLUMNS) == (
        Assigned(0, "village", None), Assigned(1, "name", 1), Assigned(2, "id_number", 1),
        Assigned(3, "name", 2), Assigned(4, "id_number", 2),
    )  # fmt: skip


@pytest.mark.parametrize(
    "heading", ["公民身份号码（必填）", " 公民 身份号码* ", "公民身份号码：", "公民身份号码\n(18位)"]
)
def test_a_heading_is_known_however_it_is_decorated(heading: str) -> None:
    assert plain(heading) == "公民身份号码"


@pytest.mark.parametrize(
    "cell",
    [
        "1962-05-08", "1962/5/8", "1962.5.8", "1962年5月8日", "19620508", " １９６２年５月８日 ", "1962-05-08 00:00:00",
        "1962 年 5 月 8 日", 22774, 22774.0, "22774", 19620508, date(1962, 5, 8), datetime.fromisoformat('1962-05-08'),
    ],
)  # fmt: skip
def test_a_day_is_read_in_every_usual_spelling(cell: object) -> None:
    assert read_date(cell) == date(1962, 5, 8)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1962年5月", "date_incomplete"), ("1962", "date_incomplete"), (196205, "date_incomplete"),
        ("1962-02-30", "date_impossible"), ("62.5.8", "date_unreadable"), ("5/8/1962", "date_unreadable"),
        ("不详", "date_unreadable"), ("#N/A", "formula_error"),
    ],
)  # fmt: skip
def test_what_is_no_day_is_refused_with_the_reason(cell: str | int, code: str) -> None:
    with pytest.raises(CellFault) as caught:
        read_date(cell)

    assert caught.value.code == code


@pytest.mark.parametrize(
    "cell", [ZHANG, f"'{ZHANG}", f" {ZHANG[:6]} {ZHANG[6:14]} {ZHANG[14:]}", f"\u3000{ZHANG}\u200b", ZHANG.lower(),
             "".join(chr(ord(c) + 0xFEE0) for c in ZHANG), f"{ZHANG}43"],
)  # fmt: skip
def test_an_id_number_is_read_through_full_width_spaces_and_apostrophes(cell: str) -> None:
    assert read_id_number(cell) == ZHANG


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (370481196205080020.0, "digits_lost"), ("3.70481E+17", "scientific"), ("370481620508002", "id_length"),
        (ZHANG[:-1] + ("1" if ZHANG[-1] != "1" else "2"), "id_check_digit"), ("370481196213080020", "id_birth"),
        ("37048119620508O020", "id_characters"), ("三七零四八一", "id_characters"),
    ],
)  # fmt: skip
def test_a_number_that_cannot_be_right_is_refused_with_the_reason(cell: str | float, code: str) -> None:
    with pytest.raises(CellFault) as caught:
        read_id_number(cell)

    assert caught.value.code == code
    assert sentences()[code].todo_zh


def test_a_number_column_kept_as_numbers_is_refused_in_the_file_too() -> None:
    (person,) = read(xlsx([HEAD, ["张桂兰", 370481196205080020, "女", "1962-05-08", "安居社区"]]))

    assert codes(person) == ["digits_lost"]
    assert column_letter(person.faults[0].column or 0) == "B"
    assert (
        person.faults[0].text("en").startswith("“公民身份号码” is kept as a number: the digits past the 15th are lost.")
    )


def test_what_is_said_twice_must_agree() -> None:
    (person,) = read(csv_bytes([HEAD, ["张桂兰", ZHANG, "男", "1963-05-08", ""]]))

    assert codes(person) == ["id_and_birth_differ", "id_and_sex_differ"]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("二〇〇三年一月二日", date(2003, 1, 2)), ("二零零三年 十二月 三十一日", date(2003, 12, 31)),
        ("一九九九年十月廿三日", date(1999, 10, 23)), ("二○二四年二月二十九号", date(2024, 2, 29)),
    ],
)  # fmt: skip
def test_a_day_may_be_written_in_chinese_numerals(written: str, day: date) -> None:
    assert read_date(written) == day


@pytest.mark.parametrize("written", ["二〇二三年二月三十日", "二〇〇三年十三月一日", "二〇〇三年一月一一日"])
def test_a_day_in_numerals_that_does_not_exist_is_said(written: str) -> None:
    with pytest.raises(CellFault, match="date_impossible"):
        read_date(written)


def test_a_count_is_a_whole_number() -> None:
    assert read_count("1,234 人") == 1234
    with pytest.raises(CellFault):
        read_count("1.5")


def test_letters_of_columns_are_those_of_a_spreadsheet() -> None:
    assert [column_letter(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"), (b"\n\n", "empty_file"), (b"PK\x03\x04 broken", "unreadable_file"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "not_a_list"), (b"%PDF-1.7 whatever", "not_a_list"),
        ("姓名,身份证号\n张三,1\n".encode("gb18030") + b"\xff\xff\xff,2\n", "undecodable"),
        ('姓名,公民身份号码\n"张三,1\n李四,2\n'.encode(), "open_quote"),
        (csv_bytes([["序号", "备注"], ["1", "无"]]), "header_missing"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_list_is_refused_in_one_sentence(content: bytes, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        read(content)

    assert caught.value.code == code
    assert caught.value.todo[0] and caught.value.todo[1]


def test_an_undecodable_line_is_named() -> None:
    content = csv_bytes([HEAD, *[PERSON] * 20], "gb18030") + b"\x81\x20,\xff\xff\n"

    with pytest.raises(Refusal) as caught:
        open_file(content)

    assert "第 22 行" in caught.value.zh


cells = st.text(
    st.characters(codec="gb18030", exclude_categories=("Cs", "Cc", "Cf", "Zs", "Zl", "Zp", "Co", "Cn")), max_size=12
)
grids = st.lists(st.lists(cells, min_size=3, max_size=6), min_size=1, max_size=15)


def _known(grid: list[list[str]]) -> list[list[str]]:
    """Under headings, so that the reader has something to find; a first cell that is never empty."""
    return [HEAD, *([f"行{index}", *row] for index, row in enumerate(grid))]


def _trimmed(rows: list[tuple[int, list[object]]]) -> list[list[object]]:
    found = []
    for _, row in rows:
        cut = list(row)
        while cut and cut[-1] in ("", None):
            cut.pop()
        found.append(cut)
    return found


@settings(max_examples=60, deadline=None)
@given(grids)
def test_any_grid_reads_back_from_every_kind_of_file(grid: list[list[str]]) -> None:
    written = _known(grid)
    wanted = _trimmed([(0, list[object](row)) for row in written])

    for content in (xlsx(written), xls(written), csv_bytes(written, "gb18030"), csv_bytes(written, "utf-8-sig")):
        rows = [(number, list[object](row)) for number, row in open_file(content).sheets[0].rows()]
        assert _trimmed(rows) == wanted
        assert [number for number, _ in rows] == list(range(1, len(written) + 1))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_are_a_crash(content: bytes) -> None:
    try:
        read(content)
    except Refusal as refusal:
        assert refusal.zh
