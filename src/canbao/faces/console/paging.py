"""Pages of long lists. A page begins after a row and not after a number of rows, so the last costs what the first does,
and rows that come or go meanwhile are neither skipped nor shown twice. Nobody counts a list further than he reads it.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, Protocol, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

PAGE_ROWS = 200
WHOLE_ROWS_MAX = 20_000
COUNTED_MAX = 1000

Key = Sequence[Any]
Row = TypeVar("Row")
M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Total:
    """How many rows there are, counted up to COUNTED_MAX; `more` if there are further ones."""

    number: int
    more: bool = False

    @classmethod
    def of(cls, count: Callable[[int], int]) -> Total:
        """`count` is told how far to count."""
        counted = count(COUNTED_MAX + 1)
        return cls(min(counted, COUNTED_MAX), counted > COUNTED_MAX)

    def __str__(self) -> str:
        return f"{self.number:,}{'+' if self.more else ''}"


class Listed(Protocol[Row]):
    """A list in a fixed order, which no two rows share."""

    def count(self, most: int) -> int:
        """How many rows there are; counting ends at `most`."""

    def part(self, at: Key | None, limit: int, *, back: bool) -> list[Row]:
        """Rows after the key in order, or before it in reverse order. ValueError for a key that is none."""

    def key(self, row: Row) -> Key: ...


@dataclass(frozen=True)
class InOrder(Generic[M]):
    """The rows of a query. `order` names columns that tell rows apart together; all rise, or all fall."""

    rows: QuerySet[M]
    order: tuple[str, ...]
    falls: bool = False

    def count(self, most: int) -> int:
        return self.rows.order_by()[:most].count()

    def part(self, at: Key | None, limit: int, *, back: bool) -> list[M]:
        falls = self.falls is not back
        rows = self.rows.order_by(*(f"-{name}" if falls else name for name in self.order))
        if at is not None:
            if len(at) != len(self.order):
                raise ValueError("a key of another list")
            rows = rows.filter(self._beyond(at, "lt" if falls else "gt"))
        return list(rows[:limit])

    def _beyond(self, at: Key, comparison: str) -> Q:
        first, *further = self.order
        beyond = Q(**{f"{self.order[-1]}__{comparison}": at[-1]})
        for place in range(len(self.order) - 2, -1, -1):
            name = self.order[place]
            beyond = Q(**{f"{name}__{comparison}": at[place]}) | (Q(**{name: at[place]}) & beyond)
        # Said once more by itself: an index is entered by this and not by the alternatives.
        return Q(**{f"{first}__{comparison}e": at[0]}) & beyond if further else beyond

    def key(self, row: M) -> Key:
        return [_value(row, name) for name in self.order]


def _value(row: Any, name: str) -> Any:
    for step in name.split("__"):
        row = getattr(row, step)
    return row.isoformat() if isinstance(row, date | datetime) else row


@dataclass(frozen=True)
class Page(Generic[Row]):
    """`before` and `after` are what an address asks by for the pages around this one, empty where there is none."""

    rows: list[Row]
    total: Total
    before: str = ""
    after: str = ""
    cut_off: bool = False
    """The whole list was asked for, and it is longer than WHOLE_ROWS_MAX."""

    @property
    def is_whole(self) -> bool:
        return not self.before and not self.after

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def page_of(request: HttpRequest, listed: Listed[Row]) -> Page[Row]:
    """The page that the address asks for, the first for nonsense; the whole list with `all`, for print."""
    size = WHOLE_ROWS_MAX if request.GET.get("all") else PAGE_ROWS
    back = "before" in request.GET
    asked = request.GET.get("before" if back else "after")
    try:
        at = _key(asked) if asked else None
        found = listed.part(at, size + 1, back=back) if at else []
    except (ValueError, TypeError, OverflowError, ValidationError):
        found = []
    if not found:
        # Nothing was asked, or nothing stands there any more.
        at, back, found = None, False, listed.part(None, size + 1, back=False)
    more, rows = len(found) > size, found[:size]
    rows = rows[::-1] if back else rows
    whole = size == WHOLE_ROWS_MAX
    everything = at is None and not more
    return Page(
        rows,
        Total(len(rows)) if everything else Total.of(listed.count),
        before=_cursor(listed, rows[0]) if rows and (more if back else at is not None) else "",
        after=_cursor(listed, rows[-1]) if rows and (back or more) and not whole else "",
        cut_off=more and whole,
    )


def _cursor(listed: Listed[Row], row: Row) -> str:
    return base64.urlsafe_b64encode(json.dumps(list(listed.key(row))).encode()).decode().rstrip("=")


def _key(cursor: str) -> Key:
    """ValueError for what is no cursor."""
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor[:200] + "=" * (-len(cursor[:200]) % 4)))
    except (binascii.Error, UnicodeDecodeError) as broken:
        raise ValueError("no cursor") from broken
    if not isinstance(found, list) or not all(isinstance(part, str | int) for part in found):
        raise ValueError("no cursor")
    if any((isinstance(part, int) and not 0 <= part < 2**63) or "\0" in str(part) for part in found):
        raise ValueError("no key of the database")
    return found
