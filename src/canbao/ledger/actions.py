"""The only writers of the ledger: post, reverse, seal a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Q, Sum

from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import SHANGHAI, Clock
from canbao.kernel.copying import copy_rows
from canbao.kernel.scope import Scope
from canbao.ledger import chain, refusals
from canbao.ledger.chart import Account, account
from canbao.ledger.models import AccountClose, DaySeal, Entry, Transfer

# First key of the advisory lock of a pooling area: shared while posting (trigger in migration 0002), exclusive to seal.
LEDGER_LOCK = 7894


@dataclass(frozen=True, slots=True)
class Move:
    """`amount_fen` from `credit` to `debit`."""

    debit: Account
    credit: Account
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry before it is posted. `idem` names the event in its pooling area: the same event posts once."""

    pooling_area: str
    idem: str
    cause_kind: str
    cause_id: str
    effective_on: date
    moves: tuple[Move, ...]
    reverses_id: int | None = None

    def __post_init__(self) -> None:
        if not self.moves:
            raise refusals.empty_entry(self.idem)


def actor_name(actor: Scope) -> str:
    """How the books name who did it: login number and name."""
    return f"{actor.actor_id or '-'} {actor.actor_name}".strip()[:120]


def post(*, actor: Scope, draft: Draft, clock: Clock) -> Entry:
    """Post one entry with its transfers, once. The same draft again returns the first entry.

    Refuses `idem_conflict` for another draft under a known `idem`; django IntegrityError on a sealed day.
    """
    actor.require(Capability.KEEP_LEDGER, draft.pooling_area)
    moment = clock.now()
    with transaction.atomic(), connection.cursor() as cursor:
        entry = _entry(_next_ids(cursor, 1)[0], actor, draft, moment)
        places = ", ".join(["%s"] * len(_COLUMNS))
        cursor.execute(
            f"INSERT INTO ledger_entry ({', '.join(_COLUMNS)}) VALUES ({places})"
            " ON CONFLICT (pooling_area, idem) DO NOTHING RETURNING id",
            _values(entry),
        )
        if cursor.fetchone() is not None:
            _copy_transfers(cursor, [(entry.pk, draft)])
            entry._state.adding = False
            return entry
    known = Entry.objects.get(pooling_area=draft.pooling_area, idem=draft.idem)
    _require_same(known, draft)
    return known


def post_many(*, actor: Scope, drafts: Sequence[Draft], clock: Clock) -> list[int]:
    """Post entries of one moment in three statements, whatever their number; their ids in the order of the drafts.

    A known `idem` is an error that takes all of them back (django IntegrityError).
    """
    actor.require(Capability.KEEP_LEDGER)
    for pooling_area in {draft.pooling_area for draft in drafts}:
        actor.require(Capability.KEEP_LEDGER, pooling_area)
    if not drafts:
        return []
    moment = clock.now()
    with transaction.atomic(), connection.cursor() as cursor:
        ids = _next_ids(cursor, len(drafts))
        entries = (_values(_entry(entry_id, actor, draft, moment)) for entry_id, draft in zip(ids, drafts, strict=True))
        copy_rows(cursor, "ledger_entry", _COLUMNS, entries)
        _copy_transfers(cursor, list(zip(ids, drafts, strict=True)))
    return ids


_COLUMNS = (
    "id", "pooling_area", "idem", "cause_kind", "cause_id", "posted_at", "day", "effective_on", "actor", "reverses_id",
    "sm3",
)  # fmt: skip


def _values(entry: Entry) -> tuple[Any, ...]:
    return tuple(getattr(entry, column) for column in _COLUMNS)


def _next_ids(cursor: CursorWrapper, count: int) -> list[int]:
    cursor.execute("SELECT nextval(pg_get_serial_sequence('ledger_entry', 'id')) FROM generate_series(1, %s)", [count])
    return [int(row[0]) for row in cursor.fetchall()]


def _entry(entry_id: int, actor: Scope, draft: Draft, moment: datetime) -> Entry:
    said: dict[str, Any] = {
        "pooling_area": draft.pooling_area,
        "idem": draft.idem,
        "cause_kind": draft.cause_kind,
        "cause_id": draft.cause_id,
        "posted_at": moment,
        "day": moment.astimezone(SHANGHAI).date(),
        "effective_on": draft.effective_on,
        "actor": actor_name(actor),
        "reverses_id": draft.reverses_id,
    }
    legs = [(str(move.debit), str(move.credit), move.amount_fen) for move in draft.moves]
    return Entry(id=entry_id, sm3=chain.entry_digest(**said, transfers=legs), **said)


def _copy_transfers(cursor: CursorWrapper, entries: Sequence[tuple[int, Draft]]) -> None:
    columns = ("pooling_area", "entry_id", "position", "debit_account", "credit_account", "amount_fen")
    transfers = (
        (draft.pooling_area, entry_id, position, str(move.debit), str(move.credit), move.amount_fen)
        for entry_id, draft in entries
        for position, move in enumerate(draft.moves, start=1)
    )
    copy_rows(cursor, "ledger_transfer", columns, transfers)


