"""Applications for enrolment: what somebody asks for, with evidence, and what the office made of it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from canbao.kernel.personal import IdNumber, Phone, normal_number
from canbao.kernel.vault import SEALED_BYTES_MIN, ring
from canbao.registry.models import Resident, Sex

_NUMBER, _PHONE = "enrolment_application.number", "enrolment_application.phone"


class ApplicationState(models.TextChoices):
    """draft → submitted → approved, refused or returned; returned → submitted; withdrawn by the applicant."""

    DRAFT = "draft", _("未提交")
    SUBMITTED = "submitted", _("待审核")
    RETURNED = "returned", _("退回补正")
    APPROVED = "approved", _("已通过")
    REFUSED = "refused", _("未通过")
    WITHDRAWN = "withdrawn", _("已撤回")


class Relation(models.TextChoices):
    """Who fills in the application, to the person enrolled."""

    SELF = "self", _("本人")
    PARENT = "parent", _("父母")
    CHILD = "child", _("子女")
    SPOUSE = "spouse", _("配偶")
    OTHER = "other", _("其他亲属或监护人")


class ApplicationKind(models.TextChoices):
    """What is asked for: to be enrolled, to be enrolled again after a stop, or to have what is on file changed."""

    ENROL = "enrol", _("参保登记")
    RESTART = "restart", _("停保后恢复参保")
    CHANGE = "change", _("变更参保信息")


def is_sealed(column: str) -> Q:
    from django.db.models import Func, IntegerField
    from django.db.models.lookups import GreaterThan

    length = Func(F(column), function="octet_length", output_field=IntegerField())
    return Q(**{f"{column}__isnull": True}) | Q(GreaterThan(length, SEALED_BYTES_MIN))


class Application(models.Model):
    """One person, one benefit year, one route of the notice. `number` is the confirmation that the applicant keeps.

    The ID number is the person's, of a newborn without one the mother's; with `number` it opens the application again.
    """

    pooling_area = models.CharField(max_length=6)
    number = models.CharField(max_length=12, unique=True)
    policy_id = models.CharField(max_length=20)
    benefit_year = models.SmallIntegerField()
    route = models.CharField(max_length=40)
    kind = models.CharField(max_length=7, choices=ApplicationKind.choices, default=ApplicationKind.ENROL)
    state = models.CharField(max_length=9, choices=ApplicationState.choices, default=ApplicationState.DRAFT)
    village_code = models.CharField(max_length=12)
    name = models.CharField(max_length=60)
    birth_on = models.DateField()
    sex = models.CharField(max_length=6, choices=Sex.choices)
    newborn = models.BooleanField(default=False)
    id_number_sealed = models.BinaryField()
    id_number_index = models.BinaryField()
    phone_sealed = models.BinaryField()
    applicant_name = models.CharField(max_length=60)
    relation = models.CharField(max_length=6, choices=Relation.choices)
    # What the person says of himself, in the columns of contract.md.
    facts = models.JSONField(default=dict)
    # Kinds of facts that are over, as a change may say: the permit was given back, the school was left.
    ends = ArrayField(models.CharField(max_length=20), default=list)
    # The last day of the residence permit by which the person qualifies.
    permit_until = models.DateField(null=True)
    # Where a counter took it down, who did, and the documents that he saw; empty for what came online.
    taken_in = models.CharField(max_length=12, blank=True)
    taken_by_id = models.BigIntegerField(null=True)
    taken_by_name = models.CharField(max_length=120, blank=True)
    seen = models.CharField(max_length=200, blank=True)
    begun_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    due_on = models.DateField(null=True)
    decided_at = models.DateTimeField(null=True)
    reviewer_id = models.BigIntegerField(null=True)
    reviewer_name = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    resident = models.ForeignKey(Resident, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    enrolment_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pooling_area", "id"], name="enrolment_application_key"),
            models.CheckConstraint(name="enrolment_application_state", condition=Q(state__in=ApplicationState.values)),
            models.CheckConstraint(name="enrolment_application_kind", condition=Q(kind__in=ApplicationKind.values)),
            models.CheckConstraint(
                name="enrolment_application_ends", condition=Q(ends=[]) | Q(kind=ApplicationKind.CHANGE)
            ),
            models.CheckConstraint(
                name="enrolment_application_taken",
                condition=Q(taken_in="", taken_by_id__isnull=True, taken_by_name="", seen="")
                | ~Q(taken_in="") & ~Q(taken_by_name=""),
            ),
            models.CheckConstraint(name="enrolment_application_sex", condition=Q(sex__in=Sex.values)),
            models.CheckConstraint(name="enrolment_application_relation", condition=Q(relation__in=Relation.values)),
            models.CheckConstraint(
                name="enrolment_application_village", condition=Q(village_code__regex=r"^[0-9]{12}$")
            ),
            models.CheckConstraint(
                name="enrolment_application_sent",
                condition=Q(state="draft") | Q(submitted_at__isnull=False) | Q(state="withdrawn"),
            ),
            models.CheckConstraint(
                name="enrolment_application_approved",
                condition=~Q(state="approved") | Q(resident__isnull=False, enrolment_id__isnull=False),
            ),
            models.CheckConstraint(
                name="enrolment_application_reason", condition=~Q(state__in=("refused", "returned")) | ~Q(reason="")
            ),
            *(
                models.CheckConstraint(name=f"enrolment_application_{column}", condition=is_sealed(column))
                for column in ("id_number_sealed", "phone_sealed")
            ),
            # Who asks for the same person and year again is told of the application that waits.
            models.UniqueConstraint(
                fields=["pooling_area", "id_number_index", "name", "benefit_year"],
                condition=Q(state__in=("submitted", "returned")),
                name="enrolment_application_once_waiting",
            ),
        ]
        indexes = [
            models.Index(fields=["pooling_area", "state", "submitted_at"], name="enrolment_applications_wait"),
            models.Index(
                fields=["taken_by_id", "-id"],
                condition=Q(taken_by_id__isnull=False),
                name="enrolment_applications_taken",
            ),
        ]

    @property
    def id_number(self) -> IdNumber:
        return IdNumber(ring().open(bytes(self.id_number_sealed), f"{_NUMBER} {self.pooling_area}"))

    @property
    def phone(self) -> Phone:
        return Phone(ring().open(bytes(self.phone_sealed), f"{_PHONE} {self.pooling_area}"))

    def seal(self, id_number: str, phone: str) -> None:
        """Keep the two numbers, for the pooling area of the row."""
        id_number = normal_number(id_number)
        self.id_number_sealed = ring().seal(id_number, f"{_NUMBER} {self.pooling_area}")
        self.id_number_index = ring().index(id_number, _NUMBER)
        self.phone_sealed = ring().seal(phone, f"{_PHONE} {self.pooling_area}")

    def seal_again(self) -> None:
        self.seal(self.id_number.unmasked, self.phone.unmasked)

    def opened_by(self, id_number: str) -> bool:
        """Whether this is the number that the application was made with."""
        return bytes(self.id_number_index) in ring().indexes(normal_number(id_number), _NUMBER)

    def number_indexes(self) -> list[bytes]:
        """Of its number, under every key in use."""
        return ring().indexes(self.id_number.unmasked, _NUMBER)


class ApplicationEvent(models.Model):
    """What became of an application, step by step. Rows are only added."""

    pooling_area = models.CharField(max_length=6)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="events")
    state = models.CharField(max_length=9, choices=ApplicationState.choices)
    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=120)
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["application", "id"], name="enrolment_application_past")]


class Evidence(models.Model):
    """One file that the applicant sent, sealed outside the web root under a random name. Rows are only added."""

    pooling_area = models.CharField(max_length=6)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="evidence")
    name = models.CharField(max_length=100)
    media_type = models.CharField(max_length=20)
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=32, unique=True)
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "sha256"], name="enrolment_evidence_once"),
            models.CheckConstraint(name="enrolment_evidence_name", condition=Q(stored_as__regex=r"^[0-9a-f]{32}$")),
        ]


class PublicAttempt(models.Model):
    """Somebody without a login began an application or asked for one; counted, so that nobody can guess at them."""

    what = models.CharField(max_length=10)
    subject = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["what", "subject", "-at"], name="enrolment_attempts")]
