"""Cash handed in at a bank: one slip covers whole receipts, all of them or none; the rest is a difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from canbao.enrolment import evidence as kept
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.fen import yuan_said
from canbao.kernel.scope import Scope
from canbao.ledger import actions as ledger
from canbao.ledger import chart
from canbao.ledger.actions import Draft, Move
from canbao.payments import refused_collecting
from canbao.payments.models import Deposit, DepositDifference, DepositReceipt, DifferenceKind, ReceiptBook
from canbao.payments.queries import collectors
from canbao.staff.actions import ask_approval
from canbao.staff.approvals import Kind
from canbao.staff.models import Approval

IN_BANK = "cash_deposit"
"""The account of what banks hold after a slip, on its way to the treasury."""
AT_COUNTER, OVER = "counter", "over"
RECEIPTS_MAX = 2_000
AMOUNT_FEN_MAX = 10**11


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """The bank's slip as the collector copies it, with a picture of it."""

    bank: str
    slip_no: str
    deposited_on: date
    amount_fen: int
    picture: bytes


def hand_in(
    *, actor: Scope, pooling_area: str, payment_ids: Sequence[int], shortage_ids: Sequence[int], slip: Slip,
    clock: Clock,
) -> Deposit:  # fmt: skip
    """Record a slip for the receipts that it covers, and the shortages of earlier slips that it makes up.

    Refuses `nothing_chosen`, `receipts_changed`, `bad_slip`, `slip_known`.
    """
    actor.require(Capability.TAKE_PAYMENT)
    collector_id = actor.actor_id or 0
    wanted, shortages = sorted(set(payment_ids)), sorted(set(shortage_ids))
    if not wanted and not shortages:
        raise refused_collecting.nothing_chosen()
    bank, slip_no, media_type = _checked(slip, clock)
    with transaction.atomic(durable=True):
        lock_book(pooling_area, collector_id)
        known = Deposit.objects.filter(pooling_area=pooling_area, bank=bank, slip_no=slip_no).first()
        if known is not None:
            raise refused_collecting.slip_known(bank, slip_no, known.deposited_on)
        own = list(collectors.open_cash(pooling_area, collector_id).filter(pk__in=wanted))
        short = list(collectors.open_shortages(pooling_area, collector_id).filter(pk__in=shortages).select_for_update())
        if len(own) != len(wanted) or len(short) != len(shortages):
            raise refused_collecting.receipts_changed()
        receipts_fen, made_up_fen = sum(row.amount_fen for row in own), sum(row.amount_fen for row in short)
        entry = ledger.post(
            actor=actor.deputed(Capability.KEEP_LEDGER, pooling_area),
            draft=Draft(
                pooling_area, f"deposit:{bank}:{slip_no}", "deposit", slip_no, slip.deposited_on,
                _moves(pooling_area, collector_id, slip.amount_fen, receipts_fen + made_up_fen),
            ),
            clock=clock,
        )  # fmt: skip
        made = Deposit.objects.create(
            pooling_area=pooling_area, collector_id=collector_id, collected_by=ledger.actor_name(actor), bank=bank,
            slip_no=slip_no, deposited_on=slip.deposited_on, amount_fen=slip.amount_fen, receipts_fen=receipts_fen,
            made_up_fen=made_up_fen, evidence=kept.keep(slip.picture), evidence_type=media_type,
            recorded_at=clock.now(), entry=entry,
        )  # fmt: skip
        try:
            with transaction.atomic():
                DepositReceipt.objects.bulk_create(
                    DepositReceipt(pooling_area=pooling_area, deposit=made, payment=row) for row in own
                )
        except IntegrityError:
            # Another slip took one of them between our look and our write.
            raise refused_collecting.receipts_changed() from None
        DepositDifference.objects.filter(pk__in=[row.pk for row in short]).update(
            closed_at=clock.now(), made_up_by=made
        )
        if made.over_fen:
            DepositDifference.objects.create(
                pooling_area=pooling_area, deposit=made, collector_id=collector_id, opened_at=clock.now(),
                kind=DifferenceKind.OVER if made.over_fen > 0 else DifferenceKind.SHORT, amount_fen=abs(made.over_fen),
            )  # fmt: skip
    return made


