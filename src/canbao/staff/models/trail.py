"""What is written down of everybody's work: how rows were before they changed, and who looked at whom."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q
from django.utils.translation import gettext_lazy as _


class ChangeKind(models.TextChoices):
    UPDATE = "update", _("修改")
    DELETE = "delete", _("删除")


class Change(models.Model):
    """How a row was before it changed, written by a trigger of the table that it belongs to, and by nothing else.

    `old` holds the former values of the columns in `changed`, of a row that was deleted all of them; what lies sealed
    in the table lies sealed here. The actor is who was bound to the connection; nobody, for work past the program:
    then `actor_name` is the role in the database.
    """

    pooling_area = models.CharField(max_length=6, null=True)
    village_code = models.CharField(max_length=12, null=True)
    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=120)
    purpose = models.CharField(max_length=60)
    table_name = models.CharField(max_length=63)
    row_id = models.CharField(max_length=120)
    kind = models.CharField(max_length=6, choices=ChangeKind.choices)
    old = models.JSONField()
    changed = ArrayField(models.CharField(max_length=63))

    class Meta:
        constraints = (CheckConstraint(name="staff_change_kind", condition=Q(kind__in=ChangeKind.values)),)
        indexes = (
            models.Index(fields=("table_name", "row_id", "-id"), name="staff_change_of_row"),
            models.Index(fields=("actor_id", "-at"), name="staff_change_by_actor"),
            models.Index(fields=("-at",), name="staff_change_latest"),
        )


class Addition(models.Model):
    """A row that came new into a table that keeps its history: when, by whom, for what purpose; written by a trigger.

    What a list brings in bulk is not written down one by one: the list itself says who handed it in and who let it in.
    """

    pooling_area = models.CharField(max_length=6, null=True)
    village_code = models.CharField(max_length=12, null=True)
    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=120)
    purpose = models.CharField(max_length=60)
    table_name = models.CharField(max_length=63)
    row_id = models.CharField(max_length=120)

    class Meta:
        indexes = (
            models.Index(fields=("table_name", "row_id"), name="staff_addition_of_row"),
            models.Index(fields=("actor_id", "-at"), name="staff_addition_by_actor"),
            models.Index(fields=("-at",), name="staff_addition_latest"),
        )


class Access(models.Model):
    """Somebody looked at a person: who, at whom, for what purpose, on which screen. It holds no value that was seen.

    `what` says how much was shown, such as `person` or `number`; a list that was downloaded counts its `people` and
    names nobody.
    """

    pooling_area = models.CharField(max_length=6, null=True)
    village_code = models.CharField(max_length=12, null=True)
    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=120)
    purpose = models.CharField(max_length=60)
    screen = models.CharField(max_length=60)
    what = models.CharField(max_length=20)
    resident_id = models.BigIntegerField(null=True)
    people = models.IntegerField(default=1)

    class Meta:
        constraints = (
            CheckConstraint(name="staff_access_people", condition=Q(people__gte=0)),
            CheckConstraint(name="staff_access_one", condition=Q(resident_id__isnull=True) | Q(people=1)),
        )
        indexes = (
            models.Index(fields=("resident_id", "-at"), name="staff_access_of_person"),
            models.Index(fields=("actor_id", "-at"), name="staff_access_by_actor"),
            models.Index(fields=("-at",), name="staff_access_latest"),
        )
