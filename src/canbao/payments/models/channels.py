"""The named channels that are agreed on, and the attempts to pay through them."""

from __future__ import annotations

import json

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from canbao.billing.models import Bill
from canbao.kernel.vault import ring


class Shape(models.TextChoices):
    """How the program meets a channel; the same five words as in the notice's data."""

    REDIRECT = "redirect", _("跳转支付")
    PUSH = "push", _("对方推送")
    FILE = "file", _("文件往来")
    COUNTER = "counter", _("窗口收款")
    COLLECTIVE = "collective", _("集体代收")


class Channel(models.Model):
    """A channel that the notice names, once it is agreed on with who runs it: whose keys, which account, from when.

    `code` is its key in the notice of `policy_id`. `partner` names the module that speaks the other side's language;
    `partner_key` is their public key (PEM), ours is sealed; both sides sign with `algorithm`. `remits_within` is in how
    many working days what it took must be there, null where nothing is agreed. `simulated` stands on every page that
    shows it.
    """

    pooling_area = models.CharField(max_length=6)
    policy_id = models.CharField(max_length=20)
    code = models.CharField(max_length=30)
    shape = models.CharField(max_length=10, choices=Shape.choices)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120)
    partner = models.CharField(max_length=20)
    merchant_id = models.CharField(max_length=60)
    app_id = models.CharField(max_length=60, default="")
    address = models.CharField(max_length=200, default="")
    partner_key = models.TextField(default="")
    partner_key_id = models.CharField(max_length=80, default="")
    own_keys_sealed = models.BinaryField(null=True)
    own_key_id = models.CharField(max_length=80, default="")
    algorithm = models.CharField(max_length=8, default="rsa")
    remits_within = models.SmallIntegerField(null=True)
    simulated = models.BooleanField(default=False)
    open_from = models.DateField()
    open_until = models.DateField(null=True)

    class Meta:
        constraints = (
            UniqueConstraint(fields=("policy_id", "code"), name="payments_channel_of_notice"),
            UniqueConstraint(fields=("pooling_area", "id"), name="payments_channel_key"),
            CheckConstraint(name="payments_channel_shape", condition=Q(shape__in=Shape.values)),
            UniqueConstraint(
                fields=("pooling_area",), condition=Q(partner="counter_bank"), name="payments_one_counter_bank"
            ),
            CheckConstraint(name="payments_channel_algorithm", condition=Q(algorithm__in=("rsa", "sm2"))),
            CheckConstraint(
                name="payments_channel_remits",
                condition=Q(remits_within__isnull=True) | Q(remits_within__gte=0, remits_within__lte=60),
            ),
            CheckConstraint(name="payments_channel_code", condition=Q(code__regex=r"^[a-z_]+$")),
        )

    def seal_keys(self, own_key: str, seal_key: str) -> None:
        """Our private key (PEM), and WeChat's APIv3 key or nothing."""
        self.own_keys_sealed = ring().seal(json.dumps([own_key, seal_key]), self._sealed_in)

    @property
    def own_keys(self) -> tuple[str, str]:
        """What was sealed; VaultFault if the seal was moved or changed."""
        own_key, seal_key = json.loads(ring().open(bytes(self.own_keys_sealed or b""), self._sealed_in))
        return own_key, seal_key

    def seal_again(self) -> None:
        self.seal_keys(*self.own_keys)

    @property
    def _sealed_in(self) -> str:
        return f"payments_channel.own_keys {self.policy_id} {self.code}"


class PaidBy(models.TextChoices):
    """Who hands over the money for somebody's bill."""

    SELF = "self", _("本人")
    RELATIVE = "relative", _("亲属")
    OTHER = "other", _("其他人")


class AttemptState(models.TextChoices):
    CREATED = "created", _("正在下单")
    SENT = "sent", _("等待付款")
    UNKNOWN = "unknown", _("确认中")
    PAID = "paid", _("已付款")
    FAILED = "failed", _("付款失败")
    CLOSED = "closed", _("已关闭")


_A = AttemptState
ATTEMPT_MOVES: dict[str, frozenset[str]] = {
    _A.CREATED: frozenset({_A.SENT, _A.UNKNOWN, _A.PAID, _A.FAILED, _A.CLOSED}),
    _A.SENT: frozenset({_A.UNKNOWN, _A.PAID, _A.FAILED, _A.CLOSED}),
    _A.UNKNOWN: frozenset({_A.SENT, _A.PAID, _A.FAILED, _A.CLOSED}),
    _A.FAILED: frozenset({_A.UNKNOWN, _A.PAID}),
    _A.CLOSED: frozenset({_A.UNKNOWN, _A.PAID}),
    _A.PAID: frozenset(),
}
"""What is not known is asked again; only the channel's own answer ends it, and money that came after all counts."""


class Attempt(models.Model):
    """One try to pay one bill, exactly its amount, through one channel; `trade_no` is its name at the other side.

    It is written before the other side is asked, so no money can come for something unknown here. `ask_at` is when the
    worker asks next; null where nothing is left to ask. `item` is the entry of the payment page that the notice names.
    """

    pooling_area = models.CharField(max_length=6)
    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, db_index=False, related_name="+")
    trade_no = models.CharField(max_length=32, unique=True)
    amount_fen = models.BigIntegerField()
    item = models.CharField(max_length=40, default="")
    paid_by = models.CharField(max_length=8, choices=PaidBy.choices, default=PaidBy.SELF)
    payer_name = models.CharField(max_length=60, default="")
    state = models.CharField(max_length=8, choices=AttemptState.choices, default=AttemptState.CREATED)
    pay_url = models.TextField(default="")
    created_at = models.DateTimeField()
    asked = models.IntegerField(default=0)
    ask_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            UniqueConstraint(fields=("pooling_area", "id"), name="payments_attempt_key"),
            CheckConstraint(name="payments_attempt_amount", condition=Q(amount_fen__gt=0)),
            CheckConstraint(name="payments_attempt_state", condition=Q(state__in=AttemptState.values)),
            CheckConstraint(name="payments_attempt_paid_by", condition=Q(paid_by__in=PaidBy.values)),
            CheckConstraint(name="payments_attempt_payer", condition=Q(paid_by=PaidBy.SELF) | ~Q(payer_name="")),
        )
        indexes = (
            models.Index(fields=("pooling_area", "bill"), name="payments_attempts_of"),
            models.Index(fields=("channel", "state"), name="payments_attempts_open"),
            models.Index(fields=("ask_at",), condition=Q(ask_at__isnull=False), name="payments_attempts_to_ask"),
        )


class AlarmKind(models.TextChoices):
    FORGED = "forged", _("签名不符")
    ALIEN = "alien", _("不属于本渠道")
    CONFLICT = "conflict", _("前后矛盾")


class Alarm(models.Model):
    """How often on a day a channel's address heard what cannot be believed. Nothing of it is kept but the count."""

    pooling_area = models.CharField(max_length=6)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, db_index=False, related_name="+")
    day = models.DateField()
    kind = models.CharField(max_length=8, choices=AlarmKind.choices)
    count = models.IntegerField(default=1)

    class Meta:
        constraints = (
            UniqueConstraint(fields=("channel", "day", "kind"), name="payments_alarm_of_day"),
            CheckConstraint(name="payments_alarm_kind", condition=Q(kind__in=AlarmKind.values)),
        )
