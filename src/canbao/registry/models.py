"""Households, residents and their dated categories. The database refuses what cannot be true of a person."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeBoundary, RangeOperators
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Reverse
from django.utils.translation import gettext_lazy as _


class Sex(models.TextChoices):
    FEMALE = "female", _("女")
    MALE = "male", _("男")


class HukouKind(models.TextChoices):
    RURAL = "rural", _("农业户口")
    URBAN = "urban", _("非农业户口")


class ResidencePermit(models.TextChoices):
    NONE = "none", _("无居住证")
    ORDINARY = "ordinary", _("居住证")
    POINTS_QUALIFIED = "points_qualified", _("积分达标居住证")
    CLASS_B = "class_b", _("海外人才居住证B证")
    FOREIGN_PERMANENT = "foreign_permanent", _("外国人永久居留身份证")
    HMT = "hmt", _("港澳台居民居住证")


class PermitRelation(models.TextChoices):
    HOLDER = "holder", _("本人")
    SPOUSE = "spouse", _("配偶")
    CHILD = "child", _("子女")


class Student(models.TextChoices):
    NONE = "none", _("非学生")
    PRESCHOOL = "preschool", _("学前儿童")
    PUPIL = "pupil", _("中小学生")
    VOCATIONAL = "vocational", _("职业院校学生")
    UNIVERSITY = "university", _("大学生")


class Kinship(models.TextChoices):
    """To the head of the household (与户主关系)."""

    HEAD = "head", _("户主")
    SPOUSE = "spouse", _("配偶")
    CHILD = "child", _("子女")
    CHILD_IN_LAW = "child_in_law", _("儿媳或女婿")
    GRANDCHILD = "grandchild", _("孙子女")
    PARENT = "parent", _("父母")
    OTHER = "other", _("其他")


class DocumentKind(models.TextChoices):
    RESIDENT_ID = "resident_id", _("居民身份证")
    HMT_PERMIT = "hmt_permit", _("港澳台居民居住证")
    FOREIGN_PERMANENT = "foreign_permanent", _("外国人永久居留身份证")
    PASSPORT = "passport", _("护照")


class Department(models.TextChoices):
    """Who certifies a category."""

    CIVIL_AFFAIRS = "civil_affairs", _("民政部门")
    AGRICULTURE = "agriculture", _("农业农村部门")
    DISABLED_FEDERATION = "disabled_federation", _("残联")
    VETERANS_AFFAIRS = "veterans_affairs", _("退役军人事务部门")
    HEALTH = "health", _("卫生健康部门")


def lies_in_pooling_area(village: str) -> Q:
    """The village's code begins with the pooling area's, trailing zero pairs cut (370400 → 3704)."""
    prefix = Func(F("pooling_area"), Value("(00)+$"), Value(""), function="regexp_replace")
    return Q(Func(F(village), prefix, function="starts_with", output_field=models.BooleanField()))


def half_open_days(from_on: str, until_on: str) -> Func:
    return Func(F(from_on), F(until_on), RangeBoundary(), function="daterange")


class Household(models.Model):
    pooling_area = models.CharField(max_length=6)
    village_code = models.CharField(max_length=12)
    head_name = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pooling_area", "id"], name="registry_household_key"),
            models.CheckConstraint(name="registry_household_village", condition=Q(village_code__regex=r"^[0-9]{12}$")),
            models.CheckConstraint(name="registry_household_lies_in", condition=lies_in_pooling_area("village_code")),
        ]


class Resident(models.Model):
    """One person in the register of one pooling area, with the facts that a policy may ask for, as they stand now.

    `village_code` is where the person is looked after, which decides who may see the row.
    """

    pooling_area = models.CharField(max_length=6)
    household = models.ForeignKey(
        Household, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="members"
    )
    kinship = models.CharField(max_length=12, choices=Kinship.choices, null=True)
    village_code = models.CharField(max_length=12)
    name = models.CharField(max_length=60)
    pinyin = models.CharField(max_length=120)
    initials = models.CharField(max_length=30)
    document_kind = models.CharField(max_length=20, choices=DocumentKind.choices, default=DocumentKind.RESIDENT_ID)
    # Null for a newborn who has none yet.
    id_number = models.CharField(max_length=30, null=True)
    birth_on = models.DateField()
    sex = models.CharField(max_length=6, choices=Sex.choices)
    hukou_area = models.CharField(max_length=12, null=True)
    hukou_kind = models.CharField(max_length=5, choices=HukouKind.choices, null=True)
    hukou_since = models.DateField(null=True)
    residence_area = models.CharField(max_length=12, null=True)
    residence_permit = models.CharField(max_length=20, choices=ResidencePermit.choices, default=ResidencePermit.NONE)
    permit_relation = models.CharField(max_length=6, choices=PermitRelation.choices, null=True)
    student = models.CharField(max_length=10, choices=Student.choices, default=Student.NONE)
    school_area = models.CharField(max_length=12, null=True)
    disability_grade = models.SmallIntegerField(null=True)
    employee_insured = models.BooleanField(default=False)
    insured_elsewhere = models.BooleanField(default=False)
    covered_years = ArrayField(models.SmallIntegerField(), default=list)
    last_cover_end = models.DateField(null=True)
    attributes = models.JSONField(default=dict)
    died_on = models.DateField(null=True)
    invented = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pooling_area", "id"], name="registry_resident_key"),
            models.UniqueConstraint(
                fields=["pooling_area", "id_number"],
                condition=Q(died_on__isnull=True),
                name="registry_one_live_resident_per_number",
            ),
            models.CheckConstraint(name="registry_resident_name", condition=~Q(name="")),
            models.CheckConstraint(name="registry_resident_village", condition=Q(village_code__regex=r"^[0-9]{12}$")),
            models.CheckConstraint(name="registry_resident_lies_in", condition=lies_in_pooling_area("village_code")),
            models.CheckConstraint(
                name="registry_resident_death",
                condition=Q(died_on__isnull=True) | Q(died_on__gte=F("birth_on")),
            ),
            models.CheckConstraint(
                name="registry_resident_hukou_since",
                condition=Q(hukou_since__isnull=True) | Q(hukou_since__gte=F("birth_on")),
            ),
            models.CheckConstraint(
                name="registry_resident_disability",
                condition=Q(disability_grade__isnull=True) | Q(disability_grade__range=(1, 4)),
            ),
            *(
                models.CheckConstraint(
                    name=f"registry_resident_{column}",
                    condition=Q(**{f"{column}__isnull": True}) | Q(**{f"{column}__regex": r"^[0-9]{6,12}$"}),
                )
                for column in ("hukou_area", "residence_area", "school_area")
            ),
            *(
                models.CheckConstraint(name=f"registry_resident_{column}", condition=Q(**{f"{column}__in": codes}))
                for column, codes in (
                    ("kinship", Kinship.values),
                    ("document_kind", DocumentKind.values),
                    ("sex", Sex.values),
                    ("hukou_kind", HukouKind.values),
                    ("residence_permit", ResidencePermit.values),
                    ("permit_relation", PermitRelation.values),
                    ("student", Student.values),
                )
            ),
        ]
        indexes = [
            models.Index("pooling_area", OpClass("name", "text_pattern_ops"), name="registry_by_name"),
            models.Index("pooling_area", OpClass("pinyin", "text_pattern_ops"), name="registry_by_pinyin"),
            models.Index("pooling_area", OpClass("initials", "text_pattern_ops"), name="registry_by_initials"),
            models.Index(
                "pooling_area",
                OpClass(Reverse("id_number"), "text_pattern_ops"),
                name="registry_by_number_tail",
            ),
            # Trigrams say nothing about a piece of two characters, which is what a given name is.
            GinIndex(Func(F("name"), Value(None), function="string_to_array"), name="registry_by_name_characters"),
            models.Index("pooling_area", OpClass("village_code", "text_pattern_ops"), "id", name="registry_by_village"),
            models.Index(fields=["pooling_area", "household"], name="registry_by_household"),
        ]

    def __str__(self) -> str:
        return f"resident {self.pk}"


class ResidentCategory(models.Model):
    """A category that a department certified, for the days [from_on, until_on)."""

    pooling_area = models.CharField(max_length=6)
    resident = models.ForeignKey(
        Resident, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="categories"
    )
    code = models.CharField(max_length=40)
    certified_by = models.CharField(max_length=20, choices=Department.choices)
    from_on = models.DateField()
    until_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="registry_category_code", condition=Q(code__regex=r"^[a-z][a-z0-9_]*$")),
            models.CheckConstraint(
                name="registry_category_department", condition=Q(certified_by__in=Department.values)
            ),
            models.CheckConstraint(
                name="registry_category_days", condition=Q(until_on__isnull=True) | Q(until_on__gt=F("from_on"))
            ),
            ExclusionConstraint(
                name="registry_category_once_a_day",
                expressions=[
                    ("pooling_area", RangeOperators.EQUAL),
                    ("resident_id", RangeOperators.EQUAL),
                    ("code", RangeOperators.EQUAL),
                    (half_open_days("from_on", "until_on"), RangeOperators.OVERLAPS),
                ],
            ),
        ]
