"""What channels tell us, the money that came with it, and what is decided about money that settled nothing."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from canbao.billing.models import Bill
from canbao.kernel.vault import ring
from canbao.ledger.models import Entry
from canbao.payments.models.channels import Attempt, Channel


class Place(models.TextChoices):
    """Where the money of a capture is: it settled a bill, or it is kept under a reason."""

    SETTLED = "settled", _("已入账")
    HELD = "held", _("待处理")


class Capture(models.Model):
    """Money that a channel took, once for its transaction id there. Never changes: what happens to it later is a row
    of its own.

    `bill` is the bill it was meant for, null where nobody can tell. `reason` says why it is held, empty if it is not.
    """

    pooling_area = models.CharField(max_length=6)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, db_index=False, related_name="+")
    transaction_id = models.CharField(max_length=64)
    attempt = models.ForeignKey(Attempt, null=True, on_delete=models.PROTECT, related_name="captures")
    bill = models.ForeignKey(
        Bill, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    meant_for = models.CharField(max_length=64)
    amount_fen = models.BigIntegerField()
    paid_at = models.DateTimeField()
    received_at = models.DateTimeField()
    place = models.CharField(max_length=8, choices=Place.choices)
    reason = models.CharField(max_length=20, default="")
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            UniqueConstraint(fields=("channel", "transaction_id"), name="payments_capture_once"),
            UniqueConstraint(fields=("pooling_area", "id"), name="payments_capture_key"),
            CheckConstraint(name="payments_capture_positive", condition=Q(amount_fen__gt=0)),
            CheckConstraint(
                name="payments_capture_place",
                condition=Q(place="settled", reason="", bill__isnull=False) | Q(Q(place="held"), ~Q(reason="")),
            ),
        )
        indexes = (
            models.Index(fields=("pooling_area", "place", "received_at"), name="payments_captures_held"),
            models.Index(fields=("pooling_area", "bill"), name="payments_captures_of"),
        )


class Delivery(models.Model):
    """One thing that a channel told us, as it came: stored once by the channel's own number of it, then judged once.

    `raw` is sealed, for it may name the payer. `verdict` is null until it is judged: after a lock that took too long
    the worker judges it.
    """

    pooling_area = models.CharField(max_length=6)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, db_index=False, related_name="+")
    event_id = models.CharField(max_length=80)
    report = models.JSONField()
    raw_sealed = models.BinaryField()
    received_at = models.DateTimeField()
    verdict = models.CharField(max_length=10, null=True)
    reason = models.CharField(max_length=20, default="")
    capture = models.ForeignKey(Capture, null=True, on_delete=models.PROTECT, related_name="deliveries")
    judged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            UniqueConstraint(fields=("channel", "event_id"), name="payments_delivery_once"),
            CheckConstraint(
                name="payments_delivery_judged",
                condition=Q(verdict__isnull=True, judged_at__isnull=True)
                | Q(verdict__isnull=False, judged_at__isnull=False),
            ),
        )
        indexes = (
            models.Index(fields=("channel", "-received_at"), name="payments_deliveries_of"),
            models.Index(fields=("received_at",), condition=Q(verdict__isnull=True), name="payments_unjudged"),
        )

    def seal_raw(self, raw: bytes) -> None:
        self.raw_sealed = ring().seal(raw.decode("utf-8", "replace"), f"payments_delivery.raw {self.pooling_area}")

    def seal_again(self) -> None:
        self.seal_raw(self.raw.encode())

    @property
    def raw(self) -> str:
        return ring().open(bytes(self.raw_sealed), f"payments_delivery.raw {self.pooling_area}")


class Way(models.TextChoices):
    REFUND = "refund", _("退给付款人")
    SETTLE = "settle", _("转缴另一张应缴单")


class HeldDecision(models.Model):
    """What one person proposed and another approved about held money; once for a capture, and never changed."""

    pooling_area = models.CharField(max_length=6)
    capture = models.OneToOneField(Capture, on_delete=models.PROTECT, related_name="decision")
    way = models.CharField(max_length=8, choices=Way.choices)
    bill = models.ForeignKey(
        Bill, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="+")
    approval_id = models.BigIntegerField()
    decided_at = models.DateTimeField()
    decided_by = models.CharField(max_length=120)

    class Meta:
        constraints = (
            CheckConstraint(
                name="payments_decision_way",
                condition=Q(way="refund", bill__isnull=True) | Q(way="settle", bill__isnull=False),
            ),
        )
