"""Tables of the ledger. The laws that no program can talk its way around are in migration 0002.

`ledger_entry` has one column more than the model: `xact xid8 default pg_current_xact_id()`, the transaction that wrote
the entry. A transfer is accepted only in that transaction (right under savepoints too, which `xmin` is not).
"""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint


class Entry(models.Model):
    """One event in the books. `sm3` digests the entry with its transfers (32 bytes, canonical text in chain.py)."""

    pooling_area = models.CharField(max_length=6)
    idem = models.CharField(max_length=120)
    cause_kind = models.CharField(max_length=40)
    cause_id = models.CharField(max_length=80)
    posted_at = models.DateTimeField()
    day = models.DateField()
    effective_on = models.DateField()
    actor = models.CharField(max_length=120)
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversed_by")
    sm3 = models.BinaryField(max_length=32)

    class Meta:
        constraints = (
            UniqueConstraint(fields=("pooling_area", "idem"), name="ledger_entry_idem"),
            UniqueConstraint(fields=("pooling_area", "id"), name="ledger_entry_area_id"),
        )
        indexes = (
            models.Index(fields=("pooling_area", "day"), name="ledger_entry_area_day"),
            models.Index(fields=("pooling_area", "cause_kind", "cause_id"), name="ledger_entry_cause"),
        )


class Transfer(models.Model):
    """An amount moved from the credit account to the debit account: every entry balances by construction."""

    pk = models.CompositePrimaryKey("pooling_area", "entry_id", "position")
    pooling_area = models.CharField(max_length=6)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="transfers", db_index=False)
    position = models.SmallIntegerField()
    debit_account = models.CharField(max_length=80)
    credit_account = models.CharField(max_length=80)
    amount_fen = models.BigIntegerField()

    class Meta:
        constraints = (
            CheckConstraint(condition=Q(amount_fen__gt=0), name="ledger_transfer_positive"),
            CheckConstraint(condition=~Q(debit_account=F("credit_account")), name="ledger_transfer_two_accounts"),
        )


class ChainLink(models.Model):
    """Position of an entry in the chain of its area and day: `sm3` digests the link before it and the entry.

    A table of its own, made after commit, so that two payments of one city never wait for each other's link.
    """

    pk = models.CompositePrimaryKey("pooling_area", "day", "position")
    pooling_area = models.CharField(max_length=6)
    day = models.DateField()
    position = models.IntegerField()
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="link")
    sm3 = models.BinaryField(max_length=32)


class DaySeal(models.Model):
    """The end of a chain: nothing posts into a sealed day, nor before it. `prev_sm3` is the seal before this one."""

    pk = models.CompositePrimaryKey("pooling_area", "day")
    pooling_area = models.CharField(max_length=6)
    day = models.DateField()
    entries = models.IntegerField()
    amount_fen = models.BigIntegerField()
    prev_sm3 = models.BinaryField(max_length=32)
    sm3 = models.BinaryField(max_length=32)
    sealed_at = models.DateTimeField()
    sealed_by = models.CharField(max_length=120)


class AccountClose(models.Model):
    """Debits and credits of an account up to the end of a sealed day: a balance reads this and what came after."""

    pk = models.CompositePrimaryKey("pooling_area", "account", "day")
    pooling_area = models.CharField(max_length=6)
    account = models.CharField(max_length=80)
    day = models.DateField()
    debit_fen = models.BigIntegerField()
    credit_fen = models.BigIntegerField()
