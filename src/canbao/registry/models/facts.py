"""What is true of a person for some days, and the numbers that a person had before."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from canbao.kernel.personal import IdNumber
from canbao.registry import seals
from canbao.registry.codes import (
    DocumentChange,
    DocumentKind,
    FactKind,
    HukouKind,
    PermitRelation,
    ResidencePermit,
    Source,
    Student,
)
from canbao.registry.models.people import Resident, half_open_days, is_sealed

_PERMITS = [code for code in ResidencePermit.values if code != ResidencePermit.NONE]
_STUDENTS = [code for code in Student.values if code != Student.NONE]


class ResidentFact(models.Model):
    """True for the days [from_on, until_on): at most one of a kind on any day.

    `code` is the kind of household register, permit or student; `area_code` the area of register, residence, school
    or insurance; `grade` that of the disability; `detail` whose permit it is, or the school. `since_on` is the day when
    the household register came to the pooling area, which a move inside it does not change.
    """

    pooling_area = models.CharField(max_length=6)
    resident = models.ForeignKey(
        Resident, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="dated_facts"
    )
    kind = models.CharField(max_length=20, choices=FactKind.choices)
    from_on = models.DateField()
    until_on = models.DateField(null=True)
    code = models.CharField(max_length=20, null=True)
    area_code = models.CharField(max_length=12, null=True)
    grade = models.SmallIntegerField(null=True)
    detail = models.CharField(max_length=60, null=True)
    since_on = models.DateField(null=True)
    source = models.CharField(max_length=20, choices=Source.choices)
    evidence = models.CharField(max_length=100, default="")

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="registry_fact_once_a_day",
                expressions=[
                    ("pooling_area", RangeOperators.EQUAL),
                    ("resident_id", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    (half_open_days("from_on", "until_on"), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                name="registry_fact_days", condition=Q(until_on__isnull=True) | Q(until_on__gt=F("from_on"))
            ),
            models.CheckConstraint(name="registry_fact_source", condition=Q(source__in=Source.values)),
            models.CheckConstraint(
                name="registry_fact_area",
                condition=Q(area_code__isnull=True) | Q(area_code__regex=r"^[0-9]{6,12}$"),
            ),
            models.CheckConstraint(
                name="registry_fact_value",
                condition=Q(kind=FactKind.HUKOU, area_code__isnull=False, grade__isnull=True)
                & (Q(code__isnull=True) | Q(code__in=HukouKind.values))
                | Q(kind=FactKind.RESIDENCE, area_code__isnull=False, code__isnull=True, grade__isnull=True)
                | Q(
                    kind=FactKind.PERMIT,
                    code__isnull=False,
                    code__in=_PERMITS,
                    detail__isnull=False,
                    detail__in=PermitRelation.values,
                    grade__isnull=True,
                )
                | Q(kind=FactKind.STUDENT, code__isnull=False, code__in=_STUDENTS, grade__isnull=True)
                | Q(
                    kind__in=[FactKind.EMPLOYEE_INSURANCE, FactKind.OTHER_INSURANCE, FactKind.PENSION],
                    code__isnull=True,
                    grade__isnull=True,
                )
                | Q(kind=FactKind.DISABILITY, grade__isnull=False, grade__range=(1, 4), code__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["pooling_area", "resident", "kind"], name="registry_facts_of"),
            models.Index(fields=["from_on"], name="registry_facts_begin"),
            models.Index(fields=["until_on"], condition=Q(until_on__isnull=False), name="registry_facts_end"),
        ]


class RenewedDay(models.Model):
    """Up to which day the columns of residents follow their dated facts: one row."""

    ONLY = 1

    id = models.SmallIntegerField(primary_key=True)
    day = models.DateField()

    class Meta:
        constraints = [models.CheckConstraint(name="registry_one_renewed_day", condition=Q(id=1))]


class FormerDocument(models.Model):
    """A number that a person had: whoever brings the old document is still found."""

    pooling_area = models.CharField(max_length=6)
    resident = models.ForeignKey(
        Resident, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="former_documents"
    )
    document_kind = models.CharField(max_length=20, choices=DocumentKind.choices)
    number_sealed = models.BinaryField()
    number_index = models.BinaryField()
    until_on = models.DateField()
    reason = models.CharField(max_length=20, choices=DocumentChange.choices)

    class Meta:
        constraints = [
            models.CheckConstraint(name="registry_former_sealed", condition=is_sealed("number_sealed")),
            models.CheckConstraint(name="registry_former_kind", condition=Q(document_kind__in=DocumentKind.values)),
            models.CheckConstraint(name="registry_former_reason", condition=Q(reason__in=DocumentChange.values)),
        ]
        indexes = [
            models.Index(fields=["number_index"], name="registry_former_by_number"),
            models.Index(fields=["pooling_area", "resident"], name="registry_former_of"),
        ]

    @property
    def id_number(self) -> IdNumber:
        return IdNumber(seals.opened("former_number", self.number_sealed, self.pooling_area))

    @id_number.setter
    def id_number(self, number: str) -> None:
        self.number_sealed = seals.seal("former_number", number, self.pooling_area)
        self.number_index = seals.index("number", number)

    def seal_again(self) -> None:
        self.id_number = self.id_number.unmasked
