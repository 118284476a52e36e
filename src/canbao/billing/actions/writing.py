"""Bills, lines and their ledger entries, written in a few statements whatever their number."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from canbao.billing import refusals, settlement
from canbao.billing.drafts import BillDraft, LiveBill
from canbao.billing.models import Bill, BillKind, BillRefusal, BillState
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.copying import copy_rows
from canbao.kernel.scope import Scope
from canbao.ledger import actions as ledger
from canbao.ledger.actions import Draft
from canbao.policy import Policy


@dataclass(frozen=True, slots=True)
class Item:
    """One resident and the bill to be issued; `replaces` is the live bill that it takes the place of."""

    resident_id: int
    enrolment_id: int
    village_code: str
    draft: BillDraft
    replaces: Bill | LiveBill | None = None


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why bills are written: names the ledger entries, so that the same occasion posts once."""

    cause_kind: str
    cause_id: str
    run_id: int | None = None

    def idem(self, what: str) -> str:
        return f"{self.cause_kind}:{self.cause_id}:{what}"


_COLUMNS = (
    "id", "pooling_area", "resident_id", "enrolment_id", "benefit_year", "kind", "village_code", "policy_id",
    "policy_digest", "facts", "facts_digest", "quoted_on", "class_code", "standard_fen", "personal_fen", "repair_fen",
    "award", "universal_subsidy_fen", "provisional", "state", "issued_at", "issued_by", "run_id", "replaces_id",
    "settled_at", "settled_entry_id",
)  # fmt: skip


def reserve_ids(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('billing_bill', 'id')) FROM generate_series(1, %s)", [count]
        )
        return [int(row[0]) for row in cursor.fetchall()]


def write_bills(
    *, actor: Scope, policy: Policy, items: Sequence[Item], clock: Clock, occasion: Occasion | None = None
) -> list[int]:
    """Void what is replaced, issue the new bills, settle at once those that ask nothing of the resident.

    Ids in the order of `items`. Without an `occasion` there must be one item, and its bill is the occasion.
    Refuses `changed_meanwhile` if a bill to be replaced is no longer open; django IntegrityError if one appeared.
    """
    if not items:
        return []
    ids = reserve_ids(len(items))
    occasion = occasion or Occasion("bill", str(ids[0]))
    area, year, now = policy.pooling_area, policy.benefit_year, clock.now()
    by = ledger.actor_name(actor)
    bookkeeper = actor.deputed(Capability.KEEP_LEDGER, area)
    with transaction.atomic():
        replaced = [item.replaces for item in items if item.replaces is not None]
        void_bills(actor=actor, bills=replaced, reason="重新开单", clock=clock, occasion=occasion, what="replaced")
        settled = [(bill_id, item) for bill_id, item in zip(ids, items, strict=True) if item.draft.payable_fen == 0]
        moved = [(bill_id, item) for bill_id, item in settled if item.draft.lines]
        entry_ids = ledger.post_many(
            actor=bookkeeper,
            drafts=[
                Draft(
                    area,
                    f"bill:{bill_id}:settled",
                    "bill",
                    str(bill_id),
                    clock.today(),
                    settlement.income_moves(area, year, item.draft.lines),
                )
                for bill_id, item in moved
            ],
            clock=clock,
        )
        entry_of = {bill_id: entry_id for (bill_id, _), entry_id in zip(moved, entry_ids, strict=True)}
        due = settlement.due_moves(area, year, sum(item.draft.payable_fen for item in items))
        if due:
            draft = Draft(area, occasion.idem("issued"), occasion.cause_kind, occasion.cause_id, clock.today(), due)
            ledger.post_many(actor=bookkeeper, drafts=[draft], clock=clock)
        with connection.cursor() as cursor:
            rows = []
            for bill_id, item in zip(ids, items, strict=True):
                own, zero = item.draft, item.draft.payable_fen == 0
                rows.append(
                    (bill_id, area, item.resident_id, item.enrolment_id, year, BillKind.CONTRIBUTION.value,
                     item.village_code, policy.id, own.policy_digest,
                     json.dumps(own.facts, ensure_ascii=False), own.facts_digest, own.quoted_on,
                     own.class_code, own.standard_fen, own.personal_fen, own.repair_fen, own.award,
                     own.universal_subsidy_fen, own.provisional,
                     BillState.SETTLED.value if zero else BillState.ISSUED.value, now, by, occasion.run_id,
                     item.replaces.pk if item.replaces else None, now if zero else None, entry_of.get(bill_id))
                )  # fmt: skip
            copy_rows(cursor, "billing_bill", _COLUMNS, rows)
            lines = (
                (area, bill_id, str(line.item), line.payer, line.amount_fen)
                for bill_id, item in zip(ids, items, strict=True)
                for line in item.draft.lines
            )
            copy_rows(cursor, "billing_billline", ("pooling_area", "bill_id", "item", "payer", "amount_fen"), lines)
        BillRefusal.objects.filter(
            pooling_area=area, benefit_year=year, resident_id__in=[item.resident_id for item in items]
        ).delete()
        settlement.cover_follows(actor, area, [bill_id for bill_id, _ in settled])
    return ids


def void_bills(
    *,
    actor: Scope,
    bills: Sequence[Bill | LiveBill],
    reason: str,
    clock: Clock,
    occasion: Occasion,
    what: str = "voided",
) -> None:
    """Void open bills of one policy, with the residents' debt; refuses `changed_meanwhile` if one is not open."""
    if not bills:
        return
    area, year = bills[0].pooling_area, bills[0].benefit_year
    payable_fen = sum(bill.payable_fen for bill in bills)
    with transaction.atomic():
        changed = Bill.objects.filter(
            pooling_area=area, pk__in=[bill.pk for bill in bills], state=BillState.ISSUED
        ).update(state=BillState.VOID, voided_at=clock.now(), void_reason=reason[:200])
        if changed != len(bills):
            raise refusals.changed_meanwhile(len(bills) - changed, payable_fen)
        moves = settlement.void_moves(area, year, payable_fen)
        draft = Draft(area, occasion.idem(what), occasion.cause_kind, occasion.cause_id, clock.today(), moves)
        bookkeeper = actor.deputed(Capability.KEEP_LEDGER, area)
        ledger.post_many(actor=bookkeeper, drafts=[draft], clock=clock)
