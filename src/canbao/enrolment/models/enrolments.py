"""One live enrolment per resident and benefit year, and every change made to it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from canbao.registry.models import Resident


class EnrolmentState(models.TextChoices):
    LIVE = "live", _("参保")
    STOPPED = "stopped", _("停保")


class Tier(models.TextChoices):
    LOW = "low", _("低档")
    HIGH = "high", _("高档")


class EnrolmentBatch(models.Model):
    """A list of people enrolled in one act; undone as a whole, it counts as if it had never been."""

    pooling_area = models.CharField(max_length=6)
    policy_id = models.CharField(max_length=20)
    benefit_year = models.SmallIntegerField()
    # Null where everybody went by the route that the notice has for him.
    route = models.CharField(max_length=40, null=True)
    area_code = models.CharField(max_length=12)
    people = models.PositiveIntegerField()
    made_at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=120)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pooling_area", "id"], name="enrolment_batch_key"),
            models.CheckConstraint(name="enrolment_batch_of_people", condition=Q(people__gt=0)),
            models.CheckConstraint(name="enrolment_batch_policy", condition=Q(policy_id__regex=r"^[0-9]{6}-[0-9]{4}$")),
            models.CheckConstraint(
                name="enrolment_batch_undone_by",
                condition=Q(undone_at__isnull=True, undone_by="") | Q(undone_at__isnull=False) & ~Q(undone_by=""),
            ),
        ]
        indexes = [models.Index(fields=["pooling_area", "policy_id", "-id"], name="enrolment_batches")]


class Enrolment(models.Model):
    pooling_area = models.CharField(max_length=6)
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    benefit_year = models.SmallIntegerField()
    policy_id = models.CharField(max_length=20)
    tier = models.CharField(max_length=4, choices=Tier.choices, null=True)
    repair_years = models.SmallIntegerField(default=0)
    registered_on = models.DateField()
    # The key of the policy's `notice.routes`, and the first day on which that route lets the person pay.
    route = models.CharField(max_length=40, null=True)
    payable_from = models.DateField(null=True)
    # When the data were maintained for a late payment, where the notice asks for that before one.
    maintained_on = models.DateField(null=True)
    state = models.CharField(max_length=8, choices=EnrolmentState.choices, default=EnrolmentState.LIVE)
    stopped_on = models.DateField(null=True)
    batch = models.ForeignKey(EnrolmentBatch, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pooling_area", "id"], name="enrolment_key"),
            models.UniqueConstraint(
                fields=["pooling_area", "resident", "benefit_year"],
                condition=Q(state=EnrolmentState.LIVE),
                name="enrolment_one_live_per_year",
            ),
            models.CheckConstraint(name="enrolment_tier", condition=Q(tier__in=Tier.values)),
            models.CheckConstraint(name="enrolment_state", condition=Q(state__in=EnrolmentState.values)),
            models.CheckConstraint(name="enrolment_repair_years", condition=Q(repair_years__gte=0)),
            models.CheckConstraint(
                name="enrolment_payable_after_registration",
                condition=Q(payable_from__isnull=True) | Q(payable_from__gte=F("registered_on")),
            ),
            models.CheckConstraint(
                name="enrolment_maintained_after_registration",
                condition=Q(maintained_on__isnull=True) | Q(maintained_on__gte=F("registered_on")),
            ),
            models.CheckConstraint(name="enrolment_benefit_year", condition=Q(benefit_year__range=(2000, 2199))),
            models.CheckConstraint(
                name="enrolment_policy_year",
                condition=Q(policy_id__regex=r"^[0-9]{6}-[0-9]{4}$"),
            ),
            models.CheckConstraint(
                name="enrolment_stopped_has_day",
                condition=Q(state=EnrolmentState.LIVE, stopped_on__isnull=True)
                | Q(state=EnrolmentState.STOPPED, stopped_on__isnull=False, stopped_on__gte=F("registered_on")),
            ),
        ]
        indexes = [
            models.Index(fields=["pooling_area", "policy_id", "resident"], name="enrolment_by_policy"),
            models.Index(fields=["batch"], condition=Q(batch__isnull=False), name="enrolment_by_batch"),
        ]


class WindowExtension(models.Model):
    """A window that closes "in principle" stays open longer in an area. Two people decided; rows are only added."""

    pooling_area = models.CharField(max_length=6)
    policy_id = models.CharField(max_length=20)
    area_code = models.CharField(max_length=12)
    closes = models.DateField()
    document = models.CharField(max_length=120)
    reason = models.CharField(max_length=200)
    # Of the two people, the one who asked; the approval names both, and when.
    approval_id = models.BigIntegerField(unique=True)
    asked_by = models.CharField(max_length=120)
    decided_by = models.CharField(max_length=120)
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="enrolment_extension_document", condition=~Q(document="") & ~Q(reason="")),
            models.CheckConstraint(
                name="enrolment_extension_area", condition=Q(area_code__regex=r"^([0-9]{6}|[0-9]{9}|[0-9]{12})$")
            ),
            models.CheckConstraint(
                name="enrolment_extension_policy", condition=Q(policy_id__regex=r"^[0-9]{6}-[0-9]{4}$")
            ),
        ]
        indexes = [models.Index(fields=["policy_id", "id"], name="enrolment_extensions")]


class WhyNot(models.TextChoices):
    """Why somebody is not enrolled who lives here."""

    EMPLOYEE_INSURED = "employee_insured", _("参加了职工医保")
    INSURED_ELSEWHERE = "insured_elsewhere", _("在外地参加了居民医保")
    STUDENT_ELSEWHERE = "student_elsewhere", _("在外地上学并参保")
    ARMY = "army", _("现役军人")
    PRISON = "prison", _("服刑人员")
    DIED = "died", _("已去世")
    MOVED = "moved", _("已迁出")
    LOST_CONTACT = "lost_contact", _("联系不上")
    REFUSES = "refuses", _("不愿参保")
    UNKNOWN = "unknown", _("原因不明")


EXCUSED = (
    WhyNot.EMPLOYEE_INSURED, WhyNot.INSURED_ELSEWHERE, WhyNot.STUDENT_ELSEWHERE, WhyNot.ARMY, WhyNot.PRISON,
    WhyNot.DIED, WhyNot.MOVED,
)  # fmt: skip
"""Those who hold one of these need not enrol here; the others should, and somebody goes on asking them."""


class UnenrolledReason(models.Model):
    """What somebody found out about a resident who is not enrolled for a year; it holds until it expires.

    One row a resident and year, with its history kept. `evidence` says what shows it: an excuse needs some.
    """

    pooling_area = models.CharField(max_length=6)
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    benefit_year = models.SmallIntegerField()
    reason = models.CharField(max_length=20, choices=WhyNot.choices)
    evidence = models.CharField(max_length=200, blank=True)
    expires_on = models.DateField(null=True)
    recorded_at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pooling_area", "resident", "benefit_year"], name="enrolment_one_reason_a_year"
            ),
            models.CheckConstraint(name="enrolment_reason_code", condition=Q(reason__in=WhyNot.values)),
            models.CheckConstraint(
                name="enrolment_excuse_has_evidence", condition=~Q(reason__in=EXCUSED) | ~Q(evidence="")
            ),
        ]


class ChangeKind(models.TextChoices):
    ENROLLED = "enrolled", _("参保登记")
    TIER_CHANGED = "tier_changed", _("变更档次")
    STOPPED = "stopped", _("停保")
    MAINTAINED = "maintained", _("补缴数据维护")


class EnrolmentChange(models.Model):
    """Who did what to an enrolment, and when. Rows are only added; the database refuses anything else."""

    pooling_area = models.CharField(max_length=6)
    enrolment = models.ForeignKey(
        Enrolment, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="changes"
    )
    kind = models.CharField(max_length=12, choices=ChangeKind.choices)
    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=60)
    detail = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(name="enrolment_change_kind", condition=Q(kind__in=ChangeKind.values))]
        indexes = [models.Index(fields=["pooling_area", "enrolment", "at"], name="enrolment_changes")]
