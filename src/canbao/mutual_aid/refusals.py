"""What is refused about mutual aid. Money of somebody else's account is named in no sentence."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from canbao.kernel.clock import SHANGHAI, day_en, day_zh
from canbao.kernel.fen import yuan_said
from canbao.kernel.refusals import Refusal


def no_mutual_aid(zh: str, en: str) -> Refusal:
    return Refusal(
        "no_mutual_aid",
        f"{zh}的文件没有写家庭共济缴费，不能办理。",
        f"The notice of {en} knows no family mutual aid, so it cannot be done.",
        ("请选文件写明的缴费方式。", "Choose a way to pay that the notice names."),
    )


def no_group() -> Refusal:
    return Refusal(
        "no_group",
        "文件没有写这类人员的共济缴费时间，没有办理。",
        "The notice gives this kind of person no day for mutual aid, so nothing was done.",
        ("请用别的方式缴费。", "Pay in another way."),
    )


def nobody_found() -> Refusal:
    return Refusal(
        "nobody_found",
        "没有查到姓名和证件号码都对得上的人。",
        "Nobody there has both this name and this number.",
        ("请核对地方、姓名和证件号码。", "Check place, name and number."),
    )


def relation_unknown() -> Refusal:
    return Refusal(
        "relation_unknown",
        "这种关系不在文件写明的共济范围里，没有办理。",
        "The notice names no such relation for mutual aid, so nothing was done.",
        ("请选文件写明的亲属关系。", "Choose a relation that the notice names."),
    )


def no_holder() -> Refusal:
    return Refusal(
        "no_holder",
        "对方没有参加职工医保，没有可以共济的个人账户，没有办理。",
        "That person is not in the employee scheme and has no account to pay from, so nothing was done.",
        ("请选参加了职工医保的亲属。", "Choose a relative who is insured as an employee."),
    )


def holder_gone() -> Refusal:
    return Refusal(
        "holder_gone",
        "这位亲属的个人账户现在不能共济：他已去世、登记已合并，或不再参加职工医保。没有办理。",
        "That relative's account cannot pay now: he died, his entry was merged, or he left the employee scheme. "
        "Nothing was done.",
        ("请用别的方式缴费，或请另一位亲属付。", "Pay in another way, or ask another relative."),
    )


def holder_himself() -> Refusal:
    return Refusal(
        "holder_himself",
        "有个人账户的人自己不能作为被共济人，没有办理。",
        "Whoever has an account himself is paid for by nobody, so nothing was done.",
        ("请核对是谁为谁缴费。", "Check who pays for whom."),
    )


def known_relative() -> Refusal:
    return Refusal(
        "known_relative",
        "两人已经在同一个共济网里，或正等对方同意，没有再登记。",
        "The two are in one network already, or it waits for the other side, so nothing was recorded.",
        ("请查看现有的记录。", "Look at what is there."),
    )


def words_missing(zh: str, en: str) -> Refusal:
    return Refusal(
        "words_missing",
        f"没有写{zh}，没有办理。",
        f"{en} is missing, so nothing was done.",
        ("请补充后再办理。", "Fill it in and try again."),
    )


def number_in_evidence() -> Refusal:
    return Refusal(
        "number_in_evidence",
        "依据里写了完整的身份证号码，没有记下。",
        "The evidence holds a whole ID number; nothing was taken down.",
        ("请只写材料的名称，不写号码。", "Name the document alone, without the number."),
    )


def relative_not_found() -> Refusal:
    return Refusal(
        "relative_not_found",
        "没有找到这份共济关系，或不在您的管辖范围内。",
        "There is no such tie, or it lies outside your area.",
        ("请核对后重新查找。", "Check and search again."),
    )


def wrong_step() -> Refusal:
    return Refusal(
        "wrong_step",
        "这份共济关系已经有了别的结果，没有办理。",
        "This tie has moved on meanwhile, so nothing was done.",
        ("请刷新页面核对。", "Load the page again."),
    )


def no_such_holder() -> Refusal:
    return Refusal(
        "no_such_holder",
        "没有查到可以共济的亲属：姓名和证件号码要对得上，本人要参加职工医保，并登记了手机号。没有办理。",
        "No relative was found who can pay: name and number have to belong together, and the person has to be insured "
        "as an employee with a phone on record. Nothing was done.",
        ("请核对后再填，或两人一起到窗口办理。", "Check what you typed, or come to a counter together."),
    )


def wrong_code() -> Refusal:
    return Refusal(
        "wrong_code",
        "同意码不对，没有办理。",
        "The code is not right, so nothing was done.",
        ("请照短信填写6位同意码。", "Copy the six figures from the message."),
    )


def code_expired(after: timedelta) -> Refusal:
    minutes = int(after.total_seconds() // 60)
    return Refusal(
        "code_expired",
        f"同意码发出{minutes}分钟后失效，已经过期，没有办理。",
        f"A code is good for {minutes} minutes, and this one is older, so nothing was done.",
        ("请家人先退出，再重新请您付，您会收到新的同意码；也可以两人一起到窗口办理。",
         "Let your relative leave and ask again, which sends you a new code, or come to a counter together."),
    )  # fmt: skip


def not_agreed() -> Refusal:
    return Refusal(
        "not_agreed",
        "组建人还没有同意，不能选择共济缴费。",
        "The holder of the account has not agreed yet, so mutual aid cannot be chosen.",
        ("请组建人凭短信里的同意码办理。", "The holder agrees by the code that was sent to him."),
    )


def too_late(before: datetime, closes: datetime) -> Refusal:
    at, end = before.astimezone(SHANGHAI), closes
    return Refusal(
        "too_late",
        f"这类人员要在{day_zh(at.date())}{at:%H:%M}以前确认，已经过了，没有办理。",
        f"People of this group confirm before {at:%H:%M} on {day_en(at.date())}; it is too late, so nothing was done.",
        (
            f"请在{day_zh(end.date())}{end:%H:%M}以前用别的方式缴费。",
            f"Pay in another way by {end:%H:%M} on {day_en(end.date())}.",
        ),
    )


def too_late_to_revoke(before: datetime) -> Refusal:
    at = before.astimezone(SHANGHAI)
    return Refusal(
        "too_late_to_revoke",
        f"{day_zh(at.date())}{at:%H:%M}起已进入扣款，不能撤回。",
        f"From {at:%H:%M} on {day_en(at.date())} the deduction is under way and cannot be taken back.",
        ("扣款后要退的，请按退费办理。", "What was deducted can be applied for as a refund."),
    )


def too_early(on: date) -> Refusal:
    return Refusal(
        "too_early",
        f"这一组从{day_zh(on)}起扣款，没有办理。",
        f"This group is deducted from {day_en(on)} on, so nothing was done.",
        ("请到那一天再办理。", "Come back on that day."),
    )


def deducted_by_itself() -> Refusal:
    return Refusal(
        "deducted_by_itself",
        "这一组在参保审核通过时逐人扣款，不用成批扣款。",
        "This group is deducted one by one at the approval, so there is nothing to start.",
        ("不用办理。", "Nothing needs to be done."),
    )


def nobody_to_deduct() -> Refusal:
    return Refusal(
        "nobody_to_deduct",
        "这一组没有等待扣款的人，没有办理。",
        "Nobody of this group waits for the deduction, so nothing was done.",
        ("请核对所选的组。", "Check the group."),
    )


def run_there() -> Refusal:
    return Refusal(
        "run_there",
        "这一组的扣款正在进行，没有再开始。",
        "The deduction of this group is under way, so no second one was started.",
        ("请等它完成。", "Wait until it is done."),
    )


def no_bill(benefit_year: int) -> Refusal:
    return Refusal(
        "no_bill",
        f"{benefit_year}年度的应缴单还没有开出，不能确认。",
        f"There is no bill of {benefit_year} yet, so nothing could be confirmed.",
        ("请先参保登记，等应缴单开出后再确认。", "Enrol first, and confirm when the bill is there."),
    )


def busy() -> Refusal:
    return Refusal(
        "busy",
        "另一处正在为这些人办理共济或扣款，没有办理。",
        "Somebody else is working on these people's mutual aid right now, so nothing was done.",
        ("请稍候再试。", "Wait a moment and try again."),
    )


def nothing_to_pay() -> Refusal:
    return Refusal(
        "nothing_to_pay",
        "这份应缴单已缴清或不用个人缴费，不用共济。",
        "This bill is settled or asks the person for nothing, so no aid is needed.",
        ("不用办理。", "Nothing needs to be done."),
    )


def confirmed_already() -> Refusal:
    return Refusal(
        "confirmed_already",
        "这个人今年已经确认了共济缴费，没有再确认。",
        "Mutual aid is confirmed for this person and year already, so nothing was done.",
        ("要换一位亲属付，请先撤回。", "Take it back first to let another relative pay."),
    )


def not_confirmed() -> Refusal:
    return Refusal(
        "not_confirmed",
        "没有等待扣款的确认，没有撤回。",
        "Nothing is confirmed that could be taken back.",
        ("请刷新页面核对。", "Load the page again."),
    )


def short(amount_fen: int, closes: datetime) -> Refusal:
    amount = yuan_said(amount_fen)
    return Refusal(
        "short",
        f"组建人的历年结余不够全额支付{amount}元，没有确认；不能只付一部分。",
        f"The holder's balance of past years does not cover the whole {amount} yuan; no part is deducted, so nothing "
        "was confirmed.",
        (
            f"请在{day_zh(closes.date())}{closes:%H:%M}以前用别的方式缴费，或换一位亲属。",
            f"Pay in another way by {closes:%H:%M} on {day_en(closes.date())}, or choose another relative.",
        ),
    )


def above_limit(amount_fen: int, limit_fen: int) -> Refusal:
    amount, limit = yuan_said(amount_fen), yuan_said(limit_fen)
    return Refusal(
        "above_limit",
        f"应缴{amount}元，超过组建人同意的{limit}元，没有确认。",
        f"The bill is {amount} yuan, more than the {limit} that the holder agreed to, so nothing was confirmed.",
        ("请组建人提高限额，或用别的方式缴费。", "Let the holder raise the limit, or pay in another way."),
    )


def bad_list(faults: tuple[tuple[str, str], ...]) -> Refusal:
    return Refusal(
        "bad_list",
        f"文件有{len(faults)}处不对，一行都没有读入。",
        f"The file has {len(faults)} faults; nothing of it was taken in.",
        ("请改好后重新上传。", "Mend it and hand it in again."),
        more=faults,
    )


def older_list(as_of: date, known: date) -> Refusal:
    return Refusal(
        "older_list",
        f"这份余额是{day_zh(as_of)}的，已经有{day_zh(known)}的余额，没有读入。",
        f"These balances are of {day_en(as_of)}, and those of {day_en(known)} are here already; nothing was taken in.",
        ("请上传更新的余额。", "Hand in newer balances."),
    )


def run_not_found() -> Refusal:
    return Refusal(
        "run_not_found",
        "没有找到这次扣款，或不在您的管辖范围内。",
        "There is no such deduction, or it lies outside your area.",
        ("请核对后重新查找。", "Check and search again."),
    )
