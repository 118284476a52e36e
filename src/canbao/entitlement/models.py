"""Cover 享受期, derived: it may be dropped and derived again at any time, to the same rows."""

from __future__ import annotations

from datetime import date, timedelta

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import CheckConstraint, F, Func, Q, UniqueConstraint

from canbao.registry.models import Resident


class Cover(models.Model):
    """What one settled bill gives its resident: the days [cover_from, cover_until), or none and why.

    Both days are null when the wait runs past the end of the year. `because_entry_id` is the ledger entry that settled
    the bill; null only where the bill moves no money. `policy_digest` is the policy that the days were derived with.
    """

    pk = models.CompositePrimaryKey("pooling_area", "bill_id")
    pooling_area = models.CharField(max_length=6)
    bill_id = models.BigIntegerField()
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    benefit_year = models.SmallIntegerField()
    village_code = models.CharField(max_length=12)
    cover_from = models.DateField(null=True)
    cover_until = models.DateField(null=True)
    waiting_months = models.SmallIntegerField()
    in_window = models.BooleanField()
    paid_at = models.DateTimeField(null=True)
    because_entry_id = models.BigIntegerField(null=True)
    policy_id = models.CharField(max_length=20)
    policy_digest = models.CharField(max_length=64)

    class Meta:
        constraints = (
            CheckConstraint(
                name="entitlement_cover_days",
                condition=Q(cover_from__isnull=True, cover_until__isnull=True) | Q(cover_until__gt=F("cover_from")),
            ),
            ExclusionConstraint(
                name="entitlement_cover_no_overlap",
                expressions=[
                    ("pooling_area", RangeOperators.EQUAL),
                    ("resident_id", RangeOperators.EQUAL),
                    (Func(F("cover_from"), F("cover_until"), function="daterange"), RangeOperators.OVERLAPS),
                ],
                condition=Q(cover_from__isnull=False),
            ),
            UniqueConstraint(fields=("pooling_area", "resident", "benefit_year"), name="entitlement_cover_one_a_year"),
        )

    @property
    def last_day(self) -> date | None:
        """The last day that is covered; null with the others."""
        return self.cover_until - timedelta(days=1) if self.cover_until else None
