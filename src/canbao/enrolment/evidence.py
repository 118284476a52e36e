"""Files that applicants send: what they may be, and where they lie.

The type is told by the content, never by a name. A file is kept sealed, under a random name, in the data folder, which
no web server serves.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from canbao.kernel.vault import ring

BYTES_MAX = 5_000_000
FILES_MAX = 8
_NAME = re.compile("[0-9a-f]{32}")
_HEIC_BRANDS = (b"heic", b"heix", b"mif1", b"msf1", b"hevc")


def media_type(content: bytes) -> str | None:
    """The media type of a PDF, JPEG, PNG or HEIC file, by its first bytes; None for anything else."""
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        return "image/heic"
    return None


def keep(content: bytes) -> str:
    """Write the file, sealed; the name it is kept under."""
    name = secrets.token_hex(16)
    place = _place(name)
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(place, base64.b64encode(content).decode())
    return name


def opened(name: str) -> bytes:
    """The content again. FileNotFoundError if it is gone, VaultFault if it was changed."""
    return base64.b64decode(ring().open(_place(name).read_bytes(), _sealed_as(name)))


def seal_again() -> Iterator[int]:
    """Every kept file under the active key, each replaced at once or not at all; yields 1 for each one changed."""
    for place in sorted((Path(settings.DATA) / "evidence").glob("??/*")):
        if not _NAME.fullmatch(place.name):
            continue
        with place.open("rb") as file:
            if file.read(len(ring().active_id)) == ring().active_id:
                continue
        _write(place, ring().open(place.read_bytes(), _sealed_as(place.name)))
        yield 1


def _write(place: Path, text: str) -> None:
    """Whoever reads the file meets it whole, as it was or as it is."""
    unfinished = place.with_suffix(".unfinished")
    with unfinished.open("wb") as file:
        file.write(ring().seal(text, _sealed_as(place.name)))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(place)


def _sealed_as(name: str) -> str:
    return f"evidence {name}"


def _place(name: str) -> Path:
    return Path(settings.DATA) / "evidence" / name[:2] / name
