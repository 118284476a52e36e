"""Loading the divisions, all at once by COPY (a code that a new edition drops keeps its name), and holidays."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from django.db import connection, transaction

from canbao.areas.divisions import divisions, edition
from canbao.areas.models import Area, AreaSource, HolidayCalendar, PoolingArea
from canbao.areas.refusals import BadCalendar, UnknownArea
from canbao.areas.working_days import weekend
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope

_COLUMNS = "code, name, pinyin, initials, level, parent_id, prefix, is_grouping"


@transaction.atomic
def load_divisions(
    *, actor: Scope, folder: Path, served: Sequence[str], progress: Callable[[str], None] = lambda line: None
) -> AreaSource:
    """Load the package in `folder`, down to the village for the `served` areas. The same again changes nothing."""
    actor.require(Capability.LOAD_AREAS)
    about = edition(folder)
    key = " ".join((about.name, about.version, *sorted(served)))
    digest = hashlib.sha256(key.encode()).hexdigest()
    known = AreaSource.objects.filter(name=about.name, digest=digest).first()
    if known is not None:
        return known
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE incoming (LIKE areas_area) ON COMMIT DROP")
        with cursor.copy(f"COPY incoming ({_COLUMNS}) FROM STDIN") as copy:
            for division in divisions(folder, served):
                copy.write_row(division.row())
        changes = ", ".join(f"{column} = excluded.{column}" for column in _COLUMNS.split(", ")[1:])
        cursor.execute(
            f"INSERT INTO areas_area ({_COLUMNS}) SELECT {_COLUMNS} FROM incoming "
            f"ON CONFLICT (code) DO UPDATE SET {changes}"
        )
        count = cursor.rowcount
    progress(f"{about.name} {about.version} ({about.data_on}): {count:,}")
    return AreaSource.objects.create(
        name=about.name, version=about.version, data_on=about.data_on, digest=digest, area_count=count
    )


@transaction.atomic
def name_pooling_areas(*, actor: Scope, codes: Sequence[str]) -> list[PoolingArea]:
    """Make sure each pooling area exists, called as its division is; UnknownArea if there is no such division."""
    actor.require(Capability.LOAD_AREAS)
    names = dict(Area.objects.filter(code__in=codes).values_list("code", "name"))
    made = []
    for code in sorted(set(codes)):
        if code not in names:
            raise UnknownArea(code)
        made.append(PoolingArea.objects.update_or_create(code=code, defaults={"name": names[code]})[0])
    return made


CALENDAR_COLUMNS = ("day", "kind")
HOLIDAY, WORKING = "holiday", "working"


def load_calendar(*, actor: Scope, year: int, text: str, source: str, clock: Clock) -> HolidayCalendar:
    """Take the holidays of one year from CSV text: a header `day,kind`, then days with `holiday` or `working`.

    `working` are weekend days on which people work. A later calendar of the same year replaces this one for counting
    from then on. Refuses `bad_calendar` with the line.
    """
    actor.require(Capability.LOAD_CALENDAR)
    if not source.strip():
        raise BadCalendar(0, "", "没有写明依据的文件", "the document it comes from is not named")
    kinds = {HOLIDAY: set[date](), WORKING: set[date]()}
    for row, day, kind in _calendar_rows(text):
        if day.year != year:
            raise BadCalendar(row, "day", f"{day}不在{year}年", f"{day} is not in {year}")
        if kind not in kinds:
            what = ("应为holiday（放假）或working（上班）", "must be holiday or working")
            raise BadCalendar(row, "kind", *what)
        if day in kinds[HOLIDAY] | kinds[WORKING]:
            raise BadCalendar(row, "day", f"{day}重复", f"{day} stands twice")
        if kind == WORKING and not weekend(day):
            raise BadCalendar(row, "kind", f"{day}不是周末，不用调休上班", f"{day} is no weekend day to make up")
        kinds[kind].add(day)
    if not kinds[HOLIDAY]:
        raise BadCalendar(0, "", "没有一个放假日", "it names no holiday")
    return HolidayCalendar.objects.create(
        year=year,
        holidays=sorted(kinds[HOLIDAY]),
        make_up_days=sorted(kinds[WORKING]),
        source=source.strip()[:120],
        loaded_at=clock.now(),
        actor_id=actor.actor_id,
        actor_name=actor.actor_name,
    )


def _calendar_rows(text: str) -> list[tuple[int, date, str]]:
    lines = list(csv.reader(text.removeprefix("\ufeff").splitlines()))
    if not lines or tuple(cell.strip() for cell in lines[0][:2]) != CALENDAR_COLUMNS:
        raise BadCalendar(1, "day,kind", "第一行应为day,kind", "the first line must be day,kind")
    found = []
    for row, cells in enumerate(lines[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) < len(CALENDAR_COLUMNS):
            raise BadCalendar(row, "kind", "缺少一列", "a column is missing")
        try:
            found.append((row, date.fromisoformat(cells[0].strip()), cells[1].strip()))
        except ValueError:
            raise BadCalendar(row, "day", "日期应写成2027-01-01", "write a day as 2027-01-01") from None
    return found
