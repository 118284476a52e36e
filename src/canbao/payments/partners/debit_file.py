"""The two files of a batch debit: what we ask a bank to collect, and what it answers. UTF-8 lines, fields between `|`.

Ours:    `H|CANBAO-DEBIT-1|company|batch|YYYYMMDD|count|total fen`, then for each bill
         `D|number|bill|agreement|fen`, at the end `T|SHA-256 of all lines above`.
Theirs:  `H|CANBAO-ANSWER-1|company|batch|count|total fen|collected|collected fen|failed`, then for each line of ours
         `D|number|bill|agreement|fen|result|words|serial|YYYYMMDDHHMMSS`, result 00 for collected, and the same end.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from canbao.kernel.clock import SHANGHAI

DEBIT, ANSWER, COLLECTED = "CANBAO-DEBIT-1", "CANBAO-ANSWER-1", "00"
LINES_MAX = 1000
BYTES_MAX = 1_000_000
_SERIAL = re.compile(r"[0-9A-Za-z_-]{1,40}")
_WORDS_MAX = 60


class BadFile(Exception):
    """A file that cannot be believed, with a sentence in both languages. `row` counts from 1; 0 is the whole file."""

    def __init__(self, row: int, column: str, zh: str, en: str) -> None:
        super().__init__(f"row {row}, {column}: {en}")
        self.row, self.column, self.zh, self.en = row, column, zh, en


@dataclass(frozen=True, slots=True)
class Wanted:
    """One bill to be collected."""

    number: int
    bill_id: int
    agreement_no: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Told:
    """What the bank says of one of our lines. `serial` and `paid_at` go with what was collected."""

    number: int
    bill_id: int
    agreement_no: str
    amount_fen: int
    result: str
    words: str
    serial: str
    paid_at: datetime | None
    raw: str

    @property
    def collected(self) -> bool:
        return self.result == COLLECTED


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that agrees with itself."""

    company: str
    batch: str
    digest: str
    count: int
    total_fen: int
    lines: tuple[Told, ...]


def written(company: str, batch: str, day: date, lines: Iterable[Wanted]) -> bytes:
    """The file for the bank."""
    rows = list(lines)
    head = f"H|{DEBIT}|{company}|{batch}|{day:%Y%m%d}|{len(rows)}|{sum(row.amount_fen for row in rows)}"
    details = (f"D|{row.number}|{row.bill_id}|{row.agreement_no}|{row.amount_fen}" for row in rows)
    return ended([head, *details])


def ended(lines: Iterable[str]) -> bytes:
    """The lines with the digest that ends a file."""
    body = "".join(f"{line}\n" for line in lines).encode()
    return body + f"T|{hashlib.sha256(body).hexdigest()}\n".encode()


def digest_of(content: bytes) -> str:
    """What tells one file from another, whatever it holds."""
    return hashlib.sha256(content).hexdigest()


def read(content: bytes) -> Answered:
    """The bank's answer. BadFile for one that is no answer, is cut off, or does not agree with its own sums."""
    if len(content) > BYTES_MAX:
        raise BadFile(0, "", "文件太大", "it is too large")
    try:
        lines = content.decode("utf-8-sig").replace("\r\n", "\n").split("\n")
    except UnicodeDecodeError:
        raise BadFile(0, "", "不是UTF-8文本", "it is no text in UTF-8") from None
    if lines and not lines[-1]:
        lines.pop()
    if len(lines) < 2 or not lines[-1].startswith("T|"):
        raise BadFile(len(lines), "T", "没有结尾行，文件可能没有传完", "the last line is missing: it may be cut off")
    if ended(lines[:-1]).decode().rsplit("\n", 2)[-2] != lines[-1]:
        raise BadFile(
            len(lines), "T", "摘要与内容不符，文件被改过或没有传完", "the digest does not fit what stands above"
        )
    return _agreeing(lines[0].split("|"), [_told(row, text) for row, text in enumerate(lines[1:-1], start=2)], content)


def _agreeing(head: list[str], lines: list[Told], content: bytes) -> Answered:
    if len(head) != 9 or head[:2] != ["H", ANSWER]:
        raise BadFile(1, "H", "第一行不是批量代扣回盘", "the first line is not that of an answer")
    count, total, collected, collected_fen, failed = (_whole(1, name, head[at]) for at, name in _SUMS)
    known = (
        ("count", count, len(lines)),
        ("total", total, sum(line.amount_fen for line in lines)),
        ("collected", collected, sum(line.collected for line in lines)),
        ("collected fen", collected_fen, sum(line.amount_fen for line in lines if line.collected)),
        ("failed", failed, sum(not line.collected for line in lines)),
    )
    for name, said, found in known:
        if said != found:
            raise BadFile(1, name, f"写的是{said}，各行合计是{found}", f"says {said}, and the lines come to {found}")
    seen: dict[int, int] = {}
    serials: dict[str, int] = {}
    for row, line in enumerate(lines, start=2):
        if line.number in seen:
            raise BadFile(row, "number", f"与第{seen[line.number]}行重复", f"is that of row {seen[line.number]} again")
        if line.collected and line.serial in serials:
            at = serials[line.serial]
            raise BadFile(row, "serial", f"流水号与第{at}行重复", f"is that of row {at} again")
        seen[line.number], serials[line.serial] = row, row
    return Answered(head[2], head[3], digest_of(content), count, total, tuple(lines))


_SUMS = ((4, "count"), (5, "total"), (6, "collected"), (7, "collected fen"), (8, "failed"))


def _told(row: int, text: str) -> Told:
    parts = text.split("|")
    if len(parts) != 9 or parts[0] != "D":
        raise BadFile(row, "D", "不是9栏的明细行", "is no line of nine fields")
    _, number, bill, agreement, fen, result, words, serial, moment = parts
    paid_at = None
    if result == COLLECTED:
        if not _SERIAL.fullmatch(serial):
            raise BadFile(row, "serial", "没有银行流水号", "the bank's serial is missing")
        try:
            paid_at = datetime.strptime(moment, "%Y%m%d%H%M%S").replace(tzinfo=SHANGHAI)
        except ValueError:
            raise BadFile(row, "time", "扣款时间不是14位数字", "the time is not fourteen digits of a moment") from None
    elif not re.fullmatch(r"[0-9A-Z]{2,4}", result):
        raise BadFile(row, "result", "结果代码不对", "is no result code")
    return Told(
        _whole(row, "number", number), _whole(row, "bill", bill), agreement, _whole(row, "fen", fen), result,
        words[:_WORDS_MAX], serial, paid_at, text,
    )  # fmt: skip


def _whole(row: int, column: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise BadFile(row, column, f"“{text[:20]}”不是整数", f"{text[:20]!r} is no whole number")
    return int(text)
