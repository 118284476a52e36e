"""What is refused about statements, in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from canbao.kernel.clock import day_en, day_zh
from canbao.kernel.refusals import Refusal
from canbao.reconciliation.layouts import Fault


def bad_statement(faults: Sequence[Fault]) -> Refusal:
    """`more` names every place: row, column and what is wrong there."""

    def said(fault: Fault) -> tuple[str, str]:
        zh, en = f"第{fault.row}行" if fault.row else "", f"row {fault.row}" if fault.row else ""
        where = (f"{zh}{f'“{fault.column}”列' if fault.column else ''}", f"{en} {fault.column}".strip())
        return (
            f"{where[0]}：{fault.zh}" if where[0] else fault.zh,
            f"{where[1]}: {fault.en}" if where[1] else fault.en,
        )

    places = tuple(said(fault) for fault in faults)
    return Refusal(
        "bad_statement",
        f"对账单有{len(faults)}处读不通，没有导入。{places[0][0]}。",
        f"The statement has {len(faults)} places that cannot be read, so nothing was taken in. {places[0][1]}.",
        ("请核对渠道、日期和文件类型，或请对方重新提供。", "Check channel, day and kind of file, or ask for it anew."),
        places,
    )


def too_big(most: int) -> Refusal:
    return Refusal(
        "too_big",
        f"文件超过{most // 1_000_000}兆字节，没有导入。",
        f"The file is larger than {most // 1_000_000} MB, so it was not taken in.",
        ("请按天、按商户号分开提供。", "Ask for one file a day and merchant."),
    )


def contradicts(day: date) -> Refusal:
    return Refusal(
        "contradicts",
        f"{day_zh(day)}的对账单已经导入过，这份内容不同，没有导入。",
        f"The statement of {day_en(day)} was taken in before, and this one says something else, so it was not.",
        ("请对方说明哪一份为准；已导入的不改。", "Ask the other side which of them holds; the first stays."),
    )


def told_before(number: str, day: date) -> Refusal:
    return Refusal(
        "told_before",
        f"流水号{number}已在{day_zh(day)}的对账单中，没有导入。",
        f"The number {number} stands in the statement of {day_en(day)} already, so nothing was taken in.",
        ("请核对日期，或请对方说明。", "Check the day, or ask the other side."),
    )


def day_not_over(day: date) -> Refusal:
    return Refusal(
        "statement_day_not_over",
        f"{day_zh(day)}还没有结束，当天的对账单不完整，没有导入。",
        f"{day_en(day)} is not over, so its statement cannot be whole and was not taken in.",
        ("请次日再导入。", "Take it in on the day after."),
    )


def unknown_layout(code: str) -> Refusal:
    return Refusal(
        "unknown_layout",
        f"不认识的文件类型“{code}”，没有导入。",
        f"There is no kind of statement “{code}”, so nothing was taken in.",
        ("请从列出的类型中选一种。", "Choose one of the list."),
    )


def difference_not_found() -> Refusal:
    return Refusal(
        "difference_not_found",
        "没有查到这笔差异。",
        "There is no such difference here.",
        ("请核对编号，或请管这个地方的人办理。", "Check the number, or ask whoever looks after that place."),
    )


def remittance_not_found() -> Refusal:
    return Refusal(
        "remittance_not_found",
        "没有查到这一笔应到账的钱。",
        "There is no such remittance here.",
        ("请核对编号，或请管这个地方的人办理。", "Check the number, or ask whoever looks after that place."),
    )


def already_resolved() -> Refusal:
    return Refusal(
        "already_resolved",
        "这笔差异已经了结，没有再办。",
        "This difference is settled already, so nothing was done.",
        ("请刷新页面查看结果。", "Load the page again to see how."),
    )


def explanation_missing() -> Refusal:
    return Refusal(
        "explanation_missing",
        "没有写明差异的原因，没有了结。",
        "No explanation was given, so the difference stays open.",
        ("请写明原因和依据。", "Say why, and what proves it."),
    )
