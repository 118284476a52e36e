"""What the other side says it took and gave back, day by day, and what of it does not agree with ours."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from canbao.payments.models import Capture, Channel, CollectiveList, Deposit, Payment, Refund


class Statement(models.Model):
    """One file of a channel for one day, read once. `digest` is the sha256 of its bytes, `lines_digest` of what it
    says: the same lines in another file are the same statement, other lines for the day contradict it.
    """

    pooling_area = models.CharField(max_length=6)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, db_index=False, related_name="+")
    day = models.DateField()
    layout = models.CharField(max_length=20)
    file_name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    lines_digest = models.CharField(max_length=64)
    lines = models.IntegerField()
    paid_fen = models.BigIntegerField()
    returned_fen = models.BigIntegerField()
    read_at = models.DateTimeField()
    read_by = models.CharField(max_length=120)

    class Meta:
        constraints = (
            UniqueConstraint(fields=("pooling_area", "id"), name="reconciliation_statement_key"),
            UniqueConstraint(fields=("channel", "day"), name="reconciliation_statement_of_day"),
        )


class LineKind(models.TextChoices):
    PAID = "paid", _("收款")
    RETURNED = "returned", _("退款")


class StatementLine(models.Model):
    """One row. `number` is the transaction, or the refund's number as we gave it; of a transfer for a list its
    reference, of handed-in cash its slip, of card money at a counter its receipt. Nothing of ours is matched twice,
    and a line with one thing at most.
    """

    pooling_area = models.CharField(max_length=6)
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="rows")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, db_index=False, related_name="+")
    row = models.IntegerField()
    kind = models.CharField(max_length=8, choices=LineKind.choices)
    number = models.CharField(max_length=64)
    trade_no = models.CharField(max_length=64, default="")
    amount_fen = models.BigIntegerField()
    at = models.DateTimeField()
    capture = models.OneToOneField(Capture, null=True, on_delete=models.PROTECT, related_name="statement_line")
    refund = models.OneToOneField(Refund, null=True, on_delete=models.PROTECT, related_name="statement_line")
    paid_list = models.OneToOneField(CollectiveList, null=True, on_delete=models.PROTECT, related_name="statement_line")
    deposit = models.OneToOneField(Deposit, null=True, on_delete=models.PROTECT, related_name="statement_line")
    payment = models.OneToOneField(Payment, null=True, on_delete=models.PROTECT, related_name="statement_line")

    class Meta:
        constraints = (
            UniqueConstraint(fields=("channel", "kind", "number"), name="reconciliation_line_once"),
            CheckConstraint(name="reconciliation_line_positive", condition=Q(amount_fen__gt=0)),
            CheckConstraint(name="reconciliation_line_kind", condition=Q(kind__in=LineKind.values)),
            CheckConstraint(
                name="reconciliation_line_of_its_kind",
                condition=Q(kind="paid", refund__isnull=True)
                | Q(
                    kind="returned",
                    capture__isnull=True,
                    paid_list__isnull=True,
                    deposit__isnull=True,
                    payment__isnull=True,
                ),
            ),
        )


class DifferenceKind(models.TextChoices):
    ONLY_THEIRS = "only_theirs", _("只有对方有")
    ONLY_OURS = "only_ours", _("只有我们有")
    AMOUNT_DIFFERS = "amount_differs", _("金额不同")


class Difference(models.Model):
    """What does not agree: a line without ours, ours without a line, or both with different sums.

    Open until it goes by itself (the missing side came: `resolved_by` is empty) or somebody explains it.
    """

    pooling_area = models.CharField(max_length=6)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, db_index=False, related_name="+")
    kind = models.CharField(max_length=16, choices=DifferenceKind.choices)
    day = models.DateField()
    theirs_fen = models.BigIntegerField(null=True)
    ours_fen = models.BigIntegerField(null=True)
    line = models.OneToOneField(StatementLine, null=True, on_delete=models.PROTECT, related_name="difference")
    capture = models.OneToOneField(Capture, null=True, on_delete=models.PROTECT, related_name="difference")
    refund = models.OneToOneField(Refund, null=True, on_delete=models.PROTECT, related_name="difference")
    paid_list = models.OneToOneField(CollectiveList, null=True, on_delete=models.PROTECT, related_name="difference")
    deposit = models.OneToOneField(Deposit, null=True, on_delete=models.PROTECT, related_name="+")
    payment = models.OneToOneField(Payment, null=True, on_delete=models.PROTECT, related_name="difference")
    opened_at = models.DateTimeField()
    owner_id = models.BigIntegerField(null=True)
    owner = models.CharField(max_length=120, default="")
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=120, default="")
    explanation = models.CharField(max_length=300, default="")

    class Meta:
        constraints = (
            UniqueConstraint(fields=("pooling_area", "id"), name="reconciliation_difference_key"),
            CheckConstraint(name="reconciliation_difference_kind", condition=Q(kind__in=DifferenceKind.values)),
            CheckConstraint(
                name="reconciliation_difference_sides",
                condition=Q(kind="only_theirs", line__isnull=False, theirs_fen__isnull=False, ours_fen__isnull=True)
                | Q(
                    Q(capture__isnull=False)
                    | Q(refund__isnull=False)
                    | Q(paid_list__isnull=False)
                    | Q(deposit__isnull=False)
                    | Q(payment__isnull=False),
                    kind="only_ours",
                    ours_fen__isnull=False,
                    theirs_fen__isnull=True,
                )
                | Q(kind="amount_differs", line__isnull=False, ours_fen__isnull=False, theirs_fen__isnull=False),
            ),
            CheckConstraint(
                name="reconciliation_difference_explained",
                condition=Q(resolved_by="", explanation="")
                | Q(~Q(resolved_by=""), ~Q(explanation=""), resolved_at__isnull=False),
            ),
        )
        indexes = (
            models.Index(
                fields=("pooling_area", "opened_at"),
                condition=Q(resolved_at__isnull=True),
                name="reconciliation_open",
            ),
        )


class Remittance(models.Model):
    """What a channel must hand on of one day, as its statement says, by `due_on`; and when it was there.

    It may come in several arrivals: `arrived_fen` is their sum, `arrived_on` and `reference` those of the last. Another
    sum than expected stays open. `due_on` is null until the calendar of the year it falls in is known.
    """

    pooling_area = models.CharField(max_length=6)
    statement = models.OneToOneField(Statement, on_delete=models.PROTECT, related_name="remittance")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, db_index=False, related_name="+")
    day = models.DateField()
    due_on = models.DateField(null=True)
    expected_fen = models.BigIntegerField()
    arrived_on = models.DateField(null=True)
    arrived_fen = models.BigIntegerField(null=True)
    reference = models.CharField(max_length=64, default="")
    owner_id = models.BigIntegerField(null=True)
    owner = models.CharField(max_length=120, default="")

    class Meta:
        constraints = (
            UniqueConstraint(fields=("pooling_area", "id"), name="reconciliation_remittance_key"),
            UniqueConstraint(fields=("channel", "day"), name="reconciliation_remittance_of_day"),
            CheckConstraint(name="reconciliation_remittance_positive", condition=Q(expected_fen__gt=0)),
            CheckConstraint(
                name="reconciliation_remittance_arrived",
                condition=Q(arrived_on__isnull=True, arrived_fen__isnull=True, reference="")
                | (Q(arrived_on__isnull=False, arrived_fen__isnull=False) & ~Q(reference="")),
            ),
        )
        indexes = (
            models.Index(
                fields=("channel", "due_on"), condition=Q(arrived_on__isnull=True), name="reconciliation_remits_open"
            ),
        )

    @property
    def missing_fen(self) -> int:
        """What has not arrived; below zero if more did than was expected."""
        return self.expected_fen - (self.arrived_fen or 0)

    @property
    def agrees(self) -> bool:
        """Whether all of it is there."""
        return self.arrived_fen == self.expected_fen


class RemittanceArrival(models.Model):
    """One transfer of a day's money, as the statement of the fund's account names it by its `reference`."""

    pooling_area = models.CharField(max_length=6)
    remittance = models.ForeignKey(Remittance, on_delete=models.PROTECT, db_index=False, related_name="arrivals")
    reference = models.CharField(max_length=64)
    arrived_on = models.DateField()
    fen = models.BigIntegerField()

    class Meta:
        constraints = (
            UniqueConstraint(fields=("remittance", "reference"), name="reconciliation_arrival_once"),
            CheckConstraint(name="reconciliation_arrival_positive", condition=Q(fen__gt=0) & ~Q(reference="")),
        )
