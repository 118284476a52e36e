"""Who asks through the interface: token, rate, scope for one purpose, and the same answer to the same request."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any, cast

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from ninja import Schema
from ninja.security import HttpBearer

from canbao.faces.open_api.clients import count_request, holder
from canbao.faces.open_api.models import AccessToken, KeptAnswer
from canbao.faces.open_api.problems import CONTENT_TYPE, Problem, language_of
from canbao.faces.visit import clock
from canbao.kernel.capabilities import Capability
from canbao.kernel.refusals import Refusal
from canbao.kernel.scope import Scope
from canbao.staff import queries as staff


class Bearer(HttpBearer):
    """`Authorization: Bearer <token>`; counts the request against the client's rate."""

    def authenticate(self, request: HttpRequest, token: str) -> AccessToken | None:
        held = holder(token, clock())
        if held is None:
            return None
        allowance = count_request(held.client, clock())
        if allowance.left < 0:
            raise Problem(
                429,
                "too_many_requests",
                f"请求过于频繁，每分钟最多{allowance.limit}次，请{allowance.seconds}秒后再试。",
                f"Too many requests: at most {allowance.limit} a minute. Try again in {allowance.seconds} seconds.",
                {"Retry-After": str(allowance.seconds), **allowance.headers},
            )
        return held


def unauthorised() -> Problem:
    return Problem(
        401,
        "invalid_token",
        "缺少令牌，或令牌已失效。请用客户端标识和密钥在 /api/v1/token 领取。",
        "The token is missing or has ended. Get one at /api/v1/token with the client id and its secret.",
        {"WWW-Authenticate": 'Bearer realm="canbao"'},
    )


def token_of(request: HttpRequest) -> AccessToken:
    """The token that `Bearer` accepted."""
    return cast(AccessToken, request.auth)  # type: ignore[attr-defined]


def scope_for(request: HttpRequest, capability: Capability) -> Scope:
    """The scope of the client for a purpose. Problem `insufficient_scope` if its token or its grants lack it."""
    held = token_of(request)
    scope = staff.scope_of(held.client.login, capability, clock())
    if capability not in held.scopes or not scope.prefixes:
        raise Problem(
            403,
            "insufficient_scope",
            f"此令牌没有这项权限：{capability}。",
            f"This token does not have the scope {capability}.",
            {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{capability}"'},
        )
    return scope


@transaction.atomic
def once(request: HttpRequest, key: str, status: int, work: Callable[[], Schema]) -> HttpResponse:
    """Do the work once for a key of the client, and give every later twin the same bytes.

    Work and kept answer are committed together; a twin that comes meanwhile waits for the first. A refusal is kept as
    well. Problem `idempotency_key_reused` (422) if the key came with another request.
    """
    client = token_of(request).client
    digest = hashlib.sha256(b"\n".join([str(request.method).encode(), request.path.encode(), request.body])).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO open_api_keptanswer (client_id, key, request_digest, at) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT (client_id, key) DO NOTHING",
            [client.pk, key, digest, clock().now()],
        )
        is_first = cursor.rowcount == 1
    kept = KeptAnswer.objects.select_for_update().get(client=client, key=key)
    if kept.request_digest != digest:
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
