"""How two sides sign: one interface, and the algorithms that a channel's agreement can choose."""

from __future__ import annotations

from typing import Protocol

from canbao.payments.partners import rsa, sm2

RSA, SM2 = "rsa", "sm2"


class Signing(Protocol):
    """One algorithm. Keys come as PEM, signatures as base64."""

    def signed(self, text: bytes, private_pem: str) -> str:
        """The signature of exactly this text."""
        ...

    def is_signed(self, text: bytes, signature: str, public_pem: str) -> bool:
        """Whether the key's owner signed exactly this text; False for what is no signature at all."""
        ...

    def read_pair(self, private_pem: str, public_pem: str) -> None:
        """ValueError if one of the two is no key of this algorithm."""
        ...

    def new_pair(self) -> tuple[str, str]:
        """A private key and its public one, both PEM."""
        ...


ALGORITHMS: dict[str, Signing] = {RSA: rsa, SM2: sm2}
