"""Collective payments: an institution's list of bills, paid by one transfer of exactly its sum."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from canbao.billing.models import Bill
from canbao.payments.models.channels import Channel


class ListState(models.TextChoices):
    OPEN = "open", _("等付款")
    PAID = "paid", _("已付款")
    DROPPED = "dropped", _("已撤销")


LIST_MOVES: dict[str, frozenset[str]] = {
    ListState.OPEN: frozenset({ListState.PAID, ListState.DROPPED}),
    ListState.PAID: frozenset(),
    ListState.DROPPED: frozenset(),
}


class CollectiveList(models.Model):
    """The bills that a school, village or unit pays for its people, and the one payment of their sum.

    `paid_at` decides the window; `reference` names the transfer at the bank. `judged_at` is when the last line was
    judged: until then the list can be gone on with.
    """

    pooling_area = models.CharField(max_length=6)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, db_index=False, related_name="+")
    institution = models.CharField(max_length=80)
    area_code = models.CharField(max_length=12)
    state = models.CharField(max_length=8, choices=ListState.choices, default=ListState.OPEN)
    count = models.IntegerField()
    sum_fen = models.BigIntegerField()
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=120)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=120, default="")
    paid_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=40, default="")
    judged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            UniqueConstraint(fields=("pooling_area", "id"), name="payments_list_key"),
            UniqueConstraint(
                fields=("channel", "reference"), condition=~Q(reference=""), name="payments_list_paid_once"
            ),
            CheckConstraint(name="payments_list_sums", condition=Q(count__gt=0, sum_fen__gt=0)),
            CheckConstraint(
                name="payments_list_state",
                condition=Q(state="open", closed_at__isnull=True, paid_at__isnull=True, reference="")
                | Q(state="dropped", closed_at__isnull=False, paid_at__isnull=True, reference="")
                | (Q(state="paid", closed_at__isnull=False, paid_at__isnull=False) & ~Q(reference="")),
            ),
        )
        indexes = (models.Index(fields=("pooling_area", "-made_at"), name="payments_lists_by_place"),)


class CollectiveLine(models.Model):
    """One bill of a list; a bill is on one open list at a time."""

    pooling_area = models.CharField(max_length=6)
    of = models.ForeignKey(CollectiveList, on_delete=models.PROTECT, related_name="lines")
    number = models.IntegerField()
    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    amount_fen = models.BigIntegerField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            UniqueConstraint(fields=("of", "number"), name="payments_list_line_once"),
            UniqueConstraint(
                fields=("pooling_area", "bill"), condition=Q(closed_at__isnull=True), name="payments_list_line_open"
            ),
            CheckConstraint(name="payments_list_line_positive", condition=Q(amount_fen__gt=0)),
        )
        indexes = (models.Index(fields=("pooling_area", "bill"), name="payments_list_lines_of"),)
