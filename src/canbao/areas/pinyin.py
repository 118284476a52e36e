"""How Chinese text is read aloud, for search and for sorting: the database has no collation that knows it."""

from __future__ import annotations

from functools import lru_cache

from pypinyin import lazy_pinyin


@lru_cache(maxsize=65536)
def syllables(text: str) -> tuple[str, ...]:
    """Lower-case syllables without tones, one a character; "v" stands for "ü". Other characters stay as they are."""
    return tuple(part.lower() for part in lazy_pinyin(text))


def joined(parts: tuple[str, ...]) -> tuple[str, str]:
    """The whole reading and its initials: ("tengzhoushi", "tzs")."""
    return "".join(parts), "".join(part[0] for part in parts if part)
