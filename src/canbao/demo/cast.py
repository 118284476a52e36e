"""The people that documentation, tests and tours call by name. They all live in one village of each place.

张桂兰 low income, and certified severely disabled · 陈守义 four years uninsured · 赵阿婆 died in the window ·
刘玉珍 63 years old, pays half: the person of the first tour · 单雄飞 whose surname is read otherwise ·
周有田 has a disability grade that takes a category away · 马远行 lives here without a permit ·
孙一鸣 enrolled although he is insured as an employee · 韩未定 has chosen no tier · 郑海归 permanent residence card.

Those who wait for spring are known ahead of time and not enrolled; move the demo's day to 9, 10 or 11 April 2025 and
enrol them: 李小满, born 89 days before the first of these days · 王建国, who left the employee scheme in March.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from canbao.demo.person import Certified, Invented, InventedHousehold
from canbao.registry.models import Department

_REGISTERED = date(2024, 10, 28)
_ALL_YEARS = [2019, 2020, 2021, 2022, 2023, 2024]
_FIRST_DAY_2023 = date(2023, 1, 1)


def _person(name: str, sex: str, birth_on: date, village: str, **facts: object) -> Invented:
    made = Invented(
        birth_on=birth_on,
        sex=sex,
        name=name,
        surname=name[:1],
        id_area=village,
        hukou_area=village,
        residence_area=village,
        hukou_kind="rural",
        hukou_since=birth_on,
        covered_years=[year for year in _ALL_YEARS if year >= birth_on.year],
        registered_on=_REGISTERED,
    )
    for column, value in facts.items():
        setattr(made, column, value)
    return made


def _tengzhou(village: str) -> list[InventedHousehold]:
    allowance = Certified("subsistence_allowance", Department.CIVIL_AFFAIRS, _FIRST_DAY_2023)
    disabled = Certified("severe_disability", Department.DISABLED_FEDERATION, _FIRST_DAY_2023)
    widow = _person("张桂兰", "female", date(1956, 3, 8), village, disability_grade=2, categories=[allowance, disabled])
    lowered = _person("周有田", "male", date(1971, 6, 2), village, disability_grade=3, categories=[disabled])
    return [
        InventedHousehold([_person("刘玉珍", "female", date(1961, 5, 20), village)]),
        InventedHousehold([widow]),
        InventedHousehold([_person("赵阿婆", "female", date(1941, 9, 1), village, died_on=date(2024, 11, 20))]),
        InventedHousehold([_person("单雄飞", "male", date(1984, 2, 11), village)]),
        InventedHousehold([lowered]),
        InventedHousehold([_person("孙一鸣", "male", date(1990, 8, 17), village, employee_insured=True)]),
        InventedHousehold(
            [_person("马远行", "male", date(1988, 4, 5), village, hukou_area="411723", id_area="411723")]
        ),
    ]


def _weifang(village: str) -> list[InventedHousehold]:
    mover = _person(
        "王建国", "male", date(1972, 10, 9), village,
        tier="low", last_cover_end=date(2025, 3, 31), registered_on=None,
    )  # fmt: skip
    return [
        InventedHousehold([mover]),
        InventedHousehold([_person("韩未定", "female", date(1979, 1, 30), village)]),
    ]


def _shuozhou(village: str) -> list[InventedHousehold]:
    mother = _person("李春梅", "female", date(1996, 5, 5), village)
    child = _person(
        "李小满", "female", date(2025, 1, 10), village, kinship="child", registered_on=None, has_number=False
    )
    return [
        InventedHousehold([mother, child]),
        InventedHousehold([_person("陈守义", "male", date(1968, 7, 7), village, covered_years=[2019, 2020])]),
    ]


def _shanghai(village: str) -> list[InventedHousehold]:
    returner = _person(
        "郑海归", "male", date(1965, 12, 1), village,
        document_kind="foreign_permanent", id_number="CAN000965120109", has_number=False, hukou_area=None,
        hukou_kind=None, hukou_since=None, residence_permit="foreign_permanent", permit_relation="holder",
    )  # fmt: skip
    return [
        InventedHousehold([returner]),
        InventedHousehold([_person("吴阿妹", "female", date(1951, 4, 4), village, hukou_kind="urban")]),
    ]


def _pingyin(village: str) -> list[InventedHousehold]:
    helped = Certified("poverty_alleviated", Department.AGRICULTURE, date(2021, 1, 1))
    student = _person("冯一诺", "female", date(2004, 9, 12), village, student="university", school_area="370102")
    return [
        InventedHousehold([_person("孟庆山", "male", date(1967, 2, 2), village, categories=[helped])]),
        InventedHousehold([student]),
    ]


CAST: dict[str, Callable[[str], list[InventedHousehold]]] = {
    "370481": _tengzhou,
    "370700": _weifang,
    "140600": _shuozhou,
    "310000": _shanghai,
    "370124": _pingyin,
}
