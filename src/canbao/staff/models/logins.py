"""Logins, dated grants of a role in an area, and the attempts to sign in."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

USERNAME_MAX = 60


class LoginManager(BaseUserManager["Login"]):
    def get_by_natural_key(self, username: str | None) -> Login:
        return self.get(username=username)


class Login(AbstractBaseUser):
    """A person who can sign in. What he may do comes from grants alone; there is no superuser."""

    username = models.CharField(max_length=USERNAME_MAX, unique=True)
    display_name = models.CharField(max_length=60)
    language = models.CharField(max_length=8, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE)
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    # The office that the login belongs to: who keeps the logins of that area keeps this one.
    area_code = models.CharField(max_length=12, null=True)
    # A password that somebody else knows: good for one sign-in before this moment, at which it is changed.
    one_time_until = models.DateTimeField(null=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]
    objects: ClassVar[LoginManager] = LoginManager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="staff_login_area_code",
                condition=Q(area_code=None) | Q(area_code__regex=r"^([0-9]{6}|[0-9]{9}|[0-9]{12})$"),
            ),
        )

    def __str__(self) -> str:
        return self.display_name


class Role(models.TextChoices):
    """Every actor that the notices name (主体)."""

    MEDICAL_INSURANCE_CLERK = "medical_insurance_clerk", _("医保经办人员")
    MEDICAL_INSURANCE_REVIEWER = "medical_insurance_reviewer", _("医保复核人员")
    MEDICAL_INSURANCE_HEAD = "medical_insurance_head", _("医保经办负责人")
    TAX_OFFICER = "tax_officer", _("税务人员")
    FINANCE_OFFICER = "finance_officer", _("财政人员")
    CIVIL_AFFAIRS = "civil_affairs", _("民政人员")
    DISABLED_FEDERATION = "disabled_federation", _("残联人员")
    AGRICULTURE = "agriculture", _("农业农村人员")
    VETERANS_AFFAIRS = "veterans_affairs", _("退役军人事务人员")
    HEALTH = "health", _("卫生健康人员")
    EDUCATION = "education", _("教育人员")
    PUBLIC_SECURITY = "public_security", _("公安人员")
    HUMAN_RESOURCES = "human_resources", _("人力资源社会保障人员")
    STATISTICS = "statistics", _("统计人员")
    TOWNSHIP_CLERK = "township_clerk", _("乡镇街道经办人员")
    VILLAGE_CADRE = "village_cadre", _("村居经办人员")
    SCHOOL = "school", _("学校经办人员")
    HOSPITAL = "hospital", _("医院经办人员")
    BANK = "bank", _("银行经办人员")
    SUPERVISION_OFFICE = "supervision_office", _("督导人员")
    AUDITOR = "auditor", _("审计人员")
    SYSTEM_ADMINISTRATOR = "system_administrator", _("系统管理员")


BUREAU = frozenset({Role.MEDICAL_INSURANCE_CLERK, Role.MEDICAL_INSURANCE_REVIEWER, Role.MEDICAL_INSURANCE_HEAD})
INSTITUTIONS = frozenset({Role.SCHOOL, Role.HOSPITAL})
"""Roles of single houses: an area has many of each, and none of them is another's business."""


class Grant(models.Model):
    """A role in an area, from a day until another (half-open). Ended by a date, never deleted.

    One that ends on the day on which it begins never held.
    """

    login = models.ForeignKey(Login, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(max_length=40, choices=Role.choices)
    area_code = models.CharField(max_length=12)
    from_on = models.DateField()
    until_on = models.DateField(null=True)
    granted_by_id = models.BigIntegerField(null=True)
    granted_by = models.CharField(max_length=120, default="")
    granted_at = models.DateTimeField(null=True)
    # Who asked, where a second person had to say yes; then `granted_by` is that second person.
    asked_by = models.CharField(max_length=120, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(name="staff_grant_role", condition=Q(role__in=Role.values)),
            models.CheckConstraint(
                name="staff_grant_area_code", condition=Q(area_code__regex=r"^([0-9]{6}|[0-9]{9}|[0-9]{12})$")
            ),
            models.CheckConstraint(
                name="staff_grant_days", condition=Q(until_on__isnull=True) | Q(until_on__gte=F("from_on"))
            ),
            ExclusionConstraint(
                name="staff_grant_once_a_day",
                expressions=[
                    ("login", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    ("area_code", RangeOperators.EQUAL),
                    (
                        models.Func(F("from_on"), F("until_on"), RangeBoundary(), function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
        indexes = [models.Index(fields=["login", "from_on"], name="staff_grant_of_login")]
