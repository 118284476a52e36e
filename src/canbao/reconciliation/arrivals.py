"""The statement of the fund's account: which channel handed on which day's money, and when it was there.

No official list of columns was found; these are ours until a bank shows its own.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from canbao.reconciliation.layouts import BadStatement, Fault, fen_of

COLUMNS = ("入账日期", "商户号", "账期", "金额", "凭证号")
ROWS_MAX = 5_000
_REFERENCE = re.compile(r"\S{1,64}")


@dataclass(frozen=True, slots=True)
class Arrival:
    """Money of one channel's day that came in. `row` is 2 for the first row under the head."""

    row: int
    arrived_on: date
    merchant_id: str
    day: date
    fen: int
    reference: str


def read(content: bytes, today: date) -> list[Arrival]:
    """The rows of a file. Raises BadStatement with every fault."""
    try:
        rows = [
            row for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) if any(cell.strip() for cell in row)
        ]
    except UnicodeDecodeError:
        raise BadStatement([Fault(0, "", "不是UTF-8编码的文本", "the file is no text in UTF-8")]) from None
    head = [cell.strip() for cell in rows[0]] if rows else []
    missing = [name for name in COLUMNS if name not in head]
    if missing:
        zh, en = f"表头缺少：{'、'.join(missing)}", f"the head lacks: {', '.join(missing)}"
        raise BadStatement([Fault(1, missing[0], zh, en)])
    if len(rows) > ROWS_MAX:
        raise BadStatement([Fault(0, "", f"超过{ROWS_MAX}行", f"there are more than {ROWS_MAX} rows")])
    found: list[Arrival] = []
    faults: list[Fault] = []
    for number, cells in enumerate(rows[1:], start=2):
        try:
            found.append(_arrival(number, dict(zip(head, map(str.strip, cells), strict=True)), today))
        except BadStatement as bad:
            faults += bad.faults
        except ValueError:
            faults.append(Fault(number, "", f"应有{len(head)}列", f"must have {len(head)} columns"))
    if not found and not faults:
        faults.append(Fault(0, "", "文件里没有一行", "there is no row in the file"))
    if faults:
        raise BadStatement(faults)
    return found


def _arrival(number: int, cells: Mapping[str, str], today: date) -> Arrival:
    faults: list[Fault] = []

    def said(column: str, reader: Callable[[str], object], zh: str, en: str) -> None:
        if not reader(cells[column]):
            faults.append(Fault(number, column, f"“{cells[column][:40]}”{zh}", f"“{cells[column][:40]}” {en}"))

    said("入账日期", _day, "不是日期", "is no day")
    said("账期", _day, "不是日期", "is no day")
    said("金额", fen_of, "不是大于0、最多两位小数的数", "is no sum of yuan")
    said("凭证号", _REFERENCE.fullmatch, "不是凭证号", "is no reference")
    said("商户号", str, "是空的", "is missing")
    arrived_on, day, fen = _day(cells["入账日期"]), _day(cells["账期"]), fen_of(cells["金额"])
    if arrived_on and day and not day <= arrived_on <= today:
        faults.append(
            Fault(number, "入账日期", "早于账期，或在今天之后", "lies before the day of the takings, or after today")
        )
    if faults or arrived_on is None or day is None or not fen:
        raise BadStatement(faults)
    return Arrival(number, arrived_on, cells["商户号"], day, fen, cells["凭证号"])


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
