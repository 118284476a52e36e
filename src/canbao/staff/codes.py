"""Codes of the second factor: RFC 6238 with SHA-1, six digits, thirty seconds, as authenticator apps know them."""

from __future__ import annotations

import base64
import secrets
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

STEP_SECONDS, DIGITS, SECRET_BYTES = 30, 6, 20
SKEW_STEPS = 1
"""A phone may be this many steps ahead or behind."""
ISSUER = "Canbao"


def new_secret() -> str:
    """Base32, 160 random bits."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def code_at(secret: str, moment: datetime) -> str:
    """The six digits that a phone with this secret shows at that moment."""
    return _codes(secret).generate(int(moment.timestamp())).decode()


def step_of(secret: str, code: str, moment: datetime, after: int) -> int | None:
    """The step, counted from 1970, whose code this is: within the skew of the moment, later than the step `after`."""
    digits = code.strip().replace(" ", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) == DIGITS):
        return None
    codes, now = _codes(secret), int(moment.timestamp()) // STEP_SECONDS
    fitting = [
        step
        for step in range(now - SKEW_STEPS, now + SKEW_STEPS + 1)
        if secrets.compare_digest(codes.generate(step * STEP_SECONDS), digits.encode())
    ]
    return next((step for step in fitting if step > after), None)


def key_uri(secret: str, username: str) -> str:
    """What an authenticator app reads off a QR code (otpauth://)."""
    return _codes(secret).get_provisioning_uri(username, ISSUER)


def _codes(secret: str) -> TOTP:
    return TOTP(base64.b32decode(secret), DIGITS, SHA1(), STEP_SECONDS)
