"""What others may read of the books. Entries hold amounts, accounts and causes, never a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet, Sum

from canbao.kernel.scope import Scope, area_prefix
from canbao.ledger import refusals
from canbao.ledger.chart import Account
from canbao.ledger.models import AccountClose, DaySeal, Entry, Transfer


@dataclass(frozen=True, slots=True)
class TransferCard:
    debit_account: str
    credit_account: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class EntryCard:
    """One entry with its transfers in order. `sm3` is hexadecimal; `sealed` tells whether its day is sealed."""

    id: int
    pooling_area: str
    cause_kind: str
    cause_id: str
    posted_at: datetime
    effective_on: date
    actor: str
    sm3: str
    reverses_id: int | None
    reversed_by_id: int | None
    sealed: bool
    transfers: tuple[TransferCard, ...]


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account took in debit and credit, in fen."""

    debit_fen: int
    credit_fen: int

    @property
    def fen(self) -> int:
        """Debits less credits: positive for what somebody owes and for money, negative for income."""
        return self.debit_fen - self.credit_fen


def _touches(scope: Scope, pooling_area: str) -> bool:
    prefix = area_prefix(pooling_area)
    return any(prefix.startswith(own) or own.startswith(prefix) for own in scope.prefixes)


def entry(scope: Scope, pooling_area: str, entry_id: int) -> EntryCard:
    """The entry with its transfers, for anybody who works in the pooling area; refuses `entry_not_found`."""
    found = Entry.objects.filter(pooling_area=pooling_area, pk=entry_id).first()
    if found is None or not _touches(scope, pooling_area):
        raise refusals.entry_not_found(entry_id)
    legs = Transfer.objects.filter(pooling_area=pooling_area, entry_id=entry_id).order_by("position")
    return EntryCard(
        id=found.pk,
        pooling_area=pooling_area,
        cause_kind=found.cause_kind,
        cause_id=found.cause_id,
        posted_at=found.posted_at,
        effective_on=found.effective_on,
        actor=found.actor,
        sm3=bytes(found.sm3).hex(),
        reverses_id=found.reverses_id,
        reversed_by_id=Entry.objects.filter(reverses_id=entry_id).values_list("pk", flat=True).first(),
        sealed=DaySeal.objects.filter(pooling_area=pooling_area, day__gte=found.day).exists(),
        transfers=tuple(TransferCard(leg.debit_account, leg.credit_account, leg.amount_fen) for leg in legs),
    )


def balance(scope: Scope, account: Account) -> Balance:
    """Debits and credits of one account up to now: its last close and every transfer after it.

    Nothing (0, 0) where the scope does not hold the whole pooling area.
    """
    name, area = str(account), account.pooling_area
    if not scope.covers(area):
        return Balance(0, 0)
    close = AccountClose.objects.filter(pooling_area=area, account=name).order_by("-day").first()
    later = Transfer.objects.filter(pooling_area=area, entry__pooling_area=area)
    if close is not None:
        later = later.filter(entry__day__gt=close.day)
    sums = later.aggregate(
        debit=Sum("amount_fen", filter=Q(debit_account=name), default=0),
        credit=Sum("amount_fen", filter=Q(credit_account=name), default=0),
    )
    return Balance(
        (close.debit_fen if close else 0) + int(sums["debit"]), (close.credit_fen if close else 0) + int(sums["credit"])
    )


def unsealed_days(scope: Scope, pooling_area: str, before: date) -> list[date]:
    """Days before `before` that have entries and no seal, oldest first."""
    if not scope.covers(pooling_area):
        return []
    last = DaySeal.objects.filter(pooling_area=pooling_area).order_by("-day").values_list("day", flat=True).first()
    days = Entry.objects.filter(pooling_area=pooling_area, day__lt=before)
    if last is not None:
        days = days.filter(day__gt=last)
    return sorted(set(days.values_list("day", flat=True)))


def actor_shown(recorded: str) -> str:
    """The name alone of somebody whom `actions.actor_name` wrote down with a login number before it."""
    return recorded.partition(" ")[2] or recorded


def reversed_entries() -> QuerySet[Entry, int | None]:
    """The ids of all entries that a later entry reversed, for a condition on other rows."""
    return Entry.objects.filter(reverses_id__isnull=False).values_list("reverses_id", flat=True)


def reversed_among(entry_ids: Sequence[int]) -> set[int]:
    """Those of the entries that a later entry reversed: for derivations, which have no scope of their own."""
    found = Entry.objects.filter(reverses_id__in=entry_ids).values_list("reverses_id", flat=True)
    return {entry_id for entry_id in found if entry_id is not None}
