"""What is not certified, in sentences that the clerk can read aloud: what, why, what to do."""

from __future__ import annotations

from datetime import date

from canbao.kernel.clock import day_en, day_zh
from canbao.kernel.refusals import Refusal


def nothing_paid() -> Refusal:
    return Refusal(
        "nothing_paid",
        "这些人里没有可以开缴费证明的缴费，未开具。",
        "None of these people has a payment that can be certified, so nothing was issued.",
        ("请换一个地方或年度，或等缴费满规定天数后再来。", "Choose another place or year, or wait the stated days."),
    )


def given_back(receipt_no: str) -> Refusal:
    return Refusal(
        "given_back",
        f"收据{receipt_no}的钱已退还，不能开缴费证明。",
        f"The money of receipt {receipt_no} was given back, so it cannot be certified.",
        ("如已重新缴费，请按新的收据开具。", "If it was paid anew, certify the new receipt."),
    )


def not_yet(available_on: date, working_days: int) -> Refusal:
    return Refusal(
        "not_yet",
        f"按当地规定，缴费满{working_days}个工作日后可开缴费证明，{day_zh(available_on)}起可以开，未开具。",
        f"The notice gives certificates {working_days} working days after payment, from {day_en(available_on)}, so "
        "nothing was issued.",
        (f"请在{day_zh(available_on)}或以后再来。", f"Come back on {day_en(available_on)} or later."),
    )


def too_many(count: int, most: int) -> Refusal:
    return Refusal(
        "too_many_certificates",
        f"一次最多开{most}份缴费证明，这里有{count}份，未开具。",
        f"At most {most} certificates go into one file and here are {count}, so nothing was issued.",
        ("请选小一些的地方。", "Choose a smaller place."),
    )
