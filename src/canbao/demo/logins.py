"""The demo's staff: one login for each kind of reader, all with one printed password."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from canbao.kernel.clock import FixedClock, shanghai
from canbao.kernel.scope import Scope
from canbao.payments import actions as payments
from canbao.payments import collecting
from canbao.staff import actions
from canbao.staff import queries as staff
from canbao.staff.models import Role

PASSWORD = "canbao-demo-2025"
_MANDATED_FROM, _MANDATED_UNTIL = date(2024, 10, 1), date(2026, 1, 1)
_DAY_LIMIT_FEN = 2_000_000
_OPEN_LIMITS_FEN = {Role.TOWNSHIP_CLERK: 1_000_000, Role.VILLAGE_CADRE: 200_000}
_FROM, _HEAD = date(2024, 1, 1), Role.MEDICAL_INSURANCE_HEAD


@dataclass(frozen=True)
class DemoLogin:
    username: str
    display_name: str
    grants: tuple[tuple[Role, str], ...]


def demo_logins(villages: Mapping[str, str], other_village: str, other_centre: str) -> list[DemoLogin]:
    """`villages` are those of the cast, by place; `other_village` is one of the same township as Tengzhou's.

    `other_centre` is a street of Shanghai in another district than the cast's.
    """
    clerk, cadre, town, head = Role.MEDICAL_INSURANCE_CLERK, Role.VILLAGE_CADRE, Role.TOWNSHIP_CLERK, _HEAD
    at = {place: villages.get(place, "") for place in ("370481", "370700", "370124", "140600", "310000")}
    reviewer = Role.MEDICAL_INSURANCE_REVIEWER
    return [
        DemoLogin("clerk.tengzhou", "滕州医保经办 · 林经办", ((clerk, "370481"),)),
        DemoLogin("clerk.weifang", "潍坊医保经办 · 高经办", ((clerk, "370700"),)),
        DemoLogin("clerk.pingyin", "平阴医保经办 · 何经办", ((clerk, "370124"),)),
        DemoLogin("clerk.shuozhou", "朔州医保经办 · 田经办", ((clerk, "140600"),)),
        DemoLogin("clerk.shanghai", "上海医保经办 · 顾经办", ((clerk, "310000"),)),
        DemoLogin("head.tengzhou", "滕州医保负责人 · 宋主任", ((head, "370481"),)),
        DemoLogin("head.weifang", "潍坊医保负责人 · 邵主任", ((head, "370700"),)),
        DemoLogin("head.pingyin", "平阴医保负责人 · 尹主任", ((head, "370124"),)),
        DemoLogin("head.shuozhou", "朔州医保负责人 · 贺主任", ((head, "140600"),)),
        DemoLogin("head.shanghai", "上海医保负责人 · 庄主任", ((head, "310000"),)),
        DemoLogin("reviewer.weifang", "潍坊医保复核 · 谭复核", ((reviewer, "370700"),)),
        DemoLogin("reviewer.shuozhou", "朔州医保复核 · 冀复核", ((reviewer, "140600"),)),
        DemoLogin("tax.tengzhou", "滕州税务 · 梁税务", ((Role.TAX_OFFICER, "370481"),)),
        DemoLogin("tax2.tengzhou", "滕州税务 · 齐税务", ((Role.TAX_OFFICER, "370481"),)),
        DemoLogin("civil.tengzhou", "滕州民政 · 唐民政", ((Role.CIVIL_AFFAIRS, "370481"),)),
        DemoLogin("civil.pingyin", "平阴民政 · 展民政", ((Role.CIVIL_AFFAIRS, "370124"),)),
        DemoLogin("township.tengzhou", "镇街经办 · 罗经办", ((town, at["370481"][:9]),)),
        DemoLogin("township.weifang", "镇街经办 · 臧经办", ((town, at["370700"][:9]),)),
        DemoLogin("township.pingyin", "镇街经办 · 廉经办", ((town, at["370124"][:9]),)),
        DemoLogin("centre.shanghai", "社区事务受理 · 沈经办", ((town, at["310000"][:9]),)),
        DemoLogin("centre.other", "外区社区事务受理 · 瞿经办", ((town, other_centre),)),
        DemoLogin("village.tengzhou", "本村经办 · 郭会计", ((cadre, at["370481"]),)),
        DemoLogin("village.weifang", "本村经办 · 丛会计", ((cadre, at["370700"]),)),
        DemoLogin("village.shanghai", "本村经办 · 倪会计", ((cadre, at["310000"]),)),
        DemoLogin("village.other", "邻村经办 · 孙会计", ((cadre, other_village),)),
        DemoLogin("school.weifang", "潍坊学院 · 蔡老师", ((Role.SCHOOL, "370700"),)),
        DemoLogin("school.pingyin", "平阴学校 · 柏老师", ((Role.SCHOOL, "370124"),)),
        DemoLogin("school.shanghai", "上海学校 · 俞老师", ((Role.SCHOOL, "310000"),)),
        DemoLogin("hospital.weifang", "分娩医院医保窗口 · 芮护士", ((Role.HOSPITAL, at["370700"][:6]),)),
        *_departments("370481", "滕州"),
        DemoLogin("supervision.tengzhou", "滕州督导 · 曹督导", ((Role.SUPERVISION_OFFICE, "370481"),)),
        DemoLogin(
            "auditor",
            "审计 · 严审计",
            tuple((Role.AUDITOR, area) for area in ("370000", "140600", "310000")),
        ),
        DemoLogin("administrator", "系统管理员 · 许管理", ((Role.SYSTEM_ADMINISTRATOR, "370000"),)),
        DemoLogin("no.grant", "未授权账号 · 白同志", ()),
    ]


def give_mandates(actor: Scope) -> None:
    """The tax office lets the collectors of the demo's own townships and villages collect; the neighbours' wait for it.

    What a cadre may hold is little, so that a visitor meets the limit soon.
    """
    clock = FixedClock(shanghai(_MANDATED_FROM.year, _MANDATED_FROM.month, _MANDATED_FROM.day, 9))
    for number, (login, grant) in enumerate(staff.holders(actor, collecting.AGENTS, _MANDATED_FROM), start=1):
        if login.username.endswith(".other"):
            continue
        payments.give_mandate(
            actor=actor, login=login, area_code=grant.area_code, contract_no=f"代征〔2024〕{number}号",
            from_on=_MANDATED_FROM, until_on=_MANDATED_UNTIL, clock=clock,
            day_limit_fen=_DAY_LIMIT_FEN, open_limit_fen=_OPEN_LIMITS_FEN[Role(grant.role)],
        )  # fmt: skip


# Who gives lists, money and figures; one login each, so that every role can be walked through at one place.
_OTHERS = (
    ("reviewer", "医保复核 · 齐复核", Role.MEDICAL_INSURANCE_REVIEWER),
    ("finance", "财政 · 龚财政", Role.FINANCE_OFFICER),
    ("disabled", "残联 · 褚残联", Role.DISABLED_FEDERATION),
    ("agriculture", "农业农村 · 耿农业", Role.AGRICULTURE),
    ("veterans", "退役军人 · 鲁干事", Role.VETERANS_AFFAIRS),
    ("health", "卫健 · 闵卫健", Role.HEALTH),
    ("education", "教体 · 费教体", Role.EDUCATION),
    ("police", "公安 · 岳警官", Role.PUBLIC_SECURITY),
    ("pension", "人社 · 庞人社", Role.HUMAN_RESOURCES),
    ("statistics", "统计 · 荆统计", Role.STATISTICS),
    ("school", "学校 · 祝老师", Role.SCHOOL),
    ("hospital", "医院医保窗口 · 尤护士", Role.HOSPITAL),
    ("bank", "银行 · 金柜员", Role.BANK),
)


def _departments(area: str, place: str) -> list[DemoLogin]:
    return [DemoLogin(f"{name}.tengzhou", f"{place}{said}", ((role, area),)) for name, said, role in _OTHERS]


def make(actor: Scope, villages: Mapping[str, str], other_village: str, other_centre: str) -> None:
    wanted = demo_logins(villages, other_village, other_centre)
    made = actions.create_demo_logins(
        actor=actor,
        names=[(login.username, login.display_name, login.grants[0][1] if login.grants else None) for login in wanted],
        password=PASSWORD,
    )
    for login, row in zip(wanted, made, strict=True):
        for role, area in login.grants:
            actions.grant_role(actor=actor, login=row, role=role, area_code=area, from_on=_FROM)
