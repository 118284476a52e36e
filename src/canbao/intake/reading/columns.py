"""What a column of a list means, and how its cells are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

from django.utils.functional import Promise

from canbao.intake.reading.values import (
    Cell,
    read_choice,
    read_count,
    read_date,
    read_id_number,
    read_name,
    read_text,
)

_REMEMBERED_MAX = 65_536


class Kind(StrEnum):
    TEXT = "text"
    NAME = "name"
    ID_NUMBER = "id_number"
    DATE = "date"
    CHOICE = "choice"
    COUNT = "count"


@dataclass(frozen=True)
class Column:
    """A column of a source. `key` finds its headings in headings.yaml; `example` stands in the template.

    `choices`: words → code, for Kind.CHOICE. `of_person`: in a row for a whole household each person has an own one.
    """

    key: str
    name: Promise
    kind: Kind
    required: bool = False
    example: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    of_person: bool = False
    about: Promise | str = ""

    def reader(self) -> Callable[[Cell], Any]:
        """`read` for the many rows of a list, whose days, places and choices say the same again and again."""
        if self.kind in (Kind.NAME, Kind.ID_NUMBER):
            return self.read
        remembered = lru_cache(_REMEMBERED_MAX)(self.read)
        # 1, 1.0 and True are one key; only texts are remembered.
        return lambda cell: remembered(cell) if type(cell) is str else self.read(cell)

    def read(self, cell: Cell) -> Any:
        """The value, or an empty one (None or ""); CellFault for what cannot be read."""
        match self.kind:
            case Kind.TEXT:
                return read_text(cell)
            case Kind.NAME:
                return read_name(cell)
            case Kind.ID_NUMBER:
                return read_id_number(cell)
            case Kind.DATE:
                return read_date(cell)
            case Kind.COUNT:
                return read_count(cell)
            case Kind.CHOICE:
                return read_choice(cell, self.choices)