def lock_book(pooling_area: str, collector_id: int) -> None:
    """For the rest of the transaction nobody else moves receipts of this collector."""
    book = ReceiptBook.objects.select_for_update().filter(pooling_area=pooling_area, collector_id=collector_id)
    book.values_list("last_no").first()


def ask_give_back(*, actor: Scope, deposit_id: int, area_code: str, clock: Clock) -> Approval:
    """Propose to give a slip's surplus back to its collector. Refuses `no_surplus`, `already_asked`."""
    actor.require(Capability.KEEP_COLLECTION, area_code)
    found = collectors.deposit(actor, deposit_id)
    surplus = _surplus(found.pk) if found else None
    if found is None or surplus is None:
        raise refused_collecting.no_surplus()
    amount = yuan_said(surplus.amount_fen)
    return ask_approval(
        actor=actor, kind=KIND.code, area_code=area_code, key=f"deposit {found.pk}", subject={"deposit": found.pk},
        summary=(
            f"{found.bank}缴款单{found.slip_no}多缴{amount}元，退还收款人{found.collected_by}",
            f"Slip {found.slip_no} of {found.bank} is {amount} yuan over: give it back to {found.collected_by}",
        ),
        clock=clock, page=f"/console/deposits/{found.pk}",
    )  # fmt: skip


def _checked(slip: Slip, clock: Clock) -> tuple[str, str, str]:
    """Bank, number and the picture's media type."""
    bank, slip_no = " ".join(slip.bank.split()), "".join(slip.slip_no.split())
    if not bank or len(bank) > 60 or not slip_no or len(slip_no) > 60:
        raise refused_collecting.bad_slip("银行和缴款单号都要填", "Bank and slip number are both needed")
    if not 0 < slip.amount_fen < AMOUNT_FEN_MAX:
        raise refused_collecting.bad_slip("缴款金额要大于零", "The sum handed in must be more than nothing")
    if slip.deposited_on > clock.today():
        raise refused_collecting.bad_slip("缴款日期在今天之后", "The day of the slip has not come yet")
    media_type = kept.media_type(slip.picture)
    if media_type is None or len(slip.picture) > kept.BYTES_MAX:
        raise refused_collecting.bad_slip(
            "没有附缴款单的照片，或照片不是5兆以内的图片、PDF",
            "A picture of the slip (image or PDF, 5 MB at most) is missing",
        )
    return bank, slip_no, media_type


def _moves(pooling_area: str, collector_id: int, amount_fen: int, expected_fen: int) -> tuple[Move, ...]:
    """What the bank counted leaves the collector's cash as far as it was expected; more is held and not ours."""
    bank = chart.channel_money(pooling_area, IN_BANK)
    cash = chart.counter_money(pooling_area, "cash", collector_id)
    moves = [Move(bank, cash, min(amount_fen, expected_fen))]
    if amount_fen > expected_fen:
        moves.append(Move(bank, chart.held_money(pooling_area, AT_COUNTER, OVER), amount_fen - expected_fen))
    return tuple(moves)


def _surplus(deposit_id: int) -> DepositDifference | None:
    rows = DepositDifference.objects.filter(deposit_id=deposit_id, kind=DifferenceKind.OVER, closed_at=None)
    return (
        rows.select_for_update(of=("self",)).first() if transaction.get_connection().in_atomic_block else rows.first()
    )


def _carry_out(actor: Scope, approval: Approval, clock: Clock) -> None:
    surplus = _surplus(approval.subject["deposit"])
    if surplus is None:
        raise refused_collecting.no_surplus()
    area = surplus.pooling_area
    entry = ledger.post(
        actor=actor.deputed(Capability.KEEP_LEDGER, area),
        draft=Draft(
            area, f"surplus:{surplus.pk}", "surplus", str(surplus.deposit_id), clock.today(),
            (Move(chart.held_money(area, AT_COUNTER, OVER), chart.channel_money(area, IN_BANK), surplus.amount_fen),),
        ),
        clock=clock,
    )  # fmt: skip
    surplus.closed_at, surplus.given_back_entry = clock.now(), entry
    surplus.save(update_fields=("closed_at", "given_back_entry"))


KIND = Kind(
    "payments.surplus",
    _("退还长款"),
    asks=Capability.KEEP_COLLECTION,
    carry_out=_carry_out,
    decides=Capability.KEEP_COLLECTION,
)
