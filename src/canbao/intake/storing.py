"""A file at rest, a batch's or one on its way out: in pieces, each under a key of the file's own, which the vault
seals. Where a file has no digest yet, another word that is its alone stands in the digest's place.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Iterator

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from canbao.intake.models import Batch, Piece
from canbao.kernel.vault import ring

PIECE_BYTES = 1 << 20
_KEY_BITS, _NONCE_BYTES = 256, 12
_PLACE = "intake_batch.content_key {digest}"


def new_key(digest: str) -> tuple[bytes, bytes]:
    """A key for the file with this digest, and the same sealed."""
    key = AESGCM.generate_key(_KEY_BITS)
    return key, ring().seal(base64.b64encode(key).decode(), _PLACE.format(digest=digest))


def opened_key(digest: str, content_key: bytes) -> bytes:
    return base64.b64decode(ring().open(content_key, _PLACE.format(digest=digest)))


def seal_again(digest: str, content_key: bytes) -> bytes:
    """The key of the file with this digest, under the vault's active key."""
    place = _PLACE.format(digest=digest)
    return ring().seal(ring().open(content_key, place), place)


def pieces(batch: Batch, key: bytes, content: bytes) -> Iterator[Piece]:
    parts = (content[start : start + PIECE_BYTES] for start in range(0, len(content), PIECE_BYTES))
    for position, sealed in sealed_parts(batch.digest, key, parts):
        yield Piece(batch=batch, position=position, sealed=sealed)


def sealed_parts(digest: str, key: bytes, parts: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    cipher = AESGCM(key)
    for position, part in enumerate(parts):
        nonce = os.urandom(_NONCE_BYTES)
        yield position, nonce + cipher.encrypt(nonce, part, _bound(digest, position))


def content_of(batch: Batch, sealed: Iterator[tuple[int, bytes]]) -> bytes:
    """The file, from its pieces in order. VaultFault if the key cannot be opened, InvalidTag if a piece was changed."""
    return b"".join(opened_parts(batch.digest, bytes(batch.content_key), sealed))


def opened_parts(digest: str, content_key: bytes, sealed: Iterable[tuple[int, bytes]]) -> Iterator[bytes]:
    cipher = AESGCM(opened_key(digest, content_key))
    for position, piece in sealed:
        yield cipher.decrypt(bytes(piece[:_NONCE_BYTES]), bytes(piece[_NONCE_BYTES:]), _bound(digest, position))


def _bound(digest: str, position: int) -> bytes:
    """A piece opens in its own place alone."""
    return f"{digest} {position}".encode()
