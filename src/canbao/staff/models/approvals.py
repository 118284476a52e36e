"""What one person asks and another decides (双人复核)."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _


class ApprovalState(models.TextChoices):
    WAITING = "waiting", _("待审批")
    APPROVED = "approved", _("已通过")
    REFUSED = "refused", _("未通过")
    WITHDRAWN = "withdrawn", _("已撤回")


class Approval(models.Model):
    """Something that is done only when a second person says yes; asked and decided once, never changed afterwards.

    `kind` names what happens on a yes (canbao.staff.approvals); `subject` is what it needs for that: keys and dates, no
    value of a person. `key` tells the same wish asked twice. `page` is the address where the thing can be looked at.
    """

    area_code = models.CharField(max_length=12)
    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=120)
    subject = models.JSONField()
    summary_zh = models.CharField(max_length=300)
    summary_en = models.CharField(max_length=300)
    page = models.CharField(max_length=200, default="")
    asked_by_id = models.BigIntegerField()
    asked_by = models.CharField(max_length=120)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=ApprovalState.choices, default=ApprovalState.WAITING)
    decided_by_id = models.BigIntegerField(null=True)
    decided_by = models.CharField(max_length=120, default="")
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, default="")

    class Meta:
        constraints = (
            CheckConstraint(name="staff_approval_state", condition=Q(state__in=ApprovalState.values)),
            CheckConstraint(
                name="staff_approval_area", condition=Q(area_code__regex=r"^([0-9]{6}|[0-9]{9}|[0-9]{12})$")
            ),
            CheckConstraint(
                name="staff_approval_decided",
                condition=Q(state="waiting", decided_by_id__isnull=True, decided_at__isnull=True)
                | Q(~Q(state="waiting"), decided_by_id__isnull=False, decided_at__isnull=False),
            ),
            # Four eyes: nobody says yes or no to what he asked himself; taking it back is his alone.
            CheckConstraint(
                name="staff_approval_by_another",
                condition=~Q(state__in=("approved", "refused")) | ~Q(decided_by_id=F("asked_by_id")),
            ),
            CheckConstraint(
                name="staff_approval_withdrawn_by_asker",
                condition=~Q(state="withdrawn") | Q(decided_by_id=F("asked_by_id")),
            ),
            CheckConstraint(name="staff_approval_refused_with_reason", condition=~Q(state="refused", reason="")),
            UniqueConstraint(name="staff_approval_once_waiting", fields=("kind", "key"), condition=Q(state="waiting")),
        )
        indexes = (models.Index(fields=("state", "asked_at"), name="staff_approval_waiting"),)
