"""Households, residents and their dated categories. The database refuses what cannot be true of a person."""

from __future__ import annotations

from datetime import date

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeBoundary, RangeOperators
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.lookups import GreaterThan

from canbao.kernel.personal import BankCard, IdNumber, Phone
from canbao.kernel.vault import SEALED_BYTES_MIN
from canbao.registry import seals
from canbao.registry.codes import (
    Department,
    DocumentKind,
    HukouKind,
    Kinship,
    PermitRelation,
    ResidencePermit,
    Sex,
    Student,
)


def lies_in_pooling_area(village: str) -> Q:
    """The village's code begins with the pooling area's, trailing zero pairs cut (370400 → 3704)."""
    prefix = Func(F("pooling_area"), Value("(00)+$"), Value(""), function="regexp_replace")
    return Q(Func(F(village), prefix, function="starts_with", output_field=models.BooleanField()))


def half_open_days(from_on: str, until_on: str) -> Func:
    return Func(F(from_on), F(until_on), RangeBoundary(), function="daterange")


def is_sealed(column: str) -> Q:
    """Longer than any number, so that none stands there in plain by mistake."""
    return Q(**{f"{column}__isnull": True}) | Q(
        GreaterThan(Func(F(column), function="octet_length", output_field=models.IntegerField()), SEALED_BYTES_MIN)
    )


class Household(models.Model):
    pooling_area = models.CharField(max_length=6)
    village_code = models.CharField(max_length=12)
    head_name = models.CharField(max_length=60)
    # Street and house, as the village knows them.
    address = models.CharField(max_length=100, db_default="", default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pooling_area", "id"], name="registry_household_key"),
            models.CheckConstraint(name="registry_household_village", condition=Q(village_code__regex=r"^[0-9]{12}$")),
            models.CheckConstraint(name="registry_household_lies_in", condition=lies_in_pooling_area("village_code")),
        ]


class Resident(models.Model):
    """One person in the register of one pooling area, with the facts that a policy may ask for, as they stand now.

    `village_code` is where the person is looked after, which decides who may see the row. `id_number`, `phone` and
    `bank_card` are read from their seals and print masked; assigning one seals it, for the area and village of the row.
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
    number_sealed = models.BinaryField(null=True)
    number_index = models.BinaryField(null=True)
    number_tail = models.BinaryField(null=True)
    phone_sealed = models.BinaryField(null=True)
    phone_index = models.BinaryField(null=True)
    bank_card_sealed = models.BinaryField(null=True)
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
    # The row that this person is kept under, if two rows turned out to be one person.
    merged_into = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="merged_rows"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pooling_area", "id"], name="registry_resident_key"),
            models.UniqueConstraint(
                fields=["pooling_area", "number_index"],
                condition=Q(died_on__isnull=True),
                name="registry_one_live_resident_per_number",
            ),
            models.CheckConstraint(
                name="registry_resident_number",
                condition=Q(
                    number_sealed__isnull=True,
                    number_index__isnull=True,
                    number_tail__isnull=True,
                    document_kind=DocumentKind.RESIDENT_ID,
                )
                | Q(number_sealed__isnull=False, number_index__isnull=False, number_tail__isnull=False),
            ),
            models.CheckConstraint(
                name="registry_resident_phone",
                condition=Q(phone_sealed__isnull=True, phone_index__isnull=True)
                | Q(phone_sealed__isnull=False, phone_index__isnull=False),
            ),
            *(
                models.CheckConstraint(name=f"registry_resident_{column}", condition=is_sealed(column))
                for column in ("number_sealed", "phone_sealed", "bank_card_sealed")
            ),
            models.UniqueConstraint(
                fields=["pooling_area", "household"],
                condition=Q(kinship=Kinship.HEAD),
                name="registry_one_head_in_a_household",
            ),
            models.CheckConstraint(
                name="registry_resident_head", condition=~Q(kinship=Kinship.HEAD) | Q(household__isnull=False)
            ),
            models.CheckConstraint(
                name="registry_resident_merged", condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id"))
            ),
            # Nobody who could still be enrolled was born before; how old somebody may be today, the actions say.
            models.CheckConstraint(name="registry_resident_birth", condition=Q(birth_on__gte=date(1870, 1, 1))),
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
            models.Index(fields=["pooling_area", "birth_on", "name"], name="registry_by_birth"),
            models.Index(
                fields=["pooling_area", "merged_into"],
                condition=Q(merged_into__isnull=False),
                name="registry_by_merged_into",
            ),
            models.Index(fields=["number_index"], name="registry_by_number"),
            models.Index(fields=["pooling_area", "number_tail"], name="registry_by_number_tail"),
            models.Index(fields=["phone_index"], condition=Q(phone_index__isnull=False), name="registry_by_phone"),
            # Trigrams say nothing about a piece of two characters, which is what a given name is.
            GinIndex(Func(F("name"), Value(None), function="string_to_array"), name="registry_by_name_characters"),
            models.Index("pooling_area", OpClass("village_code", "text_pattern_ops"), "id", name="registry_by_village"),
            models.Index(fields=["pooling_area", "household"], name="registry_by_household"),
        ]

    def __str__(self) -> str:
        return f"resident {self.pk}"

    @property
    def id_number(self) -> IdNumber | None:
        return IdNumber(seals.opened("number", self.number_sealed, self.pooling_area)) if self.number_sealed else None

    @id_number.setter
    def id_number(self, number: str | None) -> None:
        columns = seals.number_columns(number, self.pooling_area, self.village_code)
        self.number_sealed, self.number_index, self.number_tail = columns

    @property
    def phone(self) -> Phone | None:
        return Phone(seals.opened("phone", self.phone_sealed, self.pooling_area)) if self.phone_sealed else None

    @phone.setter
    def phone(self, number: str | None) -> None:
        self.phone_sealed = seals.seal("phone", number, self.pooling_area) if number else None
        self.phone_index = seals.index("phone", number) if number else None

    @property
    def bank_card(self) -> BankCard | None:
        sealed = self.bank_card_sealed
        return BankCard(seals.opened("bank_card", sealed, self.pooling_area)) if sealed else None

    @bank_card.setter
    def bank_card(self, number: str | None) -> None:
        self.bank_card_sealed = seals.seal("bank_card", number, self.pooling_area) if number else None

    def seal_again(self) -> None:
        for kind in ("id_number", "phone", "bank_card"):
            number = getattr(self, kind)
            setattr(self, kind, number.unmasked if number else None)


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


class FormerMember(models.Model):
    """Who left a household, when that was known. Written by a trigger, whoever moved the person."""

    pooling_area = models.CharField(max_length=6)
    household = models.ForeignKey(
        Household, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="former_members"
    )
    resident = models.ForeignKey(
        Resident, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="former_households"
    )
    kinship = models.CharField(max_length=12, choices=Kinship.choices, null=True)
    until_at = models.DateTimeField()
    by = models.CharField(max_length=120)

    class Meta:
        indexes = [models.Index(fields=["pooling_area", "household"], name="registry_former_members")]
