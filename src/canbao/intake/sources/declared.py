"""Every list that a department may hand in."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from canbao.intake.reading.columns import Column, Kind
from canbao.intake.sources import words
from canbao.intake.sources.categories import Categories
from canbao.intake.sources.people import HouseholdPopulation, Newborns
from canbao.intake.sources.periods import Periods
from canbao.intake.sources.populations import Populations
from canbao.intake.sources.residents import Deaths
from canbao.intake.sources.source import Source
from canbao.registry.codes import FactKind
from canbao.registry.codes import Source as Says

_BUREAU = frozenset({"medical_insurance_clerk"})
_SAMPLE_NUMBER = "37048119620508002X"
_NAME = Column("name", _("姓名"), Kind.NAME, required=True, example="张桂兰", of_person=True)
_NUMBER = Column(
    "id_number", _("公民身份号码"), Kind.ID_NUMBER, required=True, example=_SAMPLE_NUMBER, of_person=True,
    about=_("18 位，按文本填写"),
)  # fmt: skip
_SEX = Column("sex", _("性别"), Kind.CHOICE, example="女", choices=words.SEX, of_person=True)
_BORN = Column("birth_on", _("出生日期"), Kind.DATE, example="1962-05-08", of_person=True)
_PERSON = (_NAME, _NUMBER)

HOUSEHOLD_POPULATION = Source(
    "household_population",
    _("户籍人口"),
    _("按户登记的人：新的人进入登记；已登记的人更新姓名、村居、户口性质和与户主关系。名单上没有的人不会被移除。"),
    _BUREAU | {"public_security", "township_clerk"},
    (
        Column("household_no", _("户号"), Kind.TEXT, example="3704810010001"),
        Column("head_name", _("户主姓名"), Kind.NAME, example="张桂兰"),
        *_PERSON,
        _SEX,
        _BORN,
        Column("kinship", _("与户主关系"), Kind.CHOICE, example="户主", choices=words.KINSHIP, of_person=True),
        Column("township", _("乡镇街道"), Kind.TEXT, example="荆河街道"),
        Column("village", _("村居"), Kind.TEXT, example="安居社区", about=_("新的人必须填村居或村居代码")),
        Column("village_code", _("村居代码"), Kind.TEXT),
        Column("hukou_kind", _("户口性质"), Kind.CHOICE, example="农业", choices=words.HUKOU_KIND),
        Column("hukou_since", _("迁入日期"), Kind.DATE),
    ),
    HouseholdPopulation(),
    together=("household_no", "head_name"),
)

TOWN_POPULATIONS = Source(
    "town_populations",
    _("乡镇人口"),
    _("统计部门的人口数，用作参保率的分母。不改动任何人的登记。"),
    _BUREAU | {"statistics"},
    (
        Column("area_name", _("地区"), Kind.TEXT, required=True, example="荆河街道"),
        Column("year", _("年份"), Kind.COUNT, required=True, example="2024"),
        Column("population", _("常住人口"), Kind.COUNT, required=True, example="98765"),
        Column("hukou_population", _("户籍人口"), Kind.COUNT, example="90123"),
    ),
    Populations(),
    key=("area_name", "year"),
)

EMPLOYEE_INSURED = Source(
    "employee_insured",
    _("职工医保参保"),
    _("登记谁从哪天到哪天参加职工医保：参加职工医保的人不能同时参加居民医保。没有停保的到下一段起始日为止。"),
    _BUREAU | {"human_resources"},
    (
        *_PERSON,
        Column("from_on", _("参保日期"), Kind.DATE, required=True, example="2023-07-01"),
        Column("until_on", _("停保日期"), Kind.DATE, about=_("参保的最后一天；还在参保的不填")),
        Column("employer", _("单位名称"), Kind.TEXT),
    ),
    Periods(FactKind.EMPLOYEE_INSURANCE, Says.HUMAN_RESOURCES, detail_column="employer"),
    key=("id_number", "from_on"),
)

INSURED_ELSEWHERE = Source(
    "insured_elsewhere",
    _("异地居民医保参保"),
    _("登记谁从哪天到哪天在别的统筹区参加居民医保：同一年度不能两地参保。"),
    _BUREAU,
    (
        *_PERSON,
        Column("from_on", _("参保日期"), Kind.DATE, required=True, example="2024-01-01"),
        Column("until_on", _("停保日期"), Kind.DATE, example="2024-12-31", about=_("参保的最后一天；还在参保的不填")),
        Column("insured_at", _("参保地"), Kind.TEXT, example="济宁市"),
    ),
    Periods(FactKind.OTHER_INSURANCE, Says.MEDICAL_INSURANCE, detail_column="insured_at"),
    key=("id_number", "from_on"),
)

RESIDENCE_PERMITS = Source(
    "residence_permits",
    _("居住证"),
    _("登记谁持哪种居住证、从哪天起、有效到哪天。换发的新证接在旧证之后。"),
    _BUREAU | {"public_security"},
    (
        *_PERSON,
        Column("permit", _("居住证种类"), Kind.CHOICE, example="居住证", choices=words.PERMIT),
        Column("relation", _("持证人关系"), Kind.CHOICE, example="本人", choices=words.PERMIT_RELATION,
               about=_("谁的居住证：本人、配偶或子女的；不填为本人")),
        Column("from_on", _("发证日期"), Kind.DATE, required=True, example="2024-03-01"),
        Column("until_on", _("有效期至"), Kind.DATE, example="2025-02-28", about=_("有效的最后一天；长期有效的不填")),
    ),
    Periods(FactKind.PERMIT, Says.PUBLIC_SECURITY, code="ordinary", code_column="permit", detail_column="relation",
            detail="holder"),
    key=("id_number", "from_on"),
)  # fmt: skip

PENSIONS = Source(
    "pensions",
    _("职工养老金领取"),
    _("登记谁从哪天起领取职工养老金，供核对参保险种。"),
    _BUREAU | {"human_resources"},
    (
        *_PERSON,
        Column("from_on", _("领取日期"), Kind.DATE, required=True, example="2020-01-01"),
        Column("until_on", _("停发日期"), Kind.DATE, about=_("领取的最后一天；还在领取的不填")),
    ),
    Periods(FactKind.PENSION, Says.HUMAN_RESOURCES),
    key=("id_number", "from_on"),
)

DEATHS = Source(
    "deaths",
    _("死亡人员"),
    _("登记死亡日期；此后不再登记参保。"),
    _BUREAU | {"public_security", "civil_affairs", "health"},
    (*_PERSON, Column("died_on", _("死亡日期"), Kind.DATE, required=True, example="2024-10-01")),
    Deaths(),
)

_SCHOOL = (
    Column("school", _("学校名称"), Kind.TEXT),
    Column("school_area", _("学校所在地"), Kind.TEXT, about=_("地区名称或代码，外地学校填 6 位代码；不填为名单所在地")),
    Column("grade", _("年级班级"), Kind.TEXT),
    Column(
        "from_on", _("入学日期"), Kind.DATE, example="2024-09-01", about=_("不填为今天；已登记在同一地就读的接着算")
    ),
    Column("until_on", _("毕业日期"), Kind.DATE, about=_("在读的最后一天；还在读的不填")),
)
_STUDIES: Any = {
    "code_column": "student", "area_column": "school_area", "area_of_list": True, "detail_column": "school",
}  # fmt: skip
SCHOOL_ROLLS = Source(
    "school_rolls",
    _("中小学和幼儿园学籍"),
    _("标明谁在哪里上幼儿园、中小学或职业学校。登记册里没有的人写入后列入“名册新人”，由镇街核实登记。"),
    _BUREAU | {"education", "school"},
    (
        *_PERSON,
        Column("student", _("学段"), Kind.CHOICE, example="小学", choices=words.SCHOOL_KIND),
        *_SCHOOL,
    ),
    Periods(FactKind.STUDENT, Says.EDUCATION, code="pupil", roll=True, **_STUDIES),
    key=("id_number", "from_on"),
)

UNIVERSITY_ROLLS = Source(
    "university_rolls",
    _("大学学籍"),
    _("标明谁在哪里上大学。登记册里没有的人写入后列入“名册新人”，由镇街核实登记。"),
    _BUREAU | {"education", "school"},
    (
        *_PERSON,
        Column("student", _("学生类别"), Kind.CHOICE, example="本科", choices=words.UNIVERSITY_KIND),
        *_SCHOOL,
    ),
    Periods(FactKind.STUDENT, Says.EDUCATION, code="university", roll=True, **_STUDIES),
    key=("id_number", "from_on"),
)

NEWBORNS = Source(
    "newborns",
    _("新生儿"),
    _("把出生的孩子登记到母亲所在的户和村居；没有号码也可以登记。"),
    _BUREAU | {"hospital", "health"},
    (
        _NAME,
        Column("id_number", _("公民身份号码"), Kind.ID_NUMBER, about=_("还没有的不填")),
        Column("sex", _("性别"), Kind.CHOICE, required=True, example="女", choices=words.SEX),
        Column("birth_on", _("出生日期"), Kind.DATE, required=True, example="2024-10-01"),
        Column("mother_id_number", _("母亲身份证号"), Kind.ID_NUMBER, required=True, example=_SAMPLE_NUMBER),
        Column("mother_name", _("母亲姓名"), Kind.NAME),
    ),
    Newborns(),
    key=("mother_id_number", "name", "birth_on"),
)

CATEGORIES = Source(
    "categories",
    _("资助对象类别"),
    _("由认定部门提供：谁从哪天起属于哪一类资助对象，到哪天为止。"),
    _BUREAU | {"civil_affairs", "agriculture", "disabled_federation", "veterans_affairs", "health"},
    (
        *_PERSON,
        Column("category", _("人员类别"), Kind.CHOICE, example="低保对象", choices=words.CATEGORY,
               about=_("整份名单同一类的，可以在上传时选")),
        Column("from_on", _("起始日期"), Kind.DATE, example="2024-10-01", about=_("不填为今天")),
        Column("until_on", _("终止日期"), Kind.DATE, about=_("不再属于的第一天；长期的不填")),
    ),
    Categories(),
    key=("id_number", "category", "from_on"),
    option="category",
)  # fmt: skip

SOURCES = (
    HOUSEHOLD_POPULATION, TOWN_POPULATIONS, EMPLOYEE_INSURED, INSURED_ELSEWHERE, PENSIONS, DEATHS, SCHOOL_ROLLS,
    UNIVERSITY_ROLLS, RESIDENCE_PERMITS, NEWBORNS, CATEGORIES,
)  # fmt: skip
