"""What a column of a list means, and how its cells are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
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
