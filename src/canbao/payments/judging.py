"""One pure function decides everything that channels tell us. The rules stand in docs/explanation/channels.md.

It is total: whatever is known and whatever is told, there is exactly one verdict. The order in which channels tell
things means nothing, so it is asked of nothing here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from canbao.payments.models.channels import AttemptState
from canbao.payments.models.refunds import RefundState
from canbao.payments.partners.report import Kind, Report


class Outcome(StrEnum):
    SETTLE = "settle"
    """The money settles the bill."""
    HOLD = "hold"
    """The money is ours to keep safe under the reason, until two people decide."""
    DUPLICATE = "duplicate"
    """Told before: nothing to do."""
    ASK = "ask"
    """It contradicts what we were told: the other side is asked before anything moves."""
    CONFLICT = "conflict"
    """One transaction with two stories: nothing moves, somebody must look."""
    ALIEN = "alien"
    """Not for us: another merchant, another currency."""
    NOTE = "note"
    """No money moved; the attempt or the refund knows more than before."""
    RETURN = "return"
    """A refund of ours has arrived or has come back."""


class Reason(StrEnum):
    """Under which name held money is kept."""

    WRONG_AMOUNT = "wrong_amount"
    WRONG_ITEM = "wrong_item"
    DOUBLE = "double"
    UNKNOWN_BILL = "unknown_bill"
    VOID_BILL = "void_bill"
    AFTER_DEATH = "after_death"
    AFTER_CLOSE = "after_close"
    OUTDATED = "outdated"


@dataclass(frozen=True, slots=True)
class BillSeen:
    """The bill as it stands now. `obstacle` is why it cannot be settled by money of that moment, None if it can."""

    state: str
    payable_fen: int
    item: str = ""
    obstacle: Reason | None = None


@dataclass(frozen=True, slots=True)
class AttemptSeen:
    state: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class CaptureSeen:
    """The money of the same transaction, as it was told before."""

    meant_for: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class RefundSeen:
    """`current`: the report names the last try, not one that came back before."""

    amount_fen: int
    state: str
    current: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What we know of what a report is about. `ours`: merchant, application and currency are those of the channel."""

    ours: bool
    attempt: AttemptSeen | None = None
    bill: BillSeen | None = None
    capture: CaptureSeen | None = None
    refund: RefundSeen | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    outcome: Outcome
    reason: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the channel hears that it need not tell this again."""
        return self.outcome != Outcome.CONFLICT


def judge(report: Report, known: Known) -> Verdict:
    """What one report means, given what is known. Pure and total."""
    if not known.ours:
        return Verdict(Outcome.ALIEN)
    if report.kind in (Kind.RETURNED, Kind.BOUNCED):
        return _about_refund(report, known)
    if report.kind != Kind.PAID:
        return Verdict(Outcome.NOTE)
    if not (report.transaction_id and report.amount_fen > 0 and report.paid_at):
        return Verdict(Outcome.CONFLICT)
    if known.capture is not None:
        same = (known.capture.meant_for, known.capture.amount_fen) == (report.meant_for, report.amount_fen)
        return Verdict(Outcome.DUPLICATE) if same else Verdict(Outcome.CONFLICT)
    if known.bill is None:
        return Verdict(Outcome.HOLD, Reason.UNKNOWN_BILL)
    ended = known.attempt is not None and known.attempt.state in (AttemptState.FAILED, AttemptState.CLOSED)
    if ended and not report.confirmed:
        return Verdict(Outcome.ASK)
    return _about_money(report, known.bill, known.attempt)


def _about_money(report: Report, bill: BillSeen, attempt: AttemptSeen | None) -> Verdict:
    wanted = bill.payable_fen if attempt is None else attempt.amount_fen
    if report.amount_fen != wanted:
        return Verdict(Outcome.HOLD, Reason.WRONG_AMOUNT)
    if report.item and report.item != bill.item:
        return Verdict(Outcome.HOLD, Reason.WRONG_ITEM)
    if bill.state == "settled":
        return Verdict(Outcome.HOLD, Reason.DOUBLE)
    if bill.state in ("void", "refunded"):
        return Verdict(Outcome.HOLD, Reason.VOID_BILL)
    if bill.obstacle is not None:
        return Verdict(Outcome.HOLD, bill.obstacle)
    if bill.payable_fen != report.amount_fen:
        return Verdict(Outcome.HOLD, Reason.OUTDATED)
    return Verdict(Outcome.SETTLE)


def _about_refund(report: Report, known: Known) -> Verdict:
    refund = known.refund
    if refund is None or refund.amount_fen != report.amount_fen:
        return Verdict(Outcome.CONFLICT)
    returned = refund.state == RefundState.RETURNED
    if report.kind == Kind.RETURNED:
        # What came back may have been decided anew: a person looks.
        on_its_way = refund.current and refund.state != RefundState.BOUNCED
        return Verdict(Outcome.DUPLICATE if returned else Outcome.RETURN if on_its_way else Outcome.CONFLICT)
    if returned:
        return Verdict(Outcome.CONFLICT)
    known_back = refund.state == RefundState.BOUNCED or not refund.current
    return Verdict(Outcome.DUPLICATE if known_back else Outcome.RETURN)
