"""Money that goes back: what was applied for and decided, and the way back of each sum."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from canbao.ledger.models import Entry
from canbao.payments.models.inbox import Capture
from canbao.payments.models.taken import Payment


class RefundState(models.TextChoices):
    APPROVED = "approved", _("待发出")
    SENT = "sent", _("已发出")
    RETURNED = "returned", _("已退到账")
    BOUNCED = "bounced", _("退款被退回")


_R = RefundState
REFUND_MOVES: dict[str, frozenset[str]] = {
    _R.APPROVED: frozenset({_R.SENT, _R.RETURNED, _R.BOUNCED}),
    _R.SENT: frozenset({_R.RETURNED, _R.BOUNCED}),
    _R.BOUNCED: frozenset({_R.APPROVED}),
    _R.RETURNED: frozenset(),
}


class Refund(models.Model):
    """The whole of a sum on its way back: of a capture, or of a payment at a counter, which has none.

    `number` and the count of tries name it at the other side, so that a repeated sending is one refund and a new try
    after a bounce another. What a counter took goes back by hand: `reference` is what proves it.
    """

    pooling_area = models.CharField(max_length=6)
    capture = models.OneToOneField(Capture, null=True, on_delete=models.PROTECT, related_name="refund")
    payment = models.OneToOneField(Payment, null=True, on_delete=models.PROTECT, related_name="refund")
    number = models.CharField(max_length=30, unique=True)
    tries = models.SmallIntegerField(default=1)
    amount_fen = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=RefundState.choices, default=RefundState.APPROVED)
    approved_at = models.DateTimeField()
    asked = models.IntegerField(default=0)
    ask_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=60, default="")
    returned_at = models.DateTimeField(null=True)
    returned_entry = models.OneToOneField(Entry, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            CheckConstraint(name="payments_refund_positive", condition=Q(amount_fen__gt=0)),
            CheckConstraint(name="payments_refund_state", condition=Q(state__in=RefundState.values)),
            CheckConstraint(
                name="payments_refund_returned",
                condition=Q(state="returned", returned_entry__isnull=False)
                | Q(~Q(state="returned"), returned_entry__isnull=True),
            ),
            CheckConstraint(
                name="payments_refund_of_something", condition=Q(capture__isnull=False) | Q(payment__isnull=False)
            ),
        )
        indexes = (models.Index(fields=("ask_at",), condition=Q(ask_at__isnull=False), name="payments_refunds_to_ask"),)

    @property
    def number_there(self) -> str:
        """Its name at the other side."""
        return f"{self.number}{self.tries:02d}"


class ApplicationState(models.TextChoices):
    TAKEN = "taken", _("待核对")
    CHECKED = "checked", _("待审批")
    APPROVED = "approved", _("已批准")
    REFUSED = "refused", _("未批准")
    WITHDRAWN = "withdrawn", _("已撤回")


_S = ApplicationState
APPLICATION_MOVES: dict[str, frozenset[str]] = {
    _S.TAKEN: frozenset({_S.CHECKED, _S.REFUSED, _S.WITHDRAWN}),
    _S.CHECKED: frozenset({_S.APPROVED, _S.REFUSED, _S.TAKEN}),
    _S.APPROVED: frozenset(),
    _S.REFUSED: frozenset(),
    _S.WITHDRAWN: frozenset(),
}


class RefundApplication(models.Model):
    """Somebody's wish to get back what settled a bill: taken at a counter, checked, and decided by a second person.

    `rule` is its key among the refund rules of the notice. `applied_on` is the day that the rule's deadline is held
    against. One application of a payment is under way at a time, and an approved one is the last.
    """

    pooling_area = models.CharField(max_length=6)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    rule = models.CharField(max_length=40)
    applicant_name = models.CharField(max_length=60)
    relation = models.CharField(max_length=30)
    evidence = models.CharField(max_length=300)
    applied_on = models.DateField()
    state = models.CharField(max_length=9, choices=ApplicationState.choices, default=ApplicationState.TAKEN)
    taken_at = models.DateTimeField()
    taken_by_id = models.BigIntegerField()
    taken_by = models.CharField(max_length=120)
    checked_at = models.DateTimeField(null=True)
    checked_by = models.CharField(max_length=120, default="")
    finding = models.CharField(max_length=300, default="")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=120, default="")
    refused_because = models.CharField(max_length=300, default="")
    approval_id = models.BigIntegerField(null=True)
    refund = models.OneToOneField(Refund, null=True, on_delete=models.PROTECT, related_name="application")
    entry = models.OneToOneField(Entry, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            UniqueConstraint(fields=("pooling_area", "id"), name="payments_application_key"),
            UniqueConstraint(
                fields=("pooling_area", "payment"),
                condition=Q(state__in=("taken", "checked", "approved")),
                name="payments_application_one_open",
            ),
            CheckConstraint(name="payments_application_state", condition=Q(state__in=ApplicationState.values)),
            CheckConstraint(
                name="payments_application_approved",
                condition=Q(state="approved", refund__isnull=False, entry__isnull=False, approval_id__isnull=False)
                | Q(~Q(state="approved"), refund__isnull=True, entry__isnull=True),
            ),
        )
        indexes = (models.Index(fields=("pooling_area", "state", "taken_at"), name="payments_applications_open"),)
