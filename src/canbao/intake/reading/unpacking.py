"""What a workbook unpacks to, measured before anything builds it in memory: parts may be bombs, cells lie far out.

The sizes that a ZIP names of itself may be untrue, so every part is unpacked once, piece by piece, and thrown away.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from canbao.intake import refusals

UNPACKED_BYTES_MAX = 3 << 29
# A sheet is held as a rectangle from its first to its last cell.
CELLS_MAX = 30_000_000
_AT_ONCE = 1 << 20
_REFERENCE = re.compile(rb'\sr="([A-Z]{1,3})(\d{1,7})"')
_REFERENCE_LENGTH_MAX = 16
_STORED, _DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED


def refuse_what_unpacks_too_large(content: bytes) -> None:
    """Refuses `too_large_file` and `unreadable_file`."""
    total = 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            for part in parts.infolist():
                widest = lowest = 0
                rest = b""
                for piece in _unpacked(content, part):
                    total += len(piece)
                    if total > UNPACKED_BYTES_MAX:
                        raise refusals.too_large_file()
                    found = _REFERENCE.findall(rest + piece)
                    rest = piece[-_REFERENCE_LENGTH_MAX:]
                    widest = max(widest, max(map(_column, {letters for letters, _ in found}), default=0))
                    lowest = max(lowest, max((int(row) for row in {row for _, row in found}), default=0))
                if widest * lowest > CELLS_MAX:
                    raise refusals.too_large_file()
    except (zipfile.BadZipFile, zlib.error, NotImplementedError):
        raise refusals.unreadable_file() from None


def _unpacked(content: bytes, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """The part to its own end, whatever length it names."""
    header = content[part.header_offset : part.header_offset + 30]
    if len(header) < 30:
        raise zipfile.BadZipFile
    start = part.header_offset + 30 + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    packed = memoryview(content)[start : start + part.compress_size]
    if part.compress_type == _STORED:
        yield from (bytes(packed[at : at + _AT_ONCE]) for at in range(0, len(packed), _AT_ONCE))
        return
    if part.compress_type != _DEFLATED:
        raise NotImplementedError
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    for at in range(0, len(packed), _AT_ONCE):
        waiting = bytes(packed[at : at + _AT_ONCE])
        while waiting and not unpacker.eof:
            yield unpacker.decompress(waiting, _AT_ONCE)
            waiting = unpacker.unconsumed_tail


def _column(letters: bytes) -> int:
    """A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number
