"""Numbers at rest: sealed by authenticated encryption, and found again by a keyed index of the same number.

Keys come from CANBAO_DATA_KEYS: 32 random bytes each in base64, with commas between, the active one first. Keys after a
semicolon are retired: they open what is old (the change history keeps it) and nothing is looked for under them.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ENVIRONMENT = "CANBAO_DATA_KEYS"
SEALED_BYTES_MIN = 32
"""What a seal adds to the text: key id, nonce and tag."""
_KEY_BYTES, _ID_BYTES, _NONCE_BYTES, _INDEX_BYTES = 32, 4, 12, 16
_DIFFERENT_BYTES_MIN = 16
"""32 random bytes have fewer than this many different values once in 10^12 keys; a pattern or a word always has."""


class BadKeys(Exception):
    """Keys are missing or are none; one sentence says what to do."""


class VaultFault(Exception):
    """What is sealed cannot be opened: its key is not in the ring, or it was changed or moved."""


@dataclass(frozen=True, repr=False)
class _Key:
    id: bytes
    cipher: AESGCM
    index_key: bytes


class KeyRing:
    """`place` names where a text stands (table, column, pooling area): a seal opens nowhere else."""

    def __init__(self, keys: list[bytes], retired: list[bytes]) -> None:
        self._live = [_derived(key) for key in keys]
        self._by_id = {key.id: key for key in (*self._live, *map(_derived, retired))}

    @property
    def active_id(self) -> bytes:
        """The first bytes of everything that is sealed now."""
        return self._live[0].id

    @property
    def is_rotating(self) -> bool:
        """Whether indexes of several keys may stand side by side."""
        return len(self._live) > 1

    def knows(self, key_id: bytes) -> bool:
        return key_id in self._by_id

    def seal(self, text: str, place: str) -> bytes:
        """Key id, nonce, and the text under AES-256-GCM with the place as associated data."""
        key, nonce = self._live[0], os.urandom(_NONCE_BYTES)
        return key.id + nonce + key.cipher.encrypt(nonce, text.encode(), place.encode())

    def open(self, sealed: bytes, place: str) -> str:
        """VaultFault if the key is not in the ring, or the seal was changed or stands elsewhere."""
        key = self._by_id.get(sealed[:_ID_BYTES])
        if key is None:
            raise VaultFault(
                f"The key {sealed[:_ID_BYTES].hex()} is not among {ENVIRONMENT}: add it, after a semicolon if it is "
                f"retired."
            )
        nonce, rest = sealed[_ID_BYTES : _ID_BYTES + _NONCE_BYTES], sealed[_ID_BYTES + _NONCE_BYTES :]
        try:
            return key.cipher.decrypt(nonce, rest, place.encode()).decode()
        except InvalidTag:
            raise VaultFault(f"A sealed value of {place} was changed or belongs elsewhere.") from None

    def index(self, text: str, place: str) -> bytes:
        """16 bytes of HMAC-SHA-256 under the active key: equal for equal texts of a place, and nothing else."""
        return _index(self._live[0], text, place)

    def indexes(self, text: str, place: str) -> list[bytes]:
        """Under every key that is not retired, for looking up while a rotation is under way."""
        return [_index(key, text, place) for key in self._live]


def _index(key: _Key, text: str, place: str) -> bytes:
    return hmac.digest(key.index_key, f"{place}\0{text}".encode(), "sha256")[:_INDEX_BYTES]


def _derived(key: bytes) -> _Key:
    def derive(purpose: str, length: int = _KEY_BYTES) -> bytes:
        return HKDF(SHA256(), length, salt=None, info=f"canbao {purpose}".encode()).derive(key)

    return _Key(derive("key id", _ID_BYTES), AESGCM(derive("seal")), derive("index"))


def ring_of(environment: Mapping[str, str]) -> KeyRing:
    """The ring of CANBAO_DATA_KEYS. BadKeys if there is no key, or something that is none."""
    written = environment.get(ENVIRONMENT, "")
    live, _, retired = written.partition(";")
    keys, old = ([_key(word) for word in part.split(",") if word.strip()] for part in (live, retired))
    if not keys:
        raise BadKeys(
            f"{ENVIRONMENT} holds no key: set it to 32 random bytes in base64, from `openssl rand -base64 32`."
        )
    if len(set(keys + old)) < len(keys + old):
        raise BadKeys(f"{ENVIRONMENT} holds a key twice: name each once.")
    return KeyRing(keys, old)


def _key(word: str) -> bytes:
    try:
        key = base64.b64decode(word.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES or len(set(key)) < _DIFFERENT_BYTES_MIN:
        raise BadKeys(
            f"{ENVIRONMENT} holds something that is no random key: write 32 random bytes in base64, "
            f"from `openssl rand -base64 32`."
        )
    return key


@cache
def ring() -> KeyRing:
    """The ring of this process. BadKeys as `ring_of`."""
    return ring_of(os.environ)


def new_key() -> str:
    """A key as CANBAO_DATA_KEYS takes it."""
    return base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()
