"""Who may collect money for whom, the cash that collectors hand in at a bank, and what residents are told of it."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from canbao.ledger.models import Entry
from canbao.payments.models.taken import Payment

CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 20


class Mandate(models.Model):
    """The tax office lets one login collect in one area, from a day until a day (that day no more), up to two limits:
    what he takes on one day, and the cash that he may hold before it is handed in.
    """

    pooling_area = models.CharField(max_length=6)
    login_id = models.BigIntegerField()
    collector = models.CharField(max_length=120)
    area_code = models.CharField(max_length=12)
    contract_no = models.CharField(max_length=60)
    from_on = models.DateField()
    until_on = models.DateField()
    day_limit_fen = models.BigIntegerField()
    open_limit_fen = models.BigIntegerField()
    given_at = models.DateTimeField()
    given_by = models.CharField(max_length=120)
    approval_id = models.BigIntegerField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            UniqueConstraint(fields=("pooling_area", "id"), name="payments_mandate_key"),
            UniqueConstraint(
                fields=("pooling_area", "login_id", "area_code"),
                condition=Q(ended_at__isnull=True),
                name="payments_mandate_one_an_area",
            ),
            CheckConstraint(name="payments_mandate_days", condition=Q(until_on__gt=F("from_on"))),
            CheckConstraint(name="payments_mandate_limits", condition=Q(day_limit_fen__gt=0, open_limit_fen__gt=0)),
        )


class ListedCode(models.Model):
    """A QR code that the tax office of a county has made known. What is not on this list takes no money for it.

    `content` is what the code says when it is read, word for word.
    """

    pooling_area = models.CharField(max_length=6)
    area_code = models.CharField(max_length=12)
    content = models.CharField(max_length=300)
    bank = models.CharField(max_length=80)
    posted_at = models.CharField(max_length=120)
    from_on = models.DateField()
    until_on = models.DateField(null=True)
    listed_at = models.DateTimeField()
    listed_by = models.CharField(max_length=120)
    approved_by = models.CharField(max_length=120)
    approval_id = models.BigIntegerField()

    class Meta:
        constraints = (
            UniqueConstraint(fields=("pooling_area", "id"), name="payments_code_key"),
            UniqueConstraint(fields=("content",), condition=Q(until_on__isnull=True), name="payments_code_listed_once"),
            CheckConstraint(
                name="payments_code_days", condition=Q(until_on__isnull=True) | Q(until_on__gte=F("from_on"))
            ),
        )


class Deposit(models.Model):
    """Cash that a collector handed in at a bank, with the bank's slip. Never changes.

    It covers whole receipts, `receipts_fen` together, and shortages of earlier slips (`made_up_fen`). What the bank
    counted, `amount_fen`, may be another sum: then there is a difference with an owner. `evidence` is the name under
    which a picture of the slip is kept.
    """

    pooling_area = models.CharField(max_length=6)
    collector_id = models.BigIntegerField()
    collected_by = models.CharField(max_length=120)
    bank = models.CharField(max_length=60)
    slip_no = models.CharField(max_length=60)
    deposited_on = models.DateField()
    amount_fen = models.BigIntegerField()
    receipts_fen = models.BigIntegerField()
    made_up_fen = models.BigIntegerField(default=0)
    evidence = models.CharField(max_length=32)
    evidence_type = models.CharField(max_length=40)
    recorded_at = models.DateTimeField()
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            UniqueConstraint(fields=("pooling_area", "id"), name="payments_deposit_key"),
            UniqueConstraint(fields=("pooling_area", "bank", "slip_no"), name="payments_deposit_once"),
            CheckConstraint(
                name="payments_deposit_sums",
                condition=Q(amount_fen__gt=0, receipts_fen__gte=0, made_up_fen__gte=0),
            ),
        )
        indexes = (models.Index(fields=("pooling_area", "collector_id", "-recorded_at"), name="payments_deposits_of"),)

    @property
    def expected_fen(self) -> int:
        return self.receipts_fen + self.made_up_fen

    @property
    def over_fen(self) -> int:
        """What the bank counted beyond what was expected; negative if it counted less."""
        return self.amount_fen - self.expected_fen


class DepositReceipt(models.Model):
    """One receipt that a slip covers: a receipt is on one slip."""

    pooling_area = models.CharField(max_length=6)
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="receipts")
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="deposited")


class DifferenceKind(models.TextChoices):
    SHORT = "short", _("短款")
    OVER = "over", _("长款")


class DepositDifference(models.Model):
    """What a slip is short of or has over, owned by its collector until it is closed: a shortage by a later slip that
    makes it up, a surplus by two people who give it back.
    """

    pooling_area = models.CharField(max_length=6)
    deposit = models.OneToOneField(Deposit, on_delete=models.PROTECT, related_name="difference")
    collector_id = models.BigIntegerField()
    kind = models.CharField(max_length=8, choices=DifferenceKind.choices)
    amount_fen = models.BigIntegerField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    made_up_by = models.ForeignKey(Deposit, null=True, on_delete=models.PROTECT, related_name="makes_up")
    given_back_entry = models.OneToOneField(Entry, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            UniqueConstraint(fields=("pooling_area", "id"), name="payments_difference_key"),
            CheckConstraint(name="payments_difference_positive", condition=Q(amount_fen__gt=0)),
            CheckConstraint(
                name="payments_difference_closed",
                condition=Q(closed_at__isnull=True, made_up_by__isnull=True, given_back_entry__isnull=True)
                | Q(closed_at__isnull=False, kind="short", made_up_by__isnull=False, given_back_entry__isnull=True)
                | Q(closed_at__isnull=False, kind="over", made_up_by__isnull=True, given_back_entry__isnull=False),
            ),
        )
        indexes = (
            models.Index(
                fields=("pooling_area", "collector_id"),
                condition=Q(closed_at__isnull=True),
                name="payments_differences_open",
            ),
        )


class MessageState(models.TextChoices):
    WAITING = "waiting", _("待发送")
    SENT = "sent", _("已发送")
    NO_PHONE = "no_phone", _("没有手机号，未发送")


class PhoneMessage(models.Model):
    """Words to a phone, sent by the worker under one number until the sender has them. Times: when to try next, when
    the sender said that it had them.
    """

    pooling_area = models.CharField(max_length=6)
    text = models.CharField(max_length=300)
    state = models.CharField(max_length=8, choices=MessageState.choices, default=MessageState.WAITING)
    written_at = models.DateTimeField()
    tries = models.IntegerField(default=0)
    send_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class ReceiptMessage(PhoneMessage):
    """What the resident is told the moment somebody takes money for him, and the code that proves the receipt.

    It is written with the payment and sent by the worker, under the same number on every try.
    """

    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="message")
    code = models.CharField(max_length=CODE_LENGTH, unique=True)

    class Meta:
        constraints = (
            CheckConstraint(name="payments_message_state", condition=Q(state__in=MessageState.values)),
            CheckConstraint(
                name="payments_message_sent",
                condition=Q(state="sent", sent_at__isnull=False, send_at__isnull=True)
                | Q(~Q(state="sent"), sent_at__isnull=True),
            ),
        )
        indexes = (
            models.Index(fields=("send_at",), condition=Q(send_at__isnull=False), name="payments_messages_to_send"),
        )
