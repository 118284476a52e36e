"""Whom a roll of a school or college names and the register does not know: the township sees to each of them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from canbao.enrolment.models.applications import is_sealed
from canbao.kernel.personal import IdNumber, normal_number
from canbao.kernel.vault import ring
from canbao.registry.models import Resident, Sex, Student

_NUMBER = "enrolment_newcomer.number"


class NewcomerState(models.TextChoices):
    """waiting → registered, or dismissed with a reason, or withdrawn with the list that named the person."""

    WAITING = "waiting", _("待核实")
    REGISTERED = "registered", _("已登记")
    DISMISSED = "dismissed", _("不予登记")
    WITHDRAWN = "withdrawn", _("名单已撤销")


class Newcomer(models.Model):
    """One person of a roll. `area_code` is where the school lies: the offices there and above see to the person."""

    pooling_area = models.CharField(max_length=6)
    area_code = models.CharField(max_length=12)
    batch_id = models.BigIntegerField()
    name = models.CharField(max_length=60)
    birth_on = models.DateField()
    sex = models.CharField(max_length=6, choices=Sex.choices)
    id_number_sealed = models.BinaryField()
    id_number_index = models.BinaryField()
    student = models.CharField(max_length=10, choices=Student.choices)
    school = models.CharField(max_length=100, blank=True)
    from_on = models.DateField()
    until_on = models.DateField(null=True)
    state = models.CharField(max_length=10, choices=NewcomerState.choices, default=NewcomerState.WAITING)
    proposed_on = models.DateField()
    decided_at = models.DateTimeField(null=True)
    decided_by_id = models.BigIntegerField(null=True)
    decided_by = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    resident = models.ForeignKey(Resident, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pooling_area", "id"], name="enrolment_newcomer_key"),
            models.UniqueConstraint(
                fields=["pooling_area", "id_number_index"],
                condition=Q(state=NewcomerState.WAITING),
                name="enrolment_newcomer_once_waiting",
            ),
            models.CheckConstraint(name="enrolment_newcomer_state", condition=Q(state__in=NewcomerState.values)),
            models.CheckConstraint(name="enrolment_newcomer_sex", condition=Q(sex__in=Sex.values)),
            models.CheckConstraint(name="enrolment_newcomer_area", condition=Q(area_code__regex=r"^[0-9]{6,12}$")),
            models.CheckConstraint(name="enrolment_newcomer_number", condition=is_sealed("id_number_sealed")),
            models.CheckConstraint(
                name="enrolment_newcomer_registered", condition=~Q(state="registered") | Q(resident__isnull=False)
            ),
            models.CheckConstraint(
                name="enrolment_newcomer_dismissed", condition=~Q(state="dismissed") | ~Q(reason="")
            ),
        ]
        indexes = [models.Index(fields=["pooling_area", "state", "id"], name="enrolment_newcomers_wait")]

    @property
    def id_number(self) -> IdNumber:
        return IdNumber(ring().open(bytes(self.id_number_sealed), f"{_NUMBER} {self.pooling_area}"))

    def seal(self, id_number: str) -> None:
        """Keep the number, for the pooling area of the row."""
        number = normal_number(id_number)
        self.id_number_sealed = ring().seal(number, f"{_NUMBER} {self.pooling_area}")
        self.id_number_index = ring().index(number, _NUMBER)

    def seal_again(self) -> None:
        self.seal(self.id_number.unmasked)
