"""What billing refuses, in sentences."""

from __future__ import annotations

from datetime import date

from canbao.kernel.clock import day_en, day_zh
from canbao.kernel.fen import yuan_said
from canbao.kernel.refusals import Refusal

_PERSON_YEAR = ("请打开此人该年度的页面核对。", "Open the person's page of that year.")


def bill_not_found(bill_id: int) -> Refusal:
    return Refusal(
        "bill_not_found",
        f"没有查到应缴单 {bill_id}。",
        f"There is no bill {bill_id} here.",
        ("请核对单号，或按姓名、证件号码查找本人。", "Check the number, or find the person by name or ID number."),
    )


def not_enrolled(benefit_year: int) -> Refusal:
    return Refusal(
        "not_enrolled",
        f"此人没有 {benefit_year} 年度的参保登记，不能开具应缴单。",
        f"This person is not enrolled for {benefit_year}, so there is nothing to bill.",
        ("请先办理参保登记。", "Enrol the person first."),
    )


def not_payable_yet(first: date) -> Refusal:
    """The route of registration lets the person pay from a later day on."""
    return Refusal(
        "not_payable_yet",
        f"按登记途径的规定，{day_zh(first)}起才能缴费。",
        f"By the route of registration, payment works from {day_en(first)} on.",
        (f"请在{day_zh(first)}以后再办。", f"Come back on or after {day_en(first)}."),
    )


def not_maintained(place_zh: str, place_en: str) -> Refusal:
    """After the window the notice wants the person's data maintained before anything is paid."""
    return Refusal(
        "not_maintained",
        "缴费期已过，还没有做补缴数据维护，现在不能缴费。",
        "The window is over and the data were not maintained for a late payment, so nothing can be paid yet.",
        (
            f"请先到{place_zh or '经办窗口'}做补缴数据维护，再缴费。",
            f"Have the data maintained first ({place_en or 'at the counter'}), then pay.",
        ),
    )


def no_bill(code: str, zh: str, en: str) -> Refusal:
    """The policy lets no bill be issued; `zh` and `en` are its reason."""
    return Refusal(code, f"不能开具应缴单：{zh}", f"No bill can be issued: {en}", _PERSON_YEAR)


def paid_and_changed(zh: str = "", en: str = "") -> Refusal:
    return Refusal(
        "paid_and_changed",
        f"应缴单已结清，但按现在的情况金额或资助不同{zh}，已结清的单据不能改动。",
        f"The bill is settled, but the facts of today would give another one{en}; a settled bill is never changed.",
        ("请由经办机构核对后办理退费或补缴。", "The office decides on a refund or a further payment."),
    )


def paid_for_tier(benefit_year: int) -> Refusal:
    return Refusal(
        "paid_for_tier",
        f"{benefit_year}年度的应缴单已结清，缴费档次不能再改。",
        f"The bill of {benefit_year} is settled, so the tier can no longer be changed.",
        ("请由经办机构核对后办理退费或补缴。", "The office decides on a refund or a further payment."),
    )


def bill_not_open(bill_id: int, state_zh: str, state_en: str) -> Refusal:
    return Refusal(
        "bill_not_open",
        f"应缴单 {bill_id} {state_zh}，不能再作废或结清。",
        f"Bill {bill_id} is {state_en}, so it can no longer be voided or settled.",
        _PERSON_YEAR,
    )


def policy_of_another_place(policy_id: str, area_code: str) -> Refusal:
    return Refusal(
        "policy_of_another_place",
        f"政策 {policy_id} 不适用于地区 {area_code}。",
        f"The policy {policy_id} does not apply to the area {area_code}.",
        ("请选择当地当年的政策。", "Choose the policy of that place and year."),
    )


def changed_meanwhile(count: int, payable_fen: int) -> Refusal:
    return Refusal(
        "changed_meanwhile",
        f"开单期间有 {count} 张应缴单（{yuan_said(payable_fen)}元）刚被结清或作废。",
        f"{count} bills ({yuan_said(payable_fen)} yuan) were settled or voided during the run.",
        ("请重新开单。", "Issue the bills again."),
    )


def run_interrupted() -> Refusal:
    return Refusal(
        "run_interrupted",
        "开单时程序出错，已中断。",
        "The program met a fault while it issued the bills, and stopped.",
        (
            "请再开一次，会从断的地方接着开；如再中断，请联系系统管理员。",
            "Issue again: it goes on from there. If it stops again, tell the system administrator.",
        ),
    )


def deceased(died_on: date) -> Refusal:
    return Refusal(
        "deceased",
        f"此人已于{day_zh(died_on)}去世，不再开具应缴单。",
        f"This person died on {day_en(died_on)}; no bill is issued.",
        ("如登记有误，请先更正户籍信息。", "If that is wrong, correct the register first."),
    )


def bill_not_settled(bill_id: int) -> Refusal:
    return Refusal(
        "bill_not_settled",
        f"应缴单 {bill_id} 不是已结清，没有可退的钱。",
        f"Bill {bill_id} is not settled, so there is nothing to give back.",
        ("请刷新页面，看它现在的状态。", "Load the page again and look at its state."),
    )


def paid_for_year(benefit_year: int) -> Refusal:
    return Refusal(
        "paid_for_year",
        f"{benefit_year}年度的应缴单已结清，不能直接停保。",
        f"The bill of {benefit_year} is settled, so the enrolment cannot simply be stopped.",
        ("请由经办机构先办理退费。", "The office decides on a refund first."),
    )


def batch_billed(still_open: int, settled: int) -> Refusal:
    """`still_open` and `settled` are bills of people of the batch."""
    return Refusal(
        "batch_billed",
        f"这批人已开应缴单：未缴{still_open}张，已结清{settled}张，不能整批撤销。",
        f"Bills were issued for this batch: {still_open} open, {settled} settled. It cannot be undone as a whole.",
        ("请先作废未缴的应缴单，或逐人停保。", "Void the open bills first, or stop single enrolments."),
    )
