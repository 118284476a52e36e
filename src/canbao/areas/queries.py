"""Names, paths and children of administrative codes. Divisions are public: a scope narrows, none shows all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Q

from canbao.areas import working_days
from canbao.areas.former import former_codes
from canbao.areas.models import Area, AreaLevel, AreaSource, HolidayCalendar, PoolingArea
from canbao.areas.refusals import CalendarMissing
from canbao.areas.working_days import YearDays
from canbao.kernel.scope import Scope, area_prefix, lies_in

_LENGTHS = (6, 9, 12)


def _stored(code: str) -> str:
    """The code as the table has it: 370400000000 is 370400."""
    prefix = area_prefix(code)
    return next(prefix.ljust(length, "0") for length in _LENGTHS if len(prefix) <= length)


def _line(code: str) -> list[str]:
    """The codes of the area and of all it lies in, widest first."""
    own = _stored(code)
    above = [own[:2] + "0000", own[:4] + "00", own[:6], own[:9], own]
    return list(dict.fromkeys(above))


def source() -> AreaSource | None:
    """The edition loaded last."""
    return AreaSource.objects.order_by("-id").first()


def area(code: str) -> Area | None:
    """The area of a code of 6 to 12 digits, or None."""
    return Area.objects.filter(code=_stored(code)).first()


def is_village(code: str) -> bool:
    """Whether the code, written out to 12 digits, is a village's or community's."""
    return Area.objects.filter(code=code, level=AreaLevel.VILLAGE, is_grouping=False).exists()


def path(code: str) -> list[Area]:
    """The area and what it lies in, widest first, as far as it is known: 山东省, 枣庄市, 滕州市."""
    return list(Area.objects.filter(code__in=_line(code), is_grouping=False).order_by("code", "level"))


def full_name(code: str) -> str:
    """The path in one string; the code itself if nothing of it is known."""
    return "".join(step.name for step in path(code)) or code


def covering(codes: Iterable[str]) -> str:
    """The code of the smallest area that all of these lie in; there must be one."""
    lines = [_line(code) for code in codes]
    return [step for step in lines[0] if all(step in line for line in lines)][-1]


def names(codes: Iterable[str]) -> dict[str, str]:
    """Code → name for those that are known."""
    wanted = {code: _stored(code) for code in set(codes)}
    found = dict(Area.objects.filter(code__in=set(wanted.values())).values_list("code", "name"))
    return {code: found[stored] for code, stored in wanted.items() if stored in found}


def children(scope: Scope | None, code: str) -> list[Area]:
    """The areas right below, in code order; with a scope, only those that it reaches into."""
    below = Area.objects.filter(parent_id=_stored(code), is_grouping=False).order_by("code")
    return [child for child in below if scope is None or _reaches(scope, child)]


def _reaches(scope: Scope, area: Area) -> bool:
    return any(area.prefix.startswith(own) or own.startswith(area.prefix) for own in scope.prefixes)


def entrances(scope: Scope) -> list[Area]:
    """The areas that the scope was granted for: where a page begins."""
    codes = [_stored(prefix.ljust(6, "0")) for prefix in scope.prefixes]
    return list(Area.objects.filter(code__in=codes).order_by("code"))


def provinces() -> list[Area]:
    return list(Area.objects.filter(parent=None).order_by("code"))


def search(text: str, within: str | None = None, limit: int = 20) -> list[Area]:
    """Areas whose name contains the text, or whose pinyin or initials begin with it; wider areas first."""
    wanted = text.strip().lower().replace(" ", "")
    if not wanted:
        return []
    found = Area.objects.filter(
        Q(name__contains=wanted) | Q(pinyin__startswith=wanted) | Q(initials__startswith=wanted), is_grouping=False
    )
    if within is not None:
        found = found.filter(code__startswith=area_prefix(within))
    return sorted(found[: 10 * limit], key=lambda area: (len(area.prefix), area.code))[:limit]


def pooling_areas(scope: Scope) -> list[PoolingArea]:
    """The pooling areas that the scope reaches into."""
    return [fund for fund in PoolingArea.objects.order_by("code") if _pools(scope, fund.code)]


def pooling_codes(scope: Scope) -> list[str]:
    return [fund.code for fund in pooling_areas(scope)]


def _pools(scope: Scope, code: str) -> bool:
    prefix = area_prefix(code)
    return any(prefix.startswith(own) or own.startswith(prefix) for own in scope.prefixes)


def pooling_area_of(code: str) -> PoolingArea | None:
    """The pooling area that the area lies in, if it is one of ours."""
    return next((fund for fund in PoolingArea.objects.all() if lies_in(code, fund.code)), None)


def codes_inside(code: str | None, level: AreaLevel) -> list[str]:
    """The codes of one level inside the area, or of all of China, in order."""
    inside = Area.objects.filter(level=level, is_grouping=False)
    if code is not None:
        inside = inside.filter(code__startswith=area_prefix(code))
    return list(inside.order_by("code").values_list("code", flat=True))


def loaded_calendars() -> list[HolidayCalendar]:
    """What administrators loaded, latest first."""
    return list(HolidayCalendar.objects.order_by("-id"))


def calendar_of(year: int) -> YearDays:
    """The holidays of a year: what was loaded last, else what the library carries. CalendarMissing without either."""
    loaded = HolidayCalendar.objects.filter(year=year).order_by("-id").first()
    if loaded is not None:
        return YearDays(year, frozenset(loaded.holidays), frozenset(loaded.make_up_days), loaded.source)
    found = working_days.published(year)
    if found is None:
        raise CalendarMissing(year)
    return found


def add_working_days(day: date, count: int) -> date:
    """The `count`-th working day after `day`, which is not counted itself. CalendarMissing beyond the calendars."""
    known: dict[int, YearDays] = {}

    def calendar(year: int) -> YearDays:
        if year not in known:
            known[year] = calendar_of(year)
        return known[year]

    return working_days.days_after(day, count, calendar)


def division_codes() -> frozenset[str]:
    """The six-digit codes that a city or county has, or once had."""
    now = Area.objects.filter(level__in=[AreaLevel.CITY, AreaLevel.COUNTY]).values_list("code", flat=True)
    return former_codes() | frozenset(now)


def townships(scope: Scope) -> list[Area]:
    """The townships that the scope reaches into, in order."""
    whole = Q(code__in={prefix[:9] for prefix in scope.prefixes if len(prefix) >= 9})
    inside = Area.objects.filter(scope.q("code") | whole, level=AreaLevel.TOWNSHIP, is_grouping=False)
    return list(inside.select_related("parent").order_by("code"))


def villages_of(scope: Scope, township: str) -> list[Area]:
    """The villages of a township that lie inside the scope, in order."""
    inside = Area.objects.filter(scope.q("code"), level=AreaLevel.VILLAGE, is_grouping=False)
    return list(inside.filter(code__startswith=township[:9]).order_by("code"))


def villages(scope: Scope) -> list[str]:
    """The codes of the villages inside the scope, in order."""
    inside = Area.objects.filter(scope.q("code"), level=AreaLevel.VILLAGE, is_grouping=False)
    return list(inside.order_by("code").values_list("code", flat=True))
