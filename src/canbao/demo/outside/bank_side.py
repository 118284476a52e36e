"""A bank that collects batch debits, simulated: it answers our file, properly or in an odd way on purpose."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from canbao.kernel.clock import SHANGHAI
from canbao.payments.partners import debit_file

WAYS = ("all", "some", "partial", "wrong_total", "twice", "stranger", "less")
_POOR = ("10", "余额不足")
_EVERY = 3


@dataclass(frozen=True, slots=True)
class Collected:
    """One bill that the bank collected for a company."""

    company: str
    serial: str
    bill_id: int
    fen: int
    at: datetime


def collected_in(answer: bytes) -> list[Collected]:
    """What an answer of this bank says that it collected; nothing where it misbehaved."""
    try:
        told = debit_file.read(answer)
    except debit_file.BadFile:
        return []
    return [
        Collected(told.company, line.serial, line.bill_id, line.amount_fen, line.paid_at)
        for line in told.lines
        if line.paid_at is not None
    ]


class NoDebitFile(Exception):
    """What was handed in is no file of ours, or was changed on its way."""


def answered(content: bytes, now: datetime, how: str = "some") -> bytes:
    """The answer to a file. `some` collects all but every third; `partial` loses the last line, `wrong_total` adds up
    badly, `twice` names a line twice, `stranger` names a bill we never sent, `less` collects one fen less.
    """
    head, lines = _read(content)
    _, _, company, batch = head[:4]
    rows = [_row(line, now, how) for line in lines]
    if how == "partial":
        rows = rows[:-1]
    elif how == "twice":
        rows.append(rows[0])
    elif how == "stranger":
        rows[0][2] = "999999999"
    total, collected = _sum(rows), [row for row in rows if row[5] == debit_file.COLLECTED]
    if how == "wrong_total":
        total += 1
    first = [
        "H", debit_file.ANSWER, company, batch, str(len(rows)), str(total), str(len(collected)), str(_sum(collected)),
        str(len(rows) - len(collected)),
    ]  # fmt: skip
    return debit_file.ended("|".join(row) for row in [first, *rows])


def _read(content: bytes) -> tuple[list[str], list[list[str]]]:
    lines = content.decode("utf-8", "replace").replace("\r\n", "\n").strip().split("\n")
    body = "".join(f"{line}\n" for line in lines[:-1]).encode()
    if len(lines) < 3 or lines[-1] != f"T|{hashlib.sha256(body).hexdigest()}":
        raise NoDebitFile
    head = lines[0].split("|")
    if head[:2] != ["H", debit_file.DEBIT]:
        raise NoDebitFile
    return head, [line.split("|") for line in lines[1:-1]]


def _row(line: list[str], now: datetime, how: str) -> list[str]:
    _, number, bill, agreement, fen = line
    if how == "some" and int(number) % _EVERY == 0:
        return ["D", number, bill, agreement, fen, *_POOR, "", ""]
    taken = str(int(fen) - 1) if how == "less" else fen
    serial = f"B{hashlib.sha256('|'.join(line).encode()).hexdigest()[:20]}"
    moment = now.astimezone(SHANGHAI).strftime("%Y%m%d%H%M%S")
    return ["D", number, bill, agreement, taken, debit_file.COLLECTED, "成功", serial, moment]


def _sum(rows: Sequence[Sequence[str]]) -> int:
    return sum(int(row[4]) for row in rows)
