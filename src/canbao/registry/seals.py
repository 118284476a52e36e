"""What of a person is kept sealed, and the indexes under which it is found again."""

from __future__ import annotations

from collections.abc import Iterable

from canbao.kernel.personal import normal_number
from canbao.kernel.vault import ring

TAIL_LENGTH = 4
_TABLE = "registry_resident"


def seal(kind: str, text: str, pooling_area: str) -> bytes:
    """`kind` is number, phone or bank_card; the seal opens as that, in that pooling area, alone."""
    return ring().seal(normal_number(text), f"{_TABLE}.{kind} {pooling_area}")


def opened(kind: str, sealed: bytes | memoryview[int], pooling_area: str) -> str:
    """VaultFault if the seal was changed or moved, or its key is not there."""
    return ring().open(bytes(sealed), f"{_TABLE}.{kind} {pooling_area}")


def index(kind: str, text: str) -> bytes:
    """The same in all pooling areas, so that one person's rows in two of them can be seen to be one."""
    return ring().index(normal_number(text), kind)


def indexes(kind: str, text: str) -> list[bytes]:
    """Under every live key: what a search has to compare with."""
    return ring().indexes(normal_number(text), kind)


def tail_index(number: str, village_code: str) -> bytes:
    """Of the last four characters, salted with the village.

    Birth date and area stand beside it in plain, so the last four are all that is secret of a number. Salted, whoever
    holds the table and knows some numbers learns from equal tails only about people of the same village.
    """
    return ring().index(normal_number(number)[-TAIL_LENGTH:], f"tail {village_code}")


def tail_indexes(tail: str, villages: Iterable[str]) -> list[bytes]:
    return [found for village in villages for found in ring().indexes(tail, f"tail {village}")]


def number_columns(number: str | None, pooling_area: str, village_code: str) -> tuple[bytes | None, ...]:
    """number_sealed, number_index and number_tail of a resident."""
    if not number:
        return None, None, None
    return seal("number", number, pooling_area), index("number", number), tail_index(number, village_code)
