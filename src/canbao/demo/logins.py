"""The demo's staff: one login for each kind of reader, all with one printed password."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from canbao.kernel.scope import Scope
from canbao.staff import actions
from canbao.staff.models import Role

PASSWORD = "canbao-demo-2025"
_FROM = date(2024, 1, 1)


@dataclass(frozen=True)
class DemoLogin:
    username: str
    display_name: str
    grants: tuple[tuple[Role, str], ...]


def demo_logins(cast_village: str, other_village: str) -> list[DemoLogin]:
    """`cast_village` is the Tengzhou village of the cast, `other_village` one of the same township."""
    clerk, cadre = Role.MEDICAL_INSURANCE_CLERK, Role.VILLAGE_CADRE
    return [
        DemoLogin("clerk.tengzhou", "滕州医保经办 · 林经办", ((clerk, "370481"),)),
        DemoLogin("clerk.weifang", "潍坊医保经办 · 高经办", ((clerk, "370700"),)),
        DemoLogin("clerk.pingyin", "平阴医保经办 · 何经办", ((clerk, "370124"),)),
        DemoLogin("clerk.shuozhou", "朔州医保经办 · 田经办", ((clerk, "140600"),)),
        DemoLogin("clerk.shanghai", "上海医保经办 · 顾经办", ((clerk, "310000"),)),
        DemoLogin("head.tengzhou", "滕州医保负责人 · 宋主任", ((Role.MEDICAL_INSURANCE_HEAD, "370481"),)),
        DemoLogin("tax.tengzhou", "滕州税务 · 梁税务", ((Role.TAX_OFFICER, "370481"),)),
        DemoLogin("civil.tengzhou", "滕州民政 · 唐民政", ((Role.CIVIL_AFFAIRS, "370481"),)),
        DemoLogin("township.tengzhou", "镇街经办 · 罗经办", ((Role.TOWNSHIP_CLERK, cast_village[:9]),)),
        DemoLogin("village.tengzhou", "本村经办 · 郭会计", ((cadre, cast_village),)),
        DemoLogin("village.other", "邻村经办 · 孙会计", ((cadre, other_village),)),
        DemoLogin("supervision.tengzhou", "滕州督导 · 曹督导", ((Role.SUPERVISION_OFFICE, "370481"),)),
        DemoLogin(
            "auditor",
            "审计 · 严审计",
            tuple((Role.AUDITOR, area) for area in ("370000", "140600", "310000")),
        ),
        DemoLogin("administrator", "系统管理员 · 许管理", ((Role.SYSTEM_ADMINISTRATOR, "370000"),)),
        DemoLogin("no.grant", "未授权账号 · 白同志", ()),
    ]


def make(actor: Scope, cast_village: str, other_village: str) -> None:
    wanted = demo_logins(cast_village, other_village)
    made = actions.create_demo_logins(
        actor=actor,
        names=[(login.username, login.display_name, login.grants[0][1] if login.grants else None) for login in wanted],
        password=PASSWORD,
    )
    for login, row in zip(wanted, made, strict=True):
        for role, area in login.grants:
            actions.grant_role(actor=actor, login=row, role=role, area_code=area, from_on=_FROM)
