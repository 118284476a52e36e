"""SM2 signatures over SM3 (GB/T 32918), written as GM/T 0009 does: DER in base64, its default identifier."""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache

from canbao.payments.partners import openssl

IDENTIFIER = b"1234567812345678"
"""GM/T 0009: where the two sides have agreed on no other."""


@lru_cache(maxsize=256)
def _public(pem: str) -> openssl.Key:
    return openssl.Key(pem, private=False)


@lru_cache(maxsize=256)
def _private(pem: str) -> openssl.Key:
    return openssl.Key(pem, private=True)


def signed(text: bytes, private_pem: str) -> str:
    """The signature in base64."""
    return base64.b64encode(openssl.sign(_private(private_pem), text, IDENTIFIER)).decode()


def is_signed(text: bytes, signature: str, public_pem: str) -> bool:
    """Whether the signature in base64 is that of the key's owner over exactly this text."""
    key = _public(public_pem)
    try:
        return openssl.verify(key, text, base64.b64decode(signature, validate=True), IDENTIFIER)
    except (binascii.Error, ValueError):
        return False


def read_pair(private_pem: str, public_pem: str) -> None:
    """ValueError if one of the two is no SM2 key in PEM, the private one wants a password, or OpenSSL is missing."""
    _private(private_pem)
    _public(public_pem)


def new_pair() -> tuple[str, str]:
    """A private key and its public one, both PEM."""
    return openssl.new_pair()
