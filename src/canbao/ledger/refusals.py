"""What the ledger refuses, in sentences."""

from __future__ import annotations

from datetime import date

from canbao.kernel.refusals import Refusal


def undeclared_account(name: str) -> Refusal:
    return Refusal(
        "undeclared_account",
        f"科目“{name}”未在科目表中登记，不能记账。",
        f"The account “{name}” is not in the chart of accounts, so nothing can be posted to it.",
        (
            "请核对科目名称；确需新科目的，由系统管理员登记后再办。",
            "Check its name; a new kind of account is declared first.",
        ),
    )


def empty_entry(idem: str) -> Refusal:
    return Refusal(
        "empty_entry",
        f"凭证“{idem}”没有任何金额，不能记账。",
        f"The entry “{idem}” moves no money, so it cannot be posted.",
        ("请检查来源业务的金额。", "Check the amounts of what caused it."),
    )


def idem_conflict(idem: str) -> Refusal:
    return Refusal(
        "idem_conflict",
        f"凭证“{idem}”已经记过账，但这次内容不同。",
        f"The entry “{idem}” is already in the books with other contents.",
        ("原凭证不变；如需更正，请先冲销原凭证。", "The first entry stands; reverse it if it is wrong."),
    )


def already_reversed(entry_id: int, by: int) -> Refusal:
    return Refusal(
        "already_reversed",
        f"凭证 {entry_id} 已由凭证 {by} 冲销，一张凭证只能冲销一次。",
        f"Entry {entry_id} was reversed by entry {by}; an entry is reversed once only.",
        ("请查看冲销凭证，如仍有误请另记新凭证。", "Look at that reversal; a remaining error needs a new entry."),
    )


def entry_not_found(entry_id: int) -> Refusal:
    return Refusal(
        "entry_not_found",
        f"没有查到凭证 {entry_id}。",
        f"There is no entry {entry_id} here.",
        ("请核对凭证号和统筹区。", "Check the number and the pooling area."),
    )


def day_not_over(day: date) -> Refusal:
    return Refusal(
        "day_not_over",
        f"{day} 尚未结束，不能封账。",
        f"{day} is not over, so it cannot be sealed.",
        ("请在次日封账。", "Seal it on the day after."),
    )


def day_already_sealed(day: date) -> Refusal:
    return Refusal(
        "day_already_sealed",
        f"{day} 或其后某日已封账，不能再改动。",
        f"{day} or a later day is sealed, so nothing can be added to it.",
        ("今天发现的事项记在今天，生效日期另填。", "Post it today, effective on the day it belongs to."),
    )