def _require_same(known: Entry, draft: Draft) -> None:
    booked = [
        (t.debit_account, t.credit_account, t.amount_fen)
        for t in Transfer.objects.filter(pooling_area=known.pooling_area, entry_id=known.pk).order_by("position")
    ]
    wanted = [(str(m.debit), str(m.credit), m.amount_fen) for m in draft.moves]
    if booked != wanted or (known.cause_kind, known.cause_id) != (draft.cause_kind, draft.cause_id):
        raise refusals.idem_conflict(draft.idem)


def reverse(*, actor: Scope, pooling_area: str, entry_id: int, because: str, clock: Clock) -> Entry:
    """Post the mirror image of an entry, in reverse order. An entry is reversed at most once.

    Refuses `entry_not_found`, `already_reversed`. `because` becomes the cause of the new entry.
    """
    actor.require(Capability.KEEP_LEDGER, pooling_area)
    with transaction.atomic():
        first = Entry.objects.filter(pooling_area=pooling_area, pk=entry_id).first()
        if first is None:
            raise refusals.entry_not_found(entry_id)
        other = Entry.objects.filter(reverses_id=entry_id).first()
        if other is not None:
            raise refusals.already_reversed(entry_id, other.pk)
        legs = Transfer.objects.filter(pooling_area=pooling_area, entry_id=entry_id).order_by("-position")
        draft = Draft(
            pooling_area=pooling_area,
            idem=f"reversal:{entry_id}",
            cause_kind="reversal",
            cause_id=because[:80],
            effective_on=clock.today(),
            moves=tuple(Move(account(leg.credit_account), account(leg.debit_account), leg.amount_fen) for leg in legs),
            reverses_id=entry_id,
        )
        try:
            with transaction.atomic():
                (new_id,) = post_many(actor=actor, drafts=[draft], clock=clock)
        except IntegrityError:
            raise refusals.already_reversed(entry_id, Entry.objects.get(reverses_id=entry_id).pk) from None
        return Entry.objects.get(pk=new_id)


def seal_day(*, actor: Scope, pooling_area: str, day: date, clock: Clock) -> DaySeal:
    """Chain the day's entries, store the closing balances and seal it. Days before it without a seal go first.

    The exclusive lock waits for postings under way (they hold it shared, see the trigger), so none is missed.
    Refuses `day_not_over`, `day_already_sealed`.
    """
    actor.require(Capability.KEEP_LEDGER, pooling_area)
    if day >= clock.today():
        raise refusals.day_not_over(day)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LEDGER_LOCK, int(pooling_area)])
        last = DaySeal.objects.filter(pooling_area=pooling_area).order_by("-day").first()
        if last is not None and last.day >= day:
            raise refusals.day_already_sealed(day)
        open_days = Entry.objects.filter(pooling_area=pooling_area, day__lt=day)
        if last is not None:
            open_days = open_days.filter(day__gt=last.day)
        for earlier in sorted(set(open_days.values_list("day", flat=True))):
            last = _seal(actor, pooling_area, earlier, last, clock)
        return _seal(actor, pooling_area, day, last, clock)


def _seal(actor: Scope, pooling_area: str, day: date, last: DaySeal | None, clock: Clock) -> DaySeal:
    previous = bytes(last.sm3) if last else chain.GENESIS
    link, position = previous, 0
    rows = Entry.objects.filter(pooling_area=pooling_area, day=day).order_by("pk").values_list("pk", "sm3")
    with connection.cursor() as cursor:
        links = []
        for position, (entry_id, digest) in enumerate(list(rows), start=1):
            link = chain.link_digest(link, bytes(digest))
            links.append((pooling_area, day, position, entry_id, link))
        copy_rows(cursor, "ledger_chainlink", ("pooling_area", "day", "position", "entry_id", "sm3"), links)
        _close_accounts(pooling_area, day)
    total = Transfer.objects.filter(entry__pooling_area=pooling_area, entry__day=day).aggregate(fen=Sum("amount_fen"))
    amount_fen = int(total["fen"] or 0)
    return DaySeal.objects.create(
        pooling_area=pooling_area,
        day=day,
        entries=position,
        amount_fen=amount_fen,
        prev_sm3=previous,
        sm3=chain.seal_digest(previous, link, day, position, amount_fen),
        sealed_at=clock.now(),
        sealed_by=actor_name(actor),
    )


def _close_accounts(pooling_area: str, day: date) -> None:
    """Closing balance of every account that moved on the day: the last close plus the day's transfers."""
    moved: dict[str, list[int]] = {}
    legs = Transfer.objects.filter(pooling_area=pooling_area, entry__pooling_area=pooling_area, entry__day=day)
    for side, column in enumerate(("debit_account", "credit_account")):
        for name, fen in legs.values_list(column).annotate(fen=Sum("amount_fen")):
            moved.setdefault(name, [0, 0])[side] = int(fen)
    before = {
        close.account: close
        for close in AccountClose.objects.filter(Q(account__in=moved), pooling_area=pooling_area)
        .order_by("account", "-day")
        .distinct("account")
    }
    AccountClose.objects.bulk_create(
        AccountClose(
            pooling_area=pooling_area,
            account=name,
            day=day,
            debit_fen=debit + (before[name].debit_fen if name in before else 0),
            credit_fen=credit + (before[name].credit_fen if name in before else 0),
        )
        for name, (debit, credit) in sorted(moved.items())
    )
