"""What an account of the ledger is called on a page."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext

from canbao.faces.words import HELD, PAYERS, word
from canbao.ledger.queries import EntryCard


def account_in_words(name: str) -> str:
    """The words for an account such as `receivable/370400/2025/resident`; the name itself if the kind is not known."""
    kind, _, *rest = name.split("/")
    match kind, rest:
        case "receivable", [year, "resident"]:
            return gettext("应收 · %(year)s 年度个人缴费") % {"year": year}
        case "receivable", [year, "subsidy", payer]:
            return gettext("应收 · %(year)s 年度 %(payer)s") % {"year": year, "payer": word(PAYERS, payer)}
        case "expected", [year]:
            return gettext("待确认 · %(year)s 年度个人缴费") % {"year": year}
        case "income", [year, "contribution"]:
            return gettext("收入 · %(year)s 年度缴费") % {"year": year}
        case "income", [year, "repair"]:
            return gettext("收入 · %(year)s 年度补缴") % {"year": year}
        case "cash", [_, collector]:
            return gettext("窗口现金 · 收款人 %(id)s") % {"id": collector}
        case "clearing", ["channel", channel]:
            return gettext("渠道在途 · %(channel)s") % {"channel": channel}
        case "held", [channel, reason]:
            return gettext("待处理 · %(reason)s（%(channel)s）") % {
                "reason": word(HELD, reason).rstrip("。."),
                "channel": channel,
            }
        case "refund_due", [channel]:
            return gettext("待退 · %(channel)s") % {"channel": channel}
        case "clearing", [_, collector]:
            return gettext("刷卡在途 · 收款人 %(id)s") % {"id": collector}
    return name


@dataclass(frozen=True)
class LedgerLine:
    debit: str
    credit: str
    amount_fen: int


def lines_of(entry: EntryCard | None) -> list[LedgerLine]:
    """The transfers of an entry in words."""
    return [
        LedgerLine(account_in_words(leg.debit_account), account_in_words(leg.credit_account), leg.amount_fen)
        for leg in (entry.transfers if entry else ())
    ]
