"""What is refused about mandates, listed codes and cash handed in at a bank."""

from __future__ import annotations

from datetime import date

from canbao.kernel.clock import day_en, day_zh
from canbao.kernel.fen import yuan_said
from canbao.kernel.refusals import Refusal

_NOTHING_TAKEN = ("未收款", "so nothing was taken")


def no_mandate() -> Refusal:
    return Refusal(
        "no_mandate",
        "您没有这个地方的代收委托，或委托已到期，未收款。",
        "You have no mandate to collect there, or it has run out, so nothing was taken.",
        (
            "请由税务部门登记代收委托，或请缴费人到窗口、网上缴费。",
            "Ask the tax office for a mandate, or let the payer pay at a counter or online.",
        ),
    )


def day_limit(taken_fen: int, limit_fen: int) -> Refusal:
    taken, limit = yuan_said(taken_fen), yuan_said(limit_fen)
    return Refusal(
        "day_limit",
        f"今天已收{taken}元，再收就超过委托规定的每日{limit}元，未收款。",
        f"You took {taken} yuan today; more would pass the {limit} yuan a day of your mandate, so nothing was taken.",
        ("请明天再收，或请缴费人网上缴费。", "Collect again tomorrow, or let the payer pay online."),
    )


def open_limit(open_fen: int, limit_fen: int) -> Refusal:
    held, limit = yuan_said(open_fen), yuan_said(limit_fen)
    return Refusal(
        "open_limit",
        f"手里已有{held}元现金没有解缴，再收就超过委托规定的{limit}元，未收款。",
        f"You hold {held} yuan of cash; more would pass the {limit} yuan of your mandate, so nothing was taken.",
        ("请先把现金解缴银行，登记缴款单后再收。", "Hand the cash in at the bank, record the slip, then go on."),
    )


def code_not_listed() -> Refusal:
    return Refusal(
        "code_not_listed",
        "这个收款码不在县税务局公布的名单里，未收款。",
        "This QR code is not on the list of the county's tax office, so nothing was taken.",
        (
            "请换名单里的收款码，并向税务部门报告这个码。",
            "Use a code of the list, and tell the tax office of this one.",
        ),
    )


def bad_mandate(zh: str, en: str) -> Refusal:
    return Refusal(
        "bad_mandate",
        f"{zh}，没有提交。",
        f"{en}, so nothing was asked for.",
        ("请改正后再提交。", "Correct it and send it again."),
    )


def mandate_there() -> Refusal:
    return Refusal(
        "mandate_there",
        "这个人在这个地方已有代收委托，没有再登记。",
        "That person has a mandate for that place already, so no second one was recorded.",
        ("要改限额或期限，请先终止原委托。", "End the first one to change its limits or days."),
    )


def mandate_not_found() -> Refusal:
    return Refusal(
        "mandate_not_found",
        "没有查到这份代收委托。",
        "There is no such mandate here.",
        ("请刷新页面核对。", "Load the page again."),
    )


def bad_code(zh: str, en: str) -> Refusal:
    return Refusal(
        "bad_code", f"{zh}，没有提交。", f"{en}, so nothing was asked for.", ("请改正后再提交。", "Correct it.")
    )


def code_there() -> Refusal:
    return Refusal(
        "code_there",
        "这个收款码已在名单里，没有再登记。",
        "This code is on the list already, so it was not listed again.",
        ("要改银行或张贴地点，请先撤下再登记。", "Take it off the list first to change it."),
    )


def code_not_found() -> Refusal:
    return Refusal(
        "code_not_found",
        "名单里没有这个收款码。",
        "That code is not on the list.",
        ("请刷新页面核对。", "Load the page again."),
    )


def nothing_chosen() -> Refusal:
    return Refusal(
        "nothing_chosen",
        "没有勾选收据，缴款单没有登记。",
        "No receipt was ticked, so no slip was recorded.",
        ("请勾选这张缴款单包含的收据。", "Tick the receipts that the slip covers."),
    )


def receipts_changed() -> Refusal:
    return Refusal(
        "receipts_changed",
        "勾选的收据里有的已经解缴，或不是您收的现金，缴款单没有登记。",
        "Some of the receipts are on another slip, or are no cash of yours, so no slip was recorded.",
        ("请刷新页面重新勾选。", "Load the page again and tick anew."),
    )


def bad_slip(zh: str, en: str) -> Refusal:
    return Refusal(
        "bad_slip",
        f"{zh}，缴款单没有登记。",
        f"{en}, so no slip was recorded.",
        ("请对照银行回单改正。", "Compare with the bank's slip and correct it."),
    )


def slip_known(bank: str, slip_no: str, deposited_on: date) -> Refusal:
    return Refusal(
        "slip_known",
        f"{bank}的缴款单{slip_no}已登记过（{day_zh(deposited_on)}），没有再登记。",
        f"Slip {slip_no} of {bank} was recorded already ({day_en(deposited_on)}), so it was not recorded again.",
        ("请核对银行和单号。", "Check bank and number."),
    )


def no_surplus() -> Refusal:
    return Refusal(
        "no_surplus",
        "这张缴款单没有待处理的长款，没有办理。",
        "This slip has no open surplus, so nothing was done.",
        ("请刷新页面查看。", "Load the page again."),
    )
