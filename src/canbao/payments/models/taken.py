"""Payments that settled a bill, and the receipt number each collector is at."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from canbao.billing.models import Bill
from canbao.ledger.models import Entry
from canbao.payments.models.channels import Shape
from canbao.payments.models.inbox import Capture
from canbao.registry.models import Resident

COUNTER = "counter"
"""The channel of what a clerk takes in this program; other counters are named by the notice."""


class Method(models.TextChoices):
    CASH = "cash", _("现金")
    POS = "pos", _("刷卡")
    CODE = "code", _("扫码")
    ONLINE = "online", _("网上")
    DEBIT = "debit", _("银行代扣")
    TRANSFER = "transfer", _("转账")


COUNTER_METHODS = (Method.CASH, Method.POS, Method.CODE)
"""A code is one that the county's tax office has listed."""


class Payment(models.Model):
    """The money that settled a bill. A bill is settled once: whatever else arrives for it is no payment of it.

    `paid_at` decides window and cover; `received_at` is when we learned of it (the same moment at a counter).
    A counter has a collector, a channel its capture. `key` names the attempt and `input_digest` (sha256) what was
    asked, so that a repeated request is told from another.
    """

    pooling_area = models.CharField(max_length=6)
    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    resident = models.ForeignKey(
        Resident, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    channel = models.CharField(max_length=30)
    shape = models.CharField(max_length=10, choices=Shape.choices, default=Shape.COUNTER)
    method = models.CharField(max_length=10, choices=Method.choices)
    amount_fen = models.BigIntegerField()
    paid_at = models.DateTimeField()
    received_at = models.DateTimeField()
    receipt_no = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    input_digest = models.CharField(max_length=64)
    collector_id = models.BigIntegerField(null=True)
    collected_by = models.CharField(max_length=120)
    capture = models.OneToOneField(Capture, null=True, on_delete=models.PROTECT, related_name="payment")
    listed_code = models.ForeignKey(
        "payments.ListedCode", null=True, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            UniqueConstraint(fields=("pooling_area", "id"), name="payments_payment_key"),
            UniqueConstraint(fields=("pooling_area", "key"), name="payments_payment_once"),
            UniqueConstraint(fields=("pooling_area", "bill"), name="payments_payment_one_per_bill"),
            UniqueConstraint(fields=("receipt_no",), name="payments_payment_receipt"),
            CheckConstraint(name="payments_payment_positive", condition=Q(amount_fen__gt=0)),
            CheckConstraint(name="payments_payment_shape", condition=Q(shape__in=Shape.values)),
            CheckConstraint(
                name="payments_payment_taken_by",
                condition=Q(channel=COUNTER, collector_id__isnull=False, capture__isnull=True)
                | Q(~Q(channel=COUNTER), capture__isnull=False),
            ),
            CheckConstraint(name="payments_payment_method", condition=Q(method__in=Method.values)),
            CheckConstraint(
                name="payments_payment_by_code",
                condition=Q(method="code", listed_code__isnull=False) | Q(~Q(method="code"), listed_code__isnull=True),
            ),
        )
        indexes = (
            models.Index(fields=("pooling_area", "collector_id", "paid_at"), name="payments_by_collector"),
            models.Index(fields=("pooling_area", "resident"), name="payments_by_resident"),
        )

    @property
    def channel_name(self) -> str:
        """The channel as papers name it, which are Chinese."""
        return self.capture.channel.name_zh if self.capture else str(Shape.COUNTER.label)


class ReceiptBook(models.Model):
    """The last receipt number of a collector. Numbers are unique and rise; that none is missing is not promised."""

    pk = models.CompositePrimaryKey("pooling_area", "collector_id")
    pooling_area = models.CharField(max_length=6)
    collector_id = models.BigIntegerField()
    last_no = models.BigIntegerField()
