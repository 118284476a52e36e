"""Columns with few distinct values, as small codes: what costs time for a value is done once for each value."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from ..situations import Codes


class Encoder:
    """Codes of one text column, stable over batches. Code 0 is null; `values[code]` is the text."""

    def __init__(self, good: Callable[[str], bool]) -> None:
        self.good = good
        self.type = pl.Categorical(pl.Categories.random())
        # Polars forgets the numbers of a category set that no column holds, and would give them out anew.
        self.anchor = pl.Series([None], dtype=self.type)
        self.values: list[str | None] = [None]
        self.known_good = np.ones(1, dtype=bool)
        self.next = 0

    def codes(self, column: pl.Series) -> Codes:
        if column.null_count() == len(column):
            return np.zeros(len(column), dtype=np.int64)
        numbers = column.cast(self.type).to_physical().cast(pl.Int64).fill_null(-1)
        if int(numbers.max() or 0) >= self.next:  # type: ignore[arg-type]
            self._learn(column, numbers)
        codes: Codes = numbers.to_numpy() + 1
        return codes

    def _learn(self, column: pl.Series, numbers: pl.Series) -> None:
        fresh = numbers >= self.next
        found = pl.DataFrame({"number": numbers.filter(fresh), "value": column.filter(fresh)}).unique().sort("number")
        self.next = int(found["number"][-1]) + 1
        values = self.values + [None] * (self.next + 1 - len(self.values))
        good = np.ones(len(values), dtype=bool)
        good[: len(self.known_good)] = self.known_good
        for number, value in found.iter_rows():
            values[number + 1] = value
            good[number + 1] = self.good(value)
        # A new list, never the old one changed: batches made earlier are read in another thread.
        self.values = values
        self.known_good = good
