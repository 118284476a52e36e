"""Client credentials (RFC 6749, 4.4): who gets a token, what a token allows, and how often a client may ask."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction

from canbao.faces.open_api.models import AccessToken, Client
from canbao.faces.open_api.problems import Problem
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.scope import Scope
from canbao.staff.models import Login

TOKEN_LIFE = timedelta(hours=1)
REQUESTS_PER_MINUTE = 600


@dataclass(frozen=True)
class NewClient:
    """Credentials as they are shown once; only a digest of the secret is kept."""

    client_id: str
    secret: str


def create_client(
    *,
    actor: Scope,
    login: Login,
    scopes: Iterable[Capability],
    clock: Clock,
    requests_per_minute: int = REQUESTS_PER_MINUTE,
) -> NewClient:
    """Make a program's credentials for a login that has no password; its grants are those of the login."""
    actor.require(Capability.MANAGE_STAFF)
    made = NewClient(f"client-{secrets.token_hex(8)}", secrets.token_urlsafe(32))
    login.set_unusable_password()
    login.save(update_fields=["password"])
    Client.objects.create(
        login=login,
        client_id=made.client_id,
        secret_digest=digest(made.secret),
        scopes=sorted(set(scopes)),
        requests_per_minute=requests_per_minute,
        created_at=clock.now(),
    )
    return made


@transaction.atomic
def revoke_client(*, actor: Scope, client_id: str, clock: Clock) -> bool:
    """End a client and its tokens at once; False if there is none that lives."""
    actor.require(Capability.MANAGE_STAFF)
    ended = Client.objects.filter(client_id=client_id, revoked_at=None).update(revoked_at=clock.now())
    AccessToken.objects.filter(client__client_id=client_id).delete()
    return bool(ended)


@dataclass(frozen=True)
class Token:
    value: str
    scopes: tuple[str, ...]
    seconds: int


def issue_token(client_id: str, secret: str, wanted: str, clock: Clock) -> Token:
    """A token for the scopes named in `wanted`, all of the client's if it is empty.

    Raises Problem `invalid_client` (401) or `invalid_scope` (400).
    """
    client = Client.objects.filter(client_id=client_id, revoked_at=None, login__is_active=True).first()
    # Compared for an unknown client too: how long the answer takes must not say which it was.
    known = client.secret_digest if client else digest("")
    if not hmac.compare_digest(known, digest(secret)) or client is None:
        raise Problem(
            401,
            "invalid_client",
            "客户端标识或密钥不正确。",
            "The client id or its secret is not right.",
            {"WWW-Authenticate": 'Basic realm="canbao"'},
        )
    asked = set(wanted.split())
    if unknown := sorted(asked - set(client.scopes)):
        names = " ".join(unknown)
        raise Problem(
            400,
            "invalid_scope",
            f"该客户端没有这些权限：{names}。",
            f"This client does not have these scopes: {names}.",
        )
    value, now = secrets.token_urlsafe(32), clock.now()
    scopes = tuple(sorted(asked or client.scopes))
    AccessToken.objects.filter(expires_at__lte=now).delete()
    AccessToken.objects.create(
        digest=digest(value), client=client, scopes=list(scopes), issued_at=now, expires_at=now + TOKEN_LIFE
    )
    return Token(value, scopes, int(TOKEN_LIFE.total_seconds()))


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


_COUNT = """
    INSERT INTO open_api_askedinminute AS asked (client_id, minute, requests)
    VALUES (%(client)s, date_trunc('minute', %(now)s::timestamptz), 1)
    ON CONFLICT (client_id) DO UPDATE SET
        requests = CASE WHEN asked.minute = excluded.minute THEN asked.requests + 1 ELSE 1 END,
        minute = excluded.minute
    RETURNING requests, 60 - extract(second FROM %(now)s::timestamptz)::int
"""


@dataclass(frozen=True)
class Allowance:
    """What is left of this minute: requests, and the seconds until a new one."""

    limit: int
    left: int
    seconds: int

    @property
    def headers(self) -> dict[str, str]:
        return {"RateLimit": f'"minute";r={max(self.left, 0)};t={self.seconds}'}


def count_request(client: Client, clock: Clock) -> Allowance:
    """Count one more request. Counted in the database, so that all workers count together."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"client": client.pk, "now": clock.now()})
        requests, seconds = cursor.fetchone()
    return Allowance(client.requests_per_minute, client.requests_per_minute - requests, max(seconds, 1))


def digest(secret: str) -> str:
    """SHA-256: the secrets are random and long, so a slow hash would only slow the honest."""
    return hashlib.sha256(secret.encode()).hexdigest()
