"""Which village or township a list speaks of: by code, or by names as people write them."""

from __future__ import annotations

import re

from canbao.areas import queries as areas
from canbao.areas.models import AreaLevel
from canbao.intake.reading.faults import CellFault
from canbao.kernel.scope import lies_in

_VILLAGE = re.compile(r"(?:村民委员会|居民委员会|社区居委会|村委会|居委会|社区|村|居)+$")
_TOWNSHIP = re.compile(r"(?:街道办事处|办事处|人民政府|街道|镇|乡)$")
_CODE = re.compile(r"\d{6}|\d{9}|\d{12}")


class Places:
    """The villages and townships of one area, read once for a batch."""

    def __init__(self, area_code: str) -> None:
        self.area_code = area_code
        townships = {code: name for code, name in _named(area_code, AreaLevel.TOWNSHIP).items()}
        self._villages: dict[tuple[str, str], set[str]] = {}
        self._codes: set[str] = set()
        self._names: dict[str, str] = {}
        for code, name in _named(area_code, AreaLevel.VILLAGE).items():
            self._codes.add(code)
            self._names[code] = name
            township = _short(_TOWNSHIP, townships.get(code[:9], ""))
            for written in {name, _short(_VILLAGE, name)}:
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
        if code:
            if code not in self._codes:
                raise CellFault("village_unknown", value=code)
            return code
        if not name:
            return None
        where = _short(_TOWNSHIP, township)
        found = self._villages.get((where, name)) or self._villages.get((where, _short(_VILLAGE, name)))
        if not found:
            raise CellFault("village_unknown", value=f"{township}{name}"[:40])
        if len(found) > 1:
            raise CellFault("village_unclear", value=f"{township}{name}"[:40])
        return next(iter(found))

    def area(self, written: str) -> str:
        """A county, township or village by code or name. CellFault `area_unknown` or `village_unclear`."""
        if _CODE.fullmatch(written):
            if lies_in(written, self.area_code) and areas.area(written) is not None:
                return written
            raise CellFault("area_unknown", value=written)
        found = self._areas.get(written) or self._areas.get(_short(_TOWNSHIP, written))
        found = found or self._villages.get(("", written)) or self._villages.get(("", _short(_VILLAGE, written)))
        if not found:
            raise CellFault("area_unknown", value=written[:40])
        if len(found) > 1:
            raise CellFault("village_unclear", value=written[:40])
        return next(iter(found))


def _named(area_code: str, level: AreaLevel) -> dict[str, str]:
    return areas.names(areas.codes_inside(area_code, level))


def _short(ending: re.Pattern[str], name: str) -> str:
    """安居社区居委会 → 安居; a name that is nothing but its ending stays."""
    return ending.sub("", name) or name
