"""The message catalogue: reads the .po that people edit and makes the .mo that Django loads, without gettext's tools.

`python -m canbao.faces.catalogue` writes the .mo beside the .po; a test holds the two together.
"""

from __future__ import annotations

import ast
import struct
from dataclasses import dataclass, field
from pathlib import Path

PO = Path(__file__).parent / "locale" / "en" / "LC_MESSAGES" / "django.po"
MO = PO.with_suffix(".mo")
_MAGIC, _HEADER_BYTES, _ENTRY_BYTES = 0x950412DE, 28, 8


@dataclass
class Message:
    """One entry. `translations` has one text, or one for each plural form; `fuzzy` entries are not to be trusted."""

    context: str = ""
    text: str = ""
    plural: str = ""
    translations: list[str] = field(default_factory=list)
    fuzzy: bool = False

    @property
    def key(self) -> str:
        key = f"{self.context}\x04{self.text}" if self.context else self.text
        return f"{key}\0{self.plural}" if self.plural else key


def messages(po: str) -> list[Message]:
    """The entries of a .po text in order, the header (text "") first."""
    found: list[Message] = []
    for block in po.split("\n\n"):
        message, target = Message(), ""
        for line in block.splitlines():
            if line.startswith("#,") and "fuzzy" in line:
                message.fuzzy = True
            if line.startswith("#") or not line.strip():
                continue
            word, _, quoted = line.partition(" ") if not line.startswith('"') else (target, "", line)
            target = word
            value = str(ast.literal_eval(quoted))
            if word == "msgctxt":
                message.context += value
            elif word == "msgid":
                message.text += value
            elif word == "msgid_plural":
                message.plural += value
            elif line.startswith('"'):
                message.translations[-1] += value
            else:
                message.translations.append(value)
        if message.translations:
            found.append(message)
    return found


def mo_bytes(entries: list[Message]) -> bytes:
    """The GNU .mo file of the entries that are translated."""
    table = {
        entry.key: "\0".join(entry.translations) for entry in entries if any(entry.translations) and not entry.fuzzy
    }
    pairs = sorted((key.encode(), text.encode()) for key, text in table.items())
    start = _HEADER_BYTES + 2 * _ENTRY_BYTES * len(pairs)
    indexes: tuple[list[int], list[int]] = ([], [])
    data = b""
    for side, index in enumerate(indexes):
        for pair in pairs:
            index += [len(pair[side]), start + len(data)]
            data += pair[side] + b"\0"
    header = [_MAGIC, 0, len(pairs), _HEADER_BYTES, _HEADER_BYTES + _ENTRY_BYTES * len(pairs), 0, 0]
    numbers = [*header, *indexes[0], *indexes[1]]
    return struct.pack(f"<{len(numbers)}I", *numbers) + data


if __name__ == "__main__":
    MO.write_bytes(mo_bytes(messages(PO.read_text(encoding="utf-8"))))
