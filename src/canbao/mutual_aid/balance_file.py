"""The file of past-year balances: one line an account, judged as a whole; every fault with its line and column."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from canbao.kernel.fen import fen_typed
from canbao.kernel.personal import normal_number

NUMBER, NAME, BALANCE, AS_OF = "证件号码", "姓名", "历年结余（元）", "截至日期"
HEAD: Final = (NUMBER, NAME, BALANCE, AS_OF)
BYTES_MAX = 200_000_000
FAULTS_MAX = 50
_ENGLISH = {NUMBER: "number", NAME: "name", BALANCE: "balance", AS_OF: "as of"}
_NUMBER = re.compile(r"[0-9A-Z]{6,20}")


@dataclass(frozen=True, slots=True)
class Line:
    """`row` is 1 for the first line after the head."""

    row: int
    number: str
    name: str
    fen: int


@dataclass(frozen=True, slots=True)
class Read:
    """What a file says: either faults (Chinese, English), or lines and the one day that they are of."""

    lines: tuple[Line, ...]
    as_of: date | None
    faults: tuple[tuple[str, str], ...]


def read(content: bytes, today: date) -> Read:
    """Read a whole file. UTF-8 with or without a BOM, or GB 18030; comma; the columns of HEAD in any order."""
    try:
        rows = list(csv.reader(io.StringIO(_text(content))))
    except csv.Error:
        rows = []
    head = [cell.strip() for cell in rows[0]] if rows else []
    missing = [column for column in HEAD if column not in head]
    if missing:
        names = "、".join(missing)
        english = ", ".join(f"{column} ({_ENGLISH[column]})" for column in missing)
        return Read((), None, ((f"第1行没有这些列：{names}", f"line 1 lacks these columns: {english}"),))
    at = {column: head.index(column) for column in HEAD}
    lines, faults, days, seen = [], list[tuple[str, str]](), set[date](), dict[str, int]()
    for row, cells in enumerate(rows[1:], start=1):
        if not any(cell.strip() for cell in cells):
            continue
        said = {column: cells[at[column]].strip() if at[column] < len(cells) else "" for column in HEAD}
        found = list(_faults(row, said, seen, today))
        if found:
            faults += found
            if len(faults) >= FAULTS_MAX:
                break
            continue
        number = normal_number(said[NUMBER])
        seen[number] = row
        days.add(date.fromisoformat(said[AS_OF]))
        lines.append(Line(row, number, said[NAME], fen_typed(said[BALANCE]) or 0))
    if not faults and len(days) > 1:
        faults.append(("一份文件只能有一个截至日期", "one file is of one day, and this one names several"))
    if not faults and not lines:
        faults.append(("文件里没有余额", "the file holds no balance"))
    return Read(tuple(lines), next(iter(days), None), tuple(faults))


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030", "replace")


def _faults(row: int, said: dict[str, str], seen: dict[str, int], today: date) -> Iterator[tuple[str, str]]:
    def fault(column: str, zh: str, en: str) -> tuple[str, str]:
        return f"第{row}行“{column}”：{zh}", f"row {row}, {_ENGLISH[column]}: {en}"

    number = normal_number(said[NUMBER])
    if not _NUMBER.fullmatch(number):
        yield fault(NUMBER, "不是证件号码", "is no document number")
    elif number in seen:
        yield fault(NUMBER, f"与第{seen[number]}行重复", f"stands in row {seen[number]} too")
    if not said[NAME]:
        yield fault(NAME, "没有填", "is missing")
    if fen_typed(said[BALANCE]) is None:
        yield fault(BALANCE, "应为不带负号的元，最多两位小数", "should be yuan without a sign, two decimals at most")
    try:
        day = date.fromisoformat(said[AS_OF])
    except ValueError:
        yield fault(AS_OF, "应为2024-11-30这样的日期", "should be a day such as 2024-11-30")
        return
    # Of today, more may be deducted after the list was drawn up, and nobody could tell whether it is in there.
    if day >= today:
        yield fault(AS_OF, "应早于今天：当天还可能扣款", "should lie before today, on which more may be deducted")
