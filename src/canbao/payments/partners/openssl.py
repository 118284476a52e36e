"""SM2 by the system's OpenSSL (3 or newer), whose signing and checking of SM2 `cryptography` does not pass on.

Only what signatures need: keys in PEM, one signature over SM3 with a distinguishing identifier, a new pair.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Callable
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_size_t, c_void_p, create_string_buffer
from functools import cache

_NAMES = ("libcrypto.so.3", "libcrypto.3.dylib", "libcrypto-3-x64.dll")
_SM2 = b"SM2"
_SIGNATURE_BYTES_MAX = 72
_MEMORY = 3
"""BIO_CTRL_INFO: where a memory BIO keeps what was written into it."""
_p, _buffer = c_void_p, c_char_p
_FUNCTIONS: dict[str, tuple[object, list[object]]] = {
    "BIO_new_mem_buf": (_p, [_buffer, c_int]),
    "BIO_new": (_p, [_p]),
    "BIO_s_mem": (_p, []),
    "BIO_ctrl": (c_long, [_p, c_int, c_long, _p]),
    "BIO_free": (c_int, [_p]),
    "ERR_clear_error": (None, []),
    "PEM_read_bio_PrivateKey": (_p, [_p, _p, _p, _buffer]),
    "PEM_read_bio_PUBKEY": (_p, [_p, _p, _p, _buffer]),
    "PEM_write_bio_PKCS8PrivateKey": (c_int, [_p, _p, _p, _p, c_int, _p, _p]),
    "PEM_write_bio_PUBKEY": (c_int, [_p, _p]),
    "EVP_PKEY_is_a": (c_int, [_p, _buffer]),
    "EVP_PKEY_free": (None, [_p]),
    "EVP_PKEY_CTX_new": (_p, [_p, _p]),
    "EVP_PKEY_CTX_new_from_name": (_p, [_p, _buffer, _buffer]),
    "EVP_PKEY_CTX_set1_id": (c_int, [_p, _buffer, c_int]),
    "EVP_PKEY_CTX_free": (None, [_p]),
    "EVP_PKEY_keygen_init": (c_int, [_p]),
    "EVP_PKEY_generate": (c_int, [_p, POINTER(_p)]),
    "EVP_MD_CTX_new": (_p, []),
    "EVP_MD_CTX_free": (None, [_p]),
    "EVP_MD_CTX_set_pkey_ctx": (None, [_p, _p]),
    "EVP_sm3": (_p, []),
    "EVP_DigestSignInit": (c_int, [_p, _p, _p, _p, _p]),
    "EVP_DigestSign": (c_int, [_p, _buffer, POINTER(c_size_t), _buffer, c_size_t]),
    "EVP_DigestVerifyInit": (c_int, [_p, _p, _p, _p, _p]),
    "EVP_DigestVerify": (c_int, [_p, _buffer, c_size_t, _buffer, c_size_t]),
}


class NoOpenSSL(ValueError):
    """No OpenSSL with SM2 is on this machine."""

    def __init__(self) -> None:
        super().__init__("SM2 wants OpenSSL 3 with SM2 on this machine, and it was not found")


@cache
def _lib() -> ctypes.CDLL:
    for name in (*_NAMES, ctypes.util.find_library("crypto")):
        try:
            found = ctypes.CDLL(name) if name else None
        except OSError:
            continue
        if found is not None and all(hasattr(found, function) for function in _FUNCTIONS):
            for function, (gives, takes) in _FUNCTIONS.items():
                getattr(found, function).restype, getattr(found, function).argtypes = gives, takes
            return found
    raise NoOpenSSL


class Key:
    """A key in OpenSSL's hands, given back when nothing here holds it. ValueError for a PEM that is no SM2 key."""

    def __init__(self, pem: str, *, private: bool) -> None:
        lib, raw = _lib(), pem.encode()
        bio = lib.BIO_new_mem_buf(raw, len(raw))
        read = lib.PEM_read_bio_PrivateKey if private else lib.PEM_read_bio_PUBKEY
        # An empty password, so that a key that wants one is refused and nobody is asked at a terminal.
        self._lib, self.pointer = lib, read(bio, None, None, b"")
        lib.BIO_free(bio)
        if not self.pointer or lib.EVP_PKEY_is_a(self.pointer, _SM2) != 1:
            lib.ERR_clear_error()
            raise ValueError("the key is no SM2 key in PEM, or wants a password")

    def __del__(self) -> None:
        if getattr(self, "pointer", None):
            self._lib.EVP_PKEY_free(self.pointer)


def sign(key: Key, text: bytes, identifier: bytes) -> bytes:
    """The signature in DER, as GM/T 0009 writes it."""
    lib = _lib()
    with _Work(key, identifier) as work:
        length = c_size_t(_SIGNATURE_BYTES_MAX)
        seal = create_string_buffer(_SIGNATURE_BYTES_MAX)
        if (
            lib.EVP_DigestSignInit(work.digest, None, lib.EVP_sm3(), None, key.pointer) != 1
            or lib.EVP_DigestSign(work.digest, seal, byref(length), text, len(text)) != 1
        ):
            lib.ERR_clear_error()
            raise ValueError("OpenSSL could not sign")
        return seal.raw[: length.value]


def verify(key: Key, text: bytes, signature: bytes, identifier: bytes) -> bool:
    lib = _lib()
    with _Work(key, identifier) as work:
        fits: bool = (
            lib.EVP_DigestVerifyInit(work.digest, None, lib.EVP_sm3(), None, key.pointer) == 1
            and lib.EVP_DigestVerify(work.digest, signature, len(signature), text, len(text)) == 1
        )
        if not fits:
            lib.ERR_clear_error()
        return fits


class _Work:
    """What one signature needs, freed at its end."""

    def __init__(self, key: Key, identifier: bytes) -> None:
        lib = self._lib = _lib()
        self.digest, self._about = lib.EVP_MD_CTX_new(), lib.EVP_PKEY_CTX_new(key.pointer, None)
        if lib.EVP_PKEY_CTX_set1_id(self._about, identifier, len(identifier)) != 1:
            self.__exit__()
            raise NoOpenSSL
        lib.EVP_MD_CTX_set_pkey_ctx(self.digest, self._about)

    def __enter__(self) -> _Work:
        return self

    def __exit__(self, *fault: object) -> None:
        self._lib.EVP_MD_CTX_free(self.digest)
        self._lib.EVP_PKEY_CTX_free(self._about)


def new_pair() -> tuple[str, str]:
    """A private key and its public one, both PEM."""
    lib, pointer = _lib(), c_void_p()
    about = lib.EVP_PKEY_CTX_new_from_name(None, _SM2, None)
    made = about and lib.EVP_PKEY_keygen_init(about) == 1 and lib.EVP_PKEY_generate(about, byref(pointer)) == 1
    lib.EVP_PKEY_CTX_free(about)
    if not made:
        lib.ERR_clear_error()
        raise NoOpenSSL
    try:
        private = _written(lambda bio: lib.PEM_write_bio_PKCS8PrivateKey(bio, pointer, None, None, 0, None, None))
        return private, _written(lambda bio: lib.PEM_write_bio_PUBKEY(bio, pointer))
    finally:
        lib.EVP_PKEY_free(pointer)


def _written(write: Callable[[int], int]) -> str:
    lib = _lib()
    bio, start = lib.BIO_new(lib.BIO_s_mem()), c_void_p()
    write(bio)
    length = lib.BIO_ctrl(bio, _MEMORY, 0, byref(start))
    text = ctypes.string_at(start, length).decode()
    lib.BIO_free(bio)
    return text
