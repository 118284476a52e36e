"""One rule for names, wherever somebody writes one: at a counter, in a list, on the public form.

A name in Chinese characters has no spaces; its parts may be joined by the dot (买买提·艾力). A name in other letters
has words, which spaces, hyphens, apostrophes and full stops join (Anne-Marie O'Neil Jr.). No name has digits or markup.
"""

from __future__ import annotations

import re
import unicodedata

from canbao.registry.refused_names import BadName, NameMissing, NameTooLong

NAME_MAX = 60
# Nothing in it would be changed or refused.
_PLAIN = re.compile(r"[\u4e00-\u9fa5]{1,20}")
_HAN = re.compile(r"[\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_DOTS = str.maketrans(dict.fromkeys("•・‧．。∙●⋅", "·"))
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘`´ʼ", "'"))
_BETWEEN = r"(?:[·'\-] ?|\. ?| )"
_LETTERS = r"[^\W\d_]"


def normal_name(text: str) -> str:
    """As it is kept: half-width, one kind of dot and apostrophe, no spaces in Chinese, one between words of others."""
    if _PLAIN.fullmatch(text):
        return text
    normal = unicodedata.normalize("NFKC", text.translate(_DOTS)).translate(_APOSTROPHES)
    seen = "".join(c if unicodedata.category(c) != "Cf" else "" for c in normal)
    words = seen.split()
    return "".join(words) if _HAN.search(seen) else " ".join(words)


def is_name(normal: str) -> bool:
    """Whether somebody could be called so; of a name as `normal_name` gives it."""
    if _PLAIN.fullmatch(normal):
        return True
    # Marks above or below a letter are part of it.
    letters = "".join(c for c in normal if not unicodedata.category(c).startswith("M"))
    return re.fullmatch(rf"{_LETTERS}+(?:{_BETWEEN}{_LETTERS}+)*\.?", letters) is not None


def checked_name(text: str) -> str:
    """The name as it is kept. NameMissing, NameTooLong, BadName."""
    normal = normal_name(text)
    if not normal:
        raise NameMissing
    if len(normal) > NAME_MAX:
        raise NameTooLong(NAME_MAX)
    if not is_name(normal):
        raise BadName
    return normal
