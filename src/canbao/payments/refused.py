"""What is refused about channels, attempts and money that settled nothing."""

from __future__ import annotations

from canbao.kernel.fen import yuan_said
from canbao.kernel.refusals import Refusal


def channel_not_in_notice(code: str) -> Refusal:
    return Refusal(
        "channel_not_in_notice",
        f"文件没有写明缴费渠道“{code}”，未开通。",
        f"The notice names no channel “{code}”, so it was not opened.",
        ("只能开通文件写明的渠道。", "Open a channel that the notice names."),
    )


def unknown_partner(partner: str) -> Refusal:
    return Refusal(
        "unknown_partner",
        f"没有“{partner}”这种对接方式，未开通。",
        f"There is no partner module “{partner}”, so the channel was not opened.",
        ("请选已有的对接方式。", "Choose one that is there."),
    )


def channel_closed() -> Refusal:
    return Refusal(
        "channel_closed",
        "这个缴费渠道现在没有开通，未下单。",
        "This channel is not open now, so nothing was ordered.",
        ("请换一种缴费方式。", "Choose another way to pay."),
    )


def payer_missing() -> Refusal:
    return Refusal(
        "payer_missing",
        "替别人缴费要写明缴费人姓名，未下单。",
        "Whoever pays for somebody else gives his name; it is missing, so nothing was ordered.",
        ("请填写您的姓名。", "Fill in your name."),
    )


def nobody_found() -> Refusal:
    return Refusal(
        "nobody_found",
        "没有查到姓名和证件号码都对得上的参保人。",
        "Nobody enrolled there has both this name and this number.",
        (
            "请核对参保地、姓名和证件号码；没有登记的请先参保登记。",
            "Check place, name and number, or enrol first.",
        ),
    )


def no_bill_yet(benefit_year: int) -> Refusal:
    return Refusal(
        "no_bill_yet",
        f"{benefit_year}年度还没有您的应缴单，现在不能缴费。",
        f"There is no bill for {benefit_year} yet, so nothing can be paid.",
        ("请联系村居或参保地医保经办机构开单。", "Ask the village or the medical insurance office for it."),
    )


def money_not_found() -> Refusal:
    return Refusal(
        "money_not_found",
        "没有查到这笔钱。",
        "There is no such money here.",
        ("请核对编号，或请管这个地方的人办理。", "Check the number, or ask whoever looks after that place."),
    )


def not_held() -> Refusal:
    return Refusal(
        "not_held",
        "这笔钱已经处理过，没有再办。",
        "This money was dealt with already, so nothing was done.",
        ("请刷新页面查看结果。", "Load the page again to see how."),
    )


def wrong_bill(amount_fen: int) -> Refusal:
    amount = yuan_said(amount_fen)
    return Refusal(
        "wrong_bill",
        f"这笔钱是{amount}元，与这张应缴单的金额或统筹区不符，没有转缴。",
        f"The money is {amount} yuan; the bill is another sum or of another pooling area, so it was not used for it.",
        ("请选同一统筹区、金额正好相同的应缴单，或退给付款人。", "Choose a bill of exactly this sum, or give it back."),
    )


def not_bounced() -> Refusal:
    return Refusal(
        "not_bounced",
        "这笔退款没有被退回，不用重发。",
        "This refund did not come back, so it need not be sent again.",
        ("请刷新页面查看退款到了哪一步。", "Load the page again to see how far it is."),
    )
