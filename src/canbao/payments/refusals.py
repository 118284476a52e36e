"""What the counter refuses, in sentences that the clerk can read aloud: what, why, what to do."""

from __future__ import annotations

from datetime import date, datetime

from canbao.kernel.clock import day_en, day_zh
from canbao.kernel.fen import yuan_said
from canbao.kernel.refusals import Refusal


def wrong_amount(amount_fen: int, payable_fen: int) -> Refusal:
    given, due = yuan_said(amount_fen), yuan_said(payable_fen)
    return Refusal(
        "wrong_amount",
        f"收到{given}元，应缴{due}元，金额不符，未收款。医保缴费只能按应缴单金额一次缴清。",
        f"{given} yuan were offered but the bill is {due} yuan, so nothing was taken. A bill is paid in full, at once.",
        (f"请收取{due}元。", f"Please take {due} yuan."),
    )


def already_paid(receipt_no: str, paid_at: datetime) -> Refusal:
    return Refusal(
        "already_paid",
        f"这张应缴单已于{day_zh(paid_at)}{paid_at:%H:%M}缴清，收据号{receipt_no}，未重复收款。",
        f"This bill was paid on {day_en(paid_at)} at {paid_at:%H:%M}, receipt {receipt_no}; nothing was taken again.",
        ("请把钱退给缴费人，并可补打收据。", "Give the money back; the receipt can be printed again."),
    )


def nothing_to_pay() -> Refusal:
    return Refusal(
        "nothing_to_pay",
        "这张应缴单个人不用缴费，已由资助方承担，未收款。",
        "The resident pays nothing on this bill, others bear it, so nothing was taken.",
        ("请把钱退给缴费人。", "Give the money back."),
    )


def bill_void(successor_id: int | None) -> Refusal:
    todo = (
        (f"请改按新应缴单 {successor_id} 收款。", f"Use the new bill {successor_id}.")
        if successor_id
        else ("请核对参保登记后重新开单。", "Check the enrolment and issue a new bill.")
    )
    return Refusal("bill_void", "这张应缴单已作废，未收款。", "This bill is void, so nothing was taken.", todo)


def bill_refunded() -> Refusal:
    return Refusal(
        "bill_refunded",
        "这张应缴单已退费，未收款。",
        "What settled this bill was given back, so nothing was taken.",
        ("仍要参保的，请先登记并重新开单。", "Whoever wants cover after all is enrolled and gets a new bill first."),
    )


def bill_outdated(old_fen: int, new_fen: int | None) -> Refusal:
    """`new_fen` is what today's facts ask, None where another policy or other cover is the difference."""
    old = yuan_said(old_fen)
    zh, en = "资助或待遇时间已不同", "but aid or days of cover are others now"
    if new_fen is not None and new_fen != old_fen:
        new = yuan_said(new_fen)
        zh, en = f"现在缴应为{new}元", f"but paying now it is {new} yuan"
    return Refusal(
        "bill_outdated",
        f"应缴单为{old}元，开单后情况有变，{zh}，未收款。",
        f"The bill says {old} yuan, {en}: something has changed since it was issued, so nothing was taken.",
        ("请先重新开单，再按新单收款。", "Reissue the bill first, then take the new amount."),
    )


def not_eligible_now(zh: str, en: str) -> Refusal:
    return Refusal(
        "not_eligible_now",
        f"此刻不能缴费：{zh}未收款。",
        f"It cannot be paid now: {en} Nothing was taken.",
        ("请核对参保登记。", "Check the enrolment."),
    )


def window_not_open(opens_on: date) -> Refusal:
    return Refusal(
        "window_not_open",
        f"集中缴费期{day_zh(opens_on)}开始，现在不能收款。",
        f"The collection window opens on {day_en(opens_on)}; nothing can be taken before.",
        (f"请从{day_zh(opens_on)}起缴费。", f"Please come back from {day_en(opens_on)}."),
    )


def deceased(died_on: date) -> Refusal:
    return Refusal(
        "deceased",
        f"户籍登记显示此人已于{day_zh(died_on)}去世，未收款。",
        f"The register says that this person died on {day_en(died_on)}, so nothing was taken.",
        (
            "请把钱退给缴费人；如登记有误，请先更正。",
            "Give the money back; if the register is wrong, correct it first.",
        ),
    )


def not_enrolled(benefit_year: int) -> Refusal:
    return Refusal(
        "not_enrolled",
        f"此人{benefit_year}年度的参保登记已停止，未收款。",
        f"The enrolment for {benefit_year} was stopped, so nothing was taken.",
        ("请先重新办理参保登记。", "Enrol the person again first."),
    )


def key_reused() -> Refusal:
    return Refusal(
        "key_reused",
        "这次请求的编号已用于另一笔收款，内容不同，未收款。",
        "The key of this request belongs to another payment with other contents, so nothing was taken.",
        ("请重新打开收款页面再试。", "Open the payment page again and retry."),
    )


def unknown_method(method: str) -> Refusal:
    return Refusal(
        "unknown_method",
        f"窗口没有“{method}”这种收款方式，未收款。",
        f"The counter has no method “{method}”, so nothing was taken.",
        ("请选择现金或刷卡。", "Choose cash or card."),
    )


def no_collector() -> Refusal:
    return Refusal(
        "no_collector",
        "收款人没有登录，未收款。",
        "Money is taken by a person who has signed in; nobody has, so nothing was taken.",
        ("请登录后再收款。", "Sign in first."),
    )


def busy() -> Refusal:
    return Refusal(
        "busy",
        "这张应缴单正由另一处办理，未收款。",
        "Somebody else is working on this bill right now, so nothing was taken.",
        ("请稍候再试，并先看是否已缴清。", "Wait a moment, look whether it is paid, and try again."),
    )


def payment_not_found(name: str) -> Refusal:
    return Refusal(
        "payment_not_found",
        f"没有查到收据“{name}”。",
        f"There is no receipt “{name}” here.",
        ("请核对收据号。", "Check the receipt number."),
    )
