"""Why a cell or a row cannot be taken: what, why and what to do, said of a place that a clerk can find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml


class Said(NamedTuple):
    """The sentence and the advice, Chinese and English; braces stand for what the fault brings along."""

    zh: str
    en: str
    todo_zh: str
    todo_en: str


@cache
def sentences() -> Mapping[str, Said]:
    """Fault code → what is said of it."""
    table = yaml.safe_load(Path(__file__).with_name("faults.yaml").read_text(encoding="utf-8"))
    return {code: Said(**said) for code, said in table.items()}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a row. `column` is the index of the cell from 0, or None where no single cell is at fault."""

    code: str
    column: int | None = None
    said: Mapping[str, str] = field(default_factory=dict)

    def text(self, language: str = "zh-hans") -> str:
        """What is wrong and what to do, in one language; Chinese unless it begins with "en"."""
        said = sentences()[self.code]
        if language.startswith("en"):
            what, todo = said.en.format_map(self.said), said.todo_en.format_map(self.said)
            return f"{what[:1].upper()}{what[1:]}. {todo}".rstrip()
        return f"{said.zh.format_map(self.said)}。{said.todo_zh.format_map(self.said)}"


def column_letter(index: int) -> str:
    """The letter a spreadsheet gives the column: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


class CellFault(Exception):
    """A cell that cannot be read; whoever knows the column turns it into a Fault."""

    def __init__(self, code: str, **said: str) -> None:
        super().__init__(code)
        self.code = code
        self.said = said
