"""What is refused about channels, attempts and money that settled nothing."""

from __future__ import annotations

from datetime import date

from canbao.kernel.clock import day_en, day_zh
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


def unknown_algorithm(algorithm: str, partner: str) -> Refusal:
    return Refusal(
        "unknown_algorithm",
        f"对接方式“{partner}”不用“{algorithm}”签名，未开通。",
        f"The partner module “{partner}” does not sign with “{algorithm}”, so the channel was not opened.",
        (
            "自行推送的银行、税务可选 rsa 或 sm2，其他只用 rsa。",
            "Banks and tax bureaux that push choose rsa or sm2, all others rsa.",
        ),
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


def channel_not_found() -> Refusal:
    return Refusal(
        "channel_not_found",
        "没有查到这个渠道。",
        "There is no such channel here.",
        ("请核对渠道，或请管这个地方的人办理。", "Check the channel, or ask whoever looks after that place."),
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


def no_refund_rule() -> Refusal:
    return Refusal(
        "no_refund_rule",
        "这个地方的文件没有规定这种情形可以退费，未受理。",
        "The notice of this place has no rule that gives money back for this reason, so nothing was taken in.",
        ("请选列出的情形；都不符合的不能退费。", "Choose a reason of the list; where none fits, nothing goes back."),
    )


def refund_too_late(name_zh: str, name_en: str, limit: date) -> Refusal:
    """`limit` is the first day on which the rule no longer gives anything back."""
    return Refusal(
        "refund_too_late",
        f"“{name_zh}”只在{day_zh(limit)}前可以退费，已经过了，未受理。",
        f"“{name_en}” gives money back before {day_en(limit)} only, which has passed, so nothing was taken in.",
        (
            "请向申请人说明依据；确有其他情形的，按那种情形申请。",
            "Explain the rule, or apply for another reason that fits.",
        ),
    )


def death_not_registered() -> Refusal:
    return Refusal(
        "death_not_registered",
        "户籍登记没有此人去世的日期，不能按去世退费，未受理。",
        "The register does not say when this person died, so nothing goes back for that reason.",
        ("请先在居民档案登记死亡日期。", "Enter the day of death in the person's record first."),
    )


def words_missing(what_zh: str, what_en: str) -> Refusal:
    return Refusal(
        "words_missing",
        f"没有写{what_zh}，未办理。",
        f"{what_en} is missing, so nothing was done.",
        ("请补上再提交。", "Fill it in and send it again."),
    )


def already_applied() -> Refusal:
    return Refusal(
        "already_applied",
        "这笔缴费的退费申请正在办理或已批准，没有再受理一次。",
        "A refund of this payment is under way or was approved, so it was not taken in again.",
        ("请在退费页面查看办到哪一步。", "Look at the page of refunds to see how far it is."),
    )


def refund_application_not_found() -> Refusal:
    return Refusal(
        "refund_application_not_found",
        "没有查到这份退费申请。",
        "There is no such application for a refund here.",
        ("请核对编号，或请管这个地方的人办理。", "Check the number, or ask whoever looks after that place."),
    )


def wrong_step() -> Refusal:
    return Refusal(
        "wrong_step",
        "这份退费已不在这一步，没有再办。",
        "This refund is at another step by now, so nothing was done.",
        ("请刷新页面，看它现在到了哪一步。", "Load the page again to see how far it is."),
    )


def decided_by_taker() -> Refusal:
    return Refusal(
        "decided_by_taker",
        "受理退费申请的人不能自己审批，未办理。",
        "Whoever took the application in does not decide it, so nothing was done.",
        ("请另一位有审批权的人办理。", "Ask another person who may approve."),
    )
