"""Batch debits: what payers agreed to, the files we made for a bank, and what it answered."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from canbao.billing.models import Bill
from canbao.payments.models.channels import Channel
from canbao.registry.models import Resident


class DebitMandate(models.Model):
    """A payer lets a bank debit him for a resident's bills. The bank knows the account by `agreement_no`; of the
    account itself nothing is kept here but the name of its holder.
    """

    pooling_area = models.CharField(max_length=6)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, db_index=False, related_name="+")
    resident = models.ForeignKey(
        Resident, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    agreement_no = models.CharField(max_length=40)
    holder = models.CharField(max_length=60)
    signed_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=120)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            UniqueConstraint(fields=("pooling_area", "id"), name="payments_debit_mandate_key"),
            UniqueConstraint(
                fields=("pooling_area", "resident"), condition=Q(ended_at__isnull=True), name="payments_debited_by_one"
            ),
            CheckConstraint(name="payments_debit_agreement", condition=Q(agreement_no__regex=r"^[0-9A-Za-z-]{4,40}$")),
        )


class DebitRun(models.Model):
    """One file for a bank, the `sequence`-th of its channel. The bank answers once: `answered_at` is when all of its
    answer was judged, `answer_digest` (SHA-256) tells it from another.
    """

    pooling_area = models.CharField(max_length=6)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, db_index=False, related_name="+")
    sequence = models.IntegerField()
    area_code = models.CharField(max_length=12)
    count = models.IntegerField()
    total_fen = models.BigIntegerField()
    left_out = models.IntegerField(default=0)
    digest = models.CharField(max_length=64)
    made_on = models.DateField()
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=120)
    answer_digest = models.CharField(max_length=64, default="")
    answer_taken_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            UniqueConstraint(fields=("pooling_area", "id"), name="payments_run_key"),
            UniqueConstraint(fields=("channel", "sequence"), name="payments_run_sequence"),
            CheckConstraint(name="payments_run_sums", condition=Q(count__gt=0, total_fen__gt=0, left_out__gte=0)),
            CheckConstraint(
                name="payments_run_answer",
                condition=Q(answer_taken_at__isnull=True, answered_at__isnull=True, answer_digest="")
                | (Q(answer_taken_at__isnull=False) & ~Q(answer_digest="")),
            ),
        )

    @property
    def batch(self) -> str:
        """Its name at the bank."""
        return f"{self.channel_id:04d}{self.sequence:06d}"


class DebitLine(models.Model):
    """One bill of a run. `result` is empty until the bank answered, then its code; `words` are the bank's."""

    pooling_area = models.CharField(max_length=6)
    run = models.ForeignKey(DebitRun, on_delete=models.PROTECT, related_name="lines")
    number = models.IntegerField()
    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    mandate = models.ForeignKey(DebitMandate, on_delete=models.PROTECT, db_index=False, related_name="+")
    agreement_no = models.CharField(max_length=40)
    amount_fen = models.BigIntegerField()
    result = models.CharField(max_length=4, default="")
    words = models.CharField(max_length=60, default="")
    serial = models.CharField(max_length=40, default="")
    told = models.TextField(default="")
    paid_at = models.DateTimeField(null=True)
    told_fen = models.BigIntegerField(null=True)

    class Meta:
        constraints = (
            UniqueConstraint(fields=("run", "number"), name="payments_debit_line_once"),
            # A bill waits for one bank at a time.
            UniqueConstraint(fields=("pooling_area", "bill"), condition=Q(result=""), name="payments_debit_line_waits"),
            CheckConstraint(name="payments_debit_line_positive", condition=Q(amount_fen__gt=0)),
        )
        indexes = (models.Index(fields=("pooling_area", "bill"), name="payments_debit_lines_of"),)
