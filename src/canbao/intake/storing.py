"""A batch's file at rest: in pieces, each under a key of the batch's own, which the vault seals."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator

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


def seal_again(digest: str, content_key: bytes) -> bytes:
    """The key of the file with this digest, under the vault's active key."""
    place = _PLACE.format(digest=digest)
    return ring().seal(ring().open(content_key, place), place)


def pieces(batch: Batch, key: bytes, content: bytes) -> Iterator[Piece]:
    cipher = AESGCM(key)
    for position, start in enumerate(range(0, len(content), PIECE_BYTES)):
        nonce = os.urandom(_NONCE_BYTES)
        part = content[start : start + PIECE_BYTES]
        yield Piece(batch=batch, position=position, sealed=nonce + cipher.encrypt(nonce, part, _bound(batch, position)))


def content_of(batch: Batch, sealed: Iterator[tuple[int, bytes]]) -> bytes:
    """The file, from its pieces in order. VaultFault if the key cannot be opened, InvalidTag if a piece was changed."""
    key = base64.b64decode(ring().open(bytes(batch.content_key), _PLACE.format(digest=batch.digest)))
    cipher = AESGCM(key)
    return b"".join(
        cipher.decrypt(bytes(piece[:_NONCE_BYTES]), bytes(piece[_NONCE_BYTES:]), _bound(batch, position))
        for position, piece in sealed
    )


def _bound(batch: Batch, position: int) -> bytes:
    """A piece opens in its own place alone."""
    return f"{batch.digest} {position}".encode()
