"""What somebody typed, or a form of ours sent, as the value that it means; None for what means none."""

from __future__ import annotations

from datetime import date

_KEY_DIGITS_MAX = 18
"""A bigint of PostgreSQL holds every number of so many digits."""


def key_typed(text: str) -> int | None:
    """The key of a row."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _KEY_DIGITS_MAX else None


def day_typed(text: str) -> date | None:
    """A day in ISO form."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
