"""The only readers of clients and their tokens."""

from __future__ import annotations

import hashlib

from canbao.faces.open_api.models import AccessToken
from canbao.kernel.clock import Clock


def holder(value: str, clock: Clock) -> AccessToken | None:
    """The live token, with client and login; None if it has ended or never was."""
    return (
        AccessToken.objects.filter(
            digest=digest(value),
            expires_at__gt=clock.now(),
            client__revoked_at=None,
            client__login__is_active=True,
        )
        .select_related("client__login")
        .first()
    )


def digest(secret: str) -> str:
    """SHA-256: the secrets are random and long, so a slow hash would only slow the honest."""
    return hashlib.sha256(secret.encode()).hexdigest()
