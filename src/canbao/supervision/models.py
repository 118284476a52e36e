"""Filters that somebody saved for lists of people: places and conditions, never a person; and counts of villages."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

NAME_MAX, QUERY_MAX = 40, 300


class SavedFilter(models.Model):
    """One login's filter of one list. `office` is the prefix of the area that the login worked for when it saved it:
    where it is `shared`, the colleagues of exactly that office may use it, and only its owner may drop it.
    """

    owner_id = models.BigIntegerField()
    owner_name = models.CharField(max_length=120)
    office = models.CharField(max_length=12)
    page = models.CharField(max_length=20)
    name = models.CharField(max_length=NAME_MAX)
    query = models.CharField(max_length=QUERY_MAX)
    shared = models.BooleanField(default=False)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner_id", "page", "name"], name="supervision_filter_named_once"),
            models.CheckConstraint(name="supervision_filter_page", condition=Q(page__in=("unpaid", "unenrolled"))),
            models.CheckConstraint(name="supervision_filter_named", condition=~Q(name="")),
            # What an address says of a place and of conditions; a name of a person has no room here.
            models.CheckConstraint(name="supervision_filter_query", condition=Q(query__regex=r"^[a-z0-9_=&-]+$")),
        ]
        indexes = [models.Index(fields=["office", "page"], name="supervision_filters_of")]

    def __str__(self) -> str:
        return f"filter {self.pk}"


class VillageCount(models.Model):
    """The people of a village at every step under a policy, as they were counted; true while nothing touched it.

    `counted_by` is a digest of the policy and of the statement that counts; `numbers` stand in that statement's order.
    `as_of` is the day whose categories and reasons were looked at. `stale`: something changed that was not counted yet.
    """

    pk = models.CompositePrimaryKey("pooling_area", "counted_by", "village_code")
    pooling_area = models.CharField(max_length=6)
    counted_by = models.CharField(max_length=32)
    village_code = models.CharField(max_length=12)
    policy_id = models.CharField(max_length=20)
    as_of = models.DateField()
    stale = models.BooleanField(default=False)
    numbers = ArrayField(models.IntegerField())


class TouchedVillage(models.Model):
    """Something that is counted changed in a village. Triggers add rows; whoever counts anew takes them away."""

    pooling_area = models.CharField(max_length=6)
    village_code = models.CharField(max_length=12)
