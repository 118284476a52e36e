"""What a row of a ledger can be, and what is written of it."""

from __future__ import annotations

from typing import Final

import polars as pl

SIDES: Final = ("ours", "theirs")
KINDS: Final = (
    "matched",
    "person_differs",
    "year_differs",
    "amount_differs",
    "only_ours",
    "only_theirs",
    "duplicate_txn_ours",
    "duplicate_txn_theirs",
    "paid_twice",
    "two_areas",
)
MATCHED, PERSON, YEAR, AMOUNT, ONLY_OURS, ONLY_THEIRS, DUPLICATE_OURS, DUPLICATE_THEIRS, PAID_TWICE, TWO_AREAS = range(
    len(KINDS)
)
COLUMNS: Final[dict[str, pl.DataType]] = {
    "txn_id": pl.String(),
    "person_id": pl.String(),
    "benefit_year": pl.Int64(),
    "amount_fen": pl.Int64(),
    "paid_at": pl.Datetime("us"),
    "channel": pl.String(),
    "pooling_area": pl.String(),
}
OPTIONAL: Final = frozenset({"pooling_area"})
# What a row cannot be compared without.
NEEDED: Final = ("txn_id", "person_id", "benefit_year", "amount_fen")


def difference_columns(shown: list[str]) -> list[tuple[str, str, str]]:
    """(name in the file of differences, side, column of the ledger), after `kind` and `txn_id`."""
    return [(f"{side}_{column}", side, column) for column in shown if column != "txn_id" for side in SIDES]
