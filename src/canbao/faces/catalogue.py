"""The message catalogue: reads the .po that people edit and makes the .mo that Django loads, without gettext's tools.

`python -m canbao.faces.catalogue` writes the .po anew, sorted by text, so that two people who add entries rarely meet
in one place, and the .mo beside it; a test holds both to this.
"""

from __future__ import annotations

import ast
import json
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
    """The entries of a .po text in order, the header (text "") first; empty lines mean nothing: a merge loses some."""
    found: list[Message] = []
    message, target = Message(), ""
    for line in po.splitlines():
        if line.startswith(("#", "msgctxt ", "msgid ")) and message.translations:
            found.append(message)
            message = Message()
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
    return [*found, message] if message.translations else found


def po_text(entries: list[Message]) -> str:
    """The .po of the entries, sorted by key, each once.

    Raises:
        ValueError: A text has two different translations.
    """
    table: dict[str, Message] = {}
    for entry in entries:
        if table.setdefault(entry.key, entry).translations != entry.translations:
            raise ValueError(f"{PO.name}: two translations of {entry.text!r}: keep one.")
    return "\n\n".join(_entry(table[key]) for key in sorted(table)) + "\n"


def _entry(message: Message) -> str:
    lines = ["#, fuzzy"] if message.fuzzy else []
    lines += [f"msgctxt {_quoted(message.context)}"] if message.context else []
    lines.append(f"msgid {_quoted(message.text)}")
    if message.plural:
        lines.append(f"msgid_plural {_quoted(message.plural)}")
        return "\n".join(lines + [f"msgstr[{i}] {_quoted(text)}" for i, text in enumerate(message.translations)])
    return "\n".join([*lines, f"msgstr {_quoted(message.translations[0])}"])


def _quoted(text: str) -> str:
    """A text as .po writes it: several lines of text stand on lines of their own."""
    lines = text.splitlines(keepends=True)
    pieces = [json.dumps(line, ensure_ascii=False) for line in lines] or ['""']
    return pieces[0] if len(pieces) == 1 else "\n".join(['""', *pieces])


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
    PO.write_text(po_text(messages(PO.read_text(encoding="utf-8"))), encoding="utf-8")
    MO.write_bytes(mo_bytes(messages(PO.read_text(encoding="utf-8"))))
