"""Client credentials (RFC 6749, 4.4), how often a client may ask, and the same answer to the same request."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from ninja import Schema

from canbao.faces.open_api.models import AccessToken, Client, KeptAnswer
from canbao.faces.open_api.problems import CONTENT_TYPE, Problem, language_of
from canbao.faces.open_api.queries import digest
from canbao.kernel.capabilities import Capability
from canbao.kernel.clock import Clock
from canbao.kernel.refusals import Refusal
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


@transaction.atomic
def once(
    request: HttpRequest, client: Client, key: str, status: int, now: datetime, work: Callable[[], Schema]
) -> HttpResponse:
    """Do the work once for a key of the client, and give every later twin the same bytes.

    Work and kept answer are committed together; a twin that comes meanwhile waits for the first. A refusal is kept as
    well. Problem `idempotency_key_reused` (422) if the key came with another request.
    """
    request_digest = hashlib.sha256(
        b"\n".join([str(request.method).encode(), request.path.encode(), request.body])
    ).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO open_api_keptanswer (client_id, key, request_digest, at) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT (client_id, key) DO NOTHING",
            [client.pk, key, request_digest, now],
        )
        is_first = cursor.rowcount == 1
    kept = KeptAnswer.objects.select_for_update().get(client=client, key=key)
    if kept.request_digest != request_digest:
        raise Problem(
            422,
            "idempotency_key_reused",
            "这个幂等键已用于另一项请求，请换一个。",
            "This idempotency key was used for another request; take a new one.",
        )
    if is_first:
        try:
            with transaction.atomic():
                kept.status, body = status, work().model_dump_json()
        except Refusal as refusal:
            problem = Problem.of(refusal)
            kept.status = problem.status
            body = json.dumps(problem.body(language_of(request)), ensure_ascii=False)
        kept.body = body.encode()
        kept.save(update_fields=["status", "body"])
    return HttpResponse(
        bytes(cast(Any, kept.body)),
        status=kept.status,
        content_type="application/json" if kept.status == status else CONTENT_TYPE,
        headers={"Idempotency-Replayed": "false" if is_first else "true"},
    )
