"""What was corrected: two rows that are one person, two that are not, a certification that was never true."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from canbao.registry.codes import Department
from canbao.registry.models.people import Resident


class Merge(models.Model):
    """`merged` counts as `kept` from then on. No row of any room moves, so undoing it restores what was."""

    pooling_area = models.CharField(max_length=6)
    kept = models.ForeignKey(Resident, on_delete=models.PROTECT, db_constraint=False, related_name="merges_into_it")
    merged = models.ForeignKey(Resident, on_delete=models.PROTECT, db_constraint=False, related_name="merges_of_it")
    reason = models.CharField(max_length=200)
    # Why they are one person although sex or birth date differ.
    differs_because = models.CharField(max_length=200, db_default="", default="")
    at = models.DateTimeField()
    by = models.CharField(max_length=120)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=120, default="")
    undone_because = models.CharField(max_length=200, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pooling_area", "merged"],
                condition=Q(undone_at__isnull=True),
                name="registry_merged_once",
            ),
            models.CheckConstraint(name="registry_merge_of_two", condition=~Q(kept=F("merged"))),
            models.CheckConstraint(name="registry_merge_reason", condition=~Q(reason="")),
        ]


class NotSame(models.Model):
    """Somebody compared the two and says that they are two people; the pair is proposed no more."""

    pooling_area = models.CharField(max_length=6)
    first = models.ForeignKey(Resident, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    second = models.ForeignKey(Resident, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    at = models.DateTimeField()
    by = models.CharField(max_length=120)
    reason = models.CharField(max_length=200, db_default="", default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pooling_area", "first", "second"], name="registry_not_same_once"),
            models.CheckConstraint(name="registry_not_same_order", condition=Q(first__lt=F("second"))),
        ]


class CategoryTakenBack(models.Model):
    """A certification that was never true: how it stood, and why it was taken out. Rows are only added."""

    pooling_area = models.CharField(max_length=6)
    resident = models.ForeignKey(
        Resident, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    code = models.CharField(max_length=40)
    certified_by = models.CharField(max_length=20, choices=Department.choices)
    from_on = models.DateField()
    until_on = models.DateField(null=True)
    reason = models.CharField(max_length=200)
    at = models.DateTimeField()
    by = models.CharField(max_length=120)

    class Meta:
        constraints = [models.CheckConstraint(name="registry_taken_back_reason", condition=~Q(reason=""))]
        indexes = [models.Index(fields=["pooling_area", "resident"], name="registry_taken_back_of")]
