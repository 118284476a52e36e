"""The codes that a person's facts are kept in, with their Chinese words."""

from __future__ import annotations

from django.db import models
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


AS_NOTICES_NAME_THEM = {
    "civil_affairs": Department.CIVIL_AFFAIRS,
    "agriculture_rural": Department.AGRICULTURE,
    # Its office is one with that of agriculture.
    "rural_revitalisation": Department.AGRICULTURE,
    "disabled_federation": Department.DISABLED_FEDERATION,
    "veterans": Department.VETERANS_AFFAIRS,
    "health": Department.HEALTH,
}
"""An actor of a notice → the department, whose role has the same code."""


class NumberKind(models.TextChoices):
    """What of a person is kept sealed."""

    NUMBER = "number", _("证件号码")
    PHONE = "phone", _("电话")
    BANK_CARD = "bank_card", _("银行卡号")


class Purpose(models.TextChoices):
    """What for a number is shown unmasked."""

    COMPARE_DOCUMENT = "compare_document", _("核对证件")
    FILL_FORM = "fill_form", _("代填表格")
    CALL = "call", _("联系本人")
    REFUND = "refund", _("办理退费")
    CERTIFICATE = "certificate", _("开具缴费证明")
    AUDIT = "audit", _("检查审计")


class FactKind(models.TextChoices):
    """What is true of a person for some days. Which columns hold it, FACT_COLUMNS says."""

    HUKOU = "hukou", _("户籍")
    RESIDENCE = "residence", _("居住")
    PERMIT = "permit", _("居住证")
    STUDENT = "student", _("在读")
    EMPLOYEE_INSURANCE = "employee_insurance", _("职工医保")
    OTHER_INSURANCE = "other_insurance", _("异地居民医保")
    DISABILITY = "disability", _("残疾等级")
    PENSION = "pension", _("职工养老金")


FACT_COLUMNS: dict[str, tuple[str, ...]] = {
    FactKind.HUKOU: ("hukou_area", "hukou_kind", "hukou_since"),
    FactKind.RESIDENCE: ("residence_area",),
    FactKind.PERMIT: ("residence_permit", "permit_relation"),
    FactKind.STUDENT: ("student", "school_area"),
    FactKind.EMPLOYEE_INSURANCE: ("employee_insured",),
    FactKind.OTHER_INSURANCE: ("insured_elsewhere",),
    FactKind.DISABILITY: ("disability_grade",),
    FactKind.PENSION: (),
}
"""The columns of a resident that are derived from the dated facts of a kind."""


class Source(models.TextChoices):
    """Who says so."""

    RESIDENT = "resident", _("本人")
    PUBLIC_SECURITY = "public_security", _("公安部门")
    EDUCATION = "education", _("教育部门")
    HUMAN_RESOURCES = "human_resources", _("人力资源社会保障部门")
    DISABLED_FEDERATION = "disabled_federation", _("残联")
    MEDICAL_INSURANCE = "medical_insurance", _("医保部门")
    REGISTER = "register", _("原登记")


class DocumentChange(models.TextChoices):
    """Why a person has another number now."""

    CORRECTED = "corrected", _("原号码录错")
    REISSUED = "reissued", _("换发新号码")
    OTHER_DOCUMENT = "other_document", _("改用另一种证件")


STILL_THE_SAME_PERSON = (DocumentChange.REISSUED, DocumentChange.OTHER_DOCUMENT)
"""A number that was changed for one of these is this person's for ever; one that was wrong may be somebody else's."""
