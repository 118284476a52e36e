"""RSA signatures over SHA-256, as the payment platforms use them; keys come as PEM and are read once."""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

_BITS = 2048


@lru_cache(maxsize=256)
def _public(pem: str) -> rsa.RSAPublicKey:
    try:
        key = serialization.load_pem_public_key(pem.encode())
    except UnsupportedAlgorithm as fault:
        raise ValueError("the partner's key is no RSA key") from fault
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("the partner's key is no RSA key")
    return key


@lru_cache(maxsize=256)
def _private(pem: str) -> rsa.RSAPrivateKey:
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except UnsupportedAlgorithm as fault:
        raise ValueError("our key is no RSA key") from fault
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("our key is no RSA key")
    return key


def signed(text: bytes, private_pem: str) -> str:
    """The signature in base64."""
    return base64.b64encode(_private(private_pem).sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()


def is_signed(text: bytes, signature: str, public_pem: str) -> bool:
    """Whether the signature in base64 is that of the key's owner over exactly this text."""
    key = _public(public_pem)
    try:
        key.verify(base64.b64decode(signature, validate=True), text, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def read_pair(private_pem: str, public_pem: str) -> None:
    """ValueError if one of the two is no RSA key in PEM, or the private one wants a password."""
    try:
        _private(private_pem)
        _public(public_pem)
    except TypeError as fault:
        raise ValueError("the private key wants a password") from fault


def new_pair() -> tuple[str, str]:
    """A private key and its public one, both PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()
