"""Administrative divisions with their data year, pooling areas that share one fund, and loaded holiday calendars."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class AreaLevel(models.TextChoices):
    PROVINCE = "province", _("省级")
    CITY = "city", _("地级")
    COUNTY = "county", _("县级")
    TOWNSHIP = "township", _("乡级")
    VILLAGE = "village", _("村级")


class AreaSource(models.Model):
    """Which edition of the divisions is loaded; shown in the product because codes change every year."""

    name = models.CharField(max_length=60)
    version = models.CharField(max_length=20)
    data_on = models.DateField()
    digest = models.CharField(max_length=64)
    area_count = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "digest"], name="areas_source_once")]


class Area(models.Model):
    """One division. Codes: 6 digits down to the county, 9 for a township, 12 for a village."""

    code = models.CharField(max_length=12, primary_key=True)
    name = models.CharField(max_length=60)
    pinyin = models.CharField(max_length=240)
    initials = models.CharField(max_length=60)
    level = models.CharField(max_length=8, choices=AreaLevel.choices)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    prefix = models.CharField(max_length=12)
    # "市辖区" under a municipality and its kin: a code the statistics need and no government has.
    is_grouping = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(name="areas_area_code", condition=Q(code__regex=r"^([0-9]{6}|[0-9]{9}|[0-9]{12})$")),
            models.CheckConstraint(name="areas_area_level", condition=Q(level__in=AreaLevel.values)),
            models.CheckConstraint(
                name="areas_area_has_parent", condition=Q(level=AreaLevel.PROVINCE) ^ Q(parent__isnull=False)
            ),
            models.CheckConstraint(name="areas_area_not_own_parent", condition=~Q(parent=F("code"))),
            models.CheckConstraint(name="areas_area_prefix", condition=Q(code__startswith=F("prefix"))),
        ]

    def __str__(self) -> str:
        return self.name


class PoolingArea(models.Model):
    """统筹区: the places whose residents share one fund. First column of every key that grows with people."""

    code = models.CharField(max_length=6, primary_key=True)
    name = models.CharField(max_length=60)

    class Meta:
        constraints = [models.CheckConstraint(name="areas_pooling_area_code", condition=Q(code__regex=r"^[0-9]{6}$"))]

    def __str__(self) -> str:
        return self.name


class HolidayCalendar(models.Model):
    """The holidays of one year as an administrator loaded them. Rows are only added; the latest of a year holds."""

    year = models.SmallIntegerField()
    holidays = ArrayField(models.DateField())
    make_up_days = ArrayField(models.DateField())
    source = models.CharField(max_length=120)
    loaded_at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.CheckConstraint(name="areas_calendar_year", condition=Q(year__range=(2000, 2199))),
            models.CheckConstraint(name="areas_calendar_source", condition=~Q(source="")),
        ]
        indexes = [models.Index(fields=["year", "-id"], name="areas_calendar_latest")]
