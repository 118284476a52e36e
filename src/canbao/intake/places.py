"""Which village or township a list speaks of: by code, or by names as people write them."""

from __future__ import annotations

import re

from canbao.areas import queries as areas
from canbao.areas.models import AreaLevel
from canbao.intake.reading.faults import CellFault
from canbao.kernel.scope import lies_in

_COMMUNITY = re.compile(r"(?:社区居民委员会|社区居委会|居民委员会|居委会|社区)$")
_VILLAGE = re.compile(r"(?:村民委员会|村委会|村)$")
_TOWNSHIP = re.compile(r"(?:街道办事处|办事处|人民政府|街道|镇|乡)$")
_CODE = re.compile(r"\d{6}|\d{9}|\d{12}")


class Places:
    """The villages and townships of one area, read once for a batch."""

    def __init__(self, area_code: str) -> None:
        self.area_code = area_code
        townships = _named(area_code, AreaLevel.TOWNSHIP)
        self._villages: dict[tuple[str, str], set[str]] = {}
        self._remembered: dict[tuple[str, str, str], str | None] = {}
        self._codes: set[str] = set()
        self._names: dict[str, str] = {}
        for code, name in _named(area_code, AreaLevel.VILLAGE).items():
            self._codes.add(code)
            self._names[code] = name
            township = _short(_TOWNSHIP, townships.get(code[:9], ""))
            for written in _ways_to_write(name):
                for where in ("", township):
                    self._villages.setdefault((where, written), set()).add(code)
        self._areas: dict[str, set[str]] = {}
        for code, name in {**_named(area_code, AreaLevel.COUNTY), **townships}.items():
            for written in {name, _short(_TOWNSHIP, name)}:
                self._areas.setdefault(written, set()).add(code)
        for code, name in {**townships, **self._names}.items():
            self._names.setdefault(code, name)

    def name(self, code: str) -> str:
        return self._names.get(code, code)

    def village(self, code: str, name: str, township: str) -> str | None:
        """The code; None if the row names no village. CellFault `village_unknown` or `village_unclear`."""
        try:
            return self._remembered[code, name, township]
        except KeyError:
            found = self._remembered[code, name, township] = self._village(code, name, township)
            return found

    def _village(self, code: str, name: str, township: str) -> str | None:
        if code:
            if code not in self._codes:
                raise CellFault("village_unknown", value=code)
            return code
        if not name:
            return None
        where = _short(_TOWNSHIP, township)
        found = self._called(where, name)
        if not found:
            raise CellFault("village_unknown", value=f"{township}{name}"[:40])
        if len(found) > 1:
            raise CellFault("village_unclear", value=f"{township}{name}"[:40])
        return next(iter(found))

    def area(self, written: str, *, anywhere: bool = False) -> str:
        """A county, township or village by code or name; with `anywhere`, of the whole country by code.

        CellFault `area_unknown` or `village_unclear`.
        """
        if _CODE.fullmatch(written):
            if anywhere and (areas.area(written) is not None or written[:6] in areas.division_codes()):
                return written
            if lies_in(written, self.area_code) and areas.area(written) is not None:
                return written
            raise CellFault("area_unknown", value=written)
        found = self._areas.get(written) or self._areas.get(_short(_TOWNSHIP, written))
        found = found or self._called("", written)
        if not found:
            raise CellFault("area_unknown", value=written[:40])
        if len(found) > 1:
            raise CellFault("village_unclear", value=written[:40])
        return next(iter(found))

    def _called(self, where: str, name: str) -> set[str]:
        """The villages that the longest form of the name stands for."""
        return next((found for way in _ways_to_write(name) if (found := self._villages.get((where, way)))), set())


def _named(area_code: str, level: AreaLevel) -> dict[str, str]:
    return areas.names(areas.codes_inside(area_code, level))


def _ways_to_write(name: str) -> list[str]:
    """安居社区居委会, 安居社区, 安居: the longer a form, the fewer places share it."""
    core = _core(name)
    if _COMMUNITY.search(name):
        return [name, f"{core}社区", core]
    if _VILLAGE.search(name) and not core.endswith("村"):
        return [name, f"{core}村", core]
    return [name, core]


def _core(name: str) -> str:
    return _short(_COMMUNITY, name) if _COMMUNITY.search(name) else _short(_VILLAGE, name)


def _short(ending: re.Pattern[str], name: str) -> str:
    """A name without its ending; one that is nothing else stays."""
    return ending.sub("", name, count=1) or name
